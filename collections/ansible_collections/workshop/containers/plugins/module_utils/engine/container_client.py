# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The containers of an engine: found by their exact name, read and removed.

The engine itself resolves prefixes of ids, so a name is never handed to it unchecked.
"""

from __future__ import annotations

import io
import stat
import tarfile
from contextlib import suppress
from difflib import get_close_matches
from typing import Any, Iterable

from ..errors import LabError
from ..files import LARGEST
from ..names import checked_container_name
from .connection import Connection
from .logs import Output, joined, outputs
from .spelling import as_engine_spells, label_filter

with suppress(ImportError):  # connection.SDK_IMPORT_ERROR tells
    import docker.errors
    import requests.exceptions


# More bytes than stand in front of the first file of an archive
_HEADERS = 64 * 1024
# What an archive has beside regular files
_TYPES = {
    tarfile.DIRTYPE: stat.S_IFDIR,
    tarfile.SYMTYPE: stat.S_IFLNK,
    tarfile.FIFOTYPE: stat.S_IFIFO,
}


def _head(chunks: Iterable[bytes]) -> bytes:
    """The start of an archive, up to the last byte of its first file that counts."""
    found = b""
    for chunk in chunks:
        found += chunk
        if len(found) > LARGEST + _HEADERS:
            break
    return found


class ContainerClient(Connection):
    """A connected engine that is asked about containers."""

    def containers(self, **labels: str) -> list[dict[str, Any]]:
        """The listing entries of all containers that have these labels, oldest first."""
        with self.speaking("the list of containers"):
            found = self.api.containers(all=True, filters=label_filter(labels))
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
