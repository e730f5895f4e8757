# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Doing for a person what they do not want to do themselves, with what they have done so far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from ..errors import LabError
from ..names import full_reference
from ..step_result import FAILED
from ..workshop.fold import Maker
from ..workshop.ownership import Ownership
from ..workshop.walk import Walk
from .player import DONE, NOT_HERE, counting
from .work import Work

if TYPE_CHECKING:
    from ..engine.client import Engine
    from ..workshop.content import Content
    from ..workshop.context import Context
    from ..workshop.record import Record
    from .memory import Memory


class SharedOwnership(Ownership):
    """Ownership while a step is done for a person: what they made for it is the workshop's.

    Known from the ticks; nothing of that goes into the record, so a reset leaves it alone.
    """

    def __init__(self, engine: Engine, content: Content, record: Record, memory: Memory) -> None:
        super().__init__(engine, content.name, record)
        self._made: dict[str, Maker] = {
            identity: maker
            for tick in counting(memory, record).values()
            for maker, identity in tick.containers.items()
        }
        self._images = {
            key[1] for world in content.fold.worlds for key in world if key[0] == "image"
        }

    def made_containers(self) -> list[tuple[dict[str, Any], Maker]]:
        theirs = [
            (entry, self._made[entry["Id"]])
            for entry in self.engine.containers()
            if entry["Id"] in self._made
        ]
        return [*theirs, *super().made_containers()]

    def maker_of(self, container: dict[str, Any]) -> Maker | None:
        return self._made.get(container["Id"]) or super().maker_of(container)

    def has_image(self, image: dict[str, Any]) -> bool:
        tags = {full_reference(tag) for tag in self.engine.tags(image)}
        return bool(tags & self._images) or super().has_image(image)

    def has_tag(self, reference: str, image: dict[str, Any]) -> bool:
        return reference in self._images or super().has_tag(reference, image)


class _ToldWalk(Walk):
    """A walk that tells of each step as it ends."""

    def __init__(
        self, content: Content, context: Context, tell: Callable[[str, str], None]
    ) -> None:
        super().__init__(content, context)
        self._tell = tell

    def _report(self, **event: Any) -> None:
        if event["event"] == "end":
            self._tell(event["step"], event["status"])


class Solving(Work):
    """Does steps for a person."""

    def plan(self, index: int) -> list[int]:
        """The steps to do so that what a step needs is done, in order; without the step itself."""
        found = self.states()
        wanted: set[int] = set()
        ahead = set(self.content.needs[index])
        while ahead:
            wanted |= {need for need in ahead if found[need].status not in (DONE, NOT_HERE)}
            ahead = {
                further
                for need in ahead
                for further in self.content.needs[need]
                if further not in wanted and found[need].status not in (DONE, NOT_HERE)
            }
        return sorted(wanted)

    def solve(self, todo: list[int], tell: Callable[[str, str], None]) -> None:
        """Do steps; ``tell`` gets each with its status. Raises LabError where one fails."""
        if not todo:
            return
        context = self.context(SharedOwnership(self.engine, self.content, self.record, self.memory))
        with self.locked("workshop solve"):
            self.record.load()
            self.content.until = max(todo)
            walk = _ToldWalk(self.content, context, tell)
            walk.do_steps(todo)
        for index in todo:
            result = walk.results[index]
            if result["status"] == FAILED:
                raise LabError(result["expected"], result["observed"], result["remedy"])
