"""The observer as a service, and the command workshop, on a machine without systemd."""

from __future__ import annotations

import json

import pytest

PROGRAM = "/usr/local/lib/workshop"


@pytest.fixture
def host(host):
    """The machine that is observed; the hosts on the command line are all of them."""
    if host.check_output("hostname") != "lab-wsl":
        pytest.skip("only lab-wsl is observed: elsewhere tests would be taken for a person's work")
    return host


def test_the_observer_runs_and_starts_with_the_machine(host):
    assert host.run("service docker-workshop status").rc == 0
    assert host.check_output("ls /etc/rc2.d").count("docker-workshop") == 1


def test_it_observes(host):
    assert json.loads(host.check_output("workshop status --json"))["observed"]


def test_a_command_is_seen_in_an_interactive_shell_only(host):
    journal = "/var/lib/workshop/containers/journal.jsonl"
    listing = "docker ps --filter name="  # only what begins as a lesson's command is kept
    host.check_output(f"bash -c '{listing}never-here'")
    host.check_output(f"printf '{listing}seen-here\\nexit\\n' | script -qec 'bash -i' /dev/null")
    host.check_output("timeout 10 sh -c 'until grep -q seen-here %s; do sleep 0.2; done'", journal)
    assert "never-here" not in host.file(journal).content_string


@pytest.mark.parametrize("path", [PROGRAM, f"{PROGRAM}/content.json", f"{PROGRAM}/workshop"])
def test_nobody_but_root_may_change_the_program(host, path):
    file = host.file(path)
    assert (file.user, file.mode & 0o022) == ("root", 0)


def test_others_may_not_read_the_journal(host):
    journal = host.file("/var/lib/workshop/containers/journal.jsonl")
    assert (journal.user, journal.group, journal.mode) == ("root", "docker", 0o640)


def test_only_root_and_the_group_docker_may_give_orders(host):
    socket = host.file("/run/workshop/control.sock")
    assert (socket.user, socket.group, socket.mode) == ("root", "docker", 0o660)


def test_an_order_of_a_member_of_the_group_is_carried_out(host):
    said = host.run("setpriv --reuid=65534 --regid=docker --clear-groups workshop undo wsl.install")
    assert (said.rc, said.stderr) == (1, "")
    assert said.stdout == "wsl.install is not done, so there is nothing to undo.\n"


def test_others_are_told_how_to_join(host):
    said = host.run("setpriv --reuid=65534 --regid=65534 --clear-groups workshop status")
    assert said.rc == 2
    assert "join the group docker" in said.stderr


def test_a_login_shell_tells_once(host):
    told = host.check_output("bash -lic 'echo $PROMPT_COMMAND' 2>/dev/null")
    assert told.count("__workshop_tell") == 1


def test_it_runs_without_ansible(host):
    assert host.run("python3 -c 'import ansible'").rc != 0
