# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Work out how far a person is: a journal and the lessons in, the state of each step out.

Nothing here touches a machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..workshop.content import Content
    from ..workshop.record import Record
    from ..workshop.tick import Tick
    from .memory import Memory, Missing

DONE = "done"
OPEN = "open"
# Something that it needs is still to be done.
WAITING = "waiting"
# It leaves nothing behind, and nothing here can see it.
NOT_SEEN = "not_seen"
NOT_HERE = "not_here"


@dataclass
class State:
    """A step's state: ``status`` is one of the above, ``at`` when it was done (seconds since the
    epoch), ``by_lab`` whether the automation did it, ``waits_for`` the id of a step that it needs.
    """

    step: str
    status: str
    at: float = 0.0
    by_lab: bool = False
    missing: Missing | None = None
    waits_for: str = ""


def states(content: Content, memory: Memory, record: Record) -> list[State]:
    """The states of all steps, in order."""
    found: list[State] = []
    ticks = counting(memory, record)
    for index, step in enumerate(content.steps):
        tick = ticks.get(step.id)
        waits_for = _waits_for(content, found, index)
        if step.absent:
            state = State(step.id, NOT_HERE)
        elif tick is not None and tick.digest == step.data["digest"]:
            state = State(step.id, DONE, tick.at)
        elif record.verified(step.data):
            state = State(step.id, DONE, record.steps[step.id]["at"], by_lab=True)
        elif waits_for:
            state = State(step.id, WAITING, waits_for=waits_for)
        elif not _can_be_seen(content, memory, index):
            state = State(step.id, NOT_SEEN)
        else:
            state = State(step.id, OPEN, missing=memory.missing.get(step.id))
        found.append(state)
    return found


def counting(memory: Memory, record: Record) -> dict[str, Tick]:
    """The ticks that count, by step: not those from before a reset, or of steps taken back."""
    return {
        step: tick
        for step, tick in memory.ticks.items()
        if tick.at >= max(record.since, record.undone.get(step, 0.0))
    }


def current(found: list[State]) -> int:
    """The number of the step that comes next.

    The first that is open after the one that was done last, for a person may skip some; or else the
    first at all, or else the last.
    """
    ahead = [index for index, state in enumerate(found) if state.status == OPEN]
    done = [(state.at, index) for index, state in enumerate(found) if state.status == DONE]
    last = max(done, default=(0.0, -1))[1]
    later = [index for index in ahead if index > last]
    return next(iter([*later, *ahead]), len(found) - 1)


def _waits_for(content: Content, found: list[State], index: int) -> str:
    """The first step that a step needs and that could be seen done, and is not; "": none."""
    needed = (found[need] for need in sorted(content.needs[index]))
    return next((state.step for state in needed if state.status in (OPEN, WAITING)), "")


def _can_be_seen(content: Content, memory: Memory, index: int) -> bool:
    step = content.steps[index]
    if memory.follows_shells:
        return True
    if any("refused" in each.params for each in step.operations):
        return False
    return bool(step.operations) or not content.needs[index]
