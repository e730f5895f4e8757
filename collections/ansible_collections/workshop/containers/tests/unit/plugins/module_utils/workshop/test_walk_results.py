# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a walk says of each step: in its results, its events and the record."""

from __future__ import annotations

import errno
import json
from types import SimpleNamespace

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.step_result import step_result
from ansible_collections.workshop.containers.plugins.module_utils.workshop import walk as walks
from ansible_collections.workshop.containers.plugins.module_utils.workshop.checks import (
    Check,
    Finding,
)
from ansible_collections.workshop.containers.plugins.module_utils.workshop.operations import (
    Outcome,
)
from ansible_collections.workshop.containers.plugins.module_utils.workshop.walk import (
    Walk,
    summary,
)

WEB = {
    "container_run": {"image": "busybox", "command": ["sh"], "name": "web", "detach": True},
}


class Scripted(Check):
    """Answers with each status in turn, then with the last; ``asked`` has what it was asked."""

    def __init__(self, *statuses, keys=(), settled=False, number=1):
        super().__init__("", {})
        self.statuses = [*statuses]
        self.keys = {*keys}
        self.settled = settled
        self.number = number
        self.asked = []

    def subjects(self, view):
        return self.keys

    def judge(self, view, past):
        self.asked.append((past, view.since))
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        return Finding(status, f"thing {self.number}", f"it is {status}", f"source {self.number}")


class Printing:
    """An operation that prints, or does what ``act`` does."""

    def __init__(self, changed=False, act=None, **detail):
        self.maker = "nobody"
        self.outcome = Outcome(changed, detail)
        self.act = act

    def apply(self, _context):
        if self.act:
            raise self.act
        return self.outcome


def of(step, status, **more):
    """The result of a step, by its name."""
    return step_result(f"lesson.{step}", step, status, **more)


@pytest.fixture
def clock(monkeypatch):
    """Time as a walk sees it: each look at it is 1.23456 seconds after the last one."""
    looks = iter(range(1000))
    clock = SimpleNamespace(monotonic=lambda: 100 + 1.23456 * next(looks), time=lambda: 5.0)
    monkeypatch.setattr(walks, "time", clock)
    return clock


@pytest.fixture
def walked(lab, clock, tmp_path):
    """Does steps of (name, operations, checks); the walk, with its events."""

    def walked(*steps, absent=()):
        machine = lab(*((name, [], []) for name, _do, _check in steps))
        for step, (name, do, checks) in zip(machine.content.steps, steps):
            step.operations, step.checks = do, checks
            step.absent = "it is done on Windows" if name in absent else ""
        machine.context.patience = 0.05
        path = tmp_path / "events"
        walk = Walk(machine.content, machine.context, str(path))
        walk.do_steps([*range(len(steps))])
        walk.text = path.read_text("utf-8")
        walk.events = [json.loads(line) for line in walk.text.splitlines()]
        walk.record = machine.record
        walk.outcomes = machine.context.outcomes
        return walk

    return walked


class TestResults:
    def test_of_a_step_that_passed(self, api, walked):
        printed = [Printing(stdout="one\n"), Printing(changed=True), Printing(stdout="two\n")]
        checks = [Scripted("passed", number=1), Scripted("passed", number=2)]
        walk = walked(("good", printed, checks))
        assert walk.results == [
            of(
                "good",
                "passed",
                changed=True,
                seconds=1.235,
                output="one\ntwo\n",
                evidence="source 2",
            )
        ]
        assert walk.failure == ""
        assert walk.outcomes == {"lesson.good": {"stdout": "two\n"}}
        assert walk.record.steps["lesson.good"]["checks"] == ["thing 1", "thing 2"]

    def test_of_a_step_without_checks(self, api, walked):
        walk = walked(("bare", [], []))
        assert walk.results == [of("bare", "passed", seconds=1.235)]
        assert walk.record.steps["lesson.bare"]["checks"] == []

    def test_of_a_step_whose_check_failed(self, api, walked):
        checks = [Scripted("passed"), Scripted("failed", number=2), Scripted("passed", number=3)]
        walk = walked(("bad", [Printing(stdout="out")], checks))
        assert walk.results == [
            of(
                "bad",
                "failed",
                seconds=1.235,
                output="out",
                expected="thing 2",
                observed="it is failed",
                remedy="the hint of bad",
            )
        ]
        assert walk.failure == (
            "step lesson.bad: Expected thing 2, but it is failed. The hint of bad"
        )
        assert checks[2].asked == []
        assert walk.record.steps == {}

    def test_of_a_step_of_which_nothing_is_known(self, api, walked):
        (result,) = walked(("strange", [], [Scripted("unknown")])).results
        assert (result["status"], result["observed"]) == ("failed", "it is unknown")

    @pytest.mark.parametrize("remedy", ["do this", ""])
    def test_of_a_step_whose_operation_failed(self, api, walked, remedy):
        error = walks.LabError("a thing", "nothing", remedy)
        (result,) = walked(("bad", [Printing(act=error)], [Scripted("passed")])).results
        assert result == of(
            "bad",
            "failed",
            seconds=1.235,
            expected="a thing",
            observed="nothing",
            remedy=remedy or "the hint of bad",
        )

    @pytest.mark.parametrize(
        ("error", "expected", "observed", "remedy"),
        [
            (
                OSError(errno.ENOSPC, "No space left on device", "/app/hello"),
                "/app/hello to be written",
                "No space left on device",
                "free some space",
            ),
            (
                OSError(errno.EDQUOT, "Disk quota exceeded"),
                "the machine's files to be written",
                "Disk quota exceeded",
                "free some space",
            ),
            (
                OSError(errno.EROFS, "Read-only file system", 7),
                "the machine's files to be written",
                "Read-only file system",
                "the hint of bad",
            ),
            (
                TimeoutError(),
                "the machine's files to be written",
                "TimeoutError",
                "the hint of bad",
            ),
        ],
    )
    def test_of_a_step_that_the_machine_refused(
        self, api, walked, error, expected, observed, remedy
    ):
        (result,) = walked(("bad", [Printing(act=error)], [])).results
        assert (result["expected"], result["observed"], result["remedy"]) == (
            expected,
            observed,
            remedy,
        )

    def test_of_a_step_that_belongs_elsewhere(self, api, walked):
        walk = walked(("there", [], []), ("here", [], []), absent=["there"])
        assert walk.results == [
            of("there", "not_here", observed="it is done on Windows"),
            of("here", "passed", seconds=1.235),
        ]

    def test_before_a_run_tell_what_it_would_do(self, api, lab):
        machine = lab(*((name, [], []) for name in ("there", "done", "look", "make")))
        machine.content.steps[0].absent = "it is done on Windows"
        machine.content.steps[1].operations = [Printing()]
        machine.content.steps[3].operations = [Printing()]
        walk = Walk(machine.content, machine.context)
        walk.preview([2, 3])
        assert walk.results == [
            of("there", "not_here", observed="it is done on Windows"),
            of("done", "passed"),
            of("look", "planned"),
            of("make", "planned", changed=True),
        ]
        assert summary(walk.results, before=False) == (
            "lesson.there: not_here\nlesson.done: passed\nlesson.look: planned\n"
            "lesson.make: planned\n"
        )


