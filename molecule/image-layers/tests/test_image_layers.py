"""An image that is busybox and one layer, another in which a file is deleted again, and a
container's own layer.
"""

import pytest


@pytest.mark.step("image-layers.layers")
def test_container_that_wrote_has_ended_well(host):
    assert (
        host.check_output("docker inspect --format '{{.State.Status}} {{.State.ExitCode}}' layer")
        == "exited 0"
    )


@pytest.mark.step("image-layers.layers", "image-layers.read-only")
@pytest.mark.parametrize(
    ("image", "below"), [("greeting", "busybox"), ("greeting:deleted", "greeting")]
)
def test_image_has_one_layer_more(layers, image, below):
    assert layers(image)[:-1] == layers(below)


@pytest.mark.step("image-layers.layers")
def test_file_is_in_the_image(host):
    assert host.check_output("docker run --rm greeting cat /hello") == "hello"


@pytest.mark.step("image-layers.read-only")
def test_deleted_file_is_not_seen(host):
    assert "No such file" in host.run("docker run --rm greeting:deleted cat /hello").stderr


@pytest.mark.step("image-layers.read-only")
def test_deleting_made_nothing_smaller(host):
    sizes = [
        int(host.check_output("docker image inspect --format '{{.Size}}' %s", image))
        for image in ("greeting:deleted", "greeting")
    ]
    assert sizes[0] >= sizes[1]


@pytest.mark.step("image-layers.own-layer")
def test_what_was_written_is_in_the_containers_own_layer(host):
    assert "A /hello" in host.check_output("docker diff layer").splitlines()


@pytest.mark.step("image-layers.own-layer")
def test_another_container_does_not_see_it(host):
    assert "No such file" in host.run("docker run --rm busybox ls /hello").stderr


@pytest.mark.step("image-layers.own-layer")
def test_only_the_container_that_wrote_is_left(host):
    assert host.check_output("docker ps --all --format '{{.Names}}'") == "layer"
