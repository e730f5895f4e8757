# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removing what a workshop, or some of its steps, made on a machine.

What somebody else made stays, also where they made it out of the workshop's containers and images,
and so does what of the workshop's they still need. Nothing that cannot be removed ends a reset.
"""

from __future__ import annotations

import os
from typing import Any, Callable, Collection, NamedTuple

from ..engine.credentials import forget_credentials, stored_credentials
from ..errors import LabError
from ..files import is_folder, opened_folder, read_file, remove_file, remove_folder
from ..names import familiar_reference
from .content import Content
from .context import Context
from .ownership import WORKSHOP
from .said import Said
from .scope import Scope

_ELSEWHERE = "somebody put something else there"
_CONTAINER, _IMAGE = "container {name}", "image {name}"
_USED = "the container {name} uses it"


class Kept(NamedTuple):
    """Something that stays: what it is, and why."""

    what: str
    why: str

    def __str__(self) -> str:
        """One line."""
        return f"{self.what}: {self.why}"


class Reset:
    """One reset of a workshop on a machine; in ``check_mode`` it only says what it would do.

    ``removed`` holds what was removed (or would be), in words, and ``kept`` what stays.
    """

    def __init__(
        self,
        content: Content,
        context: Context,
        check_mode: bool,
        seen: bool = False,
        steps: Collection[str] | None = None,
    ) -> None:
        """``seen`` tells whether a person was seen doing steps, which is to be forgotten.

        ``steps`` are the ids of those whose things are removed; None: all.
        """
        self.content = content
        self.context = context
        self.engine = context.engine
        self.record = context.record
        self.scope = Scope(content, context.record, steps)
        self.check_mode = check_mode
        self._seen = seen
        self.removed: list[str] = []
        self.kept: list[Kept] = []
        self._left_containers: list[str] = []
        self._left_images: list[str] = []

    def remove_made(self) -> None:
        """Remove all that the workshop, or its steps, made, and nothing else.

        Raises LabError without an engine.
        """
        others = self._others_containers()
        self._remove_containers()
        self._remove_tags(others)
        self._remove_untagged(others)
        if self.scope.whole:
            self._keep_made_by_others(others)
        self._remove_logins()
        self._remove_files()
        self._remove_folders()
        self._keep_served()
        if self.scope.whole:
            self._start_over()
        elif not self.check_mode:
            self._take_back()

    def _keep_served(self) -> None:
        for reference in self.record.served:
            if self.scope.whole or self.scope.writes(("served", reference)):
                what = Said("the image {name} in its registry", name=familiar_reference(reference))
                self.kept.append(Kept(what, Said("what was pushed stays there")))

    def _take_back(self) -> None:
        """Have the record forget what was removed, and that the steps were done."""
        scope, record = self.scope, self.record
        kinds = {claim.partition(":")[0] for claim in record.claims}
        made = [each for each, entry in record.containers.items() if scope.has(entry["step"])]
        record.take_back(
            scope.steps,
            set(made) - {*self._left_containers},
            scope.images() - {*self._left_images},
            {
                name
                for name, image in scope.gave(record.tags.items()).items()
                if image not in self._left_images
            },
            {f"{kind}:{name}" for kind in kinds for name in scope.claimed(kind)},
        )

    def _start_over(self) -> None:
        forgotten = {*self.record.containers} - {*self._left_containers}
        forgotten |= {*self.record.images} - {*self._left_images}
        if self.record.steps or self.record.claims or forgotten:
            self.removed.append(Said("the progress in {path}", path=self.record.path))
        if self._seen:
            self.removed.append(Said("what was seen of the steps so far"))
        if self.removed and not self.check_mode:
            self.record.start_over(self._left_containers, self._left_images)

    def _do(self, what: str, remove: Callable[[str], Any], name: str) -> bool:
        """Remove one thing; where that fails it stays, with the reason. True where it is gone."""
        if not self.check_mode:
            try:
                remove(name)
            except (LabError, OSError) as error:
                why = error.observed if isinstance(error, LabError) else error.strerror
                self.kept.append(Kept(what, why or type(error).__name__))
                return False
        self.removed.append(what)
        return True

    def _others_containers(self) -> list[dict[str, Any]]:
        """The listing entries of the containers that are not to be removed."""
        own = {entry["Id"] for entry in self._containers()}
        return [entry for entry in self.engine.containers() if entry["Id"] not in own]

    def _containers(self) -> list[dict[str, Any]]:
        return [
            entry
            for entry, maker in self.context.ownership.made_containers()
            if self.scope.has(maker.step)
        ]

    def _remove_containers(self) -> None:
        for entry in self._containers():
            what = Said(_CONTAINER, name=_name(entry))
            if not self._do(what, self.engine.remove_container, entry["Id"]):
                self._left_containers.append(entry["Id"])

    def _remove_tags(self, others: list[dict[str, Any]]) -> None:
        """Take the names away that the lab has given; the last one takes the image with it."""
        for reference, image_id in sorted(self._own_tags().items()):
            name = familiar_reference(reference)
            image = self.engine.image(name)
            if image is None:
                continue
            if image["Id"] != image_id:
                why = Said("somebody gave its name to another image")
                self.kept.append(Kept(Said(_IMAGE, name=name), why))
                continue
            users = [_name(entry) for entry in others if entry["ImageID"] == image_id]
            own = {familiar_reference(each) for each in self._own_tags()}
            if users and not set(self.engine.tags(image)) - own:
                self.kept.append(Kept(Said(_IMAGE, name=name), Said(_USED, name=users[0])))
                self._left_images.append(image_id)
            elif not self._do(Said(_IMAGE, name=name), self.engine.remove_image, name):
                self._left_images.append(image_id)

    def _own_tags(self) -> dict[str, str]:
        """The references that the lab has given, and the ids of their images.

        A run that was killed has not always come to note the id of what it had just made.
        """
        tags = dict(self.record.tags)
        for kind in ("image", "pull"):
            for reference in self.record.claimed(kind):
                image = self.engine.image(reference)
                if image is not None and self.context.ownership.has_tag(reference, image):
                    tags.setdefault(reference, image["Id"])
        return self.scope.gave(tags.items())

    def _remove_untagged(self, others: list[dict[str, Any]]) -> None:
        """Remove images without a name, unless somebody made something out of them."""
        parents, mine = self.engine.parents(), self.scope.images()
        for entry in self.context.ownership.images():
            if self.engine.tags(entry) or entry["Id"] not in mine:
                continue
            what = Said(_IMAGE, name=entry["Id"][7:19])
            users = [_name(other) for other in others if other["ImageID"] == entry["Id"]]
            if users:
                self.kept.append(Kept(what, Said(_USED, name=users[0])))
                self._left_images.append(entry["Id"])
            elif entry["Id"] in parents:
                self.kept.append(Kept(what, Said("another image stands on it")))
                self._left_images.append(entry["Id"])
            elif not self._do(what, self.engine.remove_image, entry["Id"]):
                self._left_images.append(entry["Id"])

    def _keep_made_by_others(self, others: list[dict[str, Any]]) -> None:
        """Say what somebody has made out of the workshop's containers and images."""
        workshop = self.content.name
        for entry in others:
            if (entry["Labels"] or {}).get(WORKSHOP) == workshop:
                why = Said("the lab did not make it (it runs {image})", image=entry["Image"])
                self.kept.append(Kept(Said(_CONTAINER, name=_name(entry)), why))
        own = {entry["Id"] for entry in self.context.ownership.images()}
        for entry in self.engine.images(**{WORKSHOP: workshop}):
            if entry["Id"] not in own:
                tags = self.engine.tags(entry)
                name = tags[0] if tags else entry["Id"][7:19]
                why = Said(
                    "the record does not say that the lab made it; it may have been committed or"
                    " built from what the lab made"
                )
                self.kept.append(Kept(Said(_IMAGE, name=name), why))

    def _remove_logins(self) -> None:
        for registry in self.scope.claimed("login"):
            if stored_credentials(registry) is not None:
                what = Said("login at {registry}", registry=registry)
                self._do(what, forget_credentials, registry)

    def _remove_files(self) -> None:
        """Remove files that are still as a step wrote them."""
        writers = self.scope.writers()
        for path in self.scope.claimed("file"):
            what = Said("file {path}", path=path)
            try:
                content = read_file(path)
            except FileNotFoundError:
                continue
            except (OSError, LabError):
                self.kept.append(Kept(what, Said(_ELSEWHERE)))
                continue
            if any(writer.path == path and writer.wrote(content) for writer in writers):
                self._do(what, remove_file, path)
            else:
                self.kept.append(Kept(what, Said("somebody has changed it")))

    def _remove_folders(self) -> None:
        """Remove folders that are empty now."""
        for path in self.scope.claimed("directory"):
            what = Said("folder {path}", path=path)
            try:
                if not is_folder(path):
                    continue
                if self._will_be_empty(path) if self.check_mode else remove_folder(path):
                    self.removed.append(what)
                else:
                    self.kept.append(Kept(what, Said("something is in it")))
            except (OSError, LabError):
                self.kept.append(Kept(what, Said(_ELSEWHERE)))

    def _will_be_empty(self, path: str) -> bool:
        """True if all that is in a folder would be removed before it."""
        with opened_folder(path) as folder:
            names = os.listdir(folder)
        gone = {*self.removed}
        return all({f"file {path}/{name}", f"folder {path}/{name}"} & gone for name in names)


def _name(entry: dict[str, Any]) -> str:
    """The name of a container in a listing entry."""
    return entry["Names"][0].lstrip("/") if entry["Names"] else entry["Id"][:12]
