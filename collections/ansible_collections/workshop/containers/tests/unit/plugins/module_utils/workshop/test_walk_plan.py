# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which steps a walk does again, and why."""

from __future__ import annotations

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError
from ansible_collections.workshop.containers.plugins.module_utils.workshop.checks import (
    Check,
    Finding,
)
from ansible_collections.workshop.containers.plugins.module_utils.workshop.fold import Maker
from ansible_collections.workshop.containers.plugins.module_utils.workshop.walk import Walk

SLEEP = {"image": "busybox", "command": ["sleep", "1000"]}
WEB = {"container_run": {**SLEEP, "name": "web", "detach": True}}
STOPPED = {"container_run": {**SLEEP, "name": "web"}}
MAKE = {"image_commit": {"container": "web", "name": "made"}}
REMOVE = {"container_remove": {"name": "web"}}
STOP = [{"container_stop": {"name": "web"}}, REMOVE]
PRUNE = {"image_prune": {}}


class Untrue(Check):
    """Holds once, while its step is done; ``past`` has what it was asked."""

    def __init__(self, *keys):
        super().__init__("", {})
        self.keys = {*keys}
        self.past = []

    def subjects(self, view):
        return self.keys

    def judge(self, view, past):
        self.past.append(past)
        return Finding("failed" if len(self.past) > 1 else "passed", "something")


def plan(machine):
    """The names of the steps that are to be done."""
    todo = Walk(machine.content, machine.context).plan()
    return [machine.content.steps[index].id.partition(".")[2] for index in todo]


def test_a_machine_that_is_beyond_the_checkpoint_is_told_the_way_back(api, lab):
    machine = lab(("one", [], []), ("two", [], []), ("three", [], []))
    machine.walk()
    machine.content.until = 0
    with pytest.raises(LabError) as refused:
        plan(machine)
    assert str(refused.value) == (
        "Expected a machine that is at lesson.one, or before it, but it is beyond: the step"
        " lesson.three was done on it. Go back by removing what the workshop made"
        " (`./lab reset`), then run again until lesson.one"
    )


class TestContainers:
    """Those that a step has taken away."""

    def test_one_that_is_back_is_taken_away_again_and_nothing_else_is_done(self, api, lab):
        machine = lab(("run", [WEB], []), ("look", [], []), ("stop", STOP, []), ("end", [], []))
        machine.walk()
        machine.walk([0])
        assert plan(machine) == ["run", "stop"]

    def test_one_that_its_own_step_did_not_come_to_take_away_is(self, api, lab):
        machine = lab(("all", [WEB, *STOP], []))
        machine.walk()
        identity = api.create_container("busybox", labels=_labels(machine, "lesson.all"))["Id"]
        machine.record.note_container(identity, Maker("lesson.all"))
        assert plan(machine) == ["all"]

    def test_one_of_the_same_name_that_is_to_stay_is_no_reason(self, api, lab):
        machine = lab(("run", [WEB], []), ("stop", STOP, []), ("again", [WEB], []))
        machine.walk()
        assert plan(machine) == []


class TestUnnamedImages:
    """Those that a step has pruned."""

    TWICE = (("first", [STOPPED, MAKE], []), ("second", [MAKE], []))

    @pytest.mark.parametrize("before", [0, 2])
    def test_the_last_step_that_pruned_them_is_done_again_where_there_are_some(
        self, api, lab, before
    ):
        early = [(f"early{number}", [PRUNE], []) for number in range(before)]
        machine = lab(*self.TWICE, *early, ("prune", [PRUNE], []), ("end", [], []))
        machine.walk()
        assert plan(machine) == []
        machine.record.note_untagged(api.add_image())
        assert plan(machine) == ["prune"]

    def test_those_that_a_later_step_leaves_are_no_reason(self, api, lab):
        machine = lab(("first", [STOPPED, MAKE], []), ("prune", [PRUNE], []), ("again", [MAKE], []))
        machine.walk()
        assert machine.context.ownership.untagged_images() != []
        assert plan(machine) == []


class TestChecks:
    """Those that no longer hold."""

    @pytest.fixture
    def machine(self, api, lab, tmp_path):
        """A lab that writes the files one and two, then does nothing."""
        files = {f"lesson/{name}": b"" for name in ("one", "two")}
        steps = [
            (name, [{"file_write": {"path": str(tmp_path / name), "source": name}}], [])
            for name in ("one", "two")
        ]
        folder = ("folder", [{"directory_create": {"path": str(tmp_path)}}], [])
        machine = lab(folder, *steps, ("end", [], []), files=files)
        machine.key = lambda name: ("file", str(tmp_path / name))
        return machine

    def done(self, machine, index, *checks):
        machine.content.steps[index].checks = [*checks]
        assert machine.walk().failure == ""
        return plan(machine)

    def test_a_step_of_which_one_speaks_is_done_again(self, machine):
        check = Untrue(machine.key("two"))
        assert self.done(machine, 2, check) == ["two"]
        assert check.past == [False, False]

    def test_all_of_which_they_speak_is_made_again(self, machine):
        checks = [Untrue(machine.key("one")), Untrue(machine.key("two"))]
        assert self.done(machine, 2, *checks) == ["one", "two"]

    def test_one_that_speaks_of_something_that_came_and_went_is_no_reason(self, machine):
        assert self.done(machine, 2, Untrue(("container", "gone"))) == []

    def test_one_that_speaks_of_something_that_a_later_step_changed_is_no_reason(self, machine):
        assert self.done(machine, 1, Untrue(machine.key("two"))) == []


def _labels(machine, step):
    return machine.context.ownership.labels_for(Maker(step), "container")
