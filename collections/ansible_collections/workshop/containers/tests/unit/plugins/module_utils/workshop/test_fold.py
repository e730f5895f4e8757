# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Folding and planning.

For any sequence of operations, converging twice changes nothing the second time.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.workshop.containers.plugins.module_utils.workshop.fold import (
    PASSING_KINDS,
    Fold,
    FoldError,
)
from ansible_collections.workshop.containers.plugins.module_utils.workshop.operations import (
    operations_of,
)

FILES = {
    "lesson/Dockerfile": b"FROM busybox\nCOPY hello /\n",
    "lesson/hello": b"one",
    "lesson/other": b"two",
}

NAMES = st.sampled_from(["red", "blue"])
TERMINALS = st.sampled_from(["A", "B"])
OPERATIONS = st.one_of(
    st.builds(
        lambda name, kind: {
            "container_run": {"image": "busybox", **({"name": name} if name else {}), **kind}
        },
        st.one_of(st.none(), NAMES),
        st.sampled_from(
            [{}, {"auto_remove": True}, {"detach": True, "ports": ["8080:80"]}, {"tty": True}]
        ),
    ),
    st.builds(lambda name: {"container_stop": {"name": name}}, NAMES),
    st.sampled_from(
        [{"container_remove": {"newest": True}}, {"container_remove": {"stopped": True}}]
    ),
    st.builds(lambda name: {"container_remove": {"name": name}}, NAMES),
    st.builds(
        lambda name: {
            "container_exec": {"container": "newest", "command": ["sh"], "terminal": name}
        },
        TERMINALS,
    ),
    st.builds(
        lambda name, exits: {"terminal_type": {"terminal": name, "input": "x", "exits": exits}},
        TERMINALS,
        st.booleans(),
    ),
    st.just({"image_pull": {"name": "busybox"}}),
    st.builds(
        lambda name: {"image_build": {"name": name, "path": "/app"}},
        st.sampled_from(["greeting", "busybox"]),
    ),
    st.just({"directory_create": {"path": "/app"}}),
    st.builds(
        lambda path, source: {"file_write": {"path": f"/app/{path}", "source": source}},
        st.sampled_from(["Dockerfile", "hello"]),
        st.sampled_from(["Dockerfile", "hello", "other"]),
    ),
    st.just({"http_request": {"url": "http://localhost:8080/"}}),
)


@st.composite
def folds(draw):
    """A Fold of random steps that do not contradict each other: a step that would is left out."""
    steps = [operations_of({"id": "lesson.s0", "do": [{"image_pull": {"name": "busybox"}}]}, FILES)]
    for _attempt in range(draw(st.integers(min_value=1, max_value=14))):
        operations = operations_of({"id": f"lesson.s{len(steps)}", "do": [draw(OPERATIONS)]}, FILES)
        try:
            Fold([*steps, operations])
        except FoldError:
            continue
        steps.append(operations)
    return Fold(steps)


class Machine:
    """A machine in a dictionary: what is on it, each thing with the steps that made it so."""

    def __init__(self):
        self.things = {}

    def holds(self, thing):
        return self.things.get(thing.key) == thing.steps

    def do(self, fold, index):
        """Do a step as a machine would.

        What it reads must be there, and as it was when the step was first done.
        """
        for key, history in fold.effects[index].reads.items():
            if key[0] not in PASSING_KINDS:
                assert self.things.get(key) == history, (
                    f"step {index} needs {key} as {history} left it"
                )
        for key in fold.effects[index].writes:
            if key[0] in PASSING_KINDS:
                continue
            thing = fold.worlds[index + 1].get(key)
            if thing is None:
                self.things.pop(key, None)
            else:
                self.things[key] = thing.steps

    def expected(self, fold, steps):
        return {thing.key: thing.steps for thing in fold.final(steps)}


def converge(machine, fold, done, until):
    for index in fold.todo(done, until, machine.holds):
        machine.do(fold, index)


@settings(max_examples=300)
@given(folds())
def test_twice_changes_nothing_the_second_time(fold):
    last = len(fold.effects) - 1
    machine = Machine()
    converge(machine, fold, 0, last)
    assert machine.things == machine.expected(fold, last + 1)
    assert fold.todo(last + 1, last, machine.holds) == []


@settings(max_examples=300)
@given(folds(), st.data())
def test_in_parts_is_the_same_as_at_once(fold, data):
    machine, last, done = Machine(), len(fold.effects) - 1, 0
    while done <= last:
        until = data.draw(st.integers(min_value=done, max_value=last))
        converge(machine, fold, done, until)
        done = until + 1
        assert machine.things == machine.expected(fold, done)


