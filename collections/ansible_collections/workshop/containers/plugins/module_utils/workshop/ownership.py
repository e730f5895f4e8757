# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recognise what a workshop made: nothing else is ever stopped, removed or overwritten.

The ids in the record tell. A label is a hint only, for what was made right before a run was
killed: Docker hands labels on to whatever somebody makes from a labelled object.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import ClashError, describe_container
from ..labels import PREFIX
from ..names import full_reference
from .fold import Maker
from .record import neighbours

if TYPE_CHECKING:
    from ..engine.client import Engine
    from .record import Record

WORKSHOP = f"{PREFIX}workshop"
STEP = f"{PREFIX}step"
# The number of the step's operation, from 0
NUMBER = f"{PREFIX}operation"
KIND = f"{PREFIX}kind"
CONTAINER, IMAGE = "container", "image"
STAND_IN = f"{PREFIX}stand-in"
_OWN = (WORKSHOP, STEP, NUMBER, KIND)


def labels_for(workshop: str, maker: Maker, kind: str) -> dict[str, str]:
    """The labels of a CONTAINER or an IMAGE that an operation of ``workshop`` makes."""
    return dict(zip(_OWN, (workshop, maker.step, str(maker.number), kind)))


class Ownership:
    """The containers and images that ``workshop`` made on the machine of ``engine``."""

    def __init__(self, engine: Engine, workshop: str, record: Record) -> None:
        self.engine = engine
        self.workshop = workshop
        self.record = record

    def labels_for(self, maker: Maker, kind: str) -> dict[str, str]:
        """The labels of a CONTAINER or an IMAGE that an operation makes."""
        return labels_for(self.workshop, maker, kind)

    # Containers

    def maker_of(self, container: dict[str, Any]) -> Maker | None:
        """The step of this workshop that made an inspected container; None: somebody else."""
        return self._maker(container["Id"], container["Config"]["Labels"] or {}, container["Image"])

    def _maker(self, container_id: str, labels: dict[str, str], image_id: str) -> Maker | None:
        known = self.record.containers.get(container_id)
        if known is not None:
            return Maker(known["step"], known["number"])
        owner = self._labelled_owner(labels, image_id)
        if owner != self.workshop:
            return None
        number = labels.get(NUMBER, "")
        return Maker(labels.get(STEP, ""), int(number) if number.isdecimal() else 0)

    def _labelled_owner(self, labels: dict[str, str], image_id: str) -> str:
        """The workshop that labelled a container; empty where its image has the same labels."""
        if labels.get(KIND) != CONTAINER:
            return ""
        image = self.engine.image_by_id(image_id)
        if image is None:
            return ""
        inherited = self.engine.image_labels(image)
        own = any(inherited.get(key) != labels.get(key) for key in _OWN)
        return labels.get(WORKSHOP, "") if own else ""

    def containers(self) -> list[dict[str, Any]]:
        """The listing entries of the workshop's containers, oldest first."""
        return [entry for entry, _maker in self.made_containers()]

    def made_containers(self) -> list[tuple[dict[str, Any], Maker]]:
        """The same, each with its maker."""
        found = []
        for entry in self.engine.containers(**{WORKSHOP: self.workshop, KIND: CONTAINER}):
            maker = self._maker(entry["Id"], entry["Labels"], entry["ImageID"])
            if maker is not None:
                found.append((entry, maker))
        return found

    def containers_of(self, maker: Maker) -> list[dict[str, Any]]:
        """The listing entries of the containers that an operation made, oldest first."""
        return [entry for entry, found in self.made_containers() if found == maker]

    def container_of(self, maker: Maker) -> dict[str, Any] | None:
        """The oldest container that an operation made, inspected."""
        return next((self.engine.inspect(entry["Id"]) for entry in self.containers_of(maker)), None)

    def has_container(self, container: dict[str, Any]) -> bool:
        """True if the workshop made an inspected container."""
        return self.maker_of(container) is not None

    def of_other_workshop(self, container: dict[str, Any]) -> bool:
        """True if the labels of an inspected container tell that another workshop made it."""
        labels = container["Config"]["Labels"] or {}
        return self._labelled_owner(labels, container["Image"]) not in ("", self.workshop)

    def noted_by_others(self) -> set[str]:
        """The ids of the containers that the machine's other workshops made, gone or not."""
        records = (record for _name, record in neighbours(self.record.path))
        return {identity for record in records for identity in record["containers"]}

    def foreign_container(self, container: dict[str, Any], expected: str) -> ClashError:
        """The error for a container that the lab needs to be its own and is not."""
        name = container["Name"].lstrip("/")
        labels = container["Config"]["Labels"] or {}
        owner = self._labelled_owner(labels, container["Image"])
        if owner:
            found, remedy = self._other_workshop(owner)
            return ClashError(expected, f"{describe_container(container)}, {found}", remedy)
        return ClashError(
            expected,
            f"{describe_container(container)}, which the lab did not make",
            f"remove or rename it (`docker rename {name} OTHER`), or set it aside with"
            " take_over: true",
        )

    # Images

    def images(self) -> list[dict[str, Any]]:
        """The listing entries of the images that the workshop made, untagged ones too."""
        made = {image for image, entry in self.record.images.items() if not entry["pulled"]}
        return [entry for entry in self.engine.images() if entry["Id"] in made]

    def untagged_images(self) -> list[dict[str, Any]]:
        """Those without a name that nothing needs: no container, and no image made from them."""
        untagged = [entry for entry in self.images() if not self.engine.tags(entry)]
        if not untagged:
            return []
        needed = self.engine.parents() | {each["ImageID"] for each in self.engine.containers()}
        return [entry for entry in untagged if entry["Id"] not in needed]

    def has_image(self, image: dict[str, Any]) -> bool:
        """True if the workshop made an inspected image.

        One that was made right before a run was killed is known by its name, which the record
        says was about to be given, and by its labels.
        """
        entry = self.record.images.get(image["Id"])
        if entry is not None:
            return not entry["pulled"]
        return self.engine.image_labels(image).get(WORKSHOP) == self.workshop and any(
            self.record.has_claim("image", full_reference(tag)) for tag in self.engine.tags(image)
        )

    def has_tag(self, reference: str, image: dict[str, Any]) -> bool:
        """True if the workshop gave this full reference to an inspected image, or pulled it so."""
        return (
            self.record.tags.get(reference) == image["Id"]
            or self.record.has_claim("pull", reference)
            or (self.record.has_claim("image", reference) and self.has_image(image))
        )

    def foreign_image(self, name: str, image: dict[str, Any], expected: str) -> ClashError:
        """The error for an image that the lab needs to be its own and is not."""
        observed = f"the image {name} ({image['Id'][7:19]})"
        for _name, other in neighbours(self.record.path):
            if other["tags"].get(full_reference(name)) == image["Id"]:
                found, remedy = _of_other(other["workshop"])
                return ClashError(expected, f"{observed}, {found}", remedy)
        return ClashError(expected, f"{observed}, which the lab did not make")

    def _other_workshop(self, name: str) -> tuple[str, str]:
        """The words about another workshop's things, and the remedy."""
        for other, record in neighbours(self.record.path):
            if other == name:
                return _of_other(record["workshop"])
        return _of_other({"title": name, "path": f"PATH/{name}"})


def _of_other(workshop: dict[str, Any]) -> tuple[str, str]:
    return (
        f"which the workshop {workshop['title']!r} made",
        f"remove what that made: `./lab reset -e workshop_path={workshop['path']}`",
    )
