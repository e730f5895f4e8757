# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The observer's service: what it sees goes into the journal, and into judging the steps."""

from __future__ import annotations

import grp
import os
import queue
import sys
import time
from collections import deque
from contextlib import suppress
from typing import Any

from ..engine.client import Engine
from ..engine.connection import DEFAULT_HOST
from ..errors import EngineError, LabError
from ..workshop.content import Content
from ..workshop.ownership import Ownership
from ..workshop.record import Record
from .control import Control, control_path
from .engine_source import EngineSource
from .files_source import FilesSource
from .journal import NAME, Journal, read
from .memory import Memory
from .observer import Observer
from .shell_source import ShellSource
from .typed import concerns, words_of
from .view import PlayerView

STATE_FOLDER = "/var/lib/workshop"
# Seconds between two looks at files, where nothing else happens
_TICK = 0.25
# Files that checks ask about, and which no step names: what `docker login` and the package manager
# write
_OF_PROGRAMS = ("/root/.docker/config.json", "/var/lib/dpkg/status", "/etc/wsl.conf")
# Events that are kept while the journal cannot be written
_PENDING = 20000
# The journal's events that are worth a judgement
_MATTER = {
    "watch",
    "create",
    "start",
    "die",
    "destroy",
    "exec",
    "act",
    "output",
    "heard",
    "command",
}


class Service:
    """Observes one workshop on this machine."""

    def __init__(self, data: dict[str, Any], settings: dict[str, Any], program: str) -> None:
        """``data`` is the packed workshop; ``settings`` are what the role wrote beside it.

        ``program`` is the folder of both.
        """
        self.content = Content(data, settings.get("language", "en"))
        self._host = settings.get("docker_host") or DEFAULT_HOST
        folder = os.path.join(settings.get("state_path", STATE_FOLDER), self.content.name)
        record = os.path.join(folder, "progress.json")
        self.record = Record(record, self.content.identity)
        self._record_file = FilesSource([record])
        self.memory = Memory(read(os.path.join(folder, NAME)))
        self.journal = Journal(os.path.join(folder, NAME), _group("docker"))
        self._queue: queue.Queue[dict[str, Any]] = queue.Queue()
        self._words = words_of(self.content.steps)
        self._files = FilesSource([*self._paths(), *_OF_PROGRAMS])
        self._follow_shells = bool(settings.get("follow_shells"))
        self._control = control_path(settings)
        self._obey = [sys.executable, "-I", os.path.join(program, "workshop"), "obey"]
        # What could not be written to the journal, the oldest first
        self._pending: deque[dict[str, Any]] = deque(maxlen=_PENDING)
        self._observer: Observer | None = None
        # Why the journal could not be written last; "": it could
        self._told = ""

    def serve(self) -> None:
        """Observe until killed."""
        Control(self._control, _group("docker"), self._obey).start()
        self._take({"event": "shells", "at": time.time(), "followed": self._follow_shells})
        if self._follow_shells:
            ShellSource(os.path.dirname(self._control), self._queue.put).start()
        EngineSource(
            self._host,
            self._queue.put,
            self._ownership,
            self.memory.engine_time,
            self.memory.containers,
        ).start()
        while True:
            matters = self._gather()
            if matters and self.memory.since:
                self._judge()
            elif self._observer is not None:
                self._observer.tell_misses()

    def _gather(self) -> bool:
        """Take what has happened; whether something is to be judged."""
        self._write()
        matters = any([self._reset(), self._files.changed()])
        try:
            event = self._queue.get(timeout=_TICK)
            while True:
                self._take(event)
                matters = matters or event["event"] in _MATTER
                event = self._queue.get_nowait()
        except queue.Empty:
            return matters

    def _take(self, event: dict[str, Any]) -> None:
        if event["event"] == "command" and not concerns(event["command"], self._words):
            event = {**event, "command": ""}  # when something else was typed, and not what
        self.memory.take(event)
        self._keep(event)

    def _keep(self, event: dict[str, Any]) -> None:
        """Write to the journal; what has no room there waits for it."""
        self._pending.append(event)
        self._write()

    def _write(self) -> None:
        told = ""
        while self._pending and not told:
            try:
                self.journal.add(self._pending[0])
                self._pending.popleft()
            except LabError as error:
                told = str(error)
        if told and told != self._told:
            print(told, file=sys.stderr, flush=True)
        self._told = told

    def _judge(self) -> None:
        try:
            if self._observer is None:
                engine = Engine(self._host)
                view = PlayerView(engine, self._ownership(engine), self.content, self.memory)
                self._observer = Observer(self.content, view, self.record, self._keep)
            self._observer.judge()
        except EngineError:
            self._observer = None  # a new one asks as soon as something happens
        with suppress(OSError):  # a full disk: what is not written yet waits
            self.journal.sync()

    def _reset(self) -> bool:
        """Read the lab's own record where it has changed; whether what it says has.

        What was seen before a reset counts no more, nor what was of a step that was taken back.
        """
        if not self._record_file.changed():
            return False
        before = self.record.steps
        try:
            self.record.load()
        except LabError:
            return False
        begins = self.record.since > self.memory.since > 0
        if begins:
            self._pending.clear()
            self.journal.begin_anew()
            self._take({"event": "reset", "at": self.record.since})
            self._take({"event": "shells", "at": time.time(), "followed": self._follow_shells})
        undone = [
            (step, at)
            for step, at in self.record.undone.items()
            if at > max(self.memory.undone.get(step, 0.0), self.memory.since)
        ]
        for step, at in undone:
            self._take({"event": "undo", "at": at, "step": step})
        return begins or bool(undone) or self.record.steps != before

    def _ownership(self, engine: Engine) -> Ownership:
        return Ownership(engine, self.content.name, self.record)

    def _paths(self) -> set[str]:
        """The files and folders that checks and operations name."""
        return {
            entry["path"]
            for step in self.content.data
            for part in ("do", "check")
            for item in step[part]
            for name, entry in item.items()
            if name in ("file", "directory", "file_write", "file_touch", "directory_create")
        }


def _group(name: str) -> int:
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        return 0
