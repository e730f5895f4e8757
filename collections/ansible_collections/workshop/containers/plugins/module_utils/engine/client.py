# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Docker Engine, asked through the SDK.

Objects are found by their exact name: the engine itself resolves id prefixes, so a name is never handed to it unchecked.
"""

from __future__ import annotations

import calendar
import io
import re
import shutil
import tarfile
import time
from contextlib import suppress
from difflib import get_close_matches
from typing import Any

from ..errors import EngineError, LabError
from ..names import checked_container_name, familiar_reference, registry_of
from .connection import FAILURES, Connection
from .credentials import read_config
from .logs import Output, joined, outputs
from .refusals import LOST_WAYS, Refusal, refusal

with suppress(ImportError):  # connection.SDK_IMPORT_ERROR tells
    import docker.auth
    import docker.errors
    import requests.exceptions


NO_TEXT = "\ufffd"
# Bytes: with less no layer can be unpacked.
_LITTLE = 16 * 1024 * 1024


def told(path: str) -> str:
    """A path in a container as engines tell it: what is no UTF-8 comes as U+FFFD, and how many of them may differ."""
    return re.sub(
        f"{NO_TEXT}+", NO_TEXT, path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    )


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
        alike = f"no such container, but {', '.join(similar)}" if similar else "no such container"
        raise LabError(
            f"a container named {name}", alike, "correct the name, or create the container first"
        )

    def inspect(self, container_id: str) -> dict[str, Any] | None:
        """A container by its full id; None when it is gone."""
        return self._found("a container's description", self.api.inspect_container, container_id)

    def remove_container(self, container_id: str) -> bool:
        """Remove a container by its full id, running or not; False when it was gone already."""
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
        """What a container printed, to stdout and to stderr; a terminal has stdout only. Of more than logs.KEEP bytes the last."""
        with self.streaming(
            "a container's log", "/containers/{0}/logs", container_id, stdout=1, stderr=1
        ) as chunks:
            return outputs(chunks, tty)

    def logs(self, container_id: str) -> str:
        """What a container printed to both, in the order of the log; of more than logs.KEEP bytes the last."""
        tty = bool((self.inspect(container_id) or {"Config": {"Tty": False}})["Config"]["Tty"])
        with self.streaming(
            "a container's log", "/containers/{0}/logs", container_id, stdout=1, stderr=1
        ) as chunks:
            return joined(chunks, tty).text

    def exit_code(self, container_id: str, seconds: float | None = None) -> int | None:
        """Wait until a container has ended; None where it has not within ``seconds``. Raises what the SDK raises."""
        try:
            return self.api.wait(container_id, timeout=seconds)["StatusCode"]
        except (requests.exceptions.ReadTimeout, requests.exceptions.ConnectionError) as error:
            # Some versions of requests call a time that ran out while the body is read a lost connection.
            if "timed out" in str(error):
                return None
            raise

    def file_in(self, container_id: str, path: str) -> tuple[int, str] | None:
        """A file in a container, running or stopped: its mode and its text; None when there is none."""
        with self.speaking(f"the file {path} in a container"):
            try:
                chunks, _info = self.api.get_archive(container_id, path)
            except docker.errors.NotFound:
                return None
            with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as tar:
                member = tar.next()
                content = tar.extractfile(member) if member is not None and member.isreg() else None
                return (member.mode if member else 0), (
                    content.read().decode(errors="replace") if content else ""
                )

    def changes(self, container_id: str) -> dict[str, str]:
        """What a container's own layer holds: path (as :func:`told`) to A (added), C (changed) or D (deleted)."""
        with self.speaking("a container's changes"):
            found = [
                (told(entry["Path"]), "CAD"[entry["Kind"]])
                for entry in self.api.diff(container_id) or ()
            ]
        # Of several paths that are told alike, one that is there counts.
        return {**dict(found), **{path: kind for path, kind in found if kind != "D"}}

    def pid(self, container_id: str) -> int:
        """The process id of a container's main process on the machine; 0: it does not run."""
        container = self.inspect(container_id)
        return container["State"]["Pid"] if container else 0

    # Images

    def image(self, name: str) -> dict[str, Any] | None:
        """The image with exactly this reference, inspected."""
        return self._found(f"the image {name}", self.api.inspect_image, familiar_reference(name))

    def image_by_id(self, image_id: str) -> dict[str, Any] | None:
        """An image by its full id, as containers have it; None when it is gone."""
        return self._found("an image's description", self.api.inspect_image, image_id)

    def image_labels(self, image: dict[str, Any]) -> dict[str, str]:
        """The labels of an inspected image."""
        return (image.get("Config") or {}).get("Labels") or {}

    def history(self, name: str) -> list[dict[str, Any]]:
        """The history entries of an image, the newest first."""
        with self.speaking(f"the history of the image {name}"):
            return self.api.history(familiar_reference(name))

    def history_by_id(self, image_id: str) -> list[dict[str, Any]] | None:
        """The same of an image by its full id, as containers have it; None when it is gone."""
        return self._found("an image's history", self.api.history, image_id)

    def images(self, **labels: str) -> list[dict[str, Any]]:
        """The listing entries of images that have these labels, but of those that only other images stand on."""
        with self.speaking("the list of images"):
            return self.api.images(all=False, filters=_labelled(labels))

    def tags(self, entry: dict[str, Any]) -> list[str]:
        """The tags of an image's listing entry; older engines list an untagged one as ``<none>:<none>``."""
        return [tag for tag in entry.get("RepoTags") or () if tag != "<none>:<none>"]

    def remove_image(self, reference: str) -> None:
        """Remove a tag or an image id; what others still use stays."""
        speaking = self.speaking(
            f"the image {reference} to be removed", "remove the containers that use it"
        )
        with speaking, suppress(docker.errors.NotFound):
            self.api.remove_image(reference, force=False, noprune=False)

    def pull(self, name: str, platform: str = "") -> bool:
        """Pull, maybe for another ``platform``; True when something new came. An error inside the streamed answer is a failure."""
        reference = familiar_reference(name)
        repository, _, tag = (
            reference.partition("@") if "@" in reference else reference.rpartition(":")
        )
        before = self.image(name)
        wanted = f"the image {name} from its registry"
        try:
            with self.speaking(wanted):
                stream = self.api.pull(
                    repository, tag=tag, stream=True, decode=True, platform=platform or None
                )
                for _message in self.sifted(stream, wanted):
                    pass
        except EngineError as error:
            raise self._not_pulled(name, wanted, error) from error
        after = self.image(name)
        if after is None:
            raise EngineError(
                f"the image {name} after pulling it",
                "no such image",
                "pull it again: somebody else removes images here",
            )
        return before is None or before["Id"] != after["Id"]

    def _not_pulled(self, name: str, wanted: str, error: EngineError) -> EngineError:
        """A failed pull, explained. With a full disk the engine may tell of the registry that it asked last."""
        room = self._room()
        found = refusal(error.observed)
        if found is Refusal.DISK or (room is not None and room.free < _LITTLE):
            place = f"{room.free / 1e6:.0f} of {room.total / 1e6:.0f} MB" if room else "nothing"
            return EngineError(
                wanted,
                f"the engine's disk is full: {place} free in {self._root()} ({error.observed})",
                Refusal.DISK.action,
            )
        if found in (Refusal.PROXY, Refusal.RATE, Refusal.PLATFORM):
            return EngineError(
                wanted,
                f"{found.words} ({error.observed})",
                found.action.replace("REGISTRY", registry_of(name)),
            )
        return EngineError(
            wanted, error.observed, error.action or self._ways_to(name, error.observed)
        )

    def _root(self) -> str:
        """The folder in which the engine keeps images and containers; empty where it does not tell."""
        with suppress(*FAILURES):
            return self.api.info().get("DockerRootDir") or ""
        return ""

    def _room(self) -> Any:
        """Total and free bytes where the engine keeps images; None where that cannot be seen from here."""
        root = self._root() if self.host.startswith("unix://") else ""
        with suppress(OSError):
            return shutil.disk_usage(root) if root else None
        return None

    def _ways_to(self, name: str, said: str) -> str:
        """What to do where an image did not come: where the engine asks for it, and whether this machine may be offline."""
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
        return f"{offline}The engine asks {places}: see that one of these answers and has it, then run again"

    def is_served(self, name: str) -> bool:
        """Whether the registry in an image's name serves exactly the image that is here."""
        image, served = self.image(name), self.registry_digest(name)
        return (
            image is not None and served is not None and served in self.known_digests(image, name)
        )

    def known_digests(self, image: dict[str, Any], name: str) -> set[str]:
        """The digests under which the repository of ``name`` is known to hold an image: this engine pulled or pushed them."""
        reference = familiar_reference(name)
        repository = (
            reference.partition("@")[0] if "@" in reference else reference.rpartition(":")[0]
        )
        pairs = (each.split("@") for each in image.get("RepoDigests") or ())
        return {digest for where, digest in pairs if where == repository}

    def credentials(self, name: str) -> dict[str, Any]:
        """What `docker login` keeps for the registry of an image, in the SDK's shape; empty where it keeps nothing."""
        registry = registry_of(name)
        with self.speaking(f"the credentials for {registry}"):
            # A credential helper, or Docker Hub under the key that it has for historical reasons, is the SDK's to know.
            # Where to look for the file is not: it would go on to another user's when there is none.
            config = read_config()
            return (
                docker.auth.load_config(config_dict=config).resolve_authconfig(registry)
                if config
                else None
            ) or {}

    def registry_digest(self, name: str) -> str | None:
        """The digest under which the registry serves an image now; None where it cannot be asked."""
        try:
            return self.need_registry_digest(name, f"the image {name} from its registry", "")
        except EngineError:
            return None

    def need_registry_digest(self, name: str, expected: str, action: str) -> str:
        """The same; raises EngineError about ``expected`` where the registry cannot be asked."""
        with self.speaking(expected, action):
            return self.served_digest(name, self.credentials(name))

    def served_digest(self, name: str, credentials: dict[str, Any]) -> str:
        """The same with what the SDK raises where it cannot be asked; ``credentials`` may be empty."""
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
        """The engine's container and image events between two times (seconds since the epoch), oldest first."""
        with self.speaking("the engine's events"):
            stream = self.api.events(
                since=f"{since:.9f}",
                until=f"{until:.9f}",
                filters={"type": ["container", "image"]},
                decode=True,
            )
            return list(stream)
