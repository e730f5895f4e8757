# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The images of an engine: found by their exact reference, read and removed."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from ..names import familiar_reference
from .connection import FAILURES, Connection
from .spelling import label_filter

with suppress(ImportError):  # connection.SDK_IMPORT_ERROR tells
    import docker.errors


class ImageClient(Connection):
    """A connected engine that is asked about images."""

    def image(self, name: str) -> dict[str, Any] | None:
        """The image with exactly this reference, inspected."""
        return self._found(f"the image {name}", self.api.inspect_image, familiar_reference(name))

    def image_by_id(self, image_id: str) -> dict[str, Any] | None:
        """An image by its full id, as containers have it; None if it no longer exists."""
        return self._found("an image's description", self.api.inspect_image, image_id)

    def image_labels(self, image: dict[str, Any]) -> dict[str, str]:
        """The labels of an inspected image."""
        return (image.get("Config") or {}).get("Labels") or {}

    def history(self, name: str) -> list[dict[str, Any]]:
        """The history entries of an image, the newest first."""
        with self.speaking(f"the history of the image {name}"):
            return self.api.history(familiar_reference(name))

    def history_by_id(self, image_id: str) -> list[dict[str, Any]] | None:
        """The history of an image by its full id; None if it no longer exists."""
        return self._found("an image's history", self.api.history, image_id)

    def images(self, **labels: str) -> list[dict[str, Any]]:
        """The listing entries of images that have these labels.

        Untagged images that only serve as parents of others are left out.
        """
        with self.speaking("the list of images"):
            return self.api.images(all=False, filters=label_filter(labels))

    def parents(self) -> set[str]:
        """The ids of the images that are parents of others, if the engine's store names them."""
        with self.speaking("the list of images"):
            return {entry.get("ParentId", "") for entry in self.api.images(all=True)}

    def tags(self, entry: dict[str, Any]) -> list[str]:
        """The tags of an image's listing entry.

        Older engines list an untagged one as ``<none>:<none>``.
        """
        return [tag for tag in entry.get("RepoTags") or () if tag != "<none>:<none>"]

    def remove_image(self, reference: str) -> None:
        """Remove a tag or an image id; layers that others still use remain."""
        speaking = self.speaking(
            f"the image {reference} to be removed", "remove the containers that use it"
        )
        with speaking, suppress(docker.errors.NotFound):
            self.api.remove_image(reference, force=False, noprune=False)

    def root(self) -> str:
        """The folder of this machine in which the engine keeps images and containers.

        Empty if the engine does not name it, or runs elsewhere.
        """
        if self.host.startswith("unix://"):
            with suppress(*FAILURES):
                return self.api.info().get("DockerRootDir") or ""
        return ""
