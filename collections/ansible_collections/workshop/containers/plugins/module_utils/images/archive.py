# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives of images: of `docker save` of any version, or an OCI image layout in a tar file.

They are read in place, not unpacked.

https://github.com/opencontainers/image-spec/blob/main/image-layout.md and
https://github.com/moby/docker-image-spec/blob/main/spec.md#combined-image-json--filesystem-changeset-format
"""

from __future__ import annotations

import hashlib
import json
import os
import tarfile
from contextlib import ExitStack, contextmanager
from typing import IO, Any, Iterator, NamedTuple

from ..errors import LabError

INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar"
_GZIP = b"\x1f\x8b"
_ACTION = "save one image again: docker save --output FILE IMAGE"
_CHUNK = 1024 * 1024
# The names that images have for machines, by those of uname(2)
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "i686": "386"}


class Blob(NamedTuple):
    """A config or a layer.

    Its digest, its size in bytes, and the member of the archive that holds it.
    """

    digest: str
    size: int
    member: str


class Image(NamedTuple):
    """An image as a registry needs it.

    Its manifest, byte for byte, and the blobs that the manifest names, the config first.
    """

    manifest: bytes
    media_type: str
    blobs: list[Blob]

    @property
    def id(self) -> str:
        """The digest of its config, which is the same wherever the image is."""
        return self.blobs[0].digest


@contextmanager
def opened(path: str, platform: str = "") -> Iterator[ImageArchive]:
    """Open the archive at ``path``; raises LabError for anything else.

    ``platform`` is as ``linux/arm64``; empty: this machine's.
    """
    expected = f"an image in {path}, as `docker save` writes it"
    with ExitStack() as stack:
        try:
            tar = stack.enter_context(tarfile.open(path))
            members = {os.path.normpath(member.name): member for member in tar}
        except OSError as error:
            raise LabError(
                expected,
                error.strerror or str(error),
                "name a file on the machine that root can read",
            ) from error
        except (tarfile.TarError, EOFError) as error:
            observed = (
                f"a file that is not a tar file, or is incomplete ({str(error).splitlines()[-1]})"
            )
            raise LabError(expected, observed, _ACTION) from error
        yield ImageArchive(expected, tar, members, platform or _this_machines())


class ImageArchive:
    """An open archive.

    Its methods raise LabError unless it holds exactly one image for ``platform``.
    """

    def __init__(
        self,
        expected: str,
        tar: tarfile.TarFile,
        members: dict[str, tarfile.TarInfo],
        platform: str,
    ) -> None:
        self._expected = expected
        self._tar = tar
        self._members = members
        self._platform = platform

    def open(self, name: str) -> IO[bytes]:
        """The bytes of a member; of a link, those of its target."""
        try:
            stream = self._tar.extractfile(self._members[name])
        except KeyError:
            stream = None
        if stream is None:
            raise self._error(f"no file {name} in it")
        return stream

    def image(self) -> Image:
        """The image in the archive."""
        if "manifest.json" in self._members:
            image = self._saved_image()
        elif "index.json" in self._members:
            image = self._laid_out_image(self._json("index.json"))
        else:
            raise self._error("neither manifest.json nor index.json in it")
        found = _platform_of(self._json(image.blobs[0].member))
        # Old tools leave the architecture out: then nothing can be said.
        if "/" in found and not _fits(found, self._platform):
            raise LabError(
                f"{self._expected}, for {self._platform}",
                f"one for {found}",
                f"save one for {self._platform}: `docker pull --platform {self._platform} IMAGE`, "
                "then `docker save`",
            )
        return image

    def _saved_image(self) -> Image:
        """From manifest.json: which files are the config and the layers of which image."""
        entries = self._json("manifest.json")
        if len(entries) != 1:
            raise self._error(f"{len(entries)} images")
        config, *layers = [
            self._blob(os.path.normpath(name))
            for name in (entries[0]["Config"], *entries[0]["Layers"])
        ]
        manifest = {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": {"mediaType": _CONFIG, "digest": config.digest, "size": config.size},
            "layers": [
                {"mediaType": self._layer_type(each), "digest": each.digest, "size": each.size}
                for each in layers
            ],
        }
        return Image(json.dumps(manifest).encode(), OCI_MANIFEST, [config, *layers])

    def _laid_out_image(self, index: dict[str, Any]) -> Image:
        """From index.json, which may lead to further indexes."""
        descriptors = index["manifests"]
        if len(descriptors) > 1:
            descriptors = [
                each
                for each in descriptors
                if _fits(_platform_of(each.get("platform") or {}), self._platform)
            ]
        if len(descriptors) != 1:
            raise self._error(
                f"{len(descriptors)} images for {self._platform} ({len(index['manifests'])} in all)"
            )
        [found] = descriptors
        if found["mediaType"] in INDEXES:
            return self._laid_out_image(self._json(_member(found["digest"])))
        with self.open(_member(found["digest"])) as stream:
            content = stream.read()
        manifest = json.loads(content)
        named = [manifest["config"], *manifest["layers"]]
        return Image(
            content,
            found["mediaType"],
            [Blob(each["digest"], each["size"], _member(each["digest"])) for each in named],
        )

    def _blob(self, name: str) -> Blob:
        digest, size = hashlib.sha256(), 0
        with self.open(name) as stream:
            for piece in iter(lambda: stream.read(_CHUNK), b""):
                digest.update(piece)
                size += len(piece)
        return Blob(f"sha256:{digest.hexdigest()}", size, name)

    def _layer_type(self, blob: Blob) -> str:
        with self.open(blob.member) as stream:
            return f"{_LAYER}+gzip" if stream.read(2) == _GZIP else _LAYER

    def _json(self, name: str) -> Any:
        with self.open(name) as stream:
            try:
                return json.load(stream)
            except ValueError as error:
                raise self._error(f"{name} is not JSON: {error}") from error

    def _error(self, observed: str) -> LabError:
        return LabError(self._expected, observed, _ACTION)


def _member(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"


def _this_machines() -> str:
    machine = os.uname().machine
    return f"linux/{_ARCHITECTURES.get(machine, machine)}"


def _platform_of(described: dict[str, Any]) -> str:
    """``linux/arm64/v8``, from the description of an image in an index or a config."""
    parts = [described.get(key) for key in ("os", "architecture", "variant")]
    return "/".join(part for part in parts if part)


def _fits(found: str, wanted: str) -> bool:
    """True if an image for the platform ``found`` serves for ``wanted``.

    A variant that is not asked for is not compared.
    """
    return f"{found}/".startswith(f"{wanted}/")
