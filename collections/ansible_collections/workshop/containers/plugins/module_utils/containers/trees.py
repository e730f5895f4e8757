# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files and folders, on the machine or in a container, in a form that can be compared.

A *tree* maps paths to entries; the path of the file or folder itself is empty, those below a folder
are relative to it.
"""

from __future__ import annotations

import hashlib
import io
import os
import posixpath
import stat
import tarfile
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, Callable, Dict, Iterator, NamedTuple

from ..errors import EngineError, LabError

if TYPE_CHECKING:
    from ..engine.client import Engine

FILE, FOLDER, LINK, OTHER = "file", "folder", "link", "device, pipe or socket"
_CHUNK = 1024 * 1024


class Entry(NamedTuple):
    """``mode`` are the permission bits (0 of a link), ``content`` the sha256 of a file or the text
    of a link, ``owner`` uid:gid.
    """

    kind: str
    mode: int
    content: str
    owner: str

    def same(self, other: Entry | None) -> bool:
        """True if both have the same content and mode, whoever owns them."""
        return other is not None and self[:3] == other[:3]

    def __str__(self) -> str:
        return {
            FILE: f"file {self.mode:04o} {self.content[:12]}",
            LINK: f"link to {self.content}",
        }.get(self.kind, f"{self.kind} {self.mode:04o}")


Tree = Dict[str, Entry]


def digest_of(stream: IO[bytes]) -> str:
    """sha256 (hex) of what can be read."""
    found = hashlib.sha256()
    for chunk in iter(lambda: stream.read(_CHUNK), b""):
        found.update(chunk)
    return found.hexdigest()


def local_tree(path: str) -> Tree:
    """Read the tree at a path of this machine; empty: nothing.

    Raises LabError for what cannot be read.
    """
    tree: Tree = {}
    if not os.path.lexists(path):
        return tree
    try:
        tree[""] = _local_entry(path)
        if tree[""].kind == FOLDER:
            for folder, folders, files in os.walk(path, onerror=_raise):
                for name in folders + files:
                    full = os.path.join(folder, name)
                    tree[os.path.relpath(full, path)] = _local_entry(full)
    except OSError as error:
        where = error.filename or path
        raise LabError(
            f"{path} to be read",
            f"{where}: {error.strerror or type(error).__name__}",
            f"see what is at {where}",
        ) from None
    return tree


def _raise(error: OSError) -> None:
    raise error


def _local_entry(path: str) -> Entry:
    info = os.lstat(path)
    owner = f"{info.st_uid}:{info.st_gid}"
    if stat.S_ISLNK(info.st_mode):
        return Entry(LINK, 0, os.readlink(path), owner)
    mode = stat.S_IMODE(info.st_mode)
    if stat.S_ISDIR(info.st_mode):
        return Entry(FOLDER, mode, "", owner)
    if not stat.S_ISREG(info.st_mode):
        return Entry(OTHER, mode, "", owner)
    with open(path, "rb") as stream:
        return Entry(FILE, mode, digest_of(stream), owner)


class _Pieces(io.RawIOBase):
    """The pieces of an answer as a file that is read once."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = piece
        count = min(len(buffer), len(self._rest))
        buffer[:count], self._rest = self._rest[:count], self._rest[count:]
        return count


@contextmanager
def archive_of(engine: Engine, container_id: str, path: str) -> Iterator[tarfile.TarFile | None]:
    """The file or folder at a path of a container, as an archive that is read once, in order.

    None if there is none. The container may be running or stopped.
    """
    try:
        with engine.streaming(
            f"{path} in a container", "/containers/{0}/archive", container_id, path=path
        ) as pieces, tarfile.open(
            fileobj=io.BufferedReader(_Pieces(pieces), _CHUNK), mode="r|"
        ) as tar:
            yield tar
    except EngineError as error:
        if (
            getattr(error.__cause__, "status_code", None) != 404
            or "No such container" in error.observed
        ):
            raise
        yield None
    except tarfile.TarError as error:
        raise EngineError(
            f"an archive of {path} from the engine",
            f"{error}",
            "see that the engine runs, then run again",
        ) from None


def below(member: tarfile.TarInfo, top: str = "") -> str:
    """The path of a member relative to the file or folder that was asked for.

    The archive's names begin with the name of that, except for /.
    """
    if ".." in member.name.split("/"):
        raise LabError("an archive that stays in its folder", f"{member.name!r} in it")
    return _relative(member.name, top)


def _relative(name: str, top: str) -> str:
    path = posixpath.normpath(name.lstrip("/"))
    if top == "/":
        return "" if path == "." else path
    return path.partition("/")[2]


def archived_tree(
    engine: Engine, container_id: str, path: str, wanted: Callable[[str], bool] = lambda _path: True
) -> Tree:
    """The tree at a path of a container; empty if there is none.

    ``wanted`` decides of each path whether it counts.
    """
    tree: Tree = {}
    with archive_of(engine, container_id, path) as tar:
        for member in tar or ():
            name = below(member, path)
            if wanted(name):
                tree[name] = _archived_entry(member, tar, tree, path)
    return tree


def archived_head(engine: Engine, container_id: str, path: str) -> Entry | None:
    """The entry at a path of a container, without those below it.

    None if there is none.
    """
    with archive_of(engine, container_id, path) as tar:
        member = tar.next() if tar is not None else None
        return _archived_entry(member, tar, {}, path) if member is not None else None


def _archived_entry(
    member: tarfile.TarInfo, tar: tarfile.TarFile | None, before: Tree, top: str
) -> Entry:
    owner, mode = f"{member.uid}:{member.gid}", stat.S_IMODE(member.mode)
    if member.isdir():
        return Entry(FOLDER, mode, "", owner)
    if member.issym():
        return Entry(LINK, 0, member.linkname, owner)
    if member.islnk():
        # A second name of a file that came before.
        return before.get(
            _relative(member.linkname, top), Entry(OTHER, mode, member.linkname, owner)
        )
    stream = tar.extractfile(member) if tar is not None and member.isreg() else None
    if stream is None:
        return Entry(OTHER, mode, f"{member.type!r} {member.devmajor}:{member.devminor}", owner)
    return Entry(FILE, mode, digest_of(stream), owner)


def differences(wanted: Tree, found: Tree) -> list[str]:
    """The paths at which ``found`` differs from ``wanted``.

    Those that only ``found`` has do not count.
    """
    return sorted(path for path, entry in wanted.items() if not entry.same(found.get(path)))
