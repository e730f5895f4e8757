"""An image in a private registry, and the same one again on the machine."""

import json

import pytest

REGISTRY = "127.0.0.1:5002"
IMAGE = f"{REGISTRY}/greeting:latest"
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


@pytest.fixture
def ask(host):
    """ask(path): the registry's answer to the learner.

    The password goes in by a file, not by the list of processes.
    """

    def ask(path, *options):
        login = "printf 'user = learner:%s' \"$(cat /etc/workshop/registry-password)\""
        return host.check_output(
            f"{login} | curl --config - --silent --fail {' '.join(options)} "
            f"http://{REGISTRY}/v2/{path}"
        )

    return ask


@pytest.fixture
def digest(host):
    return host.check_output(
        "docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' %s", IMAGE
    )


@pytest.mark.step("share-image.login")
def test_login_is_kept_in_a_file_of_its_owner(host):
    file = host.file("/root/.docker/config.json")
    assert (file.user, file.mode) == ("root", 0o600)
    assert REGISTRY in json.loads(file.content_string)["auths"]


@pytest.mark.step("share-image.login")
def test_password_is_for_root_only(host):
    password = host.file("/etc/workshop/registry-password")
    assert (password.user, password.mode) == ("root", 0o600)


@pytest.mark.step("share-image.login")
def test_registry_refuses_strangers(host):
    assert (
        host.check_output(
            f"curl --silent --output /dev/null --write-out '%{{http_code}}' "
            f"http://{REGISTRY}/v2/_catalog"
        )
        == "401"
    )


@pytest.mark.step("share-image.tag")
def test_image_has_two_names(host):
    names = [
        host.check_output("docker image inspect --format '{{.Id}}' %s", name)
        for name in ("greeting:latest", IMAGE)
    ]
    assert names[0] == names[1]


@pytest.mark.step("share-image.push")
def test_registry_serves_exactly_this_image(ask, digest):
    headers = ask("greeting/manifests/latest", "--head", f"--header 'Accept: {MANIFEST}'")
    served = next(
        line.split()[1]
        for line in headers.splitlines()
        if line.lower().startswith("docker-content-digest")
    )
    assert f"{REGISTRY}/greeting@{served}" in digest.split()


@pytest.mark.step("share-image.push")
def test_registry_lists_the_image(ask):
    assert json.loads(ask("greeting/tags/list"))["tags"] == ["latest"]


@pytest.mark.step("share-image.pull")
def test_image_is_the_one_that_the_registry_serves(host):
    assert "up to date" in host.check_output("docker pull %s", IMAGE)


@pytest.mark.step("share-image.pull")
def test_image_runs_under_its_long_name(host):
    assert host.check_output("docker run --rm %s", IMAGE) == "hello again"
