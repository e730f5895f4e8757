# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine of tests is cleared and spoiled, and one that somebody works on is refused."""

from __future__ import annotations

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError
from ansible_collections.workshop.containers.plugins.module_utils.player.ground import (
    clear,
    refuse_used,
    spoil,
)
from ansible_collections.workshop.containers.plugins.module_utils.workshop.fold import Maker
from ansible_collections.workshop.containers.plugins.module_utils.workshop.grading import Grading
from ansible_collections.workshop.containers.plugins.module_utils.workshop.tick import Tick


@pytest.fixture
def machine(lab, tmp_path):
    """A lab before a folder, a server that stays, and one that is removed again."""
    folder = {"path": str(tmp_path / "app")}
    server = {"image": "busybox", "name": "web", "command": ["httpd"], "detach": True}
    other = {"image": "busybox", "name": "other", "command": ["date"]}
    gone = {"name": "other", "exists": False}
    made = lab(
        ("folder", [{"directory_create": folder}], [{"directory": folder}]),
        ("serve", [{"container_run": server}], [{"container": {"name": "web", "running": True}}]),
        ("run", [{"container_run": other}], [{"container": {"name": "other", "exit_code": 0}}]),
        ("remove", [{"container_remove": {"name": "other"}}], [{"container": gone}]),
    )
    made.content.base_images = ["docker.io/library/busybox:latest"]
    return made


def ticks(machine):
    """What an observer would have seen of a walk."""
    web = machine.api.named("web")["Id"]
    return {
        step.id: Tick(
            1000.0,
            step.data["digest"],
            containers={Maker(step.id, 0): web} if step.id == "lesson.serve" else {},
        )
        for step in machine.content.steps
    }


def told(machine, seen):
    """The steps of which grading tells that they were undone."""
    results = Grading(machine.content, machine.engine, machine.record, seen).grade()
    return [each["id"].partition(".")[2] for each in results if each["observed"]]


def test_what_is_spoiled_is_told(machine):
    machine.walk()
    seen = ticks(machine)
    assert told(machine, seen) == []
    spoiled = spoil(machine.content, machine.engine, 3, seen)
    assert spoiled == ["lesson.folder", "lesson.serve", "lesson.remove"]
    assert told(machine, seen) == ["folder", "serve", "remove"]


def test_steps_that_nobody_did_are_not_spoiled(machine):
    machine.walk()
    assert spoil(machine.content, machine.engine, 3, {}) == []
    assert machine.engine.container_named("web") is not None


def test_a_fresh_machine_is_taken_and_its_images_are_kept(machine, tmp_path):
    kept = machine.api.add_image("alpine")
    assert refuse_used(machine.content, machine.engine, machine.record) == [kept]
    machine.walk()
    (tmp_path / "app/more").write_text("", encoding="ascii")
    machine.api.add_container("theirs", "alpine")
    clear(machine.content, machine.engine, machine.record, [kept])
    assert machine.engine.containers() == []
    assert [entry["Id"] for entry in machine.engine.images()] == [kept]
    assert not (tmp_path / "app").exists()
    assert refuse_used(machine.content, machine.engine, machine.record) == [kept]


@pytest.mark.parametrize("use", ["container", "folder", "record"])
def test_a_machine_that_somebody_works_on_is_refused(machine, tmp_path, use):
    if use == "container":
        machine.api.add_image("alpine")
        machine.api.add_container("theirs", "alpine")
    elif use == "folder":
        (tmp_path / "app").mkdir()
    else:
        machine.record.verify(machine.content.data[0], [])
    with pytest.raises(LabError) as caught:
        refuse_used(machine.content, machine.engine, machine.record)
    assert {"container": "theirs", "folder": "/app", "record": "lesson.folder"}[
        use
    ] in caught.value.observed
