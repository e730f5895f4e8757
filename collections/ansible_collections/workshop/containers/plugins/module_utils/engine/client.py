# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client of a Docker Engine, through the SDK.

Objects are found by their exact name: the engine itself resolves prefixes of ids, so a name is
never handed to it unchecked.
"""

from __future__ import annotations

import calendar
import io
import re
import stat
import tarfile
import time
from contextlib import suppress
from difflib import get_close_matches
from typing import Any, Iterable

from ..errors import EngineError, LabError
from ..files import LARGEST
from ..names import checked_container_name, familiar_reference, registry_of
from .connection import FAILURES, Connection
from .credentials import read_config
from .logs import Output, joined, outputs
from .refusals import LOST_WAYS, Refusal, refusal
from .room import Room

with suppress(ImportError):  # connection.SDK_IMPORT_ERROR tells
    import docker.auth
    import docker.errors
    import requests.exceptions


NO_TEXT = "\ufffd"
# More bytes than stand in front of the first file of an archive
_HEADERS = 64 * 1024
# What an archive has beside regular files
_TYPES = {
    tarfile.DIRTYPE: stat.S_IFDIR,
    tarfile.SYMTYPE: stat.S_IFLNK,
    tarfile.FIFOTYPE: stat.S_IFIFO,
}


def as_engine_spells(path: str) -> str:
    """Spell a path as the engine does: undecodable bytes become U+FFFD.

    A run of them becomes a single one here: engines differ in how many they write.
    """
    return re.sub(
        f"{NO_TEXT}+", NO_TEXT, path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    )


def _head(chunks: Iterable[bytes]) -> bytes:
    """The start of an archive, up to the last byte of its first file that counts."""
    found = b""
    for chunk in chunks:
        found += chunk
        if len(found) > LARGEST + _HEADERS:
            break
    return found


def _labelled(labels: dict[str, str]) -> dict[str, list[str]] | None:
    """The filter of a listing; None lists everything."""
    return {"label": [f"{key}={value}" for key, value in labels.items()]} if labels else None


def timestamp(text: str) -> float:
    """Seconds since the epoch of an engine's time (RFC 3339 in UTC, nanoseconds)."""
    match = re.match(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?", text)
    if match is None:
        return 0.0
    return calendar.timegm(time.strptime(match[1], "%Y-%m-%dT%H:%M:%S")) + float(match[2] or 0)


class Engine(Connection):
    """A connected engine."""

    # Containers

    def containers(self, **labels: str) -> list[dict[str, Any]]:
        """The listing entries of all containers that have these labels, oldest first."""
        with self.speaking("the list of containers"):
            found = self.api.containers(all=True, filters=_labelled(labels))
        return sorted(found, key=lambda entry: entry["Created"])

    def container_named(self, name: str) -> dict[str, Any] | None:
        """The container with exactly this name, whoever made it, inspected."""
        with self.speaking(f"the container {name}"):
            found = self.api.containers(all=True, filters={"name": f"^/{name}$"})
        entry = next((entry for entry in found if f"/{name}" in entry["Names"]), None)
        return self.inspect(entry["Id"]) if entry else None

    def need_container(self, name: str) -> dict[str, Any]:
        """The container with exactly this name, whoever made it, inspected; raises LabError."""
        container = self.container_named(checked_container_name(name))
        if container is not None:
            return container
        known = {
            entry["Names"][0].lstrip("/"): entry["State"]
            for entry in self.containers()
            if entry["Names"]
        }
        similar = [f"{each} ({known[each]})" for each in get_close_matches(name, known, cutoff=0.5)]
        alike = "no such container"
        if similar:
            alike += f"; did you mean {' or '.join(similar)}?"
        raise LabError(
            f"a container named {name}", alike, "correct the name, or create the container first"
        )

    def inspect(self, container_id: str) -> dict[str, Any] | None:
        """A container by its full id; None if it no longer exists."""
        return self._found("a container's description", self.api.inspect_container, container_id)

    def has(self, kind: str, identity: str) -> bool:
        """Whether it has the ``"container"`` or ``"image"`` of a full id; not if it is silent."""
        find = self.inspect if kind == "container" else self.image_by_id
        try:
            return find(identity) is not None
        except EngineError:
            return False

    def remove_container(self, container_id: str) -> bool:
        """Remove a container by its full id, running or not; False if it no longer existed."""
        with self.speaking("a container to be removed"):
            try:
                self.api.remove_container(container_id, force=True, v=True)
            except docker.errors.NotFound:
                return False
            except docker.errors.APIError as error:
                if "is already in progress" not in str(error):
                    raise
        return True

    def output(self, container_id: str, tty: bool) -> tuple[Output, Output]:
        """The stdout and stderr of a container; a terminal has stdout only.

        The last logs.KEEP bytes of each.
        """
        with self.streaming(
            "a container's log", "/containers/{0}/logs", container_id, stdout=1, stderr=1
        ) as chunks:
            return outputs(chunks, tty)

    def logs(self, container_id: str) -> str:
        """The stdout and stderr of a container as one text, in the order of the log.

        The last logs.KEEP bytes of it.
        """
        tty = bool((self.inspect(container_id) or {"Config": {"Tty": False}})["Config"]["Tty"])
        with self.streaming(
            "a container's log", "/containers/{0}/logs", container_id, stdout=1, stderr=1
        ) as chunks:
            return joined(chunks, tty).text

    def exit_code(self, container_id: str, seconds: float | None = None) -> int | None:
        """Wait for a container to end; None if it still runs after ``seconds``.

        Raises what the SDK raises.
        """
        try:
            return self.api.wait(container_id, timeout=seconds)["StatusCode"]
        except (requests.exceptions.ReadTimeout, requests.exceptions.ConnectionError) as error:
            # Some versions of requests call a time that ran out while the body is read a lost
            # connection.
            if "timed out" in str(error):
                return None
            raise

    def file_in(self, container_id: str, path: str) -> tuple[int, str] | None:
        """A file in a container, running or stopped: its mode and its text, at most 1 MiB of it.

        The mode has the file's type, as in a stat_result; what is no regular file has no text. None
        if there is nothing of that name.
        """
        with self.speaking(f"the file {path} in a container"):
            try:
                chunks, _info = self.api.get_archive(container_id, path)
            except docker.errors.NotFound:
                return None
            with tarfile.open(fileobj=io.BytesIO(_head(chunks))) as tar:
                member = tar.next()
                if member is None:
                    return None
                content = tar.extractfile(member) if member.isreg() else None
                text = content.read(LARGEST).decode(errors="replace") if content else ""
                return _TYPES.get(member.type, stat.S_IFREG) | member.mode, text

    def changes(self, container_id: str) -> dict[str, str]:
        """The changes in a container's own layer.

        Path (as :func:`as_engine_spells`) to A (added), C (changed) or D (deleted).
        """
        with self.speaking("a container's changes"):
            found = [
                (as_engine_spells(entry["Path"]), "CAD"[entry["Kind"]])
                for entry in self.api.diff(container_id) or ()
            ]
        # Of several paths that are told alike, one that is there counts.
        return {**dict(found), **{path: kind for path, kind in found if kind != "D"}}

    def pid(self, container_id: str) -> int:
        """The process id of a container's main process on the machine; 0 if it is not running."""
        container = self.inspect(container_id)
        return container["State"]["Pid"] if container else 0

    # Images

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
            return self.api.images(all=False, filters=_labelled(labels))

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

    def pull(self, name: str, platform: str = "") -> bool:
        """Pull, maybe for another ``platform``; True if a new image arrived.

        An error inside the streamed answer is a failure.
        """
        reference = familiar_reference(name)
        repository, _, tag = (
            reference.partition("@") if "@" in reference else reference.rpartition(":")
        )
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
            raise self._not_pulled(name, wanted, error, room.shortage()) from error
        after = self.image(name)
        if after is None:
            raise EngineError(
                f"the image {name} after pulling it",
                "no such image",
                "pull it again, and see what else removes images on this machine",
            )
        return before is None or before["Id"] != after["Id"]

    def _not_pulled(self, name: str, wanted: str, error: EngineError, shortage: str) -> EngineError:
        """Explain a failed pull."""
        found = refusal(error.observed)
        if found is Refusal.DISK or shortage:
            place = f": {shortage}" if shortage else ""
            return EngineError(
                wanted,
                f"the engine's disk is full{place} ({error.observed})",
                Refusal.DISK.remedy,
            )
        if found in (Refusal.PROXY, Refusal.RATE, Refusal.PLATFORM):
            return EngineError(
                wanted,
                f"{found.words} ({error.observed})",
                found.remedy.replace("REGISTRY", registry_of(name)),
            )
        return EngineError(
            wanted, error.observed, error.remedy or self._ways_to(name, error.observed)
        )

    def root(self) -> str:
        """The folder of this machine in which the engine keeps images and containers.

        Empty if the engine does not name it, or runs elsewhere.
        """
        if self.host.startswith("unix://"):
            with suppress(*FAILURES):
                return self.api.info().get("DockerRootDir") or ""
        return ""

    def _ways_to(self, name: str, said: str) -> str:
        """Advice for a failed pull.

        Which registries the engine tried, and whether the machine looks offline.
        """
        registry = registry_of(name)
        mirrors: list[str] = []
        with suppress(*FAILURES):
            mirrors = (
                list(self.api.info()["RegistryConfig"]["Mirrors"] or ())
                if registry == "docker.io"
                else []
            )
        places = (
            " and ".join([*mirrors, registry]) if mirrors else f"{registry}, for it has no mirror"
        )
        offline = "is this machine offline? " if refusal(said) in LOST_WAYS else ""
        return (
            f"{offline}The engine asks {places}: see that one of these answers and has it, then "
            "run again"
        )

    def is_served(self, name: str) -> bool:
        """Whether the registry in an image's name serves exactly the image on this machine."""
        image, served = self.image(name), self.registry_digest(name)
        return (
            image is not None and served is not None and served in self.known_digests(image, name)
        )

    def known_digests(self, image: dict[str, Any], name: str) -> set[str]:
        """The digests under which the repository of ``name`` is known to hold an image.

        Those that this engine pulled or pushed.
        """
        reference = familiar_reference(name)
        repository = (
            reference.partition("@")[0] if "@" in reference else reference.rpartition(":")[0]
        )
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

    def version(self) -> str:
        """The engine's version: ``26.1.5+dfsg1``."""
        with self.speaking("the engine's version"):
            return self.api.version()["Version"]

    def platform(self) -> tuple[str, str]:
        """The engine's own platform: ``("linux", "amd64")``."""
        with self.speaking("the engine's platform"):
            found = self.api.version()
            return found["Os"], found["Arch"]

    # Events

    def events(self, since: float, until: float) -> list[dict[str, Any]]:
        """The engine's container and image events between two times (seconds since the epoch),
        oldest first.
        """
        with self.speaking("the engine's events"):
            stream = self.api.events(
                since=f"{since:.9f}",
                until=f"{until:.9f}",
                filters={"type": ["container", "image"]},
                decode=True,
            )
            return list(stream)