@pytest.mark.parametrize("changed", [True, False])
@pytest.mark.parametrize("status", ["passed", "failed", "blocked", "planned", "not_here"])
def test_open_before_a_run_is_what_it_changed_and_what_is_not_done(status, changed):
    result = of("step", status, changed=changed)
    left = changed or status in ("failed", "blocked", "planned")
    assert summary([result], before=True) == f"lesson.step: {'open' if left else status}\n"
    assert summary([result], before=False) == f"lesson.step: {status}\n"


class TestEvents:
    def test_tell_of_a_step_as_its_result_does(self, api, walked):
        walk = walked(("good", [Printing(changed=True)], []), ("плохо", [], [Scripted("failed")]))
        good, bad = ({"step": f"lesson.{name}", "title": name} for name in ("good", "плохо"))
        assert walk.events == [
            {"event": "begin", **good},
            {
                "event": "end",
                **good,
                "status": "passed",
                "changed": True,
                "seconds": 1.235,
                "expected": "",
                "observed": "",
                "remedy": "",
            },
            {"event": "begin", **bad},
            {
                "event": "end",
                **bad,
                "status": "failed",
                "changed": False,
                "seconds": 1.235,
                "expected": "thing 1",
                "observed": "it is failed",
                "remedy": "the hint of плохо",
            },
            {"event": "finished"},
        ]
        assert '"title": "плохо"' in walk.text


def test_an_operation_knows_what_is_there_before_its_step_and_after_it(api, lab):
    other = {"container_run": {**WEB["container_run"], "name": "other"}}
    stop = [{"container_stop": {"name": "web"}}, {"container_remove": {"name": "web"}}]
    last = {"container_run": {**WEB["container_run"], "name": "last"}}
    machine = lab(("run", [WEB], []), ("stop", [*stop, other], []), ("end", [last], []))
    seen = []

    class Looking(Printing):
        def apply(self, context):
            seen.extend(key for key in context.world if key[0] == "container")
            return super().apply(context)

    machine.content.steps[1].operations.append(Looking())
    assert machine.walk().failure == ""
    assert seen == [("container", "web"), ("container", "other")]


class TestWaiting:
    def test_a_state_is_waited_for(self, api, walked):
        check = Scripted("failed", "failed", "passed")
        assert walked(("slow", [], [check])).failure == ""
        assert check.asked == [(False, 5.0)] * 3

    def test_what_holds_is_looked_at_once(self, api, walked):
        check = Scripted("passed", "failed")
        assert walked(("quick", [], [check])).failure == ""
        assert len(check.asked) == 1

    def test_what_cannot_change_any_more_is_not_waited_for(self, api, walked):
        check = Scripted("failed", "passed", settled=True)
        assert walked(("printed", [], [check])).results[0]["status"] == "failed"
        assert len(check.asked) == 1


class TestRecord:
    def test_says_which_step_made_something(self, api, lab, tmp_path):
        folder = {"directory_create": {"path": str(tmp_path / "app")}}
        machine = lab(("look", [], []), ("make", [folder], []))
        machine.walk()
        assert machine.record.claims[f"directory:{tmp_path / 'app'}"]["step"] == "lesson.make"

    def test_keeps_what_was_seen_of_the_last_step_when_that_is_repaired(self, api, lab):
        machine = lab(("look", [], []), ("run", [WEB], []))
        moment, lasting = Scripted("passed"), Scripted("passed", keys=[("container", "web")])
        machine.content.steps[1].checks = [moment, lasting]
        machine.walk()
        machine.record.steps["lesson.run"]["at"] = 1
        before = json.dumps(machine.record.steps)
        lasting.asked.clear()
        assert machine.walk([1]).failure == ""
        assert json.dumps(machine.record.steps) == before
        assert len(moment.asked) == 1
        assert len(lasting.asked) == 1

    def test_takes_the_first_new_step_even_after_a_repair(self, api, lab):
        machine = lab(("look", [], []), ("run", [WEB], []), ("end", [], []))
        machine.content.until = 0
        machine.walk()
        machine.content.until = 2
        machine.walk([0, 1, 2])
        assert list(machine.record.steps) == ["lesson.look", "lesson.run", "lesson.end"]
