# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The machine as grading sees it: whoever did the work, now or as far back as the engine remembers."""

from __future__ import annotations

import time
from typing import Any

from ..engine.client import Engine
from ..names import same_image
from .content import Content
from .operations.containers import ContainerRun
from .ownership import Ownership, maker
from .record import Record
from .view import EVENTS, Sighting, View, count_pulls


class GradeView(View):
    """Containers are given to steps: those of the lab by their label, others in the order in which they were created."""

    def __init__(self, engine: Engine, content: Content, record: Record) -> None:
        super().__init__(
            engine, Ownership(engine, content.name), content.fold, content.data, content.files
        )
        self._record = record
        # The engine keeps its last 256 events since it started: an older one is simply not there.
        self._events = engine.events(record.since, time.time())
        self._given = self._give(content, self._sightings())

    def container(self, maker: str) -> Sighting | None:
        return self._given.get(maker)

    def containers(self) -> list[Sighting]:
        later = {step["id"] for step in self.steps[self.index + 1 :]}
        return [
            sighting
            for maker, sighting in self._given.items()
            if sighting.exists and maker not in later
        ]

    def printed(self, terminal: str) -> str | None:
        maker = self.terminal_container(terminal)
        seen = self.container(maker) if maker else None
        if seen is None or not seen.exists:
            return None
        return self.engine.logs(seen.id).replace("\r\n", "\n")

    def closed(self, terminal: str) -> bool | None:
        maker = self.terminal_container(terminal)
        seen = self.container(maker) if maker else None
        return None if seen is None or seen.running is None else not seen.running

    def was_opened(self, terminal: str) -> bool:
        maker = self.terminal_container(terminal)
        seen = self.container(maker) if maker else None
        command = self.terminal_command(terminal)
        if seen is None:
            return False
        return (
            bool(seen.started and seen.tty)
            if command is None
            else " ".join(command) in seen.executed
        )

    def pulls(self, image: str) -> int | None:
        seen = self.container(self.step)
        if seen is None:
            return None
        before = [
            event
            for event in self._events
            if event["Actor"]["ID"] != seen.id and _time(event) <= seen.created
        ]
        if not before:
            return None
        # `docker run` pulls right before it creates: what was pulled for another container has that one's creation after it.
        steps = [
            event
            for event in before
            if (event["Type"], event["Action"]) in (("image", "pull"), ("container", "create"))
        ]
        return count_pulls(steps[-1:], image)

    def _sightings(self) -> list[Sighting]:
        """All containers that exist, and those that the events tell of, oldest first."""
        seen = {}
        for entry in self.engine.containers():
            container = self.engine.inspect(entry["Id"])
            if container is not None:
                seen[entry["Id"]] = Sighting.of(container)
        for event in self._events:
            if event["Type"] == "container":
                _note(seen, event)
        return sorted(seen.values(), key=lambda sighting: sighting.created)

    def _give(self, content: Content, sightings: list[Sighting]) -> dict[str, Sighting]:
        """Which container belongs to which step; each is given once."""
        # What is still there comes before what only the events know of.
        free = sorted(sightings, key=lambda sighting: not sighting.exists)
        given: dict[str, Sighting] = {}
        ends = _wanted_ends(content)
        for step, data in zip(content.steps, content.data):
            by_lab = self._record.verified(data)
            for operation in step.operations:
                if not isinstance(operation, ContainerRun):
                    continue
                found = _choose(
                    operation, [each for each in free if _may_be(each, by_lab, ends.get(step.id))]
                )
                if found is not None:
                    given[step.id] = found
                    free = [each for each in free if each is not found]
        return given


def _note(seen: dict[str, Sighting], event: dict[str, Any]) -> None:
    """Add what one event tells of a container that is gone, or is not known yet."""
    identity, attributes = event["Actor"]["ID"], event["Actor"]["Attributes"]
    sighting = seen.get(identity)
    if sighting is None:
        sighting = seen[identity] = Sighting(
            identity,
            attributes.get("name", ""),
            attributes.get("image", ""),
            exists=False,
            source=EVENTS,
        )
        sighting.step = maker(attributes)
        sighting.created = _time(event)
        sighting.running = False
    if event["Action"].startswith("exec_create: "):
        sighting.executed.append(event["Action"].partition(": ")[2].strip())
    if sighting.source != EVENTS:
        return
    if event["Action"] == "start":
        sighting.started = True
    elif event["Action"] == "oom":
        sighting.oom_killed = True
    elif event["Action"] == "die":
        sighting.exit_code = int(attributes.get("exitCode", -1))
        sighting.started = True


def _choose(operation: ContainerRun, sightings: list[Sighting]) -> Sighting | None:
    """The container that stands for an operation: of the lab's own the newest, for a step may have been done again."""
    fitting = [each for each in sightings if _fits(operation, each)]
    own = [each for each in fitting if each.step and each.exists] or [
        each for each in fitting if each.step
    ]
    others = [each for each in fitting if not each.step]
    if own and (own[-1].exists or not (others and others[0].exists)):
        return own[-1]
    return others[0] if others else None


def _wanted_ends(content: Content) -> dict[str, set[int]]:
    """The exit codes that checks, of any step, want of the container that a step makes."""
    ends: dict[str, set[int]] = {}
    for step in content.steps:
        for check in step.checks:
            if (
                check.name == "container"
                and "exit_code" in check.params
                and "name" not in check.params
            ):
                ends.setdefault(check.params.get("step", step.id), set()).add(
                    check.params["exit_code"]
                )
    return ends


def _may_be(sighting: Sighting, by_lab: bool, ends: set[int] | None) -> bool:
    """Whether a container may be a step's.

    Events do not tell what ran in one that is gone and has no label. Where the lab did the step, it was another one, whose events may
    be forgotten by now; and an end that no check wants speaks against it as well.
    """
    if sighting.step or sighting.exists:
        return True
    return not by_lab and (ends is None or sighting.exit_code is None or sighting.exit_code in ends)


def _fits(operation: ContainerRun, sighting: Sighting) -> bool:
    """Whether a container is what this operation made, by its label, or may be, where it carries none."""
    wanted = operation.params
    if sighting.step:
        return sighting.step == operation.step
    return (
        same_image(sighting.image, operation.image)
        and (wanted.get("name") in (None, sighting.name))
        and sighting.command in (None, wanted.get("command", sighting.command))
        and sighting.tty in (None, bool(operation.terminal))
    )


def _time(event: dict[str, Any]) -> float:
    return event["timeNano"] / 1e9
