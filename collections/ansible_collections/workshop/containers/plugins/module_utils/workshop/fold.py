# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Work out what should be on a machine after each step.

The fold of the steps' operations, and what is still to do.

Nothing here touches a machine. A *world* maps keys such as ``("container", "httpd")`` to things;
every step makes, alters or drops some of them. What a later step drops is not part of the final
state, so a second run has nothing to do for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Iterable, NamedTuple, Protocol, Tuple

Key = Tuple[str, str]

# A terminal lives in the process that opened it, not on the machine: it is reopened when a step
# needs it.
PASSING_KINDS = frozenset({"terminal"})

# What no step has brought about, in words.
_MISSING = {
    "container": "leaves a container named {!r}",
    "file": "writes the file {!r}",
    "image": "leaves an image named {!r}",
    "terminal": "leaves terminal {} open; container_run with tty: true and container_exec open one",
}


class FoldError(Exception):
    """The steps contradict each other, for instance a step that removes what none has made.

    ``parameter`` is the key of the operation that is wrong; empty: the operation as a whole.
    ``word`` and ``known`` are for a suggestion: what it names, and what it could have named.
    """

    def __init__(
        self, what: str, parameter: str = "", word: str = "", known: Iterable[str] = ()
    ) -> None:
        super().__init__(what)
        self.parameter = parameter
        self.word = word
        self.known = sorted(known)


class Maker(NamedTuple):
    """The maker of something: a step, and the number of its operation, counted from 0."""

    step: str
    number: int = 0

    def __str__(self) -> str:
        """The step's id, with the number where it is not the first operation."""
        return f"{self.step}#{self.number}" if self.number else self.step


class Thing(NamedTuple):
    """Something that exists after a step.

    ``steps`` holds the indexes of the steps that made it what it is, the one that created it first.
    """

    key: Key
    steps: tuple[int, ...]
    made_by: FoldedOperation
    attrs: dict[str, Any]


class FoldedOperation(Protocol):
    """The part of an operation that folding and planning need."""

    @property
    def maker(self) -> Maker:
        """The step and the number of this operation in it."""

    def simulate(self, scene: Scene) -> None:
        """Tell ``scene`` what the operation reads, makes, alters and drops; raises FoldError."""

    def holds(self, context: Any, thing: Thing) -> bool:
        """True if a thing that the operation made is on the machine as it should be."""

    def remains(self, context: Any, thing: Thing) -> bool:
        """The same where what the thing was made from has changed since."""


World = Dict[Key, Thing]


@dataclass
class Effect:
    """The effect of a step: the version of each thing that it read, and the keys that it wrote."""

    reads: dict[Key, tuple[int, ...]] = field(default_factory=dict)
    writes: set[Key] = field(default_factory=set)


class Scene:
    """The world while one step acts on it."""

    def __init__(self, world: World, index: int, operation: FoldedOperation) -> None:
        self._world = world
        self._index = index
        self._operation = operation
        self.effect = Effect()

    def read(self, kind: str, name: str) -> Thing | None:
        """The thing with this key, or None."""
        thing = self._world.get((kind, name))
        if thing is not None and thing.key not in self.effect.writes:
            self.effect.reads[thing.key] = thing.steps
        return thing

    def need(self, kind: str, name: str, parameter: str, spelling: str = "") -> Thing:
        """The thing with this key; raises FoldError about ``parameter`` where there is none.

        ``spelling`` is how the lesson writes the name, if not as the key does.
        """
        thing = self.read(kind, name)
        if thing is None:
            word = spelling or name
            known = {key[1] for key in self._world if key[0] == kind}
            raise FoldError(
                f"no step up to here {_MISSING[kind].format(word)}",
                parameter,
                word,
                known if word == name else (),
            )
        return thing

    def of_kind(self, kind: str) -> list[Thing]:
        """All things of a kind, the newest last."""
        return [thing for thing in self._world.values() if thing.key[0] == kind]

    def make(self, kind: str, name: str, **attrs: Any) -> Thing:
        """Create, or replace as a whole."""
        key = (kind, name)
        self._world.pop(key, None)
        self._world[key] = Thing(key, (self._index,), self._operation, attrs)
        self.effect.writes.add(key)
        return self._world[key]

    def alter(self, thing: Thing, **attrs: Any) -> None:
        """Change an existing thing: it keeps its place and gains a version."""
        self.read(*thing.key)
        steps = thing.steps if thing.steps[-1] == self._index else (*thing.steps, self._index)
        self._world[thing.key] = Thing(thing.key, steps, thing.made_by, {**thing.attrs, **attrs})
        self.effect.writes.add(thing.key)

    def drop(self, thing: Thing) -> None:
        """Remove."""
        self.read(*thing.key)
        del self._world[thing.key]
        self.effect.writes.add(thing.key)


