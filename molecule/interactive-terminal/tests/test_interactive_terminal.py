"""A shell on a terminal, a second one in the same container, and `exit`."""

import re

import pytest


def shells(listing):
    """The process ids of the shells that `ps` lists (with a column for the time, or without)."""
    return re.findall(r"^\s*(\d+) root\s+(?:\d+:\d\d\s+)?sh\s*$", listing, re.MULTILINE)


@pytest.fixture
def shell(host):
    return host.check_output("docker ps --latest --quiet")


@pytest.mark.step("interactive-terminal.exit")
def test_three_containers_are_stopped(host):
    states = host.check_output("docker ps --all --format '{{.Status}}'").splitlines()
    assert len(states) == 3
    assert all(state.startswith("Exited (0)") for state in states)


@pytest.mark.step(
    "interactive-terminal.open", "interactive-terminal.list-running", "interactive-terminal.newest"
)
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("{{.Config.Tty}}", "true"),
        ("{{.Config.OpenStdin}}", "true"),
        ("{{json .Config.Cmd}}", '["sh"]'),
        ("{{.State.Running}}", "false"),
    ],
)
def test_the_newest_was_a_shell_on_a_terminal(host, shell, field, value):
    assert host.check_output("docker inspect --format %s %s", field, shell) == value


@pytest.mark.step("interactive-terminal.processes")
def test_shell_was_pid_1_and_saw_nothing_of_the_host(host, shell):
    log = host.check_output("docker logs %s", shell)
    assert shells(log)[0] == "1"
    assert not re.search("dockerd|systemd|containerd", log)


@pytest.mark.step("interactive-terminal.second-shell", "interactive-terminal.processes-again")
def test_second_shell_was_in_the_same_container(host, shell):
    last = host.check_output("docker logs %s", shell).split("PID")[-1]
    assert len(shells(last)) == 2


@pytest.mark.step("interactive-terminal.exit")
def test_exit_was_typed(host, shell):
    assert re.search(r"exit\s*$", host.check_output("docker logs %s", shell))
