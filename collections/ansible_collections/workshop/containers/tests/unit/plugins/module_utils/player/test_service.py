# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the observer's service keeps, whatever happens to its disk, and what it has to forget."""

from __future__ import annotations

import os

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError
from ansible_collections.workshop.containers.plugins.module_utils.player import service
from ansible_collections.workshop.containers.plugins.module_utils.player.journal import (
    NAME,
    Journal,
    read,
)
from ansible_collections.workshop.containers.plugins.module_utils.player.service import Service

STEPS = [("run", [{"container_run": {"image": "busybox"}}], [{"container": {"exit_code": 0}}])]
BEGIN = {"event": "watch", "at": 1000.0}
TICK = {
    "event": "tick",
    "at": 1001.0,
    "after": 1001.0,
    "step": "lesson.run",
    "containers": [],
    "found": False,
    "digest": "any",
}


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "demo" / NAME)


@pytest.fixture
def observed(content, tmp_path, monkeypatch):
    """A service that has seen the step done, and follows shells."""
    monkeypatch.setattr(service, "_group", lambda _name: os.getgid())
    settings = {
        "state_path": str(tmp_path),
        "run_path": str(tmp_path / "run"),
        "docker_host": "unix:///nowhere",
        "follow_shells": True,
    }
    found = Service(content(*STEPS), settings, str(tmp_path))
    for event in (BEGIN, {"event": "shells", "at": 1000.0, "followed": True}, TICK):
        found._take(event)
    return found


def kinds(path):
    return [event["event"] for event in read(path)]


def test_what_finds_no_room_waits_and_is_written_in_order(observed, path, monkeypatch, capsys):
    add = Journal.add

    def full(*_):
        raise LabError("room", "none")

    monkeypatch.setattr(Journal, "add", full)
    observed._take({"event": "gap", "at": 1002.0})
    observed._take({"event": "oom", "at": 1003.0, "id": "x"})
    assert capsys.readouterr().err == "Expected room, but found none.\n"
    assert observed.memory.gap == 1002.0
    monkeypatch.setattr(Journal, "add", add)
    observed._gather()
    assert kinds(path) == ["watch", "shells", "tick", "gap", "oom"]


def test_a_step_that_was_taken_back_is_forgotten(observed, path):
    observed.record.take_back(["lesson.run"], [], [], [], [])
    assert observed._gather()
    assert observed.memory.ticks == {}
    assert kinds(path)[-1] == "undo"
    assert not observed._gather()
    assert kinds(path).count("undo") == 1


def test_a_reset_begins_a_new_journal(observed, path):
    observed.record.start_over()
    observed._gather()
    assert kinds(path) == ["reset", "shells"]
    assert kinds(f"{path}.before") == ["watch", "shells", "tick"]
    assert observed.memory.follows_shells
    assert observed.memory.ticks == {}
