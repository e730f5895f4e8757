# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Walking a workshop on a machine whose engine remembers.

Again, after kills, after changes by hand.
"""

from __future__ import annotations

import json

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError
from ansible_collections.workshop.containers.plugins.module_utils.workshop import record as records
from ansible_collections.workshop.containers.plugins.module_utils.workshop.walk import (
    OUTPUT_LIMIT,
    Walk,
    summary,
)

SLEEP = {"image": "busybox", "command": ["sleep", "1000"]}
DATE = {"container_run": {"image": "busybox", "command": ["date"]}}
WEB = {"container_run": {**SLEEP, "name": "web", "detach": True}}
RUNS = {"container": {"name": "web", "running": True}}
GONE = {"container": {"name": "web", "exists": False}}
STOP = [{"container_stop": {"name": "web"}}, {"container_remove": {"name": "web"}}]
MAKE = {"image_commit": {"container": "web", "name": "made"}}


def statuses(walk):
    return [(result["status"], result["changed"]) for result in walk.results]


class TestAgain:
    def test_does_nothing(self, api, lab):
        machine = lab(("run", [WEB], [RUNS]), ("date", [DATE], [{"container": {"exit_code": 0}}]))
        assert statuses(machine.walk()) == [("passed", True), ("passed", True)]
        api.log.clear()
        again = machine.walk()
        assert statuses(again) == [("passed", False), ("passed", False)]
        assert [result["evidence"] for result in again.results] == ["the progress record"] * 2
        assert api.log == []

    def test_does_what_is_missing(self, api, lab):
        machine = lab(("run", [WEB], [RUNS]), ("date", [DATE], []))
        machine.walk()
        api.remove_container(api.named("web")["Id"], force=True)
        assert statuses(machine.walk()) == [("passed", True), ("passed", False)]
        assert api.named("web")["State"]["Running"]

    def test_does_what_no_longer_runs(self, api, lab):
        machine = lab(("run", [WEB], [RUNS]))
        machine.walk()
        api.stop(api.named("web")["Id"])
        assert statuses(machine.walk()) == [("passed", True)]
        assert api.named("web")["State"]["Running"]

    def test_does_what_is_otherwise_than_its_check_says(self, api, lab, tmp_path):
        path = tmp_path / "hello"
        file = {"file": {"path": str(path), "matches": "hello"}}
        write = {"file_write": {"path": str(path), "source": "hello"}}
        steps = [("folder", [{"directory_create": {"path": str(tmp_path)}}], [])]
        machine = lab(*steps, ("write", [write], [file]), files={"lesson/hello": b"hello\n"})
        machine.walk()
        path.write_text("something else", encoding="ascii")
        assert statuses(machine.walk()) == [("passed", False), ("passed", True)]
        assert path.read_bytes() == b"hello\n"

    def test_a_pushed_image_that_is_removed_later_is_not_pushed_again(self, api, lab):
        push = {"image_push": {"name": "made"}}
        stopped = {"container_run": {**SLEEP, "name": "web"}}
        steps = [
            ("push", [stopped, MAKE, push], []),
            ("rmi", [{"image_remove": {"name": "made"}}], []),
        ]
        machine = lab(*steps)
        machine.walk()
        assert not machine.walk().changed
        del api.registry["made:latest"]
        assert machine.walk().changed
        assert "made:latest" in api.registry
        assert "made:latest" not in api.tagged

    @pytest.mark.parametrize("changed", ["x", "new"])
    def test_a_file_that_a_later_step_writes_does_not_build_again(
        self, api, lab, tmp_path, changed
    ):
        folder = tmp_path / "app"
        files = {
            "lesson/Dockerfile": b"FROM busybox\nCOPY x /\n",
            "lesson/x": b"1",
            "lesson/y": b"2",
        }

        def write(source, name):
            return {"file_write": {"path": f"{folder}/{name}", "source": source}}

        first = [
            {"directory_create": {"path": str(folder)}},
            write("Dockerfile", "Dockerfile"),
            write("x", "x"),
            {"image_build": {"name": "app", "path": str(folder)}},
        ]
        second = [write("y", changed), {"image_build": {"name": "app:v2", "path": str(folder)}}]
        machine = lab(("first", first, []), ("second", second, []), files=files)
        machine.walk()
        assert not machine.walk().changed
        api.remove_image("app")
        assert statuses(machine.walk())[0] == ("passed", True)
        assert not machine.walk().changed
        assert (folder / changed).read_bytes() == b"2"

    def test_two_containers_of_one_step_stay_both(self, api, lab):
        run = [
            {"container_run": {**SLEEP, "name": name, "detach": True}} for name in ("one", "two")
        ]
        checks = [{"container": {"name": name, "running": True}} for name in ("one", "two")]
        machine = lab(("both", run, checks))
        assert machine.walk().failure == ""
        assert api.named("one")["State"]["Running"]
        assert api.named("two")["State"]["Running"]
        assert not machine.walk().changed
        assert machine.grade() == {"both": "passed"}

    def test_two_unnamed_containers_of_one_step_are_told_apart(self, api, lab):
        failing = {"container": {"command": ["false"], "exit_code": 0}}
        both = [DATE, {"container_run": {"image": "busybox", "command": ["false"]}}]
        machine = lab(
            ("both", both, [failing]), ("rm", [{"container_remove": {"stopped": True}}], [])
        )
        assert machine.walk().failure == ""
        assert api.stock == {}
        assert not machine.walk().changed


class TestByHand:
    def test_what_somebody_removed_again_is_no_failure(self, api, lab):
        machine = lab(("run", [WEB], [RUNS]), ("stop", STOP, [GONE]))
        machine.walk()
        assert not machine.walk().changed

    def test_a_container_that_is_to_be_gone_and_is_somebody_elses_is_told(self, api, lab):
        machine = lab(("run", [WEB], [RUNS]), ("stop", STOP, [GONE]))
        machine.walk()
        theirs = api.add_container("web", "busybox", running=True)
        walk = machine.walk()
        assert "which the lab did not make" in walk.failure
        assert api.stock[theirs]["State"]["Running"]
        assert machine.grade()["stop"] == "failed"

    def test_an_image_that_is_to_be_gone_and_was_pulled_again_is_told(self, api, lab):
        pull = {"image_pull": {"name": "busybox"}}
        remove = {"image_remove": {"name": "busybox"}}
        gone = {"image": {"name": "busybox", "exists": False}}
        machine = lab(("pull", [pull], [{"image": {"name": "busybox"}}]), ("rm", [remove], [gone]))
        machine.walk()
        list(api.pull("busybox", "latest"))
        walk = machine.walk()
        assert "`docker rmi busybox` by hand" in walk.failure
        assert "busybox:latest" in api.tagged

    def test_the_labs_own_container_that_runs_again_is_stopped_again(self, api, lab):
        stop = [{"container_stop": {"name": "web"}}]
        stopped = {"container": {"name": "web", "running": False}}
        machine = lab(("run", [WEB], [RUNS]), ("stop", stop, [stopped]))
        machine.walk()
        api.start(api.named("web")["Id"])
        assert machine.walk().changed
        assert not api.named("web")["State"]["Running"]


class TestFailures:
    def test_the_rest_is_blocked(self, api, lab):
        wrong = {"container": {"name": "web", "running": False}}
        machine = lab(("run", [WEB], [wrong]), ("date", [DATE], []))
        walk = machine.walk()
        assert statuses(walk) == [("failed", True), ("blocked", False)]
        assert walk.results[1]["observed"] == "the run ended before it"
        assert walk.failure.startswith("step lesson.run: Expected the container web: stopped")
        assert machine.record.steps == {}

    def test_goes_on_where_it_stopped(self, api, lab):
        steps = [("date", [DATE], []), ("pull", [{"image_pull": {"name": "fedora"}}], [])]
        machine = lab(*steps)
        assert statuses(machine.walk()) == [("passed", True), ("failed", False)]
        api.serve("fedora")
        again = machine.walk()
        assert statuses(again) == [("passed", False), ("passed", True)]

    def test_a_machine_that_is_beyond_is_refused(self, api, lab):
        steps = [("run", [WEB], []), ("date", [DATE], [])]
        lab(*steps).walk()
        machine = lab(*steps)
        machine.content.until = 0
        with pytest.raises(LabError, match=r"the step lesson\.date was done on it"):
            machine.walk()

    def test_what_the_system_refuses_is_the_steps_failure(self, api, lab, monkeypatch):
        machine = lab(("run", [WEB], []))

        def full(*_arguments):
            raise OSError(28, "No space left on device", "/var/lib/workshop/x")

        monkeypatch.setattr(machine.record, "note_container", full)
        walk = machine.walk()
        assert "No space left on device" in walk.failure
        assert "/var/lib/workshop/x" in walk.failure
        assert "Free some space" in walk.failure

    def test_only_the_end_of_a_long_output_is_kept(self, api, lab, monkeypatch):
        machine = lab(("date", [DATE], []))
        monkeypatch.setattr(machine.engine, "logs", lambda _id: "x" * OUTPUT_LIMIT + "end")
        (result,) = machine.walk().results
        assert len(result["output"]) == OUTPUT_LIMIT
        assert result["output"].endswith("end")


class TestEvents:
    def test_each_step_begins_and_ends(self, api, lab, tmp_path):
        machine = lab(("run", [WEB], [RUNS]), ("date", [DATE], []))
        events = tmp_path / "events"
        walk = Walk(machine.content, machine.context, str(events))
        walk.do_steps(walk.plan())
        found = [json.loads(line) for line in events.read_text("utf-8").splitlines()]
        assert [(each["event"], each.get("step")) for each in found] == [
            ("begin", "lesson.run"),
            ("end", "lesson.run"),
            ("begin", "lesson.date"),
            ("end", "lesson.date"),
            ("finished", None),
        ]

    def test_preview_touches_nothing(self, api, lab):
        machine = lab(("run", [WEB], []), ("date", [DATE], []))
        walk = Walk(machine.content, machine.context)
        walk.preview(walk.plan())
        assert statuses(walk) == [("planned", True), ("planned", True)]
        assert (api.log, machine.record.steps) == ([], {})
        assert summary(walk.results, before=True) == "lesson.run: open\nlesson.date: open\n"


class TestRecord:
    @pytest.fixture
    def done(self, api, lab):
        machine = lab(("run", [WEB], [RUNS]), ("stop", STOP, [GONE]))
        machine.walk()
        return machine

    def test_keeps_what_was_seen_when_a_step_is_repaired(self, api, lab, tmp_path):
        """A repair checks what lasts; that the container ran was seen before."""
        path = tmp_path / "hello"
        write = {"file_write": {"path": str(path), "source": "hello"}}
        folder = {"directory_create": {"path": str(tmp_path)}}
        file = {"file": {"path": str(path), "matches": "hello"}}
        steps = [("run", [folder, write, WEB], [file, RUNS]), ("stop", STOP, [GONE])]
        machine = lab(*steps, files={"lesson/hello": b"hello\n"})
        machine.walk()
        seen = dict(machine.record.steps["lesson.run"], at=1)
        machine.record.steps["lesson.run"] = seen
        path.unlink()
        assert statuses(machine.walk()) == [("passed", True), ("passed", True)]
        assert len(seen["checks"]) == 2
        assert machine.record.steps["lesson.run"] == seen

    def test_of_another_machine_is_no_evidence(self, api, lab, done, monkeypatch):
        monkeypatch.setattr(records, "machine", lambda: "another")
        machine = lab(("run", [WEB], [RUNS]), ("stop", STOP, [GONE]))
        assert "was written on another machine" in machine.record.distrusted
        assert (
            set(machine.grade().values()) == {"failed"} or "passed" not in machine.grade().values()
        )
        assert machine.walk().changed

    def test_of_a_machine_that_was_renamed_still_counts(self, api, lab, monkeypatch):
        lab(("run", [WEB], [RUNS])).walk()
        monkeypatch.setattr(records, "machine", lambda: "renamed")
        machine = lab(("run", [WEB], [RUNS]))
        assert machine.record.distrusted == ""
        assert not machine.walk().changed

    def test_of_another_workshop_in_a_folder_of_the_same_name_is_refused(self, api, lab, done):
        with pytest.raises(LabError, match="another workshop whose folder has the same name"):
            lab(("other", [DATE], []), title="Another")

    def test_goes_on_where_the_title_was_corrected(self, api, lab, done):
        machine = lab(("run", [WEB], [RUNS]), ("stop", STOP, [GONE]), title="A better title")
        assert not machine.walk().changed


def test_a_terminal_that_closed_is_judged_by_all_that_it_showed(api, lab):
    shell = {"image": "busybox", "command": ["sh"], "tty": True, "auto_remove": True}
    steps = [
        {"container_run": shell},
        {"terminal_type": {"terminal": "A", "input": "hostname"}},
        {"terminal_type": {"terminal": "A", "input": "exit", "exits": True}},
    ]
    shown = {"container": {"output": "(?s)hostname.*exit", "exists": False}}
    assert lab(("look", steps, [shown])).walk().failure == ""
    other = {"container": {"output": "ifconfig", "exists": False}}
    assert "but found output 'hostname" in lab(("other", steps, [other]), name="b").walk().failure
