# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Select the things of the record that belong to some of a workshop's steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Collection, Iterable

from ..names import full_reference
from .operations import Operation
from .operations.files import DirectoryCreate, FileWrite
from .operations.images import ImagePull, ImageTag

if TYPE_CHECKING:
    from .content import Content
    from .fold import Key
    from .record import Record


class Scope:
    """Some steps of a workshop, by their ids; all of them where ``steps`` is None."""

    def __init__(
        self, content: Content, record: Record, steps: Collection[str] | None = None
    ) -> None:
        self.whole = steps is None
        self.steps = {step.id for step in content.steps if steps is None or step.id in steps}
        self._content = content
        self._record = record

    def has(self, step: str) -> bool:
        """True if a step belongs to it; all that the record tells of does, in the whole."""
        return self.whole or step in self.steps

    def operations(self) -> list[Operation]:
        """The operations of its steps, in order."""
        return [
            operation
            for step in self._content.steps
            if step.id in self.steps
            for operation in step.operations
        ]

    def writers(self) -> list[FileWrite]:
        """Those of them that write files."""
        return [each for each in self.operations() if isinstance(each, FileWrite)]

    def folders(self) -> list[str]:
        """The folders that its steps make, those below another before it."""
        made = {each.path for each in self.operations() if isinstance(each, DirectoryCreate)}
        return sorted(made, reverse=True)

    def writes(self, key: Key) -> bool:
        """True if one of its steps makes, alters or drops the thing of this key."""
        return any(
            key in effect.writes
            for step, effect in zip(self._content.steps, self._content.fold.effects)
            if step.id in self.steps
        )

    def claimed(self, kind: str) -> list[str]:
        """The names of one kind that the record claims for its steps, those below others first."""
        return [name for name in self._record.claimed(kind) if self._has_claim(kind, name)]

    def _has_claim(self, kind: str, name: str) -> bool:
        if kind == "file":  # several steps may write it
            return self.whole or any(each.path == name for each in self.writers())
        if kind == "directory":  # and those above it
            return self.whole or any(f"{path}/".startswith(f"{name}/") for path in self.folders())
        return self.has(self._record.claims[f"{kind}:{name}"]["step"])

    def images(self) -> set[str]:
        """The ids of the images that its steps made, as the record knows them.

        What was pulled, since it was not there, is no work of the step, unless that is to pull.
        """
        pulling = {each.step for each in self.operations() if isinstance(each, ImagePull)}
        return {
            identity
            for identity, entry in self._record.images.items()
            if self.has(entry["step"])
            and (self.whole or not entry["pulled"] or entry["step"] in pulling)
        }

    def gave(self, tags: Iterable[tuple[str, str]]) -> dict[str, str]:
        """Those of some names of images, each with an id, that its steps gave."""
        if self.whole:
            return dict(tags)
        own = self.images()
        given = {
            full_reference(each.params["target"]): each.step
            for step in self._content.steps
            for each in step.operations
            if isinstance(each, ImageTag)
        }
        return {
            name: image
            for name, image in tags
            if (given[name] in self.steps if name in given else image in own)
        }
