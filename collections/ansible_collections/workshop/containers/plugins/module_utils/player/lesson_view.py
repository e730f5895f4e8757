# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A learner's progress, ready to be shown: of every view the same data in the same words."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Iterator

from ..workshop.content import Content
from ..workshop.operations.files import FileWrite
from ..workshop.record import Record
from ..workshop.tick import Tick
from .files_source import FilesSource
from .journal import NAME, read
from .memory import Memory
from .player import DONE, NOT_HERE, NOT_SEEN, OPEN, WAITING, State, counting, current, states
from .texts import texts
from .troubles import may_read, troubles

# Levels of help
HINTS = 3
MARKS = {DONE: "✔", OPEN: "▸", WAITING: "·", NOT_SEEN: "?", NOT_HERE: "-"}


class AskedWronglyError(Exception):
    """A question about something that does not exist; the message says so in their language."""


@dataclass
class Shown:
    """A step as it is shown; ``lines`` are about its state, without the lesson's own texts."""

    step: str
    title: str
    status: str
    text: str
    command: str
    where: str
    lines: list[str]


class LessonView:
    """The workshop on this machine in one language."""

    def __init__(self, data: dict[str, Any], settings: dict[str, Any], language: str) -> None:
        """``data`` and ``settings`` are what the role has installed."""
        self.data, self.settings = data, settings
        self.speak(language)
        folder = os.path.join(settings["state_path"], self.content.name)
        self._journal = os.path.join(folder, NAME)
        self._record = os.path.join(folder, "progress.json")
        self._files = FilesSource((self._journal, self._record))
        self.states: list[State] = []
        self.memory = Memory()
        self.ticks: dict[str, Tick] = {}
        self.look()

    def speak(self, language: str) -> None:
        """Say everything in this language from now on."""
        self.language = language
        self.content = Content(self.data, language)
        self.words = texts(language)
        self.title = self.content.text(self.data["title"])

    def look(self) -> bool:
        """Read journal and record anew, if they have changed; whether anything is otherwise.

        Raises LabError.
        """
        if not may_read(self._journal):
            raise AskedWronglyError(self.words["no_permission"])
        if not self._files.changed():
            return False
        before = self.states
        self.memory = Memory(read(self._journal))
        record = Record(self._record, self.content.identity)
        self.states = states(self.content, self.memory, record)
        self.ticks = counting(self.memory, record)
        return self.states != before

    def troubles(self) -> list[str]:
        """Why things may not be as they look, and what to do about it; empty: all is well."""
        return troubles(self.settings, self._journal, self.memory, self.words)

    @property
    def observed(self) -> bool:
        """True if anybody has ever observed this machine."""
        return self.memory.since > 0

    def current(self) -> int:
        """The number of the step that comes next."""
        return current(self.states)

    def progress(self) -> tuple[int, int]:
        """The number of steps that are done, and of all on this machine."""
        here = [state for state in self.states if state.status != NOT_HERE]
        return sum(state.status == DONE for state in here), len(here)

    def summary(self) -> str:
        """The progress in words."""
        done, every = self.progress()
        return self.words["progress"].format(done=done, all=every)

    def number(self, step: str) -> int:
        """The number of a step, named in full, or a lesson's first; raises AskedWronglyError."""
        ids = [each.id for each in self.content.steps]
        lessons = {
            each.data["lesson"]: index for index, each in reversed([*enumerate(self.content.steps)])
        }
        if step in ids:
            return ids.index(step)
        if step in lessons:
            return lessons[step]
        near = get_close_matches(step, [*ids, *lessons], n=1)
        near = near or [each for each in ids if each.endswith(f".{step}")][:1]
        raise self._unknown("unknown_step", step, near)

    def lesson(self, name: str) -> str:
        """A lesson that is named, or a step's; raises AskedWronglyError."""
        lessons = [*dict.fromkeys(each.data["lesson"] for each in self.content.steps)]
        found = name.partition(".")[0] if name in {each.id for each in self.content.steps} else name
        if found in lessons:
            return found
        raise self._unknown("unknown_lesson", name, get_close_matches(name, lessons, n=1))

    def _unknown(self, said: str, name: str, near: list[str]) -> AskedWronglyError:
        also = self.words["did_you_mean"].format(step=near[0]) if near else self.words["see_status"]
        return AskedWronglyError(self.words[said].format(step=name) + also)

    def step(self, index: int) -> Shown:
        """A step as it is shown."""
        step, state = self.content.steps[index], self.states[index]
        return Shown(
            step.id,
            self.content.text(step.data["title"]),
            state.status,
            self.content.text(step.data.get("text")),
            step.data.get("command", ""),
            step.data.get("where", "host"),
            list(self._about(index)),
        )

    def _about(self, index: int) -> list[str]:
        state, words = self.states[index], self.words
        tick = self.ticks.get(state.step)
        if state.status == DONE and state.by_lab:
            return [words["by_lab"]]
        if state.status == DONE:
            when = time.strftime("%H:%M:%S", time.localtime(state.at))
            found = tick is not None and tick.found
            return [words["found"] if found else words["done_at"].format(time=when)]
        if state.status == WAITING:
            return [words["waits_for"].format(step=state.waits_for)]
        if state.status == NOT_SEEN:
            return [words["unseen"]]
        if state.status == NOT_HERE:
            return [self.content.steps[index].absent]
        if state.missing is None:
            return []
        return [
            words["missing"],
            words["expected"].format(text=state.missing.expected),
            words["observed"].format(text=state.missing.observed),
        ]

    def hint(self, index: int, level: int) -> list[str]:
        """The help for a step: where to look, from level 2 on the command, on 3 the solution."""
        step = self.content.steps[index]
        said = self.content.hint(index).strip()
        lines = [self.words["hint"], *said.splitlines()] if said else [self.words["no_hint"]]
        if level > 1:
            command = step.data.get("command", "").splitlines()
            lines += ["", self.words["command"], *(f"    {line}" for line in command)]
        if level >= HINTS:
            lines += ["", self.words["solution"], *self._solution(index)]
        return lines

    def _solution(self, index: int) -> Iterator[str]:
        """The files to write at a step, and the command that does it all."""
        step = self.content.steps[index]
        for each in step.operations:
            if isinstance(each, FileWrite):
                yield self.words["in_file"].format(path=each.path)
                yield from (f"    {line}" for line in each.content.decode().splitlines())
        yield self.words["or_solve"].format(step=step.id)