@settings(max_examples=300)
@given(folds(), st.data())
def test_what_was_taken_away_is_made_again(fold, data):
    machine, last = Machine(), len(fold.effects) - 1
    converge(machine, fold, 0, last)
    for key in (
        data.draw(st.sets(st.sampled_from(sorted(machine.things)))) if machine.things else ()
    ):
        del machine.things[key]
    converge(machine, fold, last + 1, last)
    assert machine.things == machine.expected(fold, last + 1)
    assert fold.todo(last + 1, last, machine.holds) == []


@settings(max_examples=300)
@given(folds(), st.data())
def test_a_killed_run_goes_on(fold, data):
    """The step during which the run was killed may have done its work or not.

    It is not in the record either way.
    """
    machine, last = Machine(), len(fold.effects) - 1
    killed_in = data.draw(st.integers(min_value=0, max_value=last))
    if killed_in:
        converge(machine, fold, 0, killed_in - 1)
    if data.draw(st.booleans()):
        machine.do(fold, killed_in)
    # What the killed step left behind of a thing that it makes itself is no obstacle: operations
    # replace their own.
    converge(machine, fold, killed_in, last)
    assert machine.things == machine.expected(fold, last + 1)


def step(number, **operation):
    return operations_of({"id": f"lesson.s{number}", "do": [operation]}, FILES)


def test_what_is_removed_later_is_no_final_state():
    fold = Fold(
        [
            step(0, container_run={"image": "busybox", "command": ["date"]}),
            step(1, container_run={"image": "busybox", "command": ["date"]}),
            step(2, container_remove={"newest": True}),
            step(3, container_remove={"stopped": True}),
        ]
    )
    assert [thing.key for thing in fold.final(2) if thing.key[0] == "container"] == [
        ("container", "lesson.s0"),
        ("container", "lesson.s1"),
    ]
    assert [thing.key for thing in fold.final(3) if thing.key[0] == "container"] == [
        ("container", "lesson.s0")
    ]
    assert [thing.key for thing in fold.final(4)] == [("image", "docker.io/library/busybox:latest")]


def test_a_stopped_container_that_removes_itself_is_gone():
    run = {"image": "busybox", "name": "red", "detach": True}
    stays = Fold([step(0, container_run=run), step(1, container_stop={"name": "red"})])
    goes = Fold(
        [
            step(0, container_run={**run, "auto_remove": True}),
            step(1, container_stop={"name": "red"}),
        ]
    )
    assert ("container", "red") in stays.worlds[-1]
    assert ("container", "red") not in goes.worlds[-1]


def test_the_main_terminals_exit_closes_the_others():
    fold = Fold(
        [
            step(0, container_run={"image": "busybox", "command": ["sh"], "tty": True}),
            step(1, container_exec={"container": "newest", "command": ["sh"], "terminal": "B"}),
            step(2, terminal_type={"terminal": "A", "input": "exit", "exits": True}),
        ]
    )
    assert {key for key in fold.worlds[2] if key[0] == "terminal"} == {
        ("terminal", "A"),
        ("terminal", "B"),
    }
    assert not [key for key in fold.worlds[3] if key[0] == "terminal"]


@pytest.mark.parametrize(
    "operation",
    [
        {"container_remove": {"newest": True}},
        {"container_remove": {"name": "red"}},
        {"container_stop": {"name": "red"}},
        {"terminal_type": {"terminal": "A", "input": "ps"}},
        {"container_exec": {"container": "newest", "command": ["sh"], "terminal": "A"}},
    ],
)
def test_what_no_step_made_cannot_be_used(operation):
    with pytest.raises(FoldError, match="no step up to here"):
        Fold([step(0, **operation)])


def test_only_what_depends_on_it_is_done_again():
    fold = Fold(
        [
            step(0, directory_create={"path": "/app"}),
            step(1, file_write={"path": "/app/Dockerfile", "source": "Dockerfile"}),
            step(2, file_write={"path": "/app/hello", "source": "hello"}),
            step(3, image_build={"name": "greeting", "path": "/app"}),
        ]
    )
    machine = Machine()
    converge(machine, fold, 0, 3)
    del machine.things[("file", "/app/hello")]
    assert fold.todo(4, 3, machine.holds) == [2]
    del machine.things[("image", "docker.io/library/greeting:latest")]
    assert fold.todo(4, 3, machine.holds) == [2, 3]
