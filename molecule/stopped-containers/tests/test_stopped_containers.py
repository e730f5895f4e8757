"""`docker rm` of one, then of all, and a container that leaves nothing behind."""

import json

import pytest


@pytest.fixture
def removed(host):
    """The steps that had made the containers which were removed, in the order of their removal.

    Only the engine's events know.
    """
    only = "--filter event=destroy --filter label=workshop.containers.workshop=containers"
    events = host.check_output(
        f"docker events --since 24h --until 0s {only} --format '{{{{json .Actor.Attributes}}}}'"
    )
    return [json.loads(event)["workshop.containers.step"] for event in events.splitlines()]


@pytest.mark.step("stopped-containers.list-all", "stopped-containers.remove-all")
@pytest.mark.parametrize(
    "step", ["first-container.run", "first-container.run-again", "interactive-terminal.open"]
)
def test_container_of_an_earlier_lesson_was_removed(removed, step):
    assert step in removed


@pytest.mark.step("stopped-containers.remove-one")
def test_the_newest_was_removed_before_the_others(removed):
    latest = {step: number for number, step in enumerate(removed)}
    assert latest["interactive-terminal.open"] < latest["first-container.run-again"]


@pytest.mark.step("stopped-containers.run-rm")
def test_the_last_container_was_removed_as_well(removed):
    assert "stopped-containers.run-rm" in removed


@pytest.mark.step("stopped-containers.remove-all", "stopped-containers.run-rm")
def test_no_container_is_left(host):
    assert host.check_output("docker ps --all --quiet") == ""


@pytest.mark.step("stopped-containers.run-rm")
def test_image_is_still_there(host):
    assert host.check_output("docker images --quiet busybox:latest") != ""


@pytest.mark.step("stopped-containers.logs")
def test_log_was_read_between_the_end_of_the_container_and_its_removal(lives, verified):
    second, checks = verified("stopped-containers.logs")
    assert "a log of the container of step interactive-terminal.open that matches" in checks
    assert any(
        int(life.at["die"]) <= second <= life.at["destroy"]
        for life in lives("interactive-terminal.open")
        if {"die", "destroy"} <= set(life.at)
    )


@pytest.mark.reenacts
@pytest.mark.step("stopped-containers.logs")
def test_log_outlives_what_was_typed(host):
    """The lesson's container is gone: the same once more, with one of our own."""
    host.check_output("echo 'echo printed' | docker run --interactive --name probe busybox sh")
    assert host.check_output("docker logs probe") == "printed"
    host.check_output("docker rm probe")
