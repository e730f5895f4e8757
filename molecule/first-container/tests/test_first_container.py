"""`docker run docker.io/busybox:latest date`, twice, and `docker images`."""

import re

import pytest


@pytest.fixture
def containers(host):
    return host.check_output("docker ps --all --quiet").split()


@pytest.mark.step("first-container.run", "first-container.run-again")
def test_two_containers_ran(containers):
    assert len(containers) == 2


@pytest.mark.step("first-container.run", "first-container.run-again")
def test_both_printed_a_date(host, containers):
    for container in containers:
        assert re.search(r"\d\d:\d\d:\d\d .*\d{4}", host.check_output("docker logs %s", container))


@pytest.mark.step("first-container.run", "first-container.run-again")
def test_both_ended_well(host):
    states = host.check_output("docker ps --all --format '{{.Status}}'").splitlines()
    assert all(state.startswith("Exited (0)") for state in states)


@pytest.mark.step("first-container.list-images")
def test_image_is_listed(host):
    assert (
        "busybox:latest"
        in host.check_output("docker images --format '{{.Repository}}:{{.Tag}}'").split()
    )


@pytest.mark.step("first-container.pull")
def test_image_is_the_one_that_the_registry_serves(host):
    assert "up to date" in host.check_output("docker pull docker.io/busybox:latest")
