# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images of lessons: committed, tagged, pushed, removed, pruned.

That those of somebody else are left alone is shown in test_safety.py.
"""

from __future__ import annotations

from types import SimpleNamespace

import docker.errors
import pytest

from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError
from ansible_collections.workshop.containers.plugins.module_utils.workshop.fold import Maker
from ansible_collections.workshop.containers.plugins.module_utils.workshop.operations import images
from ansible_collections.workshop.containers.plugins.module_utils.workshop.ownership import (
    IMAGE,
    labels_for,
)
from ansible_collections.workshop.containers.plugins.module_utils.workshop.walk import Walk

WEB = {"container_run": {"image": "busybox", "command": ["sh"], "name": "web"}}
REMOVE_WEB = {"container_remove": {"name": "web"}}
PULL = {"image_pull": {"name": "busybox"}}
MAKE = {"image_commit": {"container": "web", "name": "made"}}
OURS = "127.0.0.1:5002/made:1"
TAG = {"image_tag": {"name": "made", "target": OURS}}
PUSH = {"image_push": {"name": "made"}}
FORGET = {"image_remove": {"name": "made"}}
REFUSED = {"image_remove": {"name": "busybox", "refused": "unable to remove"}}
MADE = "docker.io/library/made:latest"
KEPT = [("run", [WEB], []), ("make", [MAKE], [])]


def refusing(words):
    """A call that the engine refuses."""

    def refuse(*_arguments, **_options):
        raise docker.errors.APIError("500 Server Error", explanation=words)

    return refuse


def failing(*_arguments, **_options):
    """A call at which the lab is stopped."""
    raise LabError("to go on", "it was stopped")


def last(walk):
    """What the last step of a walk says: its status and whether it changed anything."""
    return walk.results[-1]["status"], walk.results[-1]["changed"]


def failure(walk):
    """What the last step of a walk says of its failure."""
    result = walk.results[-1]
    return result["expected"], result["observed"], result["remedy"]


def todo(machine):
    """The indexes of the steps that are to be done."""
    return Walk(machine.content, machine.context).plan()


class TestPull:
    def test_is_done_again_where_the_image_is_gone(self, api, lab):
        machine = lab(("pull", [PULL], []))
        assert last(machine.walk()) == ("passed", True)
        assert todo(machine) == []
        api.remove_image("busybox")
        assert todo(machine) == [0]


class TestCommit:
    def test_makes_an_image_that_is_the_labs(self, api, lab):
        machine = lab(*KEPT)
        assert last(machine.walk()) == ("passed", True)
        image = api.inspect_image("made")
        assert image["Config"]["Labels"] == labels_for("demo", Maker("lesson.make"), IMAGE)
        assert machine.record.tags[MADE] == image["Id"]
        assert not machine.record.has_claim("image", MADE)

    def test_is_of_the_container_with_the_lessons_changes(self, api, lab, monkeypatch):
        asked = []
        monkeypatch.setattr(images, "commit", lambda *arguments: asked.append(arguments))
        changes = ["CMD ls"]
        commit = {"image_commit": {"container": "web", "name": "made", "changes": changes}}
        machine = lab(("run", [WEB], []), ("make", [MAKE], []), ("again", [commit], []))
        machine.walk()
        web = api.named("web")["Id"]
        marks = [labels_for("demo", Maker(f"lesson.{step}"), IMAGE) for step in ("make", "again")]
        assert asked == [
            (machine.engine, web, "made", [], marks[0]),
            (machine.engine, web, "made", changes, marks[1]),
        ]

    def test_that_is_killed_leaves_a_claim(self, api, lab, monkeypatch):
        machine = lab(*KEPT)
        monkeypatch.setattr(machine.context, "note_image", failing)
        machine.walk()
        assert machine.record.claims[f"image:{MADE}"]["step"] == "lesson.make"

    @pytest.mark.parametrize("theirs", [True, False])
    def test_is_done_again_where_the_image_is_gone_or_another(self, api, lab, theirs):
        machine = lab(*KEPT)
        machine.walk()
        assert todo(machine) == []
        api.remove_image("made")
        if theirs:
            api.add_image("made")
        assert todo(machine) == [1]


class TestTag:
    STEPS = (*KEPT, ("tag", [TAG], []))

    def test_names_the_same_image_and_is_noted(self, api, lab):
        machine = lab(*self.STEPS)
        assert last(machine.walk()) == ("passed", True)
        image = api.tagged["made:latest"]
        assert api.tagged[OURS] == image
        assert machine.record.tags[OURS] == image

    def test_that_is_there_is_no_change_and_not_the_labs(self, api, lab):
        machine = lab(*self.STEPS)
        machine.walk([0, 1])
        api.tag("made", "127.0.0.1:5002/made", "1")
        assert last(machine.walk([2])) == ("passed", False)
        assert OURS not in machine.record.tags

    def test_that_a_killed_run_has_given_is_noted_by_the_next(self, api, lab, monkeypatch):
        machine = lab(*self.STEPS)
        machine.walk([0, 1])
        monkeypatch.setattr(machine.record, "note_tag", failing)
        machine.walk([2])
        assert machine.record.claims[f"image:{OURS}"]["step"] == "lesson.tag"
        monkeypatch.undo()
        assert last(machine.walk([2])) == ("passed", False)
        assert machine.record.tags[OURS] == api.tagged["made:latest"]

    def test_of_an_image_that_is_gone_is_told(self, api, lab):
        machine = lab(*self.STEPS)
        machine.walk([0, 1])
        api.remove_image("made")
        assert failure(machine.walk([2])) == ("the image made", "no such image", "build it first")

    def test_that_the_engine_refuses_is_told(self, api, lab, monkeypatch):
        machine = lab(*self.STEPS)
        machine.walk([0, 1])
        monkeypatch.setattr(api, "tag", refusing("no"))
        assert failure(machine.walk([2]))[:2] == (f"the image made tagged as {OURS}", "no")

    def test_is_given_again_where_it_is_gone(self, api, lab):
        machine = lab(*self.STEPS)
        machine.walk()
        assert todo(machine) == []
        api.remove_image(OURS)
        assert todo(machine) == [2]


class TestPush:
    STEPS = (*KEPT, ("push", [PUSH], []))

    @pytest.mark.parametrize(("after", "noted"), [("sha256:1", "sha256:1"), (None, "")])
    @pytest.mark.parametrize("changed", [True, False])
    def test_notes_what_the_registry_serves(self, api, lab, monkeypatch, after, noted, changed):
        pushed = SimpleNamespace(after=after, changed=changed)
        monkeypatch.setattr(images, "push", lambda _engine, name: {"made": pushed}[name])
        machine = lab(*self.STEPS)
        assert last(machine.walk()) == ("passed", changed)
        assert machine.record.served == {MADE: noted}

    @pytest.mark.parametrize("noted", [True, False])
    def test_is_done_again_where_the_registry_serves_something_else(self, api, lab, noted):
        machine = lab(*self.STEPS)
        machine.walk()
        if not noted:
            machine.record.note_served(MADE, "")
        assert todo(machine) == []
        api.serve("made")
        assert todo(machine) == [2]


class TestRemove:
    STEPS = (*KEPT, ("remove", [FORGET], []))

    def test_takes_the_name_and_notes_that(self, api, lab):
        machine = lab(*self.STEPS)
        assert last(machine.walk()) == ("passed", True)
        assert "made:latest" not in api.tagged
        assert MADE not in machine.record.tags
        assert machine.context.details[Maker("lesson.remove")] == {"exit_code": 0}

    def test_of_what_is_gone_changes_nothing(self, api, lab):
        machine = lab(*self.STEPS)
        machine.walk([0, 1])
        api.remove_image("made")
        assert last(machine.walk([2])) == ("passed", False)

    def test_of_somebody_elses_is_refused(self, api, lab):
        machine = lab(*self.STEPS)
        machine.walk([0, 1])
        theirs = api.add_image("made")
        assert failure(machine.walk([2])) == (
            "the lab's own image made",
            f"the image made ({theirs[7:19]}), which the lab did not make",
            "`docker rmi made` by hand",
        )
        assert api.tagged["made:latest"] == theirs


class TestRefusedRemoval:
    STEPS = (("run", [WEB], []), ("try", [REFUSED], []))

    def test_tells_the_engines_words_and_changes_nothing(self, api, lab):
        machine = lab(*self.STEPS)
        assert last(machine.walk()) == ("passed", False)
        user = api.named("web")["Id"][:12]
        assert machine.context.details[Maker("lesson.try")] == {
            "exit_code": 1,
            "stdout": f"conflict: unable to remove repository reference, {user} uses it",
        }

    def test_for_another_reason_is_a_failure(self, api, lab, monkeypatch):
        monkeypatch.setattr(api, "remove_image", refusing("the disk is on fire"))
        assert failure(lab(*self.STEPS).walk()) == (
            "the image busybox:latest to be removed",
            "the disk is on fire",
            "remove the containers that use it",
        )

    @pytest.mark.parametrize("gone", ["container", "both"])
    def test_is_not_tried_where_no_container_of_the_lab_needs_the_image(self, api, lab, gone):
        other = {"container_run": {"image": "other", "command": ["sh"], "name": "other"}}
        api.serve("other")
        machine = lab(("other", [other], []), *self.STEPS)
        machine.walk([0, 1])
        api.remove_container(api.named("web")["Id"])
        if gone == "both":
            api.remove_image("busybox")
        before = dict(api.tagged)
        assert failure(machine.walk([2])) == (
            "a container that uses the image busybox",
            "none does",
            "run one first",
        )
        assert api.tagged == before

    def test_is_not_tried_where_it_would_only_take_a_name(self, api, lab):
        machine = lab(*self.STEPS)
        machine.walk([0])
        api.tag("busybox", "mine", "1")
        assert failure(machine.walk([1])) == (
            "a refusal to remove the image busybox",
            "it has another name, mine:1, and would only lose this one",
            "remove the other name first: `docker rmi mine:1`",
        )
        assert {*api.tagged} == {"busybox:latest", "mine:1"}

    def test_that_does_not_come_is_a_failure(self, api, lab, monkeypatch):
        monkeypatch.setattr(api, "remove_image", lambda _name, **_how: None)
        assert failure(lab(*self.STEPS).walk())[:2] == (
            "a refusal to remove the image busybox",
            "it was removed",
        )


class TestPrune:
    def test_says_whether_there_was_anything(self, api, lab):
        prune = {"image_prune": {}}
        machine = lab(*KEPT, ("again", [MAKE], []), ("prune", [prune], []))
        assert last(machine.walk()) == ("passed", True)
        assert machine.context.details[Maker("lesson.prune")] == {"exit_code": 0}
        assert last(machine.walk([3])) == ("passed", False)
