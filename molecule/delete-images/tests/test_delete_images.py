"""What other lessons left over is gone, and what they still need is there."""

import pytest


@pytest.fixture
def visitor(host):
    """A stopped container of an image that is there for this test only."""
    host.check_output("docker tag busybox probe && docker run --name probe probe date")
    yield "probe"
    host.check_output("docker rm probe && docker rmi probe")


@pytest.mark.step("delete-images.in-use")
def test_image_in_use_is_not_deleted(host, visitor):
    image = host.check_output("docker inspect --format '{{.Image}}' %s", visitor)
    refused = host.run("docker rmi %s", image)
    assert refused.rc == 1
    assert "conflict" in refused.stderr


@pytest.mark.step("delete-images.containers")
@pytest.mark.parametrize("name", ["visitor", "layer", "session", "eraser"])
def test_container_is_gone(host, name):
    assert name not in host.check_output("docker ps --all --format '{{.Names}}'").split()


@pytest.mark.step("delete-images.remove")
def test_image_is_gone(host):
    assert host.check_output("docker images --quiet greeting:deleted") == ""


@pytest.mark.step("delete-images.remove", "delete-images.prune")
@pytest.mark.parametrize(
    "name", ["busybox:latest", "greeting:latest", "hello:latest", "fedora:35", "ubuntu:22.04"]
)
def test_other_image_is_still_there(host, name):
    assert host.check_output("docker images --quiet %s", name) != ""


@pytest.mark.step("delete-images.prune")
def test_no_image_of_the_workshop_is_without_a_name(host):
    untagged = (
        "docker images --quiet --filter dangling=true --filter label=workshop.containers.workshop"
    )
    assert host.check_output(untagged) == ""


@pytest.mark.step("delete-images.containers")
def test_application_still_runs(host):
    assert host.check_output("docker ps --format '{{.Names}}'") == "hello"
