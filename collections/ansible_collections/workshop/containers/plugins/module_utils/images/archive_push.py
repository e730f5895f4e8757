# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Push an image from an archive to a registry, without an engine.

https://github.com/opencontainers/distribution-spec/blob/main/spec.md#push
"""

from __future__ import annotations

import json
from typing import IO
from urllib.parse import urljoin

from ..engine.refusals import refusal
from ..errors import LabError
from ..http_request import Answer, request
from ..names import checked_tag, registry_of
from .archive import DOCKER_MANIFEST, OCI_MANIFEST, Blob, Image, ImageArchive

_TIMEOUT = 300.0  # seconds without a byte from the registry, which hashes what it is sent


class ArchivePush:
    """The push of one archive to the tag ``name``; ``scheme`` is http or https."""

    def __init__(self, archive: ImageArchive, name: str, scheme: str) -> None:
        repository, self._tag = checked_tag(name)
        self._registry = registry_of(name)
        self._name = name
        self._archive = archive
        self._address = f"{scheme}://{self._registry}/v2/{repository.partition('/')[2]}"
        self._socket: str | None = None
        self.image: Image = archive.image()

    def served(self) -> str | None:
        """The id of the image that the registry serves for the tag; None: none, or several."""
        answer = self._ask(
            "GET",
            f"{self._address}/manifests/{self._tag}",
            {"Accept": f"{OCI_MANIFEST}, {DOCKER_MANIFEST}"},
            missing=True,
        )
        if answer.status == 404:
            return None
        try:
            return json.loads(answer.body).get("config", {}).get("digest")
        except (ValueError, AttributeError) as error:
            observed = f"an answer that is not a manifest: {answer.body[:80]!r}"
            raise LabError(
                f"the registry {self._registry} to say what {self._name} is",
                observed,
                "see that a registry listens there",
            ) from error

    def send(self, unix_socket: str | None = None) -> None:
        """Send the blobs that the registry lacks, and the manifest last.

        So a tag never names an incomplete image. ``unix_socket``: the socket of a registry that
        listens there.
        """
        self._socket = unix_socket
        for blob in self.image.blobs:
            self._send_blob(blob)
        headers = {"Content-Type": self.image.media_type}
        self._ask("PUT", f"{self._address}/manifests/{self._tag}", headers, self.image.manifest)

    def _send_blob(self, blob: Blob) -> None:
        if self._ask("HEAD", f"{self._address}/blobs/{blob.digest}", missing=True).status == 200:
            return
        place = self._ask(
            "POST", f"{self._address}/blobs/uploads/", {"Content-Length": "0"}, b""
        ).headers["Location"]
        address = urljoin(self._address, place)
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(blob.size)}
        with self._archive.open(blob.member) as stream:
            self._ask(
                "PUT",
                f"{address}{'&' if '?' in address else '?'}digest={blob.digest}",
                headers,
                stream,
            )

    def _ask(
        self,
        method: str,
        url: str,
        headers: dict[str, str] | None = None,
        data: IO[bytes] | bytes | None = None,
        missing: bool = False,
    ) -> Answer:
        """The registry's answer.

        Raises LabError, but not for 404 if the thing may be ``missing``.
        """
        answer = request(url, _TIMEOUT, method, headers, self._socket, data)
        if 200 <= answer.status < 300 or (missing and answer.status == 404):
            return answer
        said = f"{answer.status} {_words(answer.body)}" if answer.status else answer.body
        known = refusal(said)
        observed = (
            f"{known.words} ({said.strip()})"
            if known
            else f"it answers {said.strip()!r} to {method} {url}"
        )
        remedy = known.remedy.replace("REGISTRY", self._registry) if known else ""
        raise LabError(f"the registry {self._registry} to take {self._name}", observed, remedy)


def _words(body: str) -> str:
    """The text of a registry's error, in its JSON or else."""
    try:
        return "; ".join(
            f"{each.get('code', '')}: {each.get('message', '')}"
            for each in json.loads(body)["errors"]
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return body[:200]
