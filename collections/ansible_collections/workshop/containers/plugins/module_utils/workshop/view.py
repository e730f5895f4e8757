# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine as the checks see it.

A *view* answers the same questions in two situations: while the lab works (only what carries its
labels counts, and what the step's own operations found out is at hand), and while it grades
(whoever did the work; see grade_view.py).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..containers.terminals import plain
from ..engine.client import Engine, timestamp
from ..names import same_image
from .fold import Maker
from .outline import Outline
from .ownership import Ownership

if TYPE_CHECKING:
    from ..builds.log import BuildStep
    from .content import Content
    from .context import Context

MACHINE = "the machine"
EVENTS = "the engine's events"


@dataclass
class Sighting:
    """The known facts about one container; None: not known.

    ``source`` says how it is known; ``started`` that its main process ran at some time;
    ``executed`` holds the commands that were executed in it besides.
    """

    id: str
    name: str
    image: str
    exists: bool
    source: str = MACHINE
    started: bool | None = None
    running: bool | None = None
    exit_code: int | None = None
    oom_killed: bool | None = None
    output: str | None = None
    command: list[str] | None = None
    tty: bool | None = None
    auto_remove: bool | None = None
    ports: dict[str, int] | None = None
    created: float = 0.0
    maker: Maker | None = None
    executed: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, container: dict[str, Any], maker: Maker | None) -> Sighting:
        """From an inspected container and who made it (its output is not read here)."""
        config, state = container["Config"], container["State"]
        bindings = container["HostConfig"]["PortBindings"] or {}
        return cls(
            id=container["Id"],
            name=container["Name"].lstrip("/"),
            image=config["Image"],
            exists=True,
            started=not state["StartedAt"].startswith("0001"),
            running=state["Running"],
            exit_code=None if state["Running"] else state["ExitCode"],
            oom_killed=state.get("OOMKilled"),
            command=config["Cmd"],
            tty=config["Tty"],
            auto_remove=container["HostConfig"]["AutoRemove"],
            ports={
                port: int(hosts[0]["HostPort"] or 0) for port, hosts in bindings.items() if hosts
            },
            created=timestamp(container["Created"]),
            maker=maker,
        )


class View(Outline):
    """The base of the views of both situations."""

    def __init__(self, engine: Engine, ownership: Ownership, content: Content) -> None:
        super().__init__(content.steps, content.fold)
        self.engine = engine
        self.ownership = ownership
        self.files = content.files

    def container(self, maker: Maker) -> Sighting | None:
        """The known facts about the container that an operation makes."""
        raise NotImplementedError

    def containers(self) -> list[Sighting]:
        """The workshop's containers that exist."""
        raise NotImplementedError

    def output(self, sighting: Sighting) -> str | None:
        """The output of a container; None where that is no longer known."""
        if sighting.output is None and sighting.exists:
            sighting.output = self.log(sighting.id)
        return sighting.output

    def log(self, container_id: str) -> str:
        """The output of a container, as a person reads it: without colours and carriage returns."""
        return plain(self.engine.logs(container_id))

    def printed(self, terminal: str) -> str | None:
        """The output of a terminal during the step; None where that is not known."""
        raise NotImplementedError

    def closed(self, terminal: str) -> bool | None:
        """True if a terminal is closed; None where that is not known."""
        raise NotImplementedError

    def was_opened(self, terminal: str) -> bool:
        """True if something shows that a terminal was open once."""
        return self.closed(terminal) is False

    def pulls(self, image: str) -> int | None:
        """The number of pulls of an image during the step; None where that is not known."""
        raise NotImplementedError

    def outcome(self) -> dict[str, Any] | None:
        """The findings of the step's operations (``exit_code``, ``stdout``).

        None where that is not known any more.
        """
        return None

    def built(self) -> list[BuildStep] | None:
        """The steps of the build that the step made; None where that is not known any more."""
        return None


class LiveView(View):
    """The machine while the lab works on it."""

    def __init__(self, context: Context, content: Content) -> None:
        super().__init__(context.engine, context.ownership, content)
        self.context = context
        self.since = 0.0

    def container(self, maker: Maker) -> Sighting | None:
        container = self.ownership.container_of(maker)
        details = self.context.details.get(maker, {})
        if container is not None:
            sighting = Sighting.of(container, maker)
        elif maker in self.context.started:
            sighting = Sighting(
                self.context.started[maker], "", "", exists=False, started=True, running=False
            )
            sighting.exit_code = details.get("exit_code")
            sighting.oom_killed = details.get("oom_killed")
        else:
            return None
        sighting.output = details.get("stdout", self._shown(sighting.id))
        return sighting

    def _shown(self, container_id: str) -> str | None:
        """The output of the terminal on a container's main process."""
        terminals = self.context.terminals.values()
        return next(
            (
                each.everything
                for each in terminals
                if each.main and each.container_id == container_id
            ),
            None,
        )

    def containers(self) -> list[Sighting]:
        made = self.ownership.made_containers()
        found = [(self.engine.inspect(entry["Id"]), maker) for entry, maker in made]
        return [Sighting.of(container, maker) for container, maker in found if container]

    def printed(self, terminal: str) -> str | None:
        found = self.context.terminals.get(terminal)
        return found.printed if found is not None else None

    def closed(self, terminal: str) -> bool | None:
        found = self.context.terminals.get(terminal)
        return found.closed if found is not None else None

    def outcome(self) -> dict[str, Any] | None:
        return self.context.outcomes.get(self.step)

    def built(self) -> list[BuildStep] | None:
        return self.context.outcomes.get(self.step, {}).get("build")

    def pulls(self, image: str) -> int | None:
        return count_pulls(self.engine.events(self.since, time.time()), image)


def count_pulls(events: list[dict[str, Any]], image: str) -> int:
    """The pulls of ``image`` among engine events."""
    return sum(
        1
        for event in events
        if (event["Type"], event["Action"]) == ("image", "pull") and same_image(event["id"], image)
    )
