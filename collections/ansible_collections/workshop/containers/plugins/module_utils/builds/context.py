# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the folder that an image is built from: what of it the builder sees, and its digests.

Digests cover what reaches the image and nothing else: names, types, modes, link texts and contents;
never times, owners or inodes, which neither builder keys its cache on
(https://docs.docker.com/build/cache/invalidation/). A file can change and keep its size and
modification time, so every content is read.
"""

from __future__ import annotations

import hashlib
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Callable, Iterable, Iterator, NamedTuple

from ..errors import LabError
from ..files import opened_below, opened_folder, read_file
from .dockerignore import Ignore, Verdict, read_rules

# Contents are read, and their digests are taken, in pieces of this size.
CHUNK = 1024 * 1024
# More threads than that only wait for the disk.
_READERS = 4
_ZEROS = hashlib.sha256(bytes(CHUNK)).digest()

Listing = Callable[[bytes], Iterable["tuple[bytes, bool]"]]


class ContextEntry(NamedTuple):
    """An entry of the context.

    ``path``: relative. ``kind``: f, d or l. ``digest``: of the content (of a link: its text), in
    hex.

    ``mode`` holds the twelve permission bits; ``crlf``: a script whose first line ends in CRLF.
    """

    path: bytes
    kind: str
    mode: int
    size: int
    digest: str
    crlf: bool = False


def walk(ignore: Ignore, listing: Listing) -> Iterator[bytes]:
    """The paths that the builder sees, each folder before its entries.

    An excluded folder is among them if one of its entries is. ``listing`` gives the names in a
    folder (``b""``: the context itself), each with whether it is a folder itself.
    """
    yield from _walk_in(b"", None, ignore, listing, [])


def _walk_in(
    folder: bytes, parent: Verdict | None, ignore: Ignore, listing: Listing, pending: list[bytes]
) -> Iterator[bytes]:
    for name, is_folder in sorted(listing(folder)):
        path = folder + b"/" + name if folder else name
        verdict = ignore.verdict(path, parent)
        if not verdict.excluded:
            yield from pending
            del pending[:]
            yield path
        if is_folder and (not verdict.excluded or ignore.enters(path)):
            below = [*pending, path] if verdict.excluded else []
            for each in _walk_in(path, verdict, ignore, listing, below):
                del pending[:]
                yield each


def ignore_rules(folder: str, dockerfile: str) -> Ignore:
    """The rules in force: ``DOCKERFILE.dockerignore`` beside the Dockerfile, or else .dockerignore.

    Raises LabError.
    """
    for path in (
        os.path.join(folder, f"{dockerfile}.dockerignore"),
        os.path.join(folder, ".dockerignore"),
    ):
        with os_errors(path):
            return read_rules(read_file(os.path.abspath(path)), os.path.relpath(path, folder))
    return Ignore([])


def read_entries(folder: str, ignore: Ignore) -> list[ContextEntry]:
    """All that the builder sees of ``folder``, sorted by path, with digests; raises LabError.

    Contents are streamed: memory does not grow with them.
    """
    try:
        with opened_folder(os.path.abspath(folder)) as handle:
            return _Tree(os.fsencode(folder), handle).entries(ignore)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise LabError(f"the build context, a folder at {folder}", reason) from None


class _Tree:
    """The files of a context, whose folder is open: no link in it is followed, whoever made it."""

    def __init__(self, top: bytes, handle: int) -> None:
        self._top = top
        self._handle = handle
        self._unread: set[bytes] = set()

    def entries(self, ignore: Ignore) -> list[ContextEntry]:
        """All that the builder sees, sorted by path; raises LabError."""
        paths = sorted(walk(ignore, self._listing))
        for path in self._unread.intersection([*paths, b""]):
            raise _unreadable(self._full(path))
        share = min(_READERS, os.cpu_count() or 1)
        with ThreadPoolExecutor(share) as pool:
            parts = list(
                pool.map(
                    lambda part: [self._entry(path) for path in part],
                    [paths[start::share] for start in range(share)],
                )
            )
        return sorted(entry for part in parts for entry in part)

    def _full(self, path: bytes) -> bytes:
        return os.path.join(self._top, path) if path else self._top

    def _listing(self, inside: bytes) -> Iterable[tuple[bytes, bool]]:
        try:
            with opened_below(self._handle, inside) as handle, os.scandir(handle) as found:
                return [
                    (os.fsencode(each.name), each.is_dir(follow_symlinks=False)) for each in found
                ]
        except PermissionError:
            self._unread.add(inside)
            return []
        except (FileNotFoundError, NotADirectoryError):
            raise _vanished(self._full(inside)) from None

    def _entry(self, path: bytes) -> ContextEntry:
        full = self._full(path)
        folder, _, name = path.rpartition(b"/")
        stays = os_errors(os.fsdecode(full), expected="a file that stays while it is read")
        with stays, opened_below(self._handle, folder) as handle:
            info = os.stat(name, dir_fd=handle, follow_symlinks=False)
            mode = stat.S_IMODE(info.st_mode)
            if stat.S_ISDIR(info.st_mode):
                return ContextEntry(path, "d", mode, 0, "")
            if stat.S_ISLNK(info.st_mode):
                # Its permission bits mean nothing, and differ between systems.
                text = os.readlink(name, dir_fd=handle)
                return ContextEntry(path, "l", 0o777, 0, hashlib.sha256(text).hexdigest())
            if stat.S_ISREG(info.st_mode):
                return self._file(path, full, info, handle)
        raise _special(full, info.st_mode)

    def _file(self, path: bytes, full: bytes, info: os.stat_result, handle: int) -> ContextEntry:
        content = ContentDigest()
        size = 0
        for chunk in read_chunks(full, handle):
            content.add(chunk)
            size += len(chunk) if chunk is not None else CHUNK
        mode = stat.S_IMODE(info.st_mode)
        return ContextEntry(path, "f", mode, size, content.hex(), content.crlf)


class ContentDigest:
    """The digest of a content that comes in chunks of 1 MiB.

    The sha256 of a content of one chunk, or else of its chunks' sha256. So a hole of a sparse file
    costs nothing: a chunk of None stands for one of zeros.
    """

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self.crlf = False

    def add(self, chunk: bytes | memoryview | None) -> None:
        """Add the next chunk; only the last may be shorter than the others."""
        if not self._chunks and chunk is not None and bytes(chunk[:2]) == b"#!":
            self.crlf = bytes(chunk[:256]).partition(b"\n")[0].endswith(b"\r")
        self._chunks.append(_ZEROS if chunk is None else hashlib.sha256(chunk).digest())

    def hex(self) -> str:
        """The digest so far."""
        if len(self._chunks) > 1:
            return hashlib.sha256(b"".join(self._chunks)).hexdigest()
        return (self._chunks[0] if self._chunks else hashlib.sha256().digest()).hex()


def read_chunks(path: bytes, folder: int | None = None) -> Iterator[bytes | None]:
    """A regular file in chunks of 1 MiB, None for one that lies in a hole.

    ``folder`` is a descriptor of the folder that holds it, if there is one. Raises OSError, and
    LabError if it is no longer a regular file.
    """
    # What became a pipe since it was listed must not be waited for.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    name = path if folder is None else os.path.basename(path)
    handle = os.open(name, flags, dir_fd=folder)
    try:
        info = os.fstat(handle)
        if not stat.S_ISREG(info.st_mode):
            raise _special(path, info.st_mode)
        sparse = info.st_blocks * 512 < info.st_size - CHUNK
        at, hole_end = 0, 0
        while True:
            if sparse and at >= hole_end:
                hole_end = _data_after(handle, at, info.st_size)
            if hole_end - at >= CHUNK:
                yield None
                at += CHUNK
                continue
            chunk = os.pread(handle, CHUNK, at)
            while chunk and len(chunk) < CHUNK:
                more = os.pread(handle, CHUNK - len(chunk), at + len(chunk))
                if not more:
                    break
                chunk += more
            if chunk:
                yield chunk
                at += len(chunk)
            if len(chunk) < CHUNK:
                return
    finally:
        os.close(handle)


def _data_after(handle: int, at: int, size: int) -> int:
    """The offset of the next data at or after ``at``; the file's size if only a hole is left."""
    try:
        return os.lseek(handle, at, os.SEEK_DATA)
    except OSError:
        return size if at < size else at


@contextmanager
def os_errors(path: str, expected: str = "") -> Iterator[None]:
    """Turn an OSError about ``path`` into a LabError.

    Without ``expected`` a missing file is ignored.
    """
    try:
        yield
    except FileNotFoundError:
        if expected:
            raise _vanished(os.fsencode(path)) from None
    except PermissionError:
        raise _unreadable(os.fsencode(path)) from None
    except OSError as error:
        raise LabError(expected or f"a file at {path}", f"{path}: {error.strerror}") from None


def _vanished(full: bytes) -> LabError:
    path = os.fsdecode(full)
    return LabError(
        f"{path} to stay while the context is read",
        "it vanished",
        "stop what removes it, or name it in .dockerignore",
    )


def _unreadable(full: bytes) -> LabError:
    path = os.fsdecode(full)
    return LabError(
        f"{path} to be readable",
        "permission denied",
        "run as a user who may read it (become: true), or name it in .dockerignore",
    )


def _special(full: bytes, mode: int) -> LabError:
    kinds = (
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISFIFO, "a pipe (FIFO)"),
        (stat.S_ISBLK, "a block device"),
        (stat.S_ISCHR, "a device"),
    )
    kind = next((name for test, name in kinds if test(mode)), "something else")
    path = os.fsdecode(full)
    return LabError(
        "files, folders and links in the build context",
        f"{path} is {kind}",
        f"remove {path}, or name it in .dockerignore",
    )
