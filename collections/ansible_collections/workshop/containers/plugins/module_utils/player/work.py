# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A workshop on this machine, for whoever changes something of it."""

from __future__ import annotations

import os
from typing import Any, ContextManager

from ..engine.client import Engine
from ..workshop.content import Content
from ..workshop.context import Context
from ..workshop.lock import locked
from ..workshop.ownership import Ownership
from ..workshop.record import Record
from .journal import NAME, read
from .memory import Memory
from .player import DONE, State, states

# Seconds for which another run on this machine is waited for
_PATIENCE = 10.0


class Work:
    """The content, the engine, the lab's record and what was seen of a person; for root."""

    def __init__(self, data: dict[str, Any], settings: dict[str, Any], language: str) -> None:
        """``data`` and ``settings`` are what the role has installed; raises LabError."""
        self.content = Content(data, language)
        self._folder = os.path.join(settings["state_path"], self.content.name)
        self.engine = Engine(settings["docker_host"])
        path = os.path.join(self._folder, "progress.json")
        self.record = Record(path, self.content.identity, self.engine.has)
        self.memory = Memory(read(os.path.join(self._folder, NAME)))

    def states(self) -> list[State]:
        """The states of all steps."""
        return states(self.content, self.memory, self.record)

    def done(self) -> set[int]:
        """The numbers of the steps that are done."""
        return {index for index, each in enumerate(self.states()) if each.status == DONE}

    def context(self, ownership: Ownership) -> Context:
        """The context of operations; anything in their way is set aside."""
        return Context(self.engine, ownership, self.record, self.content.files, take_over=True)

    def locked(self, purpose: str) -> ContextManager[None]:
        """Hold the machine's lock; raises LabError that names its holder."""
        return locked(os.path.join(self._folder, "lock"), purpose, _PATIENCE)
