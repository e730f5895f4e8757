# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The archive of a build context, made so that the classic builder's cache notices every change.

That cache identifies a hard link by its name, so every name of a file is a file here; and a
symbolic link by the content of its target, so an image may keep a link that leads elsewhere by now.
Therefore a folder's entry carries a digest of the links in it, in the field that would name a
link's target: that field counts in the cache, whatever the entry is, and is read nowhere else
(measured with engines 20.10 and 26.1).
"""

from __future__ import annotations

import hashlib
import os
import tarfile
from typing import Iterator

from ..errors import LabError
from .context import CHUNK, ContentDigest, ContextEntry, os_errors, read_chunks


def link_digests(entries: list[ContextEntry]) -> dict[bytes, bytes]:
    """Digests of all symbolic links, by the path of the entry that carries them: their folder.

    The context itself has no entry: its first file or folder carries its links. If it has neither,
    the path is ``b""``.
    """
    first = next(
        (entry.path for entry in entries if entry.kind != "l" and b"/" not in entry.path), b""
    )
    links: dict[bytes, list[bytes]] = {}
    for entry in entries:
        if entry.kind == "l":
            carrier = os.path.dirname(entry.path) or first
            links.setdefault(carrier, []).append(b"%s\0%s\n" % (entry.path, entry.digest.encode()))
    return {
        path: hashlib.sha256(b"".join(lines)).hexdigest().encode() for path, lines in links.items()
    }


class ContextTar:
    """An uncompressed tar of entries, as a stream that is made while it is read; all owned by root.

    Each content is compared with its entry's digest on the way: what changed since the digest was
    taken raises LabError before the archive is complete, so that nothing is built from it.
    ``instead`` are contents (path to bytes) in place of those on the disk, or beside them;
    ``links`` are the :func:`link_digests`, or none; ``cacheable``: an entry carries each of them.
    """

    def __init__(
        self,
        folder: str,
        entries: list[ContextEntry],
        instead: dict[bytes, bytes],
        links: dict[bytes, bytes],
    ) -> None:
        self.cacheable = b"" not in links
        self._blocks = self._produce(os.fsencode(folder), entries, instead, links)
        self._rest = memoryview(b"")

    def read(self, size: int = -1) -> bytes:
        """At most ``size`` bytes (all: a negative size); empty at the end. Raises LabError."""
        if size < 0:
            return bytes(self._rest) + b"".join(self._blocks)
        while not self._rest:
            block = next(self._blocks, None)
            if block is None:
                return b""
            self._rest = memoryview(block)
        part, self._rest = self._rest[:size], self._rest[size:]
        return bytes(part)

    def __iter__(self) -> Iterator[bytes]:
        return filter(
            None, self._blocks
        )  # requests before 2.29 takes an empty block for the end of all

    @staticmethod
    def _produce(
        top: bytes,
        entries: list[ContextEntry],
        instead: dict[bytes, bytes],
        links: dict[bytes, bytes],
    ) -> Iterator[bytes]:
        for entry in entries:
            if entry.path in instead:
                continue
            full, link = os.path.join(top, entry.path), links.get(entry.path, b"")
            with os_errors(os.fsdecode(full), expected="a file that stays while it is sent"):
                if entry.kind == "f":
                    yield from _packed_file(full, entry, link)
                else:
                    yield _header(full, entry, link)
        for path, content in instead.items():
            mode = next((entry.mode for entry in entries if entry.path == path), 0o644)
            yield (
                _member(path, "f", mode, len(content), 0, links.get(path, b""))
                + content
                + bytes(-len(content) % tarfile.BLOCKSIZE)
            )
        yield bytes(2 * tarfile.BLOCKSIZE)


def _packed_file(full: bytes, entry: ContextEntry, link: bytes) -> Iterator[bytes]:
    yield _header(full, entry, link)
    content, left = ContentDigest(), entry.size
    for chunk in read_chunks(full):
        content.add(chunk)
        block = bytes(CHUNK) if chunk is None else chunk
        left -= len(block)
        if left < 0:
            break
        yield block
    if left or content.hex() != entry.digest:
        raise LabError(
            f"{os.fsdecode(full)} as it was when the build began",
            "it has changed",
            "stop what writes to it, then run again",
        )
    yield bytes(-entry.size % tarfile.BLOCKSIZE)


def _header(full: bytes, entry: ContextEntry, link: bytes) -> bytes:
    text = os.readlink(full) if entry.kind == "l" else b""
    if text and hashlib.sha256(text).hexdigest() != entry.digest:
        raise LabError(
            f"the link {os.fsdecode(full)} as it was when the build began",
            "it leads elsewhere now",
            "stop what changes it, then run again",
        )
    return _member(
        entry.path, entry.kind, entry.mode, entry.size, int(os.lstat(full).st_mtime), text or link
    )


def _member(path: bytes, kind: str, mode: int, size: int, mtime: int, link: bytes) -> bytes:
    member = tarfile.TarInfo(os.fsdecode(path))
    member.type = {"f": tarfile.REGTYPE, "d": tarfile.DIRTYPE, "l": tarfile.SYMTYPE}[kind]
    member.mode, member.size, member.mtime, member.linkname = mode, size, mtime, os.fsdecode(link)
    # The GNU format takes names that are not UTF-8 as they are.
    return member.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape")
