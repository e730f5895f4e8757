# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps that are taken back: what the lab made goes, what a person made is kept."""

from __future__ import annotations

import os
import re

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.player import taking_back
from ansible_collections.workshop.containers.plugins.module_utils.player.journal import (
    NAME,
    Journal,
)
from ansible_collections.workshop.containers.plugins.module_utils.player.solving import Solving
from ansible_collections.workshop.containers.plugins.module_utils.player.taking_back import (
    GOES,
    MOVES,
    SET_ASIDE,
    TakingBack,
)
from ansible_collections.workshop.containers.plugins.module_utils.workshop.operations import (
    files as file_operations,
)

SLEEP = {"image": "busybox", "command": ["sleep", "1000"]}
RUNS = {"container": {"name": "web", "running": True}}
RUN = ("run", [{"container_run": {**SLEEP, "name": "web", "detach": True}}], [RUNS])
COMMIT = (
    "commit",
    [{"image_commit": {"container": "web", "name": "made"}}],
    [{"image": {"name": "made"}}],
)
STOP = (
    "stop",
    [{"container_stop": {"name": "web"}}],
    [{"container": {"name": "web", "running": False}}],
)
OTHER = (
    "other",
    [{"container_run": {**SLEEP, "name": "other", "detach": True}}],
    [{"container": {"name": "other", "running": True}}],
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where lessons put their files: a standard folder, as /root is one."""
    path = tmp_path / "root"
    path.mkdir()
    monkeypatch.setattr(file_operations, "_STANDARD", {str(path)})
    monkeypatch.setattr(taking_back, "stamp", lambda: "DATE")
    return path


@pytest.fixture
def steps(folder):
    """Four steps with containers, and three that make a folder and files."""
    app = str(folder / "app")
    return (
        RUN,
        COMMIT,
        STOP,
        OTHER,
        ("folder", [{"directory_create": {"path": app}}], [{"directory": {"path": app}}]),
        file_step("first", f"{app}/Dockerfile"),
        file_step("single", str(folder / "hello")),
    )


def file_step(name, path):
    check = [{"file": {"path": path, "matches": "text"}}]
    return (name, [{"file_write": {"path": path, "source": "text"}}], check)


@pytest.fixture
def machine(person, content, steps, tmp_path):
    """Makes a TakingBack, or a Solving, of what a person has done so far."""
    files = {"lesson/text": b"text\n"}
    learner = person(*steps, files=files)
    data = content(*steps, files=files)
    settings = {"state_path": str(tmp_path), "docker_host": "unix:///nowhere"}

    def machine(kind=TakingBack):
        learner.lab.record.load()
        learner.judge()
        journal = Journal(str(tmp_path / "demo" / NAME), os.getgid())
        for event in learner.events:
            journal.add(event)
        journal.close()
        learner.events.clear()
        return kind(data, settings, "en")

    machine.learner = learner
    return machine


def names(found, steps):
    return [found.content.steps[index].id.partition(".")[2] for index in steps]


def solve(machine, *steps):
    machine(Solving).solve(list(steps), lambda *_: None)


def done(machine):
    found = machine()
    return names(found, sorted(found.done()))


def undo(machine, step):
    found = machine()
    found.take_back(found.depending(step), aside=True)
    return found.removed, [str(each) for each in found.kept]


class TestUndo:
    def test_what_the_lab_made_is_removed_and_nothing_else(self, machine):
        solve(machine, 0, 3)
        assert undo(machine, 3) == (["container other"], [])
        assert machine.learner.api.named("other") is None
        assert machine.learner.api.named("web") is not None
        assert done(machine) == ["run"]

    def test_it_may_be_done_again(self, machine):
        solve(machine, 3)
        undo(machine, 3)
        solve(machine, 3)
        assert done(machine) == ["other"]

    def test_of_a_step_that_is_not_done_is_none(self, machine):
        assert machine().depending(3) == []

    def test_what_needs_it_goes_too(self, machine):
        solve(machine, 0, 1, 3)
        found = machine()
        assert names(found, found.depending(0)) == ["run", "commit"]
        removed, _kept = undo(machine, 0)
        assert removed == ["container web", "image made:latest"]
        assert done(machine) == ["other"]

    def test_what_it_had_to_work_with_and_is_gone_has_to_be_made_again(self, machine):
        solve(machine, 0, 2)
        found = machine()
        assert names(found, found.depending(2)) == ["run", "stop"]

    def test_what_is_there_still_need_not(self, machine):
        solve(machine, 0, 1)
        found = machine()
        assert names(found, found.depending(1)) == ["commit"]

    def test_their_container_is_set_aside_and_told_before(self, machine):
        mine = machine.learner.run("busybox", "sleep", "1000", name="web")
        found = machine()
        assert found.look(found.depending(0), aside=True) == [(SET_ASIDE, "container web")]
        _removed, kept = undo(machine, 0)
        container = machine.learner.api.stock[mine]
        assert re.fullmatch(r"/web-\d{8}-\d{6}", container["Name"])
        assert not container["State"]["Running"]
        assert kept == [f"container web: it is now {container['Name'][1:]}"]
        assert done(machine) == []

    def test_their_container_that_removes_itself_is_gone_and_that_is_told_before(self, machine):
        learner = machine.learner
        mine = learner.run("busybox", "sleep", "1000", name="web", remove=True)
        learner.api.stock[mine]["HostConfig"]["AutoRemove"] = True
        found = machine()
        assert found.look(found.depending(0), aside=True) == [(GOES, "container web")]
        assert undo(machine, 0) == (["container web"], [])

    def test_their_image_keeps_another_name(self, machine):
        api = machine.learner.api
        web = machine.learner.run("busybox", "sleep", "1000", name="web")
        machine()
        mine = api.add_image("made")
        machine.learner.does("commit", web)
        machine.learner.does("tag", "docker.io/library/made:latest")
        assert done(machine) == ["run", "commit"]
        assert undo(machine, 1)[1] == ["image made:latest: it is kept under another name"]
        assert "made:latest" not in api.tagged
        assert [name for name, each in api.tagged.items() if each == mine]

    def test_what_was_seen_before_counts_no_more(self, machine):
        machine.learner.run("busybox", "sleep", "1000", name="web")
        undo(machine, 0)
        learner = machine.learner
        learner.lab.record.load()
        at = learner.lab.record.undone["lesson.run"]
        learner.see({"event": "undo", "at": at, "step": "lesson.run"})
        assert "tick" not in [event["event"] for event in learner.judge()]
        assert learner.states()["run"] == "open"

    def test_a_step_that_looks_only_has_to_be_done_anew_where_that_is_seen(self, person):
        for follows in (True, False):
            learner = person(("look", [], [{"images": {"untagged": 0}}]), follows_shells=follows)
            assert learner.states() == {"look": "done"}
            learner.see({"event": "undo", "at": 5000.0, "step": "lesson.look"})
            assert learner.states() == {"look": "open" if follows else "done"}


class TestFiles:
    def test_the_labs_are_removed(self, machine, folder):
        solve(machine, 4, 5, 6)
        removed, kept = undo(machine, 4)
        assert removed == [f"file {folder}/app/Dockerfile", f"folder {folder}/app"]
        assert kept == []
        assert os.listdir(folder) == ["hello"]

    def test_one_that_was_changed_moves_to_a_dated_folder(self, machine, folder):
        solve(machine, 6)
        (folder / "hello").write_text("text of mine")
        aside = folder / "workshop-DATE/hello"
        assert undo(machine, 6)[1] == [f"file {folder}/hello: it is now {aside}"]
        assert aside.read_text() == "text of mine"
        assert not (folder / "hello").exists()

    def test_one_in_a_folder_of_the_lesson_moves_out_of_it(self, machine, folder):
        solve(machine, 4)
        (folder / "app/Dockerfile").write_text("text of mine")
        assert "first" in done(machine)
        undo(machine, 5)
        assert (folder / "app-DATE/Dockerfile").read_text() == "text of mine"
        assert os.listdir(folder / "app") == []

    def test_a_folder_moves_whole_with_all_that_is_in_it(self, machine, folder):
        solve(machine, 4, 5)
        (folder / "app/notes").write_text("mine")
        found = machine()
        assert found.look([4, 5], aside=True) == [(MOVES, f"folder {folder}/app")]
        _removed, kept = undo(machine, 4)
        assert kept == [f"folder {folder}/app: it is now {folder}/app-DATE"]
        assert os.listdir(folder / "app-DATE") == ["notes"]

    @pytest.mark.parametrize("target", ["other", "nowhere"])
    def test_a_link_is_moved_and_not_followed(self, machine, folder, target):
        (folder / "other").write_text("text of another")
        (folder / "hello").symlink_to(folder / target)
        machine().take_back([6], aside=False)
        assert (folder / "workshop-DATE/hello").is_symlink()
        assert (folder / "other").read_text() == "text of another"

    def test_one_that_cannot_be_moved_stays_and_says_why(self, machine, folder):
        (folder / "hello").write_text("text of mine")
        (folder / "workshop-DATE").write_text("in the way")
        found = machine()
        found.take_back([6], aside=False)
        assert len(found.kept) == 1
        assert str(found.kept[0]).startswith(f"file {folder}/hello: ")
        assert (folder / "hello").read_text() == "text of mine"


class TestReset:
    def test_of_some_steps_leaves_the_others(self, machine):
        solve(machine, 0, 1, 3)
        found = machine()
        found.take_back([3], aside=False)
        assert found.removed == ["container other"]
        assert done(machine) == ["run", "commit"]
        assert "made:latest" in machine.learner.api.tagged

    def test_what_they_made_stays_and_is_named(self, machine):
        mine = machine.learner.run("busybox", "sleep", "1000", name="web")
        solve(machine, 3)
        found = machine()
        assert found.look(None, aside=False) == []
        found.take_back(None, aside=False)
        assert "container other" in found.removed
        assert "container web: you made it" in [str(each) for each in found.kept]
        assert machine.learner.api.stock[mine]["Name"] == "/web"

    def test_of_all_forgets_what_was_seen(self, machine):
        machine.learner.run("busybox", "sleep", "1000", name="web")
        found = machine()
        found.take_back(None, aside=False)
        assert "what was seen of the steps so far" in found.removed
        assert found.record.since > 0
        assert found.done() == set()

    def test_of_all_moves_their_files(self, machine, folder):
        (folder / "hello").write_text("text of mine")
        machine().take_back(None, aside=False)
        assert (folder / "workshop-DATE/hello").read_text() == "text of mine"

    def test_an_image_that_a_container_of_another_step_uses_stays(self, machine):
        api = machine.learner.api
        solve(machine, 0, 1)
        api.add_container("mine", "made")
        found = machine()
        found.take_back([1], aside=False)
        assert [str(e) for e in found.kept] == ["image made:latest: the container mine uses it"]
        assert "made:latest" in api.tagged
        assert found.record.tags["docker.io/library/made:latest"]
