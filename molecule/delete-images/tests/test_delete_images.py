"""What other lessons left over is gone, and what they still need is there."""

import json

import pytest


@pytest.fixture
def visitor(host):
    """A stopped container of an image that is there for this test only."""
    host.check_output("docker tag busybox probe && docker run --name probe probe date")
    yield "probe"
    host.check_output("docker rm probe && docker rmi probe")


@pytest.mark.step("delete-images.in-use", "delete-images.remove")
def test_image_was_deleted_only_after_its_container(events, lives, verified):
    """The refusal itself leaves no event; without it the step would have failed.

    The name was taken from the image once, when the container was gone.
    """
    second, checks = verified("delete-images.in-use")
    assert "the container visitor: stopped" in checks
    visitor = lives("delete-images.in-use")[-1]
    assert int(visitor.at["die"]) <= second <= visitor.at["destroy"]
    untagged = [
        event["timeNano"] / 1e9
        for event in events
        if (event["Type"], event["Action"]) == ("image", "untag")
        and event["Actor"]["Attributes"].get("workshop.containers.step") == "image-layers.read-only"
    ]
    assert [at for at in untagged if at > visitor.at["create"]] == untagged[-1:]
    assert untagged[-1] > visitor.at["destroy"]


@pytest.mark.reenacts
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
    record = json.loads(host.file("/var/lib/workshop/containers/progress.json").content_string)
    untagged = host.check_output("docker images --quiet --no-trunc --filter dangling=true")
    assert set(untagged.split()) & set(record["images"]) == set()


@pytest.mark.step("delete-images.containers")
def test_application_still_runs(host):
    assert host.check_output("docker ps --format '{{.Names}}'") == "hello"
