# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Typing other right ways of doing steps, and plausible wrong ones, and what is made of them."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from typing import Any

from ..engine.client import Engine
from ..errors import LabError
from ..retry import retry
from ..workshop.content import Content
from .memory import Memory
from .replay import Replay, Script

OWN, VARIANT, NEAR_MISS = "own", "variant", "near_miss"
# Seconds without news after which nothing more is expected of what was typed
_QUIET = 0.6
# Seconds within which the observer says what is missing
_SAID = 8.0


@dataclass
class Tried:
    """Something that was typed for a step, and what became of it.

    ``passed`` is whether the step was ticked by it, ``said`` what the observer says is missing, and
    ``wrong`` what is not as it has to be; "": nothing.
    """

    step: str
    kind: str
    name: str
    seconds: float
    passed: bool
    said: str = ""
    wrong: str = ""


class Watched:
    """A journal that is being written, read as it grows."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._stream = open(path, "rb")  # noqa: SIM115 - as long as this lives
        self.memory = Memory()
        self.news = time.monotonic()
        self.look()

    def look(self) -> Memory:
        """The memory of all that is known by now."""
        while True:
            start = self._stream.tell()
            line = self._stream.readline()
            if not line.endswith(b"\n"):
                self._stream.seek(start)
                if not self._replaced():
                    return self.memory
                self._stream.close()
                self._stream = open(self._path, "rb")  # noqa: SIM115 - as above
                continue
            self.news = time.monotonic()
            try:
                self.memory.take(json.loads(line))
            except (ValueError, KeyError):
                continue  # cut short by a kill

    def _replaced(self) -> bool:
        """True if another journal has been begun, as after a reset."""
        try:
            return os.stat(self._path).st_ino != os.fstat(self._stream.fileno()).st_ino
        except FileNotFoundError:
            return False

    def settle(self, seconds: float) -> Memory:
        """The memory once no news has come for a while, or after so many seconds."""
        asked = time.monotonic()
        retry(
            self.look,
            lambda _memory: time.monotonic() - max(self.news, asked) > _QUIET,
            seconds,
        )
        return self.memory

    def close(self) -> None:
        """Close it."""
        self._stream.close()


class Trial:
    """One pass through steps: the lesson's own way, and others, as a person would type them.

    In pass 0 each step's near misses are typed before the lesson's own way, in pass N its variant
    N, where there is one, in place of it. ``tried`` holds what became of each, ``there`` the steps
    that the machine had done already.
    """

    def __init__(
        self, content: Content, engine: Engine, watched: Watched, number: int, patience: float
    ) -> None:
        self.content = content
        self.number = number
        self.tried: list[Tried] = []
        self.there: list[str] = []
        self._watched = watched
        self._terminals = Replay(content, engine)
        self._patience = patience

    def type_steps(self, first: int, last: int) -> None:
        """Type steps; raises LabError where the lesson's own way is not seen."""
        try:
            for index in range(first, last + 1):
                step = self.content.steps[index]
                if not step.absent and step.checks:
                    self._step(index)
        finally:
            self._terminals.close()

    def _step(self, index: int) -> None:
        data = self.content.steps[index].data
        own = {"name": "", "command": data["command"], "where": data.get("where", "host")}
        if data["id"] in self._watched.look().ticks:
            self.there.append(data["id"])
            return
        if self.number == 0:
            for way in data["near_misses"]:
                self._near_miss(index, way)
        variant = data["variants"][self.number - 1 : self.number] if self.number else []
        if variant and self._right(index, VARIANT, variant[0]):
            return
        self._blame_late(data["id"])
        if not self._right(index, OWN, own):
            raise LabError(
                f"the step {data['id']} to be seen done in the lesson's own way",
                self.tried[-1].wrong,
                "see the journal of the machine, and what was typed before",
            )

    def _near_miss(self, index: int, way: dict[str, Any]) -> None:
        step = self.content.steps[index].id
        before = step in self._watched.look().ticks
        seconds, wrong = self._type(index, way, way["command"])
        self._watched.settle(self._patience)
        retry(lambda: way["names"] in self._said(step), bool, min(self._patience, _SAID))
        passed = step in self._watched.memory.ticks
        said = self._said(step)
        if passed:
            wrong = "it was ticked before" if before else "it was ticked"
        elif way["names"] not in said:
            wrong = wrong or f"the message does not have {way['names']!r}"
        self.tried.append(Tried(step, NEAR_MISS, way["name"], seconds, passed, said, wrong))
        self._clear(index, way)

    def _right(self, index: int, kind: str, way: dict[str, Any]) -> bool:
        """Type a right way; whether the step is ticked by that."""
        step = self.content.steps[index].id
        seconds, wrong = self._type(index, way, way["command"])
        ticked = retry(lambda: step in self._watched.look().ticks, bool, self._patience)
        said = "" if ticked else self._said(step)
        wrong = wrong or ("" if ticked else f"it was not ticked: {said or 'nothing was said'}")
        self.tried.append(Tried(step, kind, way["name"], seconds, ticked, said, wrong))
        self._clear(index, way)
        return ticked

    def _blame_late(self, step: str) -> None:
        """Note that a step was ticked by what was typed last, after nothing more was expected."""
        last = self.tried[-1] if self.tried else None
        if last is not None and last.step == step and step in self._watched.look().ticks:
            last.passed, last.wrong = True, last.wrong or "it was ticked, late"

    def _type(self, index: int, way: dict[str, Any], command: str) -> tuple[float, str]:
        """Type something; how long that took, and what went wrong with it."""
        started = time.monotonic()
        wrong = ""
        try:
            self._terminals.script(index, Script(command, way["where"], way.get("files", {})))
        except TimeoutError as error:
            wrong = str(error)
        return time.monotonic() - started, wrong

    def _clear(self, index: int, way: dict[str, Any]) -> None:
        if way.get("clear"):
            self._type(index, way, way["clear"])
            self._watched.settle(self._patience)

    def _said(self, step: str) -> str:
        found = self._watched.look().missing.get(step)
        return f"expected {found.expected}; {found.observed}" if found is not None else ""
