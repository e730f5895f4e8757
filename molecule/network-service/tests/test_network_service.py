"""A web server in the background, asked once, and stopped again."""

import pytest


def test_server_is_gone(host):
    assert host.check_output("docker ps --all --quiet --filter name=^httpd$") == ""


def test_port_is_free_again(host):
    assert not host.socket("tcp://0.0.0.0:8080").is_listening
    assert host.run("curl --silent --max-time 5 localhost:8080").rc == 7


@pytest.mark.parametrize("action", ["start", "die", "destroy"])
def test_server_ran_before(host, action):
    events = host.check_output("docker events --since 24h --until 0s --filter container=httpd --format '{{.Action}}'")
    assert action in events.split()
