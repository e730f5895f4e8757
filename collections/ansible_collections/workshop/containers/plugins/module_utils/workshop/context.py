# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tools of an operation or a check while it works on a machine."""

from __future__ import annotations

import os
import time
from typing import Any

from ..containers.terminals import Terminal, attach, execute
from ..engine.client import Engine
from ..errors import ClashError, LabError, describe_container
from ..files import rename
from ..names import familiar_reference, full_reference
from .fold import Maker, World
from .ownership import STAND_IN, Ownership
from .record import Record


class Context:
    """The machine, the record, the open terminals, and what the steps of this run have found out.

    ``world`` is what exists before or after the step that is being done. ``outcomes`` maps a step
    id to the details of what its operations did, ``details`` their makers to those of one.
    ``started`` maps makers to the ids of the containers that they created, ``named`` those
    containers' keys. ``patience`` is how long, in seconds, a state is waited for.
    """

    patience = 10.0

    def __init__(
        self,
        engine: Engine,
        ownership: Ownership,
        record: Record,
        files: dict[str, bytes],
        take_over: bool = False,
    ) -> None:
        self.engine = engine
        self.ownership = ownership
        self.record = record
        self.files = files
        self.take_over = take_over
        self.world: World = {}
        self.outcomes: dict[str, dict[str, Any]] = {}
        self.details: dict[Maker, dict[str, Any]] = {}
        self.started: dict[Maker, str] = {}
        self.named: dict[str, Maker] = {}
        self.terminals: dict[str, Terminal] = {}

    # Terminals

    def attach(self, name: str, container_id: str) -> Terminal:
        """Open a terminal on a container's main process."""
        self.hang_up(name)
        self.terminals[name] = attach(self.engine, container_id)
        return self.terminals[name]

    def reopen(self, name: str) -> Terminal:
        """The open terminal of this name.

        As it is, or opened again as the steps before opened it.
        """
        if name not in self.terminals or self.terminals[name].closed:
            attrs = self.world[("terminal", name)].attrs
            container_id = self.container_id(attrs["container"])
            if attrs["command"] is None:
                self.attach(name, container_id)
            else:
                self.hang_up(name)
                self.terminals[name] = execute(self.engine, container_id, attrs["command"])
        return self.terminals[name]

    def reopen_beside(self, name: str) -> None:
        """Open again what stood open on the same container beside this terminal, and a run that was
        killed has closed.
        """
        if ("terminal", name) not in self.world:
            return  # the step itself has opened it just now
        container = self.world[("terminal", name)].attrs["container"]
        for (kind, other), thing in self.world.items():
            if kind == "terminal" and other != name and thing.attrs["container"] == container:
                self.reopen(other)

    def container_id(self, key: str) -> str:
        """The full id of the workshop's container with this key in the world."""
        thing = self.world.get(("container", key))
        # One that the same step makes and takes away again is in neither world.
        maker = thing.made_by.maker if thing is not None else self.named.get(key)
        container = self.ownership.container_of(maker) if maker is not None else None
        if container is None:
            raise ClashError(
                f"the container {key}", "it is gone", "run again: the lab makes it anew"
            )
        return container["Id"]

    def pull(self, name: str) -> bool:
        """Pull an image; True when something new came. One that was not here is the lab's then."""
        reference, before = full_reference(name), self.engine.image(name)
        mine = before is None or self.ownership.has_tag(reference, before)
        if before is None:
            self.record.claim("pull", reference)
        try:
            pulled = self.engine.pull(name)
        except LabError:
            self.record.release("pull", reference)
            raise
        image = self.engine.image(name)
        if image is not None and mine:
            self.record.note_image(reference, image["Id"], pulled=True)
        return pulled

    def note_image(self, name: str) -> None:
        """Note that the lab has just made the image of this name."""
        image = self.engine.image(name)
        if image is not None:
            self.record.note_image(full_reference(name), image["Id"])

    def hang_up(self, name: str | None = None) -> None:
        """Close one terminal, or all."""
        for each in list(self.terminals) if name is None else [name]:
            terminal = self.terminals.pop(each, None)
            if terminal is not None:
                terminal.close()

    # Conflicts with things that the lab did not make

    def set_aside_path(self, path: str, expected: str, observed: str) -> None:
        """Rename what is at ``path`` with a date; raises ClashError unless take_over allows it."""
        aside = f"{path}.{stamp()}"
        if not self.take_over:
            raise ClashError(
                expected,
                f"{path}: {observed}",
                f"move it away (`mv {path} {aside}`), or run with take_over: true",
            )
        rename(path, os.path.basename(aside))

    def set_aside_container(self, container: dict[str, Any], expected: str) -> str:
        """Stop and rename a container that the lab did not make; its new name.

        Raises ClashError unless take_over allows it.
        """
        if not self.take_over:
            raise self.ownership.foreign_container(container, expected)
        aside = f"{container['Name'].lstrip('/')}-{stamp()}"
        with self.engine.speaking(f"{describe_container(container)} to be set aside"):
            self.engine.api.rename(container["Id"], aside)
            self.engine.api.stop(container["Id"])
        return aside

    def set_aside_image(self, name: str, image: dict[str, Any] | None) -> None:
        """Make a name free for an image of ours.

        One that the lab did not make is kept under a dated tag.

        Raises ClashError unless another tag or take_over keeps it. Nothing is done where there is
        none, or one of ours.
        """
        if image is None or self.ownership.has_image(image):
            return
        reference = familiar_reference(name)
        if len(image.get("RepoTags") or ()) > 1:
            return
        repository = reference.rpartition(":")[0]
        aside = f"{repository}:{stamp()}"
        if not self.take_over:
            error = self.ownership.foreign_image(
                reference, image, f"no image {reference} but the lab's own"
            )
            error.remedy = error.remedy or (
                f"keep it under another name (`docker tag {reference} {aside}`), or run with"
                " take_over: true"
            )
            raise error
        with self.engine.speaking(f"the image {reference} to be kept as {aside}"):
            self.engine.api.tag(image["Id"], repository, aside.rpartition(":")[2])

    def stand_ins(self, references: list[str]) -> list[dict[str, str]]:
        """The base images that are here.

        ``{"name", "stand_in", "digest"}``, ``stand_in`` empty for a real one.
        """
        found = []
        for reference in references:
            image = self.engine.image(reference)
            if image is not None:
                digests = image.get("RepoDigests") or [""]
                found.append(
                    {
                        "name": familiar_reference(reference),
                        "stand_in": self.engine.image_labels(image).get(STAND_IN, ""),
                        "digest": digests[0].rpartition("@")[2],
                    }
                )
        return found


def stamp() -> str:
    """The time, as it stands in the names of what is set aside."""
    return time.strftime("%Y%m%d-%H%M%S")
