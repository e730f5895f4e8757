# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a workshop made on a machine: nothing else is ever stopped, removed or overwritten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..labels import PREFIX

if TYPE_CHECKING:
    from ..engine.client import Engine

WORKSHOP = f"{PREFIX}workshop"
STEP = f"{PREFIX}step"
SPEC = f"{PREFIX}spec"
# What was made: a container inherits all labels of its image, and does not become the lab's by that.
KIND = f"{PREFIX}kind"
CONTAINER, IMAGE = "container", "image"
STAND_IN = f"{PREFIX}stand-in"


def labels_for(workshop: str, step: str, spec: str, kind: str) -> dict[str, str]:
    """The labels of a CONTAINER or an IMAGE that ``step`` of ``workshop`` makes."""
    return {WORKSHOP: workshop, STEP: step, SPEC: spec, KIND: kind}


def maker(found: dict[str, str] | None) -> str:
    """The step that made the container with these labels; "" for a container of somebody else."""
    return found.get(STEP, "") if found and found.get(KIND) == CONTAINER else ""


class Ownership:
    """The containers and images that ``workshop`` made on the machine of ``engine``."""

    def __init__(self, engine: Engine, workshop: str) -> None:
        self.engine = engine
        self.workshop = workshop

    def labels_for(self, step: str, spec: str, kind: str) -> dict[str, str]:
        """The labels of a CONTAINER or an IMAGE that ``step`` makes."""
        return labels_for(self.workshop, step, spec, kind)

    def containers(self) -> list[dict[str, Any]]:
        """The listing entries of the workshop's containers, oldest first."""
        return self.engine.containers(**{WORKSHOP: self.workshop, KIND: CONTAINER})

    def containers_of(self, step: str) -> list[dict[str, Any]]:
        """The listing entries of the containers that ``step`` made, oldest first."""
        return [entry for entry in self.containers() if entry["Labels"].get(STEP) == step]

    def container_of(self, step: str) -> dict[str, Any] | None:
        """The oldest container that ``step`` made, inspected."""
        return next((self.engine.inspect(entry["Id"]) for entry in self.containers_of(step)), None)

    def has_container(self, container: dict[str, Any]) -> bool:
        """Whether the workshop made an inspected container."""
        found = container["Config"]["Labels"] or {}
        return (found.get(WORKSHOP), found.get(KIND)) == (self.workshop, CONTAINER)

    def images(self) -> list[dict[str, Any]]:
        """The listing entries of the workshop's images, untagged ones too."""
        return self.engine.images(**{WORKSHOP: self.workshop})

    def has_image(self, image: dict[str, Any]) -> bool:
        """Whether the workshop made an inspected image."""
        return self.engine.image_labels(image).get(WORKSHOP) == self.workshop
