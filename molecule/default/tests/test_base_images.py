"""What the workshop's document types works as written, on a machine that reaches no registry of the
internet.
"""

import pytest

IMAGE = "docker.io/busybox:latest"


@pytest.fixture(scope="module")
def busybox(host):
    """Leaves the engine as empty as it was found."""
    assert host.check_output("docker images -q") == ""
    yield host.check_output("docker pull -q %s", IMAGE)
    host.check_output("docker rmi %s", IMAGE)


def test_no_image_is_left_over(host):
    assert host.check_output("docker images -aq") == ""


def test_image_runs_under_its_written_name(host, busybox):
    assert host.run("docker run --rm %s date", IMAGE).rc == 0
    assert "busybox" in host.check_output("docker images --format '{{.Repository}}'").split()


@pytest.mark.parametrize("command", ["sh -c exit", "ps", "ls -las", "httpd --help"])
def test_image_has_the_commands_of_the_lessons(host, busybox, command):
    assert "not found" not in host.run(f"docker run --rm {IMAGE} {command}").stderr


def test_stand_in_says_that_it_is_one(host, busybox):
    label = host.check_output(
        "docker image inspect --format '{{index .Config.Labels "
        '"workshop.containers.stand-in"}}\' %s',
        IMAGE,
    )
    assert label.startswith("busybox 1:")
    assert label.endswith("from Debian GNU/Linux 12 (bookworm)")


def test_image_trusts_what_the_machine_trusts(host, busybox):
    authorities = "find /usr/local/share/ca-certificates -name '*.crt' -exec cat '{}' +"
    assert host.check_output(f"docker run --rm {IMAGE} {authorities}") == host.check_output(
        authorities
    )


def test_default_command_is_a_shell(host, busybox):
    assert host.check_output("echo echo hello | docker run --rm -i %s", IMAGE) == "hello"
