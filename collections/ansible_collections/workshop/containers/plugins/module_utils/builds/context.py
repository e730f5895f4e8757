# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder as an image is built from it: what of it the builder sees, and its digests.

Digests cover what reaches the image and nothing else: names, types, modes, link texts and contents; never times, owners or
inodes, which neither builder keys its cache on (https://docs.docker.com/build/cache/invalidation/). A file can change and keep its
size and modification time, so a content is read unless ``digest_memory`` is certain of it.
"""

from __future__ import annotations

import hashlib
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Callable, Iterable, Iterator, NamedTuple

from ..errors import LabError
from .digest_cache import DigestMemory, now
from .dockerignore import Ignore, Verdict, read_rules

# Contents are read, and their digests are taken, in pieces of this size.
CHUNK = 1024 * 1024
# More threads than that only wait for the disk.
_READERS = 4
_ZEROS = hashlib.sha256(bytes(CHUNK)).digest()

Listing = Callable[[bytes], Iterable["tuple[bytes, bool]"]]


class Entry(NamedTuple):
    """Something in the context. ``path``: relative. ``kind``: f, d or l. ``digest``: of the content (of a link: its text), in hex.

    ``mode`` holds the twelve permission bits, ``crlf`` tells that it is a script whose first line ends as Windows has it.
    """

    path: bytes
    kind: str
    mode: int
    size: int
    digest: str
    crlf: bool = False


def walk(ignore: Ignore, listing: Listing) -> Iterator[bytes]:
    """The paths that the builder sees, folders before what is in them; excluded folders are there if something in them is.

    ``listing`` gives the names in a folder (``b""``: the context itself), and whether each is a folder itself.
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
    """The rules in force: ``DOCKERFILE.dockerignore`` beside the Dockerfile, or else .dockerignore; raises LabError."""
    for path in (
        os.path.join(folder, f"{dockerfile}.dockerignore"),
        os.path.join(folder, ".dockerignore"),
    ):
        with told(path), open(path, "rb") as stream:
            return read_rules(stream.read(), os.path.relpath(path, folder))
    return Ignore([])


def read_entries(folder: str, ignore: Ignore, memory: DigestMemory | None = None) -> list[Entry]:
    """All that the builder sees of ``folder``, sorted by path, with digests; raises LabError.

    Contents are streamed: memory does not grow with them. ``memory`` spares the reading of those that it is certain of.
    """
    memory = memory or DigestMemory(None)
    top = os.fsencode(folder)

    def listing(inside: bytes) -> Iterable[tuple[bytes, bool]]:
        try:
            with os.scandir(os.path.join(top, inside) if inside else top) as found:
                return [(each.name, each.is_dir(follow_symlinks=False)) for each in found]
        except PermissionError:
            unread.add(inside)
            return []
        except FileNotFoundError:
            raise _vanished(os.path.join(top, inside)) from None

    unread: set[bytes] = set()
    paths = sorted(walk(ignore, listing))
    for path in unread.intersection([*paths, b""]):
        raise _unreadable(os.path.join(top, path) if path else top)
    share = min(_READERS, os.cpu_count() or 1)
    with ThreadPoolExecutor(share) as pool:
        parts = list(
            pool.map(
                lambda part: [_entry(top, path, memory) for path in part],
                [paths[start::share] for start in range(share)],
            )
        )
    return sorted(entry for part in parts for entry in part)


def _entry(top: bytes, path: bytes, memory: DigestMemory) -> Entry:
    full = os.path.join(top, path)
    with told(os.fsdecode(full), expected="a file that stays while it is read"):
        info = os.lstat(full)
        mode = stat.S_IMODE(info.st_mode)
        if stat.S_ISDIR(info.st_mode):
            return Entry(path, "d", mode, 0, "")
        if stat.S_ISLNK(info.st_mode):
            # Its permission bits mean nothing, and differ between systems.
            return Entry(path, "l", 0o777, 0, hashlib.sha256(os.readlink(full)).hexdigest())
        if stat.S_ISREG(info.st_mode):
            known = memory.recall(path, info)
            if known is not None:
                return Entry(path, "f", mode, info.st_size, *known)
            began = now()
            content = ContentDigest()
            size = 0
            for chunk in read_chunks(full):
                content.add(chunk)
                size += len(chunk) if chunk is not None else CHUNK
            memory.note(path, info, content.hex(), content.crlf, began)
            return Entry(path, "f", mode, size, content.hex(), content.crlf)
    raise _special(full, info.st_mode)


class ContentDigest:
    """The digest of a content that comes in chunks of 1 MiB: the sha256 of what is not longer, or else of its chunks' sha256.

    So a hole of a sparse file costs nothing: a chunk of None stands for one of zeros.
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


def read_chunks(path: bytes) -> Iterator[bytes | None]:
    """A regular file in chunks of 1 MiB, None for one that lies in a hole; raises OSError, and LabError if it is no file any more."""
    # What became a pipe since it was listed must not be waited for.
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
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
    """Where the data at or after ``at`` begins; the file's size when only a hole is left."""
    try:
        return os.lseek(handle, at, os.SEEK_DATA)
    except OSError:
        return size if at < size else at


@contextmanager
def told(path: str, expected: str = "") -> Iterator[None]:
    """Turn what the file system says about ``path`` into a LabError; without ``expected`` a file that is missing is passed over."""
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
        "stop what writes there, or name it in .dockerignore",
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
