# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers of lessons: run, copied into, stopped, removed.

That those of somebody else are left alone is shown in test_safety.py.
"""

from __future__ import annotations

from types import SimpleNamespace

import docker.errors
import pytest

from ansible_collections.workshop.containers.plugins.module_utils.containers import lifecycle
from ansible_collections.workshop.containers.plugins.module_utils.workshop.fold import Maker
from ansible_collections.workshop.containers.plugins.module_utils.workshop.operations import (
    containers,
)
from ansible_collections.workshop.containers.plugins.module_utils.workshop.walk import Walk

SH = {"image": "busybox", "command": ["sh"]}
ENDED = {"container_run": {**SH, "name": "web"}}
WEB = {"container_run": {**SH, "name": "web", "detach": True, "ports": ["80:80"]}}
LEAVING = {"container_run": {**SH, "name": "web", "detach": True, "auto_remove": True}}
SHELL = {"container_run": {**SH, "name": "web", "tty": True, "terminal": "B"}}
STOP = {"container_stop": {"name": "web"}}
REMOVE = {"container_remove": {"name": "web"}}
COPY = {"container_copy": {"container": "web", "source": "/etc/hostname", "path": "/x"}}


def error(words):
    """An engine's refusal."""
    return docker.errors.APIError("500 Server Error", explanation=words)


def refusing(words):
    """A call that the engine refuses."""

    def refuse(*_arguments, **_options):
        raise error(words)

    return refuse


def failure(walk):
    """What the failed step of a walk says: expected and observed."""
    result = next(each for each in walk.results if each["status"] == "failed")
    return result["expected"], result["observed"]


def detail(machine, step):
    """What the operation of a step found out."""
    return machine.context.details[Maker(f"lesson.{step}")]


class TestRun:
    def test_to_its_end_tells_how_it_ended(self, api, lab, monkeypatch):
        machine = lab(("run", [ENDED], []), ("again", [{"container_run": SH}], []))
        monkeypatch.setattr(machine.engine, "logs", lambda _id: "printed\n")
        monkeypatch.setattr(lifecycle, "end", lambda *_arguments: lifecycle.End(137, True))
        assert machine.walk().failure == ""
        ended = {"exit_code": 137, "stdout": "printed\n", "oom_killed": True}
        assert detail(machine, "run") == {"pulled": True, **ended}
        assert detail(machine, "again") == {"pulled": False, **ended}

    def test_is_known_to_the_steps_that_follow(self, api, lab):
        machine = lab(("run", [WEB], []))
        machine.walk()
        assert detail(machine, "run") == {"pulled": True}
        assert machine.context.started == {Maker("lesson.run"): api.named("web")["Id"]}
        assert machine.context.named == {"web": Maker("lesson.run")}

    def test_that_ends_is_removed_by_the_lab_only_when_it_has_told(self, api, lab):
        machine = lab(("run", [{"container_run": {**SH, "auto_remove": True}}], []))
        created = []
        create = api.create_container

        def watched(*arguments, **options):
            created.append(options["host_config"]["auto_remove"])
            return create(*arguments, **options)

        api.create_container = watched
        assert machine.walk().failure == ""
        assert (created, api.stock) == ([False], {})

    def test_that_is_detached_removes_itself(self, api, lab):
        lab(("run", [LEAVING], [])).walk()
        assert api.named("web")["HostConfig"]["AutoRemove"] is True
        assert api.named("web")["Config"]["Tty"] is False

    def test_with_a_terminal_waits_for_its_prompt(self, api, lab, monkeypatch):
        waited = []
        monkeypatch.setattr(containers, "await_prompt", lambda *asked: waited.append(asked))
        machine = lab(("run", [SHELL], []))
        found = {}
        monkeypatch.setattr(
            machine.context, "hang_up", lambda *_name: found.update(machine.context.terminals)
        )
        assert machine.walk().failure == ""
        assert list(found) == ["B"]
        assert waited == [(found["B"], "B", machine.context.patience)]
        assert found["B"].container_id == api.named("web")["Id"]
        assert api.named("web")["Config"]["Tty"] is True

    @pytest.mark.parametrize("what", ["stopped", "removed"])
    def test_is_done_again_where_it_is_to_run_and_does_not(self, api, lab, what):
        machine = lab(("run", [WEB], []))
        machine.walk()
        identity = api.named("web")["Id"]
        if what == "stopped":
            api.stop(identity)
        else:
            api.remove_container(identity, force=True)
        assert Walk(machine.content, machine.context).plan() == [0]

    def test_is_done_again_where_it_is_to_have_ended_and_runs(self, api, lab):
        machine = lab(("run", [ENDED], []))
        machine.walk()
        api.start(api.named("web")["Id"])
        assert Walk(machine.content, machine.context).plan() == [0]

    def test_takes_the_place_of_what_an_interrupted_one_left(self, api, lab):
        machine = lab(("run", [{"container_run": {**SH, "detach": True}}], []))
        machine.walk()
        left = list(api.stock)
        assert machine.walk([0]).failure == ""
        assert len(api.stock) == 1
        assert left != list(api.stock)

    def test_takes_the_name_of_another_container_of_the_lab(self, api, lab):
        machine = lab(("run", [WEB], []), ("stop", [STOP, REMOVE], []), ("again", [WEB], []))
        machine.walk()
        assert machine.walk([0]).failure == ""
        (identity,) = api.stock
        assert machine.record.containers[identity] == {"step": "lesson.run", "number": 0}

    def test_without_a_name_is_in_nobodys_way(self, api, lab):
        api.add_image("busybox")
        theirs = api.add_container("None", "busybox")
        assert lab(("run", [{"container_run": SH}], [])).walk().failure == ""
        assert theirs in api.stock


