"""`docker history` and `docker inspect` show what `docker commit` has added to busybox."""

import json

import pytest


@pytest.fixture
def history(host):
    """history(image): the commands that made it, the newest first."""

    def history(image):
        return host.check_output(
            "docker history --no-trunc --format '{{.CreatedBy}}' %s", image
        ).splitlines()

    return history


@pytest.fixture
def described(host):
    """described(image): what `docker inspect` says of it."""

    def described(image):
        return json.loads(host.check_output("docker inspect %s", image))[0]

    return described


@pytest.mark.step("inspect-layers.history")
def test_newest_entry_is_the_shell_that_was_committed(history):
    assert history("greeting")[0] == "sh"


@pytest.mark.step("inspect-layers.history")
def test_everything_below_is_busyboxs(history):
    assert history("greeting")[1:] == history("busybox")


@pytest.mark.step("inspect-layers.inspect")
def test_description_has_the_command(described):
    assert described("greeting")["Config"]["Cmd"] == ["/hello"]


@pytest.mark.step("inspect-layers.inspect")
def test_description_has_the_layers(described):
    assert (
        described("greeting")["RootFS"]["Layers"][:-1] == described("busybox")["RootFS"]["Layers"]
    )
