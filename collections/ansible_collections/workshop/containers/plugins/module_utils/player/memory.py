# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that is known from a journal: a fold of its events that touches no machine."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, replace
from typing import Any, Iterable

from ..containers.terminals import plain
from ..workshop.fold import Maker
from ..workshop.tick import Tick
from ..workshop.view import Sighting

# Characters of a container's output that are kept.
KEEP = 64 * 1024
SEEN = "seen as it happened"
# Of events
KINDS = (
    *("act", "broken", "command", "create", "destroy", "die", "exec", "gap", "heard", "missing"),
    *("oom", "output", "rename", "reset", "shells", "start", "tick", "undo", "watch"),
)


@dataclass
class Missing:
    """The lack of an open step, as its check said at last."""

    expected: str
    observed: str


class Printed:
    """The output of one container, as far as it is kept, with the times of its pieces."""

    def __init__(self) -> None:
        self._pieces: deque[tuple[float, str]] = deque()
        self._size = 0
        self.last = 0.0
        # Whether nothing more can come
        self.whole = False

    def add(self, at: float, text: str) -> None:
        """Append."""
        self._pieces.append((at, text[-KEEP:]))
        self._size += len(self._pieces[-1][1])
        self.last = at
        while self._size - len(self._pieces[0][1]) >= KEEP:
            self._size -= len(self._pieces.popleft()[1])

    def matched_at(self, pattern: str, since: float) -> float | None:
        """The time of the first piece after a time that matches a pattern."""
        found = (at for at, text in self._pieces if at > since and re.search(pattern, text, re.M))
        return next(found, None)

    def since(self, at: float) -> str:
        """The output after a time, as a person reads it."""
        return plain("".join(text for when, text in self._pieces if when > at))


