"""What a person finds after the workshop was typed."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def status(host):
    """What `workshop status --json` says."""
    return json.loads(host.check_output("workshop status --json"))


def test_every_step_is_done(status):
    assert status["observed"]
    assert status["done"] == status["of"]


def test_nothing_was_done_by_the_lab(status):
    assert [step["id"] for step in status["steps"] if step["by_lab"]] == []


@pytest.mark.parametrize("words", ["", "--plain", "check network-service.run", "hint dockerfile"])
def test_the_command_speaks_to_a_learner(host, words):
    said = host.run(f"workshop {words}")
    assert (said.rc, said.stderr) == (0, "")
    assert said.stdout.strip()


def test_an_unknown_step_names_the_nearest(host):
    said = host.run("workshop check netwrok-service.run")
    assert said.rc == 2
    assert "did you mean network-service.run?" in said.stderr


def test_the_observer_is_a_service(host):
    assert host.service("docker-workshop").is_running
    assert host.service("docker-workshop").is_enabled


def test_the_observer_costs_little(host):
    pid = host.check_output("systemctl show --property MainPID --value docker-workshop")
    memory = host.check_output("grep VmRSS /proc/%s/status", pid).split()[1]
    assert int(memory) < 60 * 1024


def test_what_a_learner_prints_neither_stops_it_nor_reaches_a_terminal(host):
    pid = host.check_output("systemctl show --property MainPID --value docker-workshop")
    before = host.file("/var/lib/workshop/containers/journal.jsonl").size
    much = "head -c 100000000 /dev/zero | tr '\\0' x"
    rude = "head -c 100000 /dev/urandom; printf '\\033[2J\\033]0;taken\\007'"
    host.check_output("docker run --rm busybox sh -c %s >/dev/null", f"{much}; {rude}")
    assert host.check_output("systemctl show --property MainPID --value docker-workshop") == pid
    assert host.file("/var/lib/workshop/containers/journal.jsonl").size < before + 500_000
    said = host.run("workshop status; workshop --plain; workshop status --json").stdout
    assert "\x1b" not in said
    assert "\x07" not in said