class TestRunFails:
    def test_where_somebody_elses_container_has_its_name(self, api, lab):
        api.add_image("busybox")
        theirs = api.add_container("web", "busybox")
        assert failure(lab(("run", [WEB], [])).walk()) == (
            "no container named web but the lab's own",
            f"the container web ({theirs[:12]}, from busybox), which the lab did not make",
        )

    def test_where_the_engine_does_not_start_it(self, api, lab, monkeypatch):
        monkeypatch.setattr(api, "start", refusing("no such runtime"))
        walk = lab(("run", [WEB], [])).walk()
        assert failure(walk) == ("the container web to start", "no such runtime")
        assert api.stock == {}

    def test_where_its_port_is_taken(self, api, lab, monkeypatch):
        monkeypatch.setattr(lifecycle, "listeners", lambda _ports: [])
        monkeypatch.setattr(
            api, "start", refusing("Bind for 0.0.0.0:80: port is already allocated")
        )
        walk = lab(("run", [WEB], [])).walk()
        assert failure(walk) == ("port 80 free for the container web", "another process uses it")
        assert api.stock == {}

    def test_where_its_end_is_not_told(self, api, lab, monkeypatch):
        monkeypatch.setattr(api, "wait", refusing("lost"))
        walk = lab(("run", [ENDED], [])).walk()
        assert failure(walk) == ("the container web to end", "lost")


class TestCopy:
    @pytest.fixture
    def copied(self, monkeypatch):
        """What is copied; ``paths`` says what of it differed."""
        copied = SimpleNamespace(asked=[], paths=[""])

        def copy_into(engine, container, source, path):
            copied.asked.append((engine, container["Id"], source, path))
            return SimpleNamespace(paths=copied.paths)

        monkeypatch.setattr(containers, "copy_into", copy_into)
        return copied

    @pytest.mark.parametrize("differs", [True, False])
    def test_changes_what_differs(self, api, lab, copied, differs):
        copied.paths = [""] if differs else []
        machine = lab(("run", [WEB], []), ("copy", [COPY], []))
        walk = machine.walk()
        assert walk.results[1]["changed"] is differs
        identity = api.named("web")["Id"]
        assert copied.asked == [(machine.engine, identity, "/etc/hostname", "/x")]

    def test_into_a_container_that_is_gone_is_told(self, api, lab, monkeypatch):
        machine = lab(("run", [WEB], []), ("copy", [COPY], []))
        monkeypatch.setattr(machine.context, "container_id", lambda _name: "gone")
        walk = machine.walk()
        assert failure(walk) == ("the container web", "it is gone")
        assert walk.results[1]["remedy"] == "run again: the lab makes it anew"


