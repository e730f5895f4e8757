# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recognise what a person has done instead of a step, for the message about it.

A step that left none of its traces cannot be asked what is wrong with it. What was done since then
with other names, and what was typed, can tell.
"""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, NamedTuple

from ..names import familiar_reference, same_image
from ..workshop.operations.builds import ImageBuildOperation
from ..workshop.operations.containers import (
    ContainerCopy,
    ContainerRemove,
    ContainerRun,
    ContainerStop,
)
from ..workshop.operations.images import ImageCommit, ImagePull, ImagePush, ImageTag
from ..workshop.operations.terminals import ContainerExec, TerminalType
from .typed import SUCCESS, commands, own_lines

if TYPE_CHECKING:
    from ..workshop.content import Step
    from ..workshop.operations import Operation
    from ..workshop.view import Sighting
    from .view import PlayerView

# By operation, the parameter that names its image, what the engine tells of it, and the words.
_IMAGES: dict[type[Operation], tuple[str, str, str]] = {
    ImageBuildOperation: ("name", "tag", "got its name"),
    ImageCommit: ("name", "tag", "got its name"),
    ImageTag: ("target", "tag", "got its name"),
    ImagePull: ("name", "pull", "was pulled"),
    ImagePush: ("name", "push", "was pushed"),
}
# The same for containers
_CONTAINERS: dict[type[Operation], tuple[str, str, str]] = {
    ImageCommit: ("container", "commit", "was committed"),
    ContainerCopy: ("container", "extract-to-dir", "got a file"),
    ContainerExec: ("container", "exec", "runs another program"),
    ContainerRemove: ("name", "destroy", "was removed"),
    ContainerStop: ("name", "die", "ended"),
}


class Attempt(NamedTuple):
    """Something done at a time (seconds since the epoch), and the line it was done instead of."""

    at: float
    observed: str
    expected: str = ""


def attempt(view: PlayerView, step: Step, missed: float) -> Attempt | None:
    """The last thing that looks like a try at the step that is judged; None: nothing does.

    ``missed`` is the time of the last try that its checks know of.
    """
    found = [
        each
        for operation in step.operations
        for tries in (_containers, _acts, _terminals)
        for each in tries(view, operation)
    ]
    last = max(found, default=Attempt(0.0, ""))
    last = _command(view, step, max(last.at, missed)) or last
    if last.at <= missed or not own_lines(step):
        return None
    line = max(own_lines(step), key=lambda line: SequenceMatcher(None, line, last.observed).ratio())
    return last._replace(expected=f"`{line}`")


def alike(run: ContainerRun, seen: Sighting) -> bool:
    """True if a container was meant as what an operation runs: by name, or by its first word."""
    command = run.params.get("command")
    named = "name" in run.params
    return named or (seen.command or [])[:1] == (command or seen.command or [])[:1]


def _containers(view: PlayerView, operation: Operation) -> list[Attempt]:
    if not isinstance(operation, ContainerRun):
        return []
    judged = {seen.id for seen in view.candidates(operation) if alike(operation, seen)}
    judged |= view.taken()
    found = []
    since = _since(view)
    for seen in view.memory.containers.values():
        wrong = _differences(view, operation, seen)
        if seen.created > since and seen.maker is None and seen.id not in judged and wrong:
            words = f"the container {seen.name}: {', '.join(wrong)}"
            found.append(Attempt(seen.created, words))
    return found


def _differences(view: PlayerView, run: ContainerRun, seen: Sighting) -> list[str]:
    """The differences of a container from the one that an operation runs; none if quite another."""
    wanted = run.params
    name, command = wanted.get("name"), wanted.get("command")
    alike = {
        "name": name is not None and seen.name == name,
        "image": view.is_of(seen, run.image),
        "command": command is not None and seen.command == command,
    }
    if not any(alike.values()) and _repository(seen.image) != _repository(run.image):
        return []
    wrong = []
    if name is not None and not alike["name"]:
        wrong.append(f"its name is not {name}")
    if not alike["image"]:
        wrong.append(f"it was made from {seen.image}, not from {run.image}")
    if command is not None and not alike["command"]:
        wrong.append(f"it runs `{' '.join(seen.command or [])}`, not `{' '.join(command)}`")
    if run.terminal and not seen.tty:
        wrong.append("it has no terminal (-it)")
    return wrong


def _acts(view: PlayerView, operation: Operation) -> list[Attempt]:
    """Acts of the engine on other images or containers than the operation does."""
    found = []
    since = _since(view)
    if type(operation) in _IMAGES:
        parameter, action, words = _IMAGES[type(operation)]
        for at, act, name in view.memory.acts:
            other = not same_image(name, operation.params[parameter])
            if at > since and act == action and name and other:
                found.append(Attempt(at, f"the image {_familiar(name)} {words}"))
    if type(operation) in _CONTAINERS:
        parameter, action, words = _CONTAINERS[type(operation)]
        wanted = operation.params.get(parameter)
        for at, act, identity in view.memory.acts:
            seen = view.memory.containers.get(identity)
            if seen is None or (seen.auto_remove and act == "destroy"):
                continue
            if at > since and act == action and wanted and seen.name != wanted:
                found.append(Attempt(at, f"the container {seen.name} {words}"))
    return found


def _terminals(view: PlayerView, operation: Operation) -> list[Attempt]:
    """The output of a shell that was to end."""
    if not isinstance(operation, TerminalType) or not operation.params.get("exits"):
        return []
    seen = view.terminal(operation.params["terminal"])
    printed = view.memory.printed.get(seen.id) if seen is not None else None
    if seen is None or printed is None or printed.last <= view.since:
        return []
    text = printed.since(view.since).strip()[-200:]
    return [Attempt(printed.last, f"the container {seen.name} still runs, and printed {text!r}")]


def _command(view: PlayerView, step: Step, known: float) -> Attempt | None:
    """The last command of a kind that the step has.

    What led to something that is ``known`` is told by that. One that failed tells more than what is
    known of those before it; one that did not fail tells something only where nothing is known.
    """
    lines = own_lines(step)
    own = {command.start for line in lines for command in commands(line)}
    before, found = 0.0, None
    ticked = _ticked(view)
    for at, line, exit_code in view.memory.commands:
        begun, before = before, at
        if at <= view.since or at <= ticked or begun < ticked:
            continue  # it did what an earlier step wants
        refused = exit_code not in SUCCESS and line.startswith("docker ")
        alike = not step.operations or any(each.start in own for each in commands(line))
        if not (alike or refused):
            continue
        ended = f", which ended with exit code {exit_code}" if refused else ""
        told = refused and line not in lines and max(begun, view.since) >= known
        found = Attempt(at, f"typed was `{line}`{ended}") if told or not known else None
    return found


def _since(view: PlayerView) -> float:
    """From when on something may be a try at the step that comes next: the last one is done."""
    ticks = (tick.at for tick in view.memory.ticks.values() if not tick.found)
    return max([view.since, *ticks])


def _ticked(view: PlayerView) -> float:
    """The time of a step's last command that has ended, which is when shells tell of it."""
    going = {step.id for step in view.steps if step.operations and _stays(step.operations[-1])}
    ticks = view.memory.ticks.items()
    return max(
        (tick.at for step, tick in ticks if step not in going and not tick.found), default=0.0
    )


def _stays(operation: Operation) -> bool:
    """True if an operation leaves a terminal open inside of a container."""
    if isinstance(operation, TerminalType):
        return not operation.params.get("exits")
    opens = isinstance(operation, ContainerRun) and operation.terminal is not None
    return opens or isinstance(operation, ContainerExec)


def _repository(image: str) -> str:
    """An image's name without its tag."""
    return _familiar(image).partition("@")[0].rpartition(":")[0]


def _familiar(name: str) -> str:
    try:
        return familiar_reference(name)
    except ValueError:
        return name