class Fold:
    """The worlds before and after each step.

    ``worlds[i]`` is what exists before step i, ``worlds[-1]`` what exists at the end;
    ``effects[i]`` is what step i did.
    """

    def __init__(
        self,
        steps: Iterable[Iterable[FoldedOperation]],
        refuse: Callable[[int, FoldedOperation, FoldError], None] | None = None,
    ) -> None:
        """Fold the operations of each step.

        ``refuse`` gets the index of a step, its operation and the error where one contradicts
        what came before, and the operation is passed over; without it the error is raised.
        """
        self.worlds: list[World] = [{}]
        self.effects: list[Effect] = []
        for index, operations in enumerate(steps):
            world = dict(self.worlds[-1])
            effect = Effect()
            for operation in operations:
                scene = Scene(world, index, operation)
                scene.effect = effect
                try:
                    operation.simulate(scene)
                except FoldError as error:
                    if refuse is None:
                        raise
                    refuse(index, operation, error)
            self.worlds.append(world)
            self.effects.append(effect)

    def final(self, steps: int) -> list[Thing]:
        """The things that stay on a machine after so many steps."""
        return [thing for thing in self.worlds[steps].values() if thing.key[0] not in PASSING_KINDS]

    def superseded(self, keys: Iterable[Key], step: int, until: int) -> bool:
        """True if steps after ``step``, up to and with ``until``, wrote one of ``keys``."""
        wanted = set(keys)
        return any(self.effects[later].writes & wanted for later in range(step + 1, until + 1))

    def kind_written(self, kind: str, step: int, until: int) -> bool:
        """True if steps after ``step``, up to and with ``until``, wrote anything of a kind."""
        return any(
            key[0] == kind
            for later in range(step + 1, until + 1)
            for key in self.effects[later].writes
        )

    def repairs(
        self, broken: Iterable[Thing], done: int, doubtful: Iterable[int] = ()
    ) -> list[int]:
        """The steps to do again, in order, so that after ``done`` steps the broken things are right
        again.

        ``doubtful`` are steps to do again in any case.

        A step that is done again may need what a later step dropped or altered; then the steps that
        made that are done again too, and so are all later ones that wrote what is being made again.
        """
        world = self.worlds[done]
        again = {index for thing in broken for index in thing.steps}.union(doubtful)
        while True:
            more = set(again)
            for index in again:
                for key, steps in self.effects[index].reads.items():
                    if key[0] not in PASSING_KINDS and (
                        key not in world or world[key].steps != steps
                    ):
                        more.update(steps)
                written = {key for key in self.effects[index].writes if key[0] not in PASSING_KINDS}
                more.update(
                    later
                    for later in range(index + 1, done)
                    if self.effects[later].writes & written
                )
            if more == again:
                return sorted(again)
            again = more

    def todo(
        self,
        done: int,
        until: int,
        holds: Callable[[Thing], bool],
        doubtful: Iterable[int] = (),
    ) -> list[int]:
        """The indexes of the steps to do so that a machine is at ``until``; empty: none.

        The first ``done`` steps were verified on it. ``holds`` tells whether a thing of the final
        state is on the machine as it should be; ``doubtful`` are steps among the first ``done``
        whose checks no longer hold.
        """
        broken = [thing for thing in self.final(done) if not holds(thing)]
        return self.repairs(broken, done, doubtful) + list(range(done, until + 1))

    def inputs_changed(self, thing: Thing, after: int) -> bool:
        """True if what a thing was made from is another after so many steps than it was then."""
        inputs, folder = thing.attrs.get("inputs", {}), thing.attrs.get("folder")
        now = {
            key: other.steps
            for key, other in self.worlds[after].items()
            if key in inputs or (folder and key[0] == "file" and key[1].startswith(f"{folder}/"))
        }
        return now != inputs
