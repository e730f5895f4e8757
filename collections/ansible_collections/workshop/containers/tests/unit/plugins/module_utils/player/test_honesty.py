# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is made of right and wrong ways that are typed, with a lab that judges as it is told to."""

from __future__ import annotations

import json

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError
from ansible_collections.workshop.containers.plugins.module_utils.player import honesty
from ansible_collections.workshop.containers.plugins.module_utils.player.honesty import (
    NEAR_MISS,
    OWN,
    VARIANT,
    Trial,
    Watched,
)
from ansible_collections.workshop.containers.plugins.module_utils.player.memory import Memory
from ansible_collections.workshop.containers.plugins.module_utils.player.replay import (
    Script,
    need_followed_shells,
)

STEP = ("run", [{"directory_create": {"path": "/app"}}], [{"directory": {"path": "/app"}}])


class Machine:
    """A machine whose observer says, of each command, what the test wants it to."""

    def __init__(self, path, says):
        self.path = path
        self.says = says
        self.typed = []
        self.closed = False

    def script(self, _index, script):
        self.typed.append(script.command)
        said = self.says.get(script.command)
        if isinstance(said, Exception):
            raise said
        if said == "tick":
            event = {"event": "tick", "digest": "", "after": 0.0, "containers": [], "found": False}
        elif said:
            event = {"event": "missing", "expected": "a port", "observed": said}
        else:
            return
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({**event, "step": "lesson.run", "at": 1.0}) + "\n")

    def close(self):
        self.closed = True


@pytest.fixture
def pass_through(lab, tmp_path, monkeypatch):
    """pass_through(says, number): the machine after a pass, and what was tried in it."""
    monkeypatch.setattr(honesty, "_QUIET", 0.01)
    journal = tmp_path / "journal.jsonl"

    def pass_through(says, number=0, done=False):
        journal.write_text("", encoding="utf-8")
        machine = Machine(journal, {**says, "before": "tick"})
        if done:
            machine.script(0, Script("before", "host"))
            machine.typed.clear()
        monkeypatch.setattr(honesty, "Replay", lambda *_: machine)
        made = lab(STEP)
        ways = {"where": "host", "files": {}, "clear": "", "names": ""}
        made.content.data[0].update(
            command="own",
            variants=[{**ways, "name": "other", "command": "other", "clear": "tidy"}],
            near_misses=[{**ways, "name": "wrong", "command": "wrong", "names": "no port"}],
        )
        trial = Trial(
            made.content, made.engine, Watched(str(tmp_path / "journal.jsonl")), number, 0.1
        )
        try:
            trial.type_steps(0, 0)
        finally:
            assert machine.closed
        return machine, trial.tried

    return pass_through


def outcomes(tried):
    return [(each.kind, each.passed, each.wrong) for each in tried]


def test_near_misses_are_typed_before_the_lessons_own_way(pass_through):
    machine, tried = pass_through({"wrong": "it has no port", "own": "tick"})
    assert machine.typed == ["wrong", "own"]
    assert outcomes(tried) == [(NEAR_MISS, False, ""), (OWN, True, "")]
    assert tried[0].said == "expected a port; it has no port"


def test_a_near_miss_has_to_be_named(pass_through):
    _machine, tried = pass_through({"wrong": "it is not so", "own": "tick"})
    assert outcomes(tried) == [
        (NEAR_MISS, False, "the message does not have 'no port'"),
        (OWN, True, ""),
    ]


def test_a_near_miss_that_is_ticked_is_a_mistake_of_the_lab(pass_through):
    _machine, tried = pass_through({"wrong": "tick", "own": "tick"})
    assert outcomes(tried)[0] == (NEAR_MISS, True, "it was ticked")


def test_a_variant_takes_the_place_of_the_lessons_own_way(pass_through):
    machine, tried = pass_through({"other": "tick"}, number=1)
    assert machine.typed == ["other", "tidy"]
    assert outcomes(tried) == [(VARIANT, True, "")]


def test_a_pass_without_a_variant_goes_the_lessons_own_way(pass_through):
    machine, tried = pass_through({"own": "tick"}, number=2)
    assert machine.typed == ["own"]
    assert outcomes(tried) == [(OWN, True, "")]


def test_a_variant_that_is_refused_is_a_mistake_of_the_lab(pass_through):
    machine, tried = pass_through({"other": "it has no port", "own": "tick"}, number=1)
    assert machine.typed == ["other", "tidy", "own"]
    refused = "it was not ticked: expected a port; it has no port"
    assert outcomes(tried) == [(VARIANT, False, refused), (OWN, True, "")]


def test_a_step_that_was_done_before_is_not_typed(pass_through):
    machine, tried = pass_through({}, done=True)
    assert (machine.typed, tried) == ([], [])


def test_a_prompt_that_does_not_come_back_is_told(pass_through):
    _machine, tried = pass_through({"other": TimeoutError("no prompt"), "own": "tick"}, number=1)
    assert outcomes(tried)[0] == (VARIANT, False, "no prompt")


def test_a_lesson_whose_own_way_is_not_seen_ends_the_pass(pass_through):
    with pytest.raises(LabError, match="to be seen done"):
        pass_through({"wrong": "it has no port"})


def test_what_a_kill_cut_short_is_passed_over(tmp_path):
    journal = tmp_path / "journal.jsonl"
    journal.write_bytes(b'{"event": "wat\n{"event": "watch", "at": 5.0}\n{"event": "reset"')
    watched = Watched(str(tmp_path / "journal.jsonl"))
    assert watched.memory.since == 5.0
    with journal.open("ab") as stream:
        stream.write(b', "at": 7.0}\n')
    assert watched.look().since == 7.0
    watched.close()


def test_a_journal_that_is_begun_anew_is_read_on(tmp_path):
    path = tmp_path / "journal.jsonl"
    path.write_text('{"event": "watch", "at": 1.0}\n', encoding="ascii")
    watched = Watched(str(tmp_path / "journal.jsonl"))
    path.rename(tmp_path / "journal.jsonl.before")
    assert watched.look().since == 1.0
    path.write_text('{"event": "reset", "at": 5.0}\n', encoding="ascii")
    assert watched.look().since == 5.0
    watched.close()


@pytest.mark.parametrize(
    ("events", "observed"),
    [
        ([], "none has written /journal"),
        ([{"event": "watch", "at": 1.0}], "this one does not"),
    ],
)
def test_without_what_is_typed_nothing_is_begun(events, observed):
    with pytest.raises(LabError) as refused:
        need_followed_shells(Memory(events), "/journal")
    assert refused.value.observed == observed


def test_with_it_all_is_well():
    need_followed_shells(Memory([{"event": "shells", "at": 1.0, "followed": True}]), "/journal")