class Memory:
    """The state that the events of a journal amount to.

    ``broken`` counts those that could not be read: what they told is not known.
    """

    def __init__(self, events: Iterable[dict[str, Any]] = ()) -> None:
        self.broken = 0
        self.follows_shells = False
        self._forget(0.0)
        for event in events:
            try:
                self.take(event)
            except (AttributeError, KeyError, TypeError, ValueError):
                self.broken += 1

    def _forget(self, at: float) -> None:
        # When it began to look, and the last time at which it may have missed something.
        self.since = at
        self.gap = 0.0
        # The time of the newest event of the engine
        self.engine_time = 0.0
        self.containers: dict[str, Sighting] = {}
        # By id, when a container was removed
        self.destroyed: dict[str, float] = {}
        self.image_ids: dict[str, str] = {}
        self.printed: dict[str, Printed] = {}
        self.ticks: dict[str, Tick] = {}
        self.missing: dict[str, Missing] = {}
        # By step, when it was taken back
        self.undone: dict[str, float] = {}
        # (time, action, name) of what happened to images and to the insides of containers
        self.acts: deque[tuple[float, str, str]] = deque(maxlen=2000)
        # By full reference, the id of the image that got this name last
        self.tagged: dict[str, str] = {}
        # By full reference, the histories of the last two images that got this name: (instruction,
        # time when it was carried out)
        self.histories: dict[str, deque[tuple[float, list[list[str]]]]] = {}
        # (time, command, exit code) of what was typed in shells that are followed
        self.commands: deque[tuple[float, str, int]] = deque(maxlen=2000)

    def take(self, event: dict[str, Any]) -> None:
        """Add an event; one of a kind that is not known changes nothing."""
        at = float(event.get("at", 0.0))
        if event["event"] in KINDS:
            getattr(self, f"_{event['event']}")(at, event)
        if event.get("source") == "engine":
            self.engine_time = max(self.engine_time, at)

    def seen(self, container_id: str) -> Sighting | None:
        """All that is known of a container."""
        return self.containers.get(container_id)

    # Kinds of events

    def _watch(self, at: float, _event: dict[str, Any]) -> None:
        self.since = self.since or at

    def _gap(self, at: float, _event: dict[str, Any]) -> None:
        self.gap = at

    def _reset(self, at: float, _event: dict[str, Any]) -> None:
        self._forget(at)

    def _broken(self, _at: float, _event: dict[str, Any]) -> None:
        self.broken += 1

    def _undo(self, at: float, event: dict[str, Any]) -> None:
        self.undone[event["step"]] = at
        self.ticks.pop(event["step"], None)
        self.missing.pop(event["step"], None)

    def _shells(self, _at: float, event: dict[str, Any]) -> None:
        self.follows_shells = bool(event["followed"])

    def _create(self, at: float, event: dict[str, Any]) -> None:
        maker = event.get("maker")
        self.containers[event["id"]] = Sighting(
            event["id"],
            event["name"],
            event["image"],
            exists=True,
            source=SEEN,
            started=False,
            running=False,
            command=event["command"],
            tty=event["tty"],
            auto_remove=event["auto_remove"],
            ports=event["ports"],
            created=at,
            maker=Maker(*maker) if maker else None,
        )
        self.image_ids[event["id"]] = event["image_id"]
        self.printed[event["id"]] = Printed()

    def _change(self, event: dict[str, Any], **known: Any) -> None:
        seen = self.containers.get(event["id"])
        if seen is not None:
            self.containers[event["id"]] = replace(seen, **known)

    def _start(self, at: float, event: dict[str, Any]) -> None:
        self._change(event, exists=True, started=True, running=True, exit_code=None)
        self.acts.append((at, "start", event["id"]))

    def _die(self, at: float, event: dict[str, Any]) -> None:
        seen = self.containers.get(event["id"])
        self._change(
            event,
            # One that removes itself is as good as gone: nobody may ask for its insides any more.
            exists=not (seen and seen.auto_remove),
            running=False,
            exit_code=event["exit_code"],
            oom_killed=bool(seen and seen.oom_killed),
        )
        self.acts.append((at, "die", event["id"]))

    def _oom(self, _at: float, event: dict[str, Any]) -> None:
        self._change(event, oom_killed=True)

    def _rename(self, _at: float, event: dict[str, Any]) -> None:
        self._change(event, name=event["name"])

    def _destroy(self, at: float, event: dict[str, Any]) -> None:
        self._change(event, exists=False, running=False)
        self.destroyed[event["id"]] = at
        self.acts.append((at, "destroy", event["id"]))

    def _exec(self, at: float, event: dict[str, Any]) -> None:
        seen = self.containers.get(event["id"])
        if seen is not None:
            self._change(event, executed=[*seen.executed, event["command"]])
        self.acts.append((at, "exec", event["id"]))

    def _act(self, at: float, event: dict[str, Any]) -> None:
        self.acts.append((at, event["action"], event["name"]))
        if event["action"] == "tag" and "id" in event:
            self.tagged[event["name"]] = event["id"]
        if "history" in event:
            known = self.histories.setdefault(event["name"], deque(maxlen=2))
            if not known or known[-1][0] < at:  # after a restart one may be told again
                known.append((at, event["history"]))

    def _output(self, at: float, event: dict[str, Any]) -> None:
        self.printed.setdefault(event["id"], Printed()).add(at, event["text"])

    def _heard(self, _at: float, event: dict[str, Any]) -> None:
        self.printed.setdefault(event["id"], Printed()).whole = True

    def _command(self, at: float, event: dict[str, Any]) -> None:
        self.commands.append((at, event["command"], event["exit_code"]))

    def _tick(self, at: float, event: dict[str, Any]) -> None:
        containers = {Maker(step, number): each for step, number, each in event["containers"]}
        self.ticks[event["step"]] = Tick(
            at, event["digest"], event["after"], containers, event["found"]
        )
        self.missing.pop(event["step"], None)

    def _missing(self, _at: float, event: dict[str, Any]) -> None:
        self.missing[event["step"]] = Missing(event["expected"], event["observed"])
