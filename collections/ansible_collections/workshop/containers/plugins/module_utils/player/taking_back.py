# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking steps back: what the lab made is removed, what a person made is kept.

On undo, what the person made for the steps is set aside, so that its names are free; on reset it is
left and named. Files of theirs move to a dated folder either way.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Iterable

from ..errors import LabError
from ..files import make_folders, move, remove_folder, status
from ..names import familiar_reference
from ..retry import retry
from ..workshop.context import Context, stamp
from ..workshop.fold import Thing
from ..workshop.operations.files import is_standard
from ..workshop.ownership import Ownership
from ..workshop.reset import Kept, Reset
from ..workshop.said import Said
from ..workshop.scope import Scope
from .player import counting
from .solving import SharedOwnership
from .work import Work

if TYPE_CHECKING:
    from ..workshop.view import Sighting

_THEIRS = "you made it"
# What happens to something of the person's: it gets another name, it was run with --rm and goes as
# it stops, it moves to a dated folder.
SET_ASIDE, GOES, MOVES = "set_aside", "goes", "moves"
_MOVED = "it is now {path}"
# Seconds for an engine to remove a container that was run with --rm and has ended
_REMOVAL = 5.0


class TakingBack(Work):
    """Takes steps of a workshop back, on this machine.

    ``removed`` and ``kept`` say afterwards, or after `look`, what of it is (or would be) gone and
    what is there still.
    """

    removed: list[str]
    kept: list[Kept]

    def depending(self, index: int) -> list[int]:
        """The numbers of the steps that count as done no more once this one is taken back.

        Itself, those that need it, and those that made what it would have to work with and is no
        more: to do it again they have to be done again.
        """
        done = self.done()
        found = {index} & done
        for later in range(index + 1, len(self.content.steps)):
            if later in done and self.content.needs[later] & found:
                found.add(later)
        world = self.content.fold.worlds[index]
        context = self.context(SharedOwnership(self.engine, self.content, self.record, self.memory))
        broken = [
            thing
            for thing in world.values()
            if {*thing.steps} & self.content.needs[index] and not _stands(context, thing)
        ]
        if found and broken:
            found |= done & {*self.content.fold.repairs(broken, index)}
        return sorted(found)

    def look(self, steps: Iterable[int] | None, aside: bool) -> list[tuple[str, str]]:
        """List what of the person's own is touched, in words, each after SET_ASIDE, GOES or MOVES.

        Nothing is changed.
        """
        reset = self._reset(steps, check_mode=True)
        scope, gone = reset.scope, {*reset.removed}
        theirs: list[tuple[str, str]] = []
        if aside:
            theirs += [
                (GOES if seen.running and seen.auto_remove else SET_ASIDE, what)
                for seen in self._theirs(scope)
                for what in _named([seen], [])
            ]
            theirs += [(SET_ASIDE, what) for what in _named([], self._images(scope))]
        return [
            *theirs,
            *((MOVES, Said("folder {path}", path=path)) for path in self._folders(scope, gone)),
            *((MOVES, Said("file {path}", path=path)) for path in self._files(scope, gone)),
        ]

    def take_back(self, steps: Iterable[int] | None, aside: bool) -> None:
        """Take steps back; None: the whole workshop. What is theirs is set ``aside``, or left.

        Raises LabError.
        """
        with self.locked("workshop undo" if aside else "workshop reset"):
            self.record.load()
            scope = self._reset(steps, check_mode=True).scope
            theirs, images = self._theirs(scope), self._images(scope)
            self.removed, kept = [], [Kept(name, Said(_THEIRS)) for name in _named(theirs, images)]
            if aside:
                kept = self._set_aside(theirs, images)
            paths = [*self._folders(scope, set()), *self._files(scope, set())]
            reset = self._reset(steps, check_mode=False)
            folder = _Folder()
            moved = [each for path in paths if _is_there(path) for each in folder.take(path)]
        self.removed += reset.removed
        self.kept = [*(each for each in reset.kept if not _is_told(each, paths)), *moved, *kept]

    def _reset(self, steps: Iterable[int] | None, check_mode: bool) -> Reset:
        """A reset of what the lab itself made, after it."""
        seen = bool(counting(self.memory, self.record))
        names = None if steps is None else {self.content.steps[index].id for index in steps}
        ownership = Ownership(self.engine, self.content.name, self.record)
        reset = Reset(self.content, self.context(ownership), check_mode, seen, names)
        reset.remove_made()
        return reset

    def _theirs(self, scope: Scope) -> list[Sighting]:
        """The containers that the person made for these steps, and that are there."""
        sightings = [
            self.memory.seen(identity)
            for step, tick in counting(self.memory, self.record).items()
            if step in scope.steps
            for identity in tick.containers.values()
        ]
        return [
            seen
            for seen in sightings
            if seen is not None and seen.maker is None and self.engine.inspect(seen.id) is not None
        ]

    def _images(self, scope: Scope) -> list[str]:
        """The names of images that the person made for these steps, and no later step since."""
        ticks, done = counting(self.memory, self.record), self.done()
        ownership = Ownership(self.engine, self.content.name, self.record)
        found = []
        for index, step in enumerate(self.content.steps):
            if step.id not in ticks or step.id not in scope.steps:
                continue
            for thing in self.content.fold.worlds[index + 1].values():
                if not self._made(thing, index, "image") or thing.attrs.get("pulled"):
                    continue
                later = (
                    each
                    for each in done
                    if each > index
                    and self.content.steps[each].id not in scope.steps
                    and thing.key in self.content.fold.effects[each].writes
                )
                image = self.engine.image(thing.key[1])
                if not any(later) and image is not None and not ownership.has_image(image):
                    found.append(familiar_reference(thing.key[1]))
        return sorted({*found})

    def _made(self, thing: Thing, index: int, kind: str) -> bool:
        return thing.key[0] == kind and thing.key in self.content.fold.effects[index].writes

    def _set_aside(self, containers: list[Sighting], images: list[str]) -> list[Kept]:
        """Give containers and images of the person's other names; what they are called now.

        A container with --rm goes as it is stopped: that was the person's own choice.
        """
        context = self.context(Ownership(self.engine, self.content.name, self.record))
        kept = []
        for seen in containers:
            container = self.engine.inspect(seen.id)
            if container is not None:
                what = Said("container {name}", name=container["Name"].lstrip("/"))
                name = context.set_aside_container(container, "")
                if container["HostConfig"]["AutoRemove"] and self._goes(seen.id):
                    self.removed.append(what)
                else:
                    kept.append(Kept(what, Said(_MOVED, path=name)))
        for name in images:
            context.set_aside_image(name, self.engine.image(name))
            self.engine.remove_image(name)
            kept.append(
                Kept(Said("image {name}", name=name), Said("it is kept under another name"))
            )
        return kept

    def _goes(self, identity: str) -> bool:
        """True if a container is gone, or goes within a moment."""
        found = retry(lambda: self.engine.inspect(identity), lambda found: found is None, _REMOVAL)
        return found is None

    def _folders(self, scope: Scope, gone: set[str]) -> list[str]:
        """The folders that the person made for these steps, or in which something is of theirs."""
        ticks = counting(self.memory, self.record)
        made = {
            path
            for step in self.content.data
            if step["id"] in scope.steps
            and (step["id"] in self.record.steps or step["id"] in ticks)
            if not (step["id"] in ticks and ticks[step["id"]].found)
            for item in step["do"]
            for path in [item.get("directory_create", {}).get("path", "")]
        }
        others = {each.path for each in Scope(self.content, self.record).writers()} - {
            each.path for each in scope.writers()
        }
        return [
            path
            for path in scope.folders()
            if path in made
            and f"folder {path}" not in gone
            and _is_there(path)
            and not any(each.startswith(f"{path}/") and _is_there(each) for each in others)
        ]

    def _files(self, scope: Scope, gone: set[str]) -> list[str]:
        """The files that steps write, where they are the person's."""
        folders = self._folders(scope, gone)
        return [
            path
            for path in sorted({each.path for each in scope.writers()})
            if f"file {path}" not in gone
            and _is_there(path)
            and not any(path.startswith(f"{folder}/") for folder in folders)
        ]


