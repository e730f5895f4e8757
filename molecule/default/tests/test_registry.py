"""The registries are services of the machine that nobody else can reach, and no containers of the learner's engine."""

import json

import pytest


@pytest.mark.parametrize("port", [5000, 5002])
def test_listens_on_the_loopback_address_only(host, port):
    assert [name for name in host.socket.get_listening_sockets() if name.endswith(f":{port}")] == [
        f"tcp://127.0.0.1:{port}"
    ]


def test_does_not_run_as_root(host):
    assert [process.user for process in host.process.filter(comm="docker-registry")] == [
        "docker-registry"
    ] * 2


@pytest.mark.parametrize("path", ["/var/lib/docker-registry", "/var/lib/docker-registry-private"])
def test_keeps_its_images_to_itself(host, path):
    folder = host.file(path)
    assert (folder.user, folder.mode) == ("docker-registry", 0o750)


def test_learners_engine_has_no_containers(host):
    assert host.check_output("docker ps -aq") == ""


def test_serves_the_base_image(host):
    assert json.loads(host.check_output("curl -sf 127.0.0.1:5000/v2/library/busybox/tags/list"))[
        "tags"
    ] == ["latest"]


def test_nothing_can_be_deleted(host):
    manifest = "127.0.0.1:5000/v2/library/busybox/manifests/sha256:" + 64 * "0"
    assert (
        host.check_output("curl -s -o /dev/null -w '%%{http_code}' -X DELETE %s", manifest) == "405"
    )
