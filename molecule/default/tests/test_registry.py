"""The registry is a service of the machine that nobody else can reach, and no container of the learner's engine."""

import json


def test_listens_on_the_loopback_address_only(host):
    assert [name for name in host.socket.get_listening_sockets() if name.endswith(":5000")] == ["tcp://127.0.0.1:5000"]


def test_does_not_run_as_root(host):
    assert host.process.get(comm="docker-registry").user == "docker-registry"


def test_learners_engine_has_no_containers(host):
    assert host.check_output("docker ps -aq") == ""


def test_serves_the_base_image(host):
    assert json.loads(host.check_output("curl -sf 127.0.0.1:5000/v2/library/busybox/tags/list"))["tags"] == ["latest"]


def test_nothing_can_be_deleted(host):
    status = host.check_output("curl -s -o /dev/null -w '%%{http_code}' -X DELETE 127.0.0.1:5000/v2/library/busybox/manifests/%s", "sha256:" + 64 * "0")
    assert status == "405"
