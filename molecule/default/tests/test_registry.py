"""The registries are services of the machine that nobody else can reach, and no containers of the
learner's engine.
"""

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


@pytest.mark.parametrize(
    "request_",
    [
        "-X POST 127.0.0.1:5000/v2/library/busybox/blobs/uploads/",
        "-X PUT -d '{}' 127.0.0.1:5000/v2/library/busybox/manifests/latest",
    ],
    ids=["blob", "manifest"],
)
@pytest.mark.parametrize("user", ["root", "nobody"])
def test_nobody_pushes_to_the_mirror(host, request_, user):
    command = f"curl -s -o /dev/null -w '%{{http_code}}' {request_}"
    assert host.check_output("su -s /bin/sh %s -c %s", user, command) == "405"


def test_what_the_mirror_serves_is_noted(host):
    record = host.file("/etc/workshop/base-images.json")
    assert (record.user, record.mode) == ("root", 0o644)
    manifest = "127.0.0.1:5000/v2/library/busybox/manifests/latest"
    accept = "Accept: application/vnd.oci.image.manifest.v1+json"
    served = host.check_output("curl -sf -H %s %s | sha256sum", accept, manifest).split()[0]
    noted = json.loads(record.content_string)["127.0.0.1:5000/library/busybox:latest"]
    assert noted == f"sha256:{served}"


def test_no_registry_that_fills_is_left(host):
    commands = [process.args for process in host.process.filter(comm="docker-registry")]
    assert [command for command in commands if "/etc/docker/registry/" not in command] == []
