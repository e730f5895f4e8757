"""A web server in the background, asked once, and stopped again."""

import re

import pytest


@pytest.fixture(scope="module")
def server(host):
    """The lesson's server is gone: the same once more, with a name of our own."""
    host.check_output(
        "docker run --rm --detach --name probe --publish 8080:80 busybox httpd -f -vv"
    )
    yield "probe"
    host.check_output("docker stop --time 0 probe")


@pytest.mark.step("network-service.stop")
def test_server_is_gone(host):
    assert host.check_output("docker ps --all --quiet --filter name=^httpd$") == ""


@pytest.mark.step("network-service.stop")
def test_port_is_free_again(host):
    assert not host.socket("tcp://0.0.0.0:8080").is_listening
    assert host.run("curl --silent --max-time 5 localhost:8080").rc == 7


@pytest.mark.step("network-service.run", "network-service.stop")
@pytest.mark.parametrize("action", ["start", "die", "destroy"])
def test_server_ran_before(host, action):
    events = host.check_output(
        "docker events --since 24h --until 0s --filter container=httpd --format '{{.Action}}'"
    )
    assert action in events.split()


@pytest.mark.step("network-service.list", "network-service.request", "network-service.logs")
@pytest.mark.parametrize(
    ("step", "seen"),
    [
        ("network-service.list", "port 8080 open to 80/tcp"),
        ("network-service.request", "http://localhost:8080/is-the-server-there answers 404"),
        ("network-service.logs", "a log of the container httpd that matches"),
    ],
)
def test_was_seen_while_the_server_ran(lives, verified, step, seen):
    second, checks = verified(step)
    assert seen in checks
    assert any(life.covers(second) for life in lives("network-service.run"))


@pytest.mark.reenacts
@pytest.mark.step("network-service.list")
def test_port_leads_to_the_container(host, server):
    assert "0.0.0.0:8080->80/tcp" in host.check_output(
        "docker ps --filter name=%s --format '{{.Ports}}'", server
    )


@pytest.mark.reenacts
@pytest.mark.step("network-service.request")
def test_server_has_no_page(host, server):
    status = host.check_output(
        "curl --silent --retry 5 --retry-connrefused --output /dev/null --write-out "
        "'%{http_code}' localhost:8080"
    )
    assert status == "404"


@pytest.mark.reenacts
@pytest.mark.step("network-service.logs")
def test_request_is_in_the_log(host, server):
    host.check_output("curl --silent --retry 5 --retry-connrefused localhost:8080/probe")
    log = host.run("docker logs %s", server)
    assert re.search("(url:|GET )/probe", log.stdout + log.stderr)
