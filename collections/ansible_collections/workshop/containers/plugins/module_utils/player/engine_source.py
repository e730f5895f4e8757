# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's events and the output of containers, as events of the journal."""

from __future__ import annotations

import queue
import threading
import time
from contextlib import suppress
from typing import Any, Callable, Iterable, Iterator

from ..engine.client import Engine
from ..engine.connection import FAILURES
from ..errors import EngineError
from ..images.layers import instruction
from ..names import full_reference
from ..workshop.ownership import CONTAINER, KIND, Ownership
from ..workshop.view import Sighting
from .output_source import OutputSource

# Seconds between two tries to reach an engine that does not answer
_PAUSE = 1.0
# Seconds by which a time that went through a file may be off: rather told again than lost
_BLUR = 1e-5
# What an engine does to images, and the insides of containers, that leaves a trace
_ACTS = ("pull", "push", "tag", "untag", "delete", "prune", "load", "import")

Add = Callable[[dict[str, Any]], None]


class EngineSource:
    """Follows one engine in threads of its own; ``add`` is called from them.

    ``ownership`` tells who of the lab made a container. Those of other workshops are left out.
    """

    def __init__(
        self,
        host: str,
        add: Add,
        ownership: Callable[[Engine], Ownership],
        since: float,
        known: Iterable[str] = (),
    ) -> None:
        """``since`` is the time of the last event that was seen, ``known`` are the containers."""
        self._host = host
        self._add = add
        self._ownership = ownership
        self._since = since
        self._known = set(known)
        self._outputs = OutputSource(add)
        # Containers to which it listens, and which have not started yet
        self._awaited: dict[str, dict[str, Any]] = {}

    def start(self) -> None:
        """Begin to follow, and go on for as long as the process lives."""
        threading.Thread(target=self._follow, daemon=True).start()

    def _follow(self) -> None:
        first = True
        while True:
            with suppress(EngineError, *FAILURES):
                engine = Engine(self._host)
                self._begin(engine, first)
                first = False
                for event in self._events(engine):
                    self._take(engine, event)
            time.sleep(_PAUSE)

    def _begin(self, engine: Engine, first: bool) -> None:
        """Catch up: what ran and ended meanwhile, and is not among the events, was not seen."""
        now = time.time()
        self._outputs.of(engine)
        if self._since:
            past = engine.events(self._since - _BLUR, now)
            if not past or past[0]["timeNano"] / 1e9 > self._since + _BLUR:
                self._add({"event": "gap", "at": now, "from": self._since})
        else:
            self._since = now
        if first:
            self._add({"event": "watch", "at": now})
        for entry in engine.containers():
            container = engine.inspect(entry["Id"])
            if container is not None:
                self._find(engine, container, now)

    def _find(self, engine: Engine, container: dict[str, Any], now: float) -> None:
        """Take a container that is there already."""
        identity, seen = container["Id"], Sighting.of(container, None)
        if identity not in self._known:
            self._create(engine, container, seen.created)
            if seen.running:
                self._add({"event": "start", "at": now, "id": identity})
        if not self._is_persons(engine, container):
            return
        if not seen.started:
            self._await(engine, container)
        elif self._awaited.pop(identity, None):
            self._outputs.started(engine, container, 0.0)
        elif seen.running:
            self._outputs.follow(engine, container, self._since)
        else:
            self._outputs.ended(identity)

    def _events(self, engine: Engine) -> Iterator[dict[str, Any]]:
        """Events until the connection is lost.

        They are read in a thread of their own: who takes one may have to wait for the engine, and
        of a container that runs for a moment only nobody hears who does not begin at once.
        """
        with engine.speaking("the engine's events"):
            stream = engine.api.events(
                since=f"{self._since - _BLUR:.9f}",
                filters={"type": ["container", "image"]},
                decode=True,
            )
        events: queue.Queue[dict[str, Any] | None] = queue.Queue()
        threading.Thread(target=self._read, args=(engine, stream, events), daemon=True).start()
        yield from iter(events.get, None)

    def _read(
        self,
        engine: Engine,
        stream: Iterable[dict[str, Any]],
        events: queue.Queue[dict[str, Any] | None],
    ) -> None:
        try:
            with suppress(*FAILURES, ValueError):
                for event in stream:
                    if (event["Type"], event["Action"]) == ("container", "create"):
                        self._expect(engine, event["Actor"])
                    events.put(event)
        finally:
            events.put(None)

    def _expect(self, engine: Engine, actor: dict[str, Any]) -> None:
        made_by_lab = (actor.get("Attributes") or {}).get(KIND) == CONTAINER
        if actor["ID"] not in self._known and not made_by_lab:
            self._outputs.expect(engine, actor["ID"])

    def _take(self, engine: Engine, event: dict[str, Any]) -> None:
        at = event["timeNano"] / 1e9
        identity, attributes = event["Actor"]["ID"], event["Actor"].get("Attributes") or {}
        action = event["Action"].partition(":")[0]
        told: dict[str, Any] = {"at": at, "source": "engine", "id": identity}
        if event["Type"] == "image":
            if action in _ACTS:
                name = identity if action in ("pull", "push") else attributes.get("name", "")
                told.update(event="act", action=action, name=_reference(name))
            if action == "tag":
                told["history"] = [
                    [instruction(entry["CreatedBy"]), str(entry["Created"])]
                    for entry in engine.history_by_id(identity) or ()
                ]
        elif action == "create":
            container = engine.inspect(identity)
            if container is not None:
                self._create(engine, container, at)
            else:
                self._outputs.leave(identity)
        elif action in ("start", "destroy", "oom"):
            told["event"] = action
            if action == "start" and identity in self._awaited:
                self._outputs.started(engine, self._awaited.pop(identity), at)
            elif action == "destroy":
                self._awaited.pop(identity, None)
                self._outputs.leave(identity)
        elif action == "die":
            self._outputs.ended(identity)
            told.update(event="die", exit_code=int(attributes.get("exitCode", -1)))
        elif action == "rename":
            told.update(event="rename", name=attributes.get("name", ""))
        elif action == "exec_start":
            told.update(event="exec", command=event["Action"].partition(": ")[2].strip())
        elif action in ("commit", "extract-to-dir", "exec_die"):
            told.update(event="act", action=action, name=identity)
        if "event" in told:
            self._add(told)
        self._since = max(self._since, at)

    def _create(self, engine: Engine, container: dict[str, Any], at: float) -> None:
        if container["Id"] in self._known:
            return
        self._known.add(container["Id"])
        ownership = self._ownership(engine)
        if ownership.of_other_workshop(container):
            self._outputs.leave(container["Id"])
            return
        seen = Sighting.of(container, None)
        maker = ownership.maker_of(container)
        self._add(
            {
                "event": "create",
                "at": at,
                "source": "engine",
                "id": seen.id,
                "name": seen.name,
                "image": seen.image,
                "image_id": container["Image"],
                "command": seen.command,
                "tty": seen.tty,
                "auto_remove": seen.auto_remove,
                "ports": seen.ports,
                "maker": list(maker) if maker else None,
            }
        )
        if maker is None:
            self._await(engine, container)
        else:
            self._outputs.leave(container["Id"])

    def _is_persons(self, engine: Engine, container: dict[str, Any]) -> bool:
        """Say whether no workshop made an inspected container."""
        ownership = self._ownership(engine)
        return not (ownership.has_container(container) or ownership.of_other_workshop(container))

    def _await(self, engine: Engine, container: dict[str, Any]) -> None:
        self._outputs.listen(engine, container)
        self._awaited[container["Id"]] = container


def _reference(name: str) -> str:
    """The full reference of what the engine calls an image; an id stays what it is."""
    return name if not name or name.startswith("sha256:") else full_reference(name)
