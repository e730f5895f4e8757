# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The machine as grading sees it.

Whoever did the work, now or as far back as the engine remembers.
"""

from __future__ import annotations

import time
from typing import Any

from ..deadline import deadline
from ..engine.client import Engine
from ..names import same_image
from .content import Content
from .fold import Maker
from .operations.containers import ContainerRun
from .ownership import Ownership
from .record import Record
from .tick import Tick
from .view import EVENTS, Sighting, View, count_pulls

# Seconds in which the engine has to tell all that grading begins with.
_LONGEST = 60.0
_HANGS = "the engine hangs: restart it (`service docker restart`), then grade again"


class GradeView(View):
    """Containers are given to steps.

    Those that ticks name first, those of the lab by their label, others in the order in which they
    were created.
    """

    def __init__(
        self,
        engine: Engine,
        content: Content,
        record: Record,
        ticks: dict[str, Tick] | None = None,
    ) -> None:
        super().__init__(engine, Ownership(engine, content.name, record), content)
        self._record = record
        self._ticks = ticks or {}
        # The ids of containers that run something else than their images do
        self._own_commands: set[str] = set()
        with deadline(_LONGEST, "the engine's containers and events", _HANGS):
            # The engine keeps its last 256 events since it started: an older one is not there.
            self._events = engine.events(record.since, time.time())
            self._assigned = self._assign(content, self._sightings())

    def container(self, maker: Maker) -> Sighting | None:
        return self._assigned.get(maker)

    def containers(self) -> list[Sighting]:
        later = {step.id for step in self.steps[self.index + 1 :]}
        return [
            sighting
            for maker, sighting in self._assigned.items()
            if sighting.exists and maker.step not in later
        ]

    def printed(self, terminal: str) -> str | None:
        maker = self.terminal_container(terminal)
        seen = self.container(maker) if maker else None
        if seen is None or not seen.exists:
            return None
        return self.log(seen.id)

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
        seen = self.container(self.maker_in(self.step))
        if seen is None:
            return None
        before = [
            event
            for event in self._events
            if event["Actor"]["ID"] != seen.id and _time(event) <= seen.created
        ]
        if not before:
            return None
        # `docker run` pulls right before it creates: what was pulled for another container has that
        # one's creation after it.
        steps = [
            event
            for event in before
            if (event["Type"], event["Action"]) in (("image", "pull"), ("container", "create"))
        ]
        return count_pulls(steps[-1:], image)

    def _sightings(self) -> list[Sighting]:
        """All containers that exist, and those that the events tell of, oldest first.

        What another workshop made is nobody's work in this one.
        """
        seen = {}
        others = self.ownership.noted_by_others()
        for entry in self.engine.containers():
            container = self.engine.inspect(entry["Id"])
            if container is None:
                continue
            maker = self.ownership.maker_of(container)
            if maker is None and self.ownership.of_other_workshop(container):
                others.add(entry["Id"])
            seen[entry["Id"]] = Sighting.of(container, maker)
            if maker is None and self._has_own_command(container):
                self._own_commands.add(entry["Id"])
        for event in self._events:
            if event["Type"] == "container":
                self._add(seen, event)
        for identity in others:
            seen.pop(identity, None)
        return sorted(seen.values(), key=lambda sighting: sighting.created)

    def _has_own_command(self, container: dict[str, Any]) -> bool:
        """True if it was told to run something else than its image does by itself."""
        image = self.engine.image_by_id(container["Image"])
        return image is not None and image["Config"].get("Cmd") != container["Config"]["Cmd"]

    def _add(self, seen: dict[str, Sighting], event: dict[str, Any]) -> None:
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
            # Its labels may be those of its image: of one that is gone only the record tells.
            made = self._record.containers.get(identity)
            sighting.maker = Maker(made["step"], made["number"]) if made else None
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

    def _assign(self, content: Content, sightings: list[Sighting]) -> dict[Maker, Sighting]:
        """Assign each container to at most one operation that runs one.

        What is still there comes before what only the events know of, and operations that name
        their container before those that take any.
        """
        assigned = {
            maker: sighting
            for tick in self._ticks.values()
            for maker, identity in tick.containers.items()
            for sighting in sightings
            if sighting.id == identity
        }
        taken = {sighting.id for sighting in assigned.values()}
        free = sorted(
            (sighting for sighting in sightings if sighting.id not in taken),
            key=lambda sighting: not sighting.exists,
        )
        ends = _wanted_ends(content)
        verified = {step.id for step in content.steps if self._record.verified(step.data)}
        runs = [
            operation
            for step in content.steps
            for operation in step.operations
            if isinstance(operation, ContainerRun) and step.id not in self._ticks
        ]
        for operation in sorted(runs, key=lambda run: "name" not in run.params):
            possible = [
                each
                for each in free
                if _could_be(each, operation.step in verified, ends.get(operation.step))
            ]
            found = _choose(operation, self._least_strange_first(operation, possible))
            if found is not None:
                assigned[operation.maker] = found
                free = [each for each in free if each is not found]
        return assigned

    def _least_strange_first(
        self, operation: ContainerRun, sightings: list[Sighting]
    ) -> list[Sighting]:
        """First what is as an operation says, or the lab's, then what nothing is known of, and last
        what was given a command or a terminal of which the operation does not speak.
        """

        def strangeness(sighting: Sighting) -> int:
            if sighting.maker or sighting.source == EVENTS:
                return 0 if sighting.maker else 1
            given = sighting.id in self._own_commands and "command" not in operation.params
            return 2 if given or sighting.tty != bool(operation.terminal) else 0

        return sorted(sightings, key=strangeness)


def _choose(operation: ContainerRun, sightings: list[Sighting]) -> Sighting | None:
    """The container that stands for an operation.

    Of the lab's own the newest, for a step may have been done again.
    """
    fitting = [each for each in sightings if _fits(operation, each)]
    own = [each for each in fitting if each.maker and each.exists] or [
        each for each in fitting if each.maker
    ]
    others = [each for each in fitting if not each.maker]
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


def _could_be(sighting: Sighting, by_lab: bool, ends: set[int] | None) -> bool:
    """True if a container may be a step's.

    Events do not tell what ran in one that is gone and has no label. Where the lab did the step, it
    was another one, whose events may be forgotten by now; and an end that no check wants speaks
    against it as well.
    """
    if sighting.maker or sighting.exists:
        return True
    return not by_lab and (ends is None or sighting.exit_code is None or sighting.exit_code in ends)


def _fits(operation: ContainerRun, sighting: Sighting) -> bool:
    """True if a container is what this operation made, by its label, or may be, where it carries
    none.
    """
    wanted = operation.params
    if sighting.maker:
        return sighting.maker == operation.maker
    return (
        same_image(sighting.image, operation.image)
        and (wanted.get("name") in (None, sighting.name))
        and sighting.command in (None, wanted.get("command", sighting.command))
        and (sighting.tty is not False or not operation.terminal)
    )


def _time(event: dict[str, Any]) -> float:
    return event["timeNano"] / 1e9