class TestStop:
    @pytest.fixture
    def asked(self, api, monkeypatch):
        """How long the engine was told to wait."""
        asked = []
        stop = api.stop

        def watched(word, timeout):
            asked.append(timeout)
            stop(word)

        monkeypatch.setattr(api, "stop", watched)
        return asked

    @pytest.mark.parametrize(("more", "seconds"), [({}, 10), ({"timeout": 3}, 3)])
    def test_waits_as_long_as_the_lesson_says(self, api, lab, asked, more, seconds):
        machine = lab(
            ("run", [WEB], []), ("stop", [{"container_stop": {"name": "web", **more}}], [])
        )
        assert [result["changed"] for result in machine.walk().results] == [True, True]
        assert asked == [seconds]

    @pytest.mark.parametrize("gone", [True, False])
    def test_of_what_does_not_run_changes_nothing(self, api, lab, asked, gone):
        machine = lab(("run", [WEB], []), ("stop", [STOP], []))
        machine.walk()
        if gone:
            api.remove_container(api.named("web")["Id"])
        assert machine.walk([1]).results[1]["changed"] is False
        assert len(asked) == 1

    def test_of_somebody_elses_container_is_refused(self, api, lab):
        machine = lab(("run", [WEB], []), ("stop", [STOP], []))
        machine.walk([0])
        api.remove_container(api.named("web")["Id"], force=True)
        theirs = api.add_container("web", "busybox", running=True)
        assert failure(machine.walk([1])) == (
            "the lab's own container web",
            f"the container web ({theirs[:12]}, from busybox), which the lab did not make",
        )

    def test_that_the_engine_refuses_is_told(self, api, lab, monkeypatch):
        monkeypatch.setattr(api, "stop", refusing("cannot kill"))
        walk = lab(("run", [WEB], []), ("stop", [STOP], [])).walk()
        assert failure(walk) == ("the container web to stop", "cannot kill")

    def test_waits_until_a_container_that_removes_itself_is_gone(self, api, lab, monkeypatch):
        machine = lab(("run", [LEAVING], []), ("stop", [STOP], []))
        machine.context.patience = 5
        machine.walk([0])
        looks = []
        monkeypatch.setattr(api, "stop", lambda _word, timeout: looks.append("stop"))
        inspect = machine.engine.inspect

        def lagging(container_id):
            found = inspect(container_id)
            if looks:
                looks.append("look")
            if len(looks) == 4:
                del api.stock[container_id]
            return found

        monkeypatch.setattr(machine.engine, "inspect", lagging)
        assert machine.walk([1]).failure == ""
        assert (looks, api.stock) == (["stop", "look", "look", "look", "look"], {})


class TestRemove:
    def test_takes_the_named_one_and_no_other(self, api, lab):
        two = {"container_run": {**SH, "name": "two"}}
        machine = lab(("run", [ENDED], []), ("two", [two], []), ("remove", [REMOVE], []))
        walk = machine.walk()
        assert walk.results[2]["changed"] is True
        assert detail(machine, "remove") == {"removed": 1}
        assert [each["Name"] for each in api.stock.values()] == ["/two"]

    def test_of_what_is_gone_changes_nothing(self, api, lab):
        machine = lab(("run", [ENDED], []), ("remove", [REMOVE], []))
        machine.walk([0])
        api.remove_container(api.named("web")["Id"])
        assert machine.walk([1]).results[1]["changed"] is False
        assert detail(machine, "remove") == {"removed": 0}

    @pytest.mark.parametrize(
        ("which", "left"), [({"stopped": True}, ["/one"]), ({"newest": True}, ["/two"])]
    )
    def test_of_the_stopped_leaves_one_that_somebody_has_started(self, api, lab, which, left):
        runs = [{"container_run": {**SH, "name": name}} for name in ("two", "one")]
        machine = lab(("run", runs, []), ("remove", [{"container_remove": which}], []))
        machine.walk([0])
        api.start(api.named("one")["Id"])
        assert machine.walk([1]).results[1]["changed"] is True
        assert [each["Name"] for each in api.stock.values()] == left

    def test_of_the_stopped_passes_over_one_that_goes_meanwhile(self, api, lab, monkeypatch):
        machine = lab(
            ("run", [ENDED], []), ("remove", [{"container_remove": {"stopped": True}}], [])
        )
        machine.walk([0])
        monkeypatch.setattr(machine.engine, "inspect", lambda _id: None)
        assert machine.walk([1]).failure == ""
