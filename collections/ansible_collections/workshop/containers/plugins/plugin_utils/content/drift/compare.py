# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Differences between a step's command and its operations that nothing explains."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ansible_collections.workshop.containers.plugins.plugin_utils.content import rules
from ansible_collections.workshop.containers.plugins.plugin_utils.content.drift import acts
from ansible_collections.workshop.containers.plugins.plugin_utils.content.drift.acts import Act
from ansible_collections.workshop.containers.plugins.plugin_utils.content.drift.done import (
    done_acts,
)
from ansible_collections.workshop.containers.plugins.plugin_utils.content.drift.script import (
    statements,
)
from ansible_collections.workshop.containers.plugins.plugin_utils.content.drift.typist import (
    Typist,
)
from ansible_collections.workshop.containers.plugins.plugin_utils.content.problems import (
    Problem,
    plain,
)
from ansible_collections.workshop.containers.plugins.plugin_utils.content.rules import Lesson
from ansible_collections.workshop.containers.plugins.plugin_utils.content.yaml_lines import Key

# Parameters whose options have another name.
_OPTIONS = {"auto_remove": "--rm", "detach": "--detach", "tty": "terminal"}
_ADVICE = "make the two agree, or say in differs why they do not"


def differences(lessons: Sequence[Lesson]) -> Iterator[Problem]:
    """Yield where what is typed and what is done are not the same, for each step that has both."""
    for lesson in lessons:
        typist = Typist()
        files = {
            source: rules.read_source(lesson.folder, source)
            for _key, source in rules.sources(lesson)
        }
        for key, _id, step in lesson.steps():
            typed = typist.acts(step)
            found = (
                list(_compared(lesson, key, step, typed, done_acts(step, files)))
                if step.get("command") and step.get("do")
                else []
            )
            if "differs" not in step:
                yield from found
            elif not found:
                same = "command and do are the same" if "do" in step else "there is no do"
                yield lesson.document.problem((*key, "differs"), f"{same}: leave this out")


def _compared(
    lesson: Lesson, key: Key, step: dict[str, Any], typed: list[Act], done: list[Act]
) -> Iterator[Problem]:
    if any(act.name == "shell_run" for act in done):
        script = "\n".join(acts.entered(each) for each in statements(step["command"]))
        typed = [Act("shell_run", {"script": script}, script)]
    done = _without_stops(typed, done)
    pairs, undone, untyped = _paired(typed, done)
    for act, twin in pairs:
        for name in _unequal(act, twin):
            yield _other_value(lesson, key, step, (act, twin), name)
    for act in undone:
        what = f"no operation in do does what is typed here, {_line(act.words)}; {_ADVICE}"
        yield lesson.document.problem((*key, "command"), what)
    for act in untyped:
        said = f", {_line(act.values['input'])}" if act.name == "terminal_type" else ""
        what = f"nothing in command does what this does{said}; {_ADVICE}"
        yield lesson.document.problem((*key, "do", act.number, act.name), what)


def _paired(
    typed: list[Act], done: list[Act]
) -> tuple[list[tuple[Act, Act]], list[Act], list[Act]]:
    """Pair what is typed with what is done for it, and what is typed or done alone.

    The same where there is that, else what is most like it.
    """
    untyped = list(done)
    unlike, undone, pairs = [], [], []
    for act in typed:
        same = (each for each in untyped if each.name == act.name and not _unequal(act, each))
        twin = next(same, None)
        if twin is None:
            unlike.append(act)
        else:
            untyped.remove(twin)
    for act in unlike:
        alike = [each for each in untyped if each.name == act.name != "terminal_type"]
        if not alike:
            undone.append(act)
            continue
        twin = min(alike, key=lambda each: len(_unequal(act, each)))
        untyped.remove(twin)
        pairs.append((act, twin))
    return pairs, undone, untyped


def _without_stops(typed: list[Act], done: list[Act]) -> list[Act]:
    """A container that is removed by force need not be stopped by a command of its own."""
    forced = [
        act.values.get("name")
        for act in typed
        if act.name == "container_remove" and act.values.pop("--force", False)
    ]
    return [
        act
        for act in done
        if act.name != "container_stop"
        or act.values["name"] not in forced
        or any(each.name == "container_stop" for each in typed)
    ]


def _unequal(typed: Act, done: Act) -> list[str]:
    """The parameters in which two acts differ; what a command leaves open is no difference."""
    return [
        name
        for name in dict.fromkeys((*done.values, *typed.values))
        if not (name in ("content", "terminal", "password_file") and _open(typed, name))
        and not acts.same_value(typed.values.get(name), done.values.get(name))
    ]


def _open(act: Act, name: str) -> bool:
    return name not in act.values or (name == "content" and act.values[name] is None)


def _other_value(
    lesson: Lesson, key: Key, step: dict[str, Any], pair: tuple[Act, Act], name: str
) -> Problem:
    typed, done = pair
    place: Key = (*key, "do", done.number, done.name)
    if name in step["do"][done.number][done.name]:
        place = (*place, name)
    if name == "content":
        what = f"{_line(typed.words)} writes another text than the file {done.values['path']} has"
        source: Key = (*place, "source")
        return lesson.document.problem(source, f"{what} here; {_ADVICE}")
    label = _OPTIONS.get(name, name)
    own, other = (plain(acts.shown(act.values.get(name))) for act in pair)
    types = {"none": f"no {label}", "it": label}.get(own, f"{label} {own}")
    has = f"no {name}" if other == "none" else other
    line = lesson.document.line((*key, "command"))
    this = "does not" if name.startswith("-") else f"has {has}"
    what = f"command on line {line} types {types}, and this {this}"
    return lesson.document.problem(place, f"{what}; {_ADVICE}")


def _line(words: str) -> str:
    return plain(" ".join(words.split()))