def _named(containers: list[Sighting], images: list[str]) -> list[str]:
    return [
        *(Said("container {name}", name=seen.name) for seen in containers),
        *(Said("image {name}", name=name) for name in images),
    ]


class _Folder:
    """Dated folders, beside the folders of lessons, for files that are kept."""

    def __init__(self) -> None:
        self._stamp = stamp()

    def take(self, path: str) -> list[Kept]:
        """Move a file or a folder there; an empty folder goes instead. Where it stays, why."""
        info = status(path, follow=False)
        is_one = info is not None and stat.S_ISDIR(info.st_mode)
        what = Said("folder {path}" if is_one else "file {path}", path=path)
        try:
            if is_one and remove_folder(path):
                return []
            target = self._place(path, is_one)
            make_folders(os.path.dirname(target), 0o755)
            move(path, target)
        except (OSError, LabError) as error:
            why = error.observed if isinstance(error, LabError) else error.strerror
            return [Kept(what, why or type(error).__name__)]
        return [Kept(what, Said(_MOVED, path=target))]

    def _place(self, path: str, is_folder: bool) -> str:
        """A place outside of the lesson's folder, which may be copied whole into an image."""
        top = path
        while not is_standard(os.path.dirname(top)):
            top = os.path.dirname(top)
        if top != path or is_folder:
            return f"{top}-{self._stamp}{path[len(top) :]}"
        return os.path.join(
            os.path.dirname(path), f"workshop-{self._stamp}", os.path.basename(path)
        )


def _is_told(kept: Kept, paths: list[str]) -> bool:
    """True if what stays is one of these paths, or below it: that is told otherwise."""
    path = kept.what.values.get("path", "") if isinstance(kept.what, Said) else ""
    return any(f"{path}/".startswith(f"{each}/") for each in paths)


def _stands(context: Context, thing: Thing) -> bool:
    """True if a thing that a step works with is there, whoever made it."""
    kind, name = thing.key
    if kind == "container":
        return thing.made_by.holds(context, thing)
    if kind == "image":
        return context.engine.image(name) is not None
    return kind not in ("file", "directory") or _is_there(name)


def _is_there(path: str) -> bool:
    try:
        return status(path, follow=False) is not None
    except (OSError, LabError):
        return True  # something else has come in its way
