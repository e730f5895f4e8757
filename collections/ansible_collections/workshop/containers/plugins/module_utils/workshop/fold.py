# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What should be on a machine after each step: the fold of the steps' operations, and what is still to do.

Nothing here touches a machine. A *world* maps keys such as ``("container", "httpd")`` to things; every step makes, alters or
drops some of them. What a later step drops is not part of the final state, so a second run has nothing to do for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Iterable, NamedTuple, Protocol, Tuple

Key = Tuple[str, str]

# A terminal lives in the process that opened it, not on the machine: it is reopened when a step needs it.
PASSING_KINDS = frozenset({"terminal"})


class FoldError(ValueError):
    """The steps contradict each other, for instance a step that removes what none has made."""


class Thing(NamedTuple):
    """Something that exists after a step.

    ``history`` holds the indexes of the steps that made it what it is, the one that created it first.
    """

    key: Key
    history: tuple[int, ...]
    made_by: Operation
    attrs: dict[str, Any]


class Operation(Protocol):
    """The part of an operation that folding and planning need."""

    step: str

    def simulate(self, scene: Scene) -> None:
        """Tell ``scene`` what the operation reads, makes, alters and drops; raises FoldError."""

    def holds(self, context: Any, thing: Thing) -> bool:
        """Whether a thing that the operation made is on the machine as it should be."""


World = Dict[Key, Thing]


@dataclass
class Effect:
    """What one step did: the version of each thing that it read, and the keys that it wrote."""

    reads: dict[Key, tuple[int, ...]] = field(default_factory=dict)
    writes: set[Key] = field(default_factory=set)


class Scene:
    """The world while one step acts on it."""

    def __init__(self, world: World, index: int, operation: Operation) -> None:
        self._world = world
        self._index = index
        self._operation = operation
        self.effect = Effect()

    def read(self, kind: str, name: str) -> Thing | None:
        """The thing with this key, or None."""
        thing = self._world.get((kind, name))
        if thing is not None and thing.key not in self.effect.writes:
            self.effect.reads[thing.key] = thing.history
        return thing

    def need(self, kind: str, name: str) -> Thing:
        """The thing with this key; raises FoldError where there is none."""
        thing = self.read(kind, name)
        if thing is None:
            raise FoldError(f"{self._operation.step}: no step before it makes the {kind} {name}")
        return thing

    def of_kind(self, kind: str) -> list[Thing]:
        """All things of a kind, the newest last."""
        return [thing for thing in self._world.values() if thing.key[0] == kind]

    def make(self, kind: str, name: str, **attrs: Any) -> None:
        """Create, or replace as a whole."""
        key = (kind, name)
        self._world.pop(key, None)
        self._world[key] = Thing(key, (self._index,), self._operation, attrs)
        self.effect.writes.add(key)

    def alter(self, thing: Thing, **attrs: Any) -> None:
        """Change an existing thing: it keeps its place and gains a version."""
        self.read(*thing.key)
        history = (
            thing.history if thing.history[-1] == self._index else (*thing.history, self._index)
        )
        self._world[thing.key] = Thing(thing.key, history, thing.made_by, {**thing.attrs, **attrs})
        self.effect.writes.add(thing.key)

    def drop(self, thing: Thing) -> None:
        """Remove."""
        self.read(*thing.key)
        del self._world[thing.key]
        self.effect.writes.add(thing.key)


class Fold:
    """The worlds before and after each step.

    ``worlds[i]`` is what exists before step i, ``worlds[-1]`` what exists at the end; ``effects[i]`` is what step i did.
    """

    def __init__(self, steps: Iterable[Iterable[Operation]]) -> None:
        self.worlds: list[World] = [{}]
        self.effects: list[Effect] = []
        for index, operations in enumerate(steps):
            world = dict(self.worlds[-1])
            effect = Effect()
            for operation in operations:
                scene = Scene(world, index, operation)
                scene.effect = effect
                operation.simulate(scene)
            self.worlds.append(world)
            self.effects.append(effect)

    def final(self, steps: int) -> list[Thing]:
        """The things that stay on a machine after so many steps."""
        return [thing for thing in self.worlds[steps].values() if thing.key[0] not in PASSING_KINDS]

    def superseded(self, keys: Iterable[Key], step: int, until: int) -> bool:
        """Whether steps after ``step``, up to and with ``until``, wrote one of ``keys``."""
        wanted = set(keys)
        return any(self.effects[later].writes & wanted for later in range(step + 1, until + 1))

    def kind_written(self, kind: str, step: int, until: int) -> bool:
        """Whether steps after ``step``, up to and with ``until``, wrote anything of a kind."""
        return any(
            key[0] == kind
            for later in range(step + 1, until + 1)
            for key in self.effects[later].writes
        )

    def repairs(
        self, broken: Iterable[Thing], done: int, doubtful: Iterable[int] = ()
    ) -> list[int]:
        """The steps to do again, in order, so that after ``done`` steps the broken things are right again.

        ``doubtful`` are steps to do again in any case.

        A step that is done again may need what a later step dropped or altered; then the steps that made that are done again
        too, and so are all later ones that wrote what is being made again.
        """
        world = self.worlds[done]
        again = {index for thing in broken for index in thing.history}.union(doubtful)
        while True:
            more = set(again)
            for index in again:
                for key, history in self.effects[index].reads.items():
                    if key[0] not in PASSING_KINDS and (
                        key not in world or world[key].history != history
                    ):
                        more.update(history)
                written = {key for key in self.effects[index].writes if key[0] not in PASSING_KINDS}
                more.update(
                    later
                    for later in range(index + 1, done)
                    if self.effects[later].writes & written
                )
            if more == again:
                return sorted(again)
            again = more


def plan(
    fold: Fold, done: int, until: int, holds: Callable[[Thing], bool], doubtful: Iterable[int] = ()
) -> list[int]:
    """The indexes of the steps to do so that a machine on which the first ``done`` steps were verified is at ``until``.

    ``holds`` tells whether a thing of the final state is on the machine as it should be; ``doubtful`` are steps among the first
    ``done`` whose checks no longer hold. An empty answer: nothing is to do.
    """
    broken = [thing for thing in fold.final(done) if not holds(thing)]
    return fold.repairs(broken, done, doubtful) + list(range(done, until + 1))
