# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The registries that an engine speaks to: pulls from them, and the digests that they serve."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from ..errors import EngineError
from ..names import familiar_reference, registry_of
from .connection import FAILURES
from .credentials import read_config
from .image_client import ImageClient
from .pull_failure import explained
from .room import Room

with suppress(ImportError):  # connection.SDK_IMPORT_ERROR tells
    import docker.auth


def _repository_and_tag(reference: str) -> tuple[str, str]:
    """The parts of a reference; a digest stands for the tag."""
    repository, _, tag = reference.partition("@") if "@" in reference else reference.rpartition(":")
    return repository, tag


class RegistryClient(ImageClient):
    """A connected engine that is asked about registries."""

    def pull(self, name: str, platform: str = "") -> bool:
        """Pull, maybe for another ``platform``; True if a new image arrived.

        An error inside the streamed answer is a failure.
        """
        reference = familiar_reference(name)
        repository, tag = _repository_and_tag(reference)
        before = self.image(name)
        wanted = f"the image {name} from its registry"
        room = Room(self.root())
        try:
            with self.speaking(wanted):
                stream = self.api.pull(
                    repository, tag=tag, stream=True, decode=True, platform=platform or None
                )
                for message in self.sifted(stream, wanted):
                    room.see(message)
        except EngineError as error:
            raise explained(name, error, room.shortage(), self._mirrors) from error
        after = self.image(name)
        if after is None:
            raise EngineError(
                f"the image {name} after pulling it",
                "no such image",
                "pull it again, and see what else removes images on this machine",
            )
        return before is None or before["Id"] != after["Id"]

    def is_served(self, name: str) -> bool:
        """True if the registry in an image's name serves exactly the image on this machine."""
        image, served = self.image(name), self.registry_digest(name)
        return (
            image is not None and served is not None and served in self.known_digests(image, name)
        )

    def known_digests(self, image: dict[str, Any], name: str) -> set[str]:
        """The digests under which the repository of ``name`` is known to hold an image.

        Those that this engine pulled or pushed.
        """
        repository, _ = _repository_and_tag(familiar_reference(name))
        pairs = (each.split("@") for each in image.get("RepoDigests") or ())
        return {digest for where, digest in pairs if where == repository}

    def credentials(self, name: str) -> dict[str, Any]:
        """The credentials that `docker login` stored for an image's registry, in the SDK's shape.

        Empty if it stored none.
        """
        registry = registry_of(name)
        with self.speaking(f"the credentials for {registry}"):
            # A credential helper, or Docker Hub under the key that it has for historical reasons,
            # is the SDK's to know. Where to look for the file is not: it would go on to another
            # user's when there is none.
            config = read_config()
            return (
                docker.auth.load_config(config_dict=config).resolve_authconfig(registry)
                if config
                else None
            ) or {}

    def registry_digest(self, name: str) -> str | None:
        """The digest under which the registry serves an image now.

        None if the registry cannot be asked.
        """
        try:
            return self.need_registry_digest(name, f"the image {name} from its registry", "")
        except EngineError:
            return None

    def need_registry_digest(self, name: str, expected: str, remedy: str) -> str:
        """The same; raises EngineError about ``expected`` if the registry cannot be asked."""
        with self.speaking(expected, remedy):
            return self.served_digest(name, self.credentials(name))

    def served_digest(self, name: str, credentials: dict[str, Any]) -> str:
        """The same, raising what the SDK raises if the registry cannot be asked.

        ``credentials`` may be empty.
        """
        return self.api.inspect_distribution(familiar_reference(name), auth_config=credentials)[
            "Descriptor"
        ]["digest"]

    def _mirrors(self) -> list[str]:
        """The mirrors of Docker Hub that the engine tries first."""
        with suppress(*FAILURES):
            return list(self.api.info()["RegistryConfig"]["Mirrors"] or ())
        return []
