# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps that are done for a person, who has done others by hand."""

from __future__ import annotations

import os

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.player.journal import (
    NAME,
    Journal,
)
from ansible_collections.workshop.containers.plugins.module_utils.player.solving import Solving

SLEEP = {"image": "busybox", "command": ["sleep", "1000"]}
RUN = ("run", [{"container_run": {**SLEEP, "name": "web", "detach": True}}], [])
RUN[2].append({"container": {"name": "web", "running": True}})
COMMIT = (
    "commit",
    [{"image_commit": {"container": "web", "name": "made"}}],
    [{"image": {"name": "made"}}],
)
STOP = ("stop", [{"container_stop": {"name": "web"}}], [])
STOP[2].append({"container": {"name": "web", "running": False}})
OTHER = ("other", [{"container_run": {**SLEEP, "name": "other", "detach": True}}], [])
OTHER[2].append({"container": {"name": "other", "running": True}})
STEPS = (RUN, COMMIT, STOP, OTHER)


@pytest.fixture
def solving(person, content, tmp_path):
    """Makes a Solving of what a person has done so far, in a lab of four steps."""
    learner = person(*STEPS)

    def solving():
        learner.judge()
        journal = Journal(str(tmp_path / "demo" / NAME), os.getgid())
        for event in learner.events:
            journal.add(event)
        journal.close()
        learner.events.clear()
        settings = {"state_path": str(tmp_path), "docker_host": "unix:///nowhere"}
        return Solving(content(*STEPS), settings, "en")

    solving.learner = learner
    return solving


def solve(found, step):
    told = []
    found.solve([*found.plan(step), step], lambda *each: told.append(each))
    return told


def test_what_a_step_needs_is_done_first_and_nothing_else(solving):
    assert solve(solving(), 2) == [("lesson.run", "passed"), ("lesson.stop", "passed")]
    api = solving.learner.api
    assert not api.named("web")["State"]["Running"]
    assert api.named("other") is None
    assert "made:latest" not in api.tagged


def test_it_goes_on_with_what_the_person_made(solving):
    mine = solving.learner.run("busybox", "sleep", "1000", name="web")
    assert solve(solving(), 1) == [("lesson.commit", "passed")]
    assert "made:latest" in solving.learner.api.tagged
    assert solving.learner.api.named("web")["Id"] == mine


def test_a_container_of_theirs_is_stopped_where_that_is_the_step(solving):
    mine = solving.learner.run("busybox", "sleep", "1000", name="web")
    solve(solving(), 2)
    assert not solving.learner.api.stock[mine]["State"]["Running"]


def test_a_failed_try_is_set_aside_and_kept(solving):
    wrong = solving.learner.run("busybox", "false", name="web", printed="")
    solve(solving(), 0)
    api = solving.learner.api
    assert api.named("web")["Id"] != wrong
    assert api.stock[wrong]["Name"].startswith("/web-2")


def test_nothing_of_theirs_gets_into_the_record(solving):
    mine = solving.learner.run("busybox", "sleep", "1000", name="web")
    found = solving()
    solve(found, 1)
    assert mine not in found.record.containers
