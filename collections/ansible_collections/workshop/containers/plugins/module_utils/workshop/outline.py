# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Work out from the lessons alone who makes what, and which steps a step needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Sequence

from .fold import Fold, Key, Maker
from .operations.containers import ContainerRun

if TYPE_CHECKING:
    from .content import Step


class Outline:
    """The steps and what they do to the world, seen from one of them.

    ``index`` is the number of that step, counted from 0.
    """

    def __init__(self, steps: Sequence[Step], fold: Fold) -> None:
        self.steps = steps
        self.fold = fold
        self.index = 0

    @property
    def step(self) -> str:
        """The id of the step that is judged."""
        return self.steps[self.index].id

    def maker(self, name: str) -> Maker | None:
        """The step up to here that made the container of this name, or the last such."""
        return next(
            (
                operation.maker
                for step in reversed(self.steps[: self.index + 1])
                for operation in reversed(step.operations)
                if isinstance(operation, ContainerRun) and operation.key == name
            ),
            None,
        )

    def maker_in(self, step: str) -> Maker:
        """The operation of a step that ran its container, the last of several."""
        found = (each for each in self.steps if each.id == step)
        operations = [operation for each in found for operation in each.operations]
        return next(
            (each.maker for each in reversed(operations) if isinstance(each, ContainerRun)),
            Maker(step),
        )

    def key_of(self, maker: Maker) -> Key:
        """The key in the world of the container that an operation makes."""
        found = (
            operation.key
            for step in self.steps
            if step.id == maker.step
            for operation in step.operations
            if isinstance(operation, ContainerRun) and operation.maker == maker
        )
        return ("container", next(found, str(maker)))

    def terminal_container(self, name: str) -> Maker | None:
        """The maker of the container in which a terminal was opened last."""
        for world in reversed(self.fold.worlds[: self.index + 2]):
            if ("terminal", name) in world:
                return self.maker(world[("terminal", name)].attrs["container"])
        return None

    def terminal_command(self, name: str) -> list[str] | None:
        """The command that opened a terminal last; None: it is its container's main one."""
        worlds = reversed(self.fold.worlds[: self.index + 2])
        return next(
            (
                world[("terminal", name)].attrs["command"]
                for world in worlds
                if ("terminal", name) in world
            ),
            None,
        )


def needs(steps: Sequence[Step], fold: Fold) -> list[set[int]]:
    """By step, the indexes of the earlier ones that it depends on.

    Those that made what its operations read and what its checks speak of, unless the step makes
    that anew, and those that the lesson names. An image from a registry makes no such bond: it is
    pulled wherever it is missing.
    """
    outline = Outline(steps, fold)
    numbers = {step.id: index for index, step in enumerate(steps)}
    found = []
    for index, step in enumerate(steps):
        outline.index = index
        effect, world = fold.effects[index], fold.worlds[index]
        spoken_of = set().union(*(check.subjects(outline) for check in step.checks))
        wanted = {numbers[need] for need in step.data.get("needs", ())}
        for key in (spoken_of - effect.writes) | effect.reads.keys():
            if key in world and not world[key].attrs.get("pulled"):
                wanted.update(world[key].steps)
        found.append({need for need in wanted if not steps[need].absent})
    return found
