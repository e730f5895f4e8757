# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of a machine, also below folders in which others may change what a name means.

The lab works as root among learners' files. A symbolic link is followed only where nobody but root,
or whoever runs this, can have made it; elsewhere it is refused. Every look and every change goes
through descriptors of folders that are already open, so that nothing can be exchanged on the way.
"""

from __future__ import annotations

import codecs
import errno
import os
import secrets
import stat
from contextlib import contextmanager, suppress
from typing import IO, Iterator

from .errors import LabError

# What a file may hold at most that a lesson writes or judges.
LARGEST = 1024 * 1024
_OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# To walk through, which asks for no permission to list what is in it
_FOLDER = _OPEN_FOLDER | os.O_PATH
# Opening a FIFO to read would wait for somebody who writes.
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
# As many as Linux follows
_LINKS = 40
_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFREG: "a file",
}


class UnsafePathError(LabError):
    """A path leads through something that somebody else could have put there."""


def kind_of(mode: int) -> str:
    """Name what has a mode: a file, a folder, a named pipe, …"""
    return _KINDS.get(stat.S_IFMT(mode), "something unknown")


class Folder:
    """An open folder.

    ``trusted``: nobody but root or this user can change what names in it mean.
    """

    def __init__(self, path: str, handle: int, trusted: bool) -> None:
        self.path = path
        self.handle = handle
        self.trusted = trusted

    def status(self, name: str) -> os.stat_result | None:
        """Describe what has this name, a link as itself; None where nothing has."""
        try:
            return os.stat(name, dir_fd=self.handle, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def enter(self, name: str) -> Folder:
        """Open a folder in this one; raises OSError, ELOOP for a link."""
        try:
            handle = os.open(name, _FOLDER, dir_fd=self.handle)
        except NotADirectoryError:
            # With O_DIRECTORY Linux says so of a link, too.
            info = self.status(name)
            if info is not None and stat.S_ISLNK(info.st_mode):
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), name) from None
            raise
        trusted = self.trusted and _is_trusted(os.fstat(handle))
        return Folder(os.path.join(self.path, name), handle, trusted)

    def close(self) -> None:
        """Close it."""
        os.close(self.handle)


def _is_trusted(info: os.stat_result) -> bool:
    return info.st_uid in (0, os.geteuid()) and not info.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


class _Walk:
    """A walk from the root of the file system, one name at a time."""

    def __init__(self, path: str) -> None:
        if not os.path.isabs(path):
            raise LabError("an absolute path", repr(path), "begin it with a slash")
        self.path = path
        self.left = [part for part in path.split("/") if part not in ("", ".")]
        self.links = 0
        handle = os.open("/", _FOLDER)
        self.folders = [Folder("/", handle, _is_trusted(os.fstat(handle)))]

    @property
    def here(self) -> Folder:
        return self.folders[-1]

    def close(self) -> None:
        for folder in self.folders:
            folder.close()

    def to_parent(self, follow: bool) -> str:
        """Go as far as the folder that holds the last name, and return that name.

        Links on the way are followed, and with ``follow`` the last name, too. An empty name means
        the folder itself. Raises OSError and UnsafePathError.
        """
        while self.left:
            name = self.left[0]
            last = len(self.left) == 1
            if name == "..":
                self.left.pop(0)
                if len(self.folders) > 1:
                    self.folders.pop().close()
                continue
            if follow or not last:
                info = self.here.status(name)
                if info is not None and stat.S_ISLNK(info.st_mode):
                    self._follow(name)
                    continue
            if last:
                return name
            self.folders.append(self.here.enter(name))
            self.left.pop(0)
        return ""

    def _follow(self, name: str) -> None:
        place = os.path.join(self.here.path, name)
        if not self.here.trusted:
            raise UnsafePathError(
                f"files and folders on the way to {self.path}",
                f"{place} is a symbolic link, in a folder that others can change",
                f"remove the link {place}",
            )
        self.links += 1
        if self.links > _LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), self.path)
        target = os.readlink(name, dir_fd=self.here.handle)
        if target.startswith("/"):
            while len(self.folders) > 1:
                self.folders.pop().close()
        self.left[:1] = [part for part in target.split("/") if part not in ("", ".")]


@contextmanager
def parent(path: str, follow: bool = False) -> Iterator[tuple[Folder, str]]:
    """Open the folder that holds ``path``, and give the name that ``path`` has in it.

    With ``follow``, a link at ``path`` itself is followed, too: the folder is then the one that
    holds what it leads to. Raises OSError, and UnsafePathError where somebody else's link is met.
    """
    walk = _Walk(path)
    try:
        name = walk.to_parent(follow)
        yield walk.here, name or "."
    except OSError as error:
        if error.errno is not None:
            error.filename = path  # not only the name that it has in its folder
        raise
    finally:
        walk.close()


def status(path: str, follow: bool = True) -> os.stat_result | None:
    """Describe what is at ``path``; None where nothing is. Raises UnsafePathError."""
    try:
        with parent(path, follow) as (folder, name):
            return folder.status(name)
    except (FileNotFoundError, NotADirectoryError):
        return None


def owner_of_folder(path: str) -> tuple[int, int]:
    """The owner (uid, gid) of the folder that holds ``path``: whose is what is made there."""
    with parent(path) as (folder, _name):
        info = os.fstat(folder.handle)
        return info.st_uid, info.st_gid


def is_folder(path: str) -> bool:
    """Tell whether a folder is at ``path``; raises UnsafePathError."""
    info = status(path)
    return info is not None and stat.S_ISDIR(info.st_mode)


@contextmanager
def opened_folder(path: str) -> Iterator[int]:
    """Open a folder, to be listed and walked through by its descriptor.

    Raises OSError, and UnsafePathError where somebody else's link leads there.
    """
    with parent(path, follow=True) as (folder, name):
        handle = os.open(name, _OPEN_FOLDER, dir_fd=folder.handle)
    try:
        yield handle
    finally:
        os.close(handle)


@contextmanager
def opened_below(folder: int, inside: bytes) -> Iterator[int]:
    """Open the folder ``inside`` an open one, a relative path; links are not followed."""
    handle = os.dup(folder)
    try:
        for part in inside.split(b"/") if inside else ():
            below = os.open(part, _OPEN_FOLDER, dir_fd=handle)
            os.close(handle)
            handle = below
        yield handle
    finally:
        os.close(handle)


def is_file(path: str) -> bool:
    """Tell whether a regular file is at ``path``; raises UnsafePathError."""
    info = status(path)
    return info is not None and stat.S_ISREG(info.st_mode)


@contextmanager
def opened(path: str) -> Iterator[IO[bytes]]:
    """Open a regular file to read; raises OSError, and LabError for anything else at ``path``."""
    with parent(path, follow=True) as (folder, name):
        before = folder.status(name)
        if before is not None and not stat.S_ISREG(before.st_mode):
            # Not even opened: opening a device may do something.
            raise LabError(f"a file at {path}", kind_of(before.st_mode), f"remove {path}")
        handle = os.open(name, _READ, dir_fd=folder.handle)
    with os.fdopen(handle, "rb") as stream:
        info = os.fstat(handle)
        if not stat.S_ISREG(info.st_mode):
            raise LabError(f"a file at {path}", kind_of(info.st_mode), f"remove {path}")
        yield stream


def read_file(path: str, largest: int = LARGEST) -> bytes:
    """Read a regular file of at most ``largest`` bytes; raises OSError and LabError."""
    with opened(path) as stream:
        content = stream.read(largest + 1)
    if len(content) > largest:
        raise LabError(
            f"at most {largest} bytes in {path}", "a larger file", f"make {path} smaller"
        )
    return content


def text_of(content: bytes) -> tuple[str, bool]:
    """Decode UTF-8, and tell whether a byte-order mark was in front: Windows' editors put it there.

    Raises ValueError for anything else, such as the UTF-16 of PowerShell.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ValueError("it is UTF-16, as PowerShell writes it, and has to be UTF-8")
    marked = content.startswith(codecs.BOM_UTF8)
    try:
        return content[len(codecs.BOM_UTF8) * marked :].decode(), marked
    except UnicodeDecodeError as error:
        raise ValueError(f"its byte {error.start} is not UTF-8") from None


def make_folder(path: str, mode: int, owner: tuple[int, int] | None = None) -> None:
    """Make a folder with exactly this mode and owner (uid, gid); raises OSError and LabError."""
    with parent(path) as (folder, name):
        os.mkdir(name, 0o700, dir_fd=folder.handle)
        _settle_folder(folder, name, mode, owner)


def make_folders(path: str, mode: int) -> None:
    """Make a folder and those above it that are missing, each its folder's owner's.

    Raises OSError and LabError.
    """
    if not is_folder(path):
        make_folders(os.path.dirname(path), mode)
        make_folder(path, mode, owner_of_folder(path))


def settle_folder(path: str, mode: int, owner: tuple[int, int] | None = None) -> None:
    """Give a folder exactly this mode and owner (uid, gid); raises OSError and LabError."""
    with parent(path, follow=True) as (folder, name):
        _settle_folder(folder, name, mode, owner)


def _settle_folder(folder: Folder, name: str, mode: int, owner: tuple[int, int] | None) -> None:
    handle = os.open(name, _OPEN_FOLDER, dir_fd=folder.handle)
    try:
        _settle(handle, mode, owner)
    finally:
        os.close(handle)


def _settle(handle: int, mode: int, owner: tuple[int, int] | None) -> None:
    if owner is not None:
        os.fchown(handle, *owner)
    # After the owner: changing that takes bits away.
    os.fchmod(handle, mode)


@contextmanager
def replacing(path: str, mode: int, owner: tuple[int, int] | None = None) -> Iterator[IO[bytes]]:
    """Give a stream whose content is at ``path``, with exactly this mode, when the block ends.

    A reader, and a crash, sees the old content or the new one. Raises OSError and LabError, and
    leaves the old file then.
    """
    with parent(path) as (folder, name):
        temporary, handle = _temporary(folder, name)
        try:
            with os.fdopen(handle, "wb") as stream:
                yield stream
                _settle(stream.fileno(), mode, owner)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(temporary, name, src_dir_fd=folder.handle, dst_dir_fd=folder.handle)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary, dir_fd=folder.handle)
            raise


def _temporary(folder: Folder, name: str) -> tuple[str, int]:
    """A new file in ``folder``: its name and a descriptor.

    The name is the same each time, so that what a killed run left is replaced, not added to. Where
    something else has it that cannot be removed, such as a folder, it is another one.
    """
    temporary = f".{name}.workshop.tmp"
    with suppress(OSError):
        os.unlink(temporary, dir_fd=folder.handle)
    for candidate in (temporary, f"{temporary}-{secrets.token_hex(8)}"):
        try:
            return candidate, os.open(candidate, _NEW, 0o600, dir_fd=folder.handle)
        except FileExistsError:
            continue
    raise FileExistsError(
        errno.EEXIST, os.strerror(errno.EEXIST), os.path.join(folder.path, temporary)
    )


def write_file(path: str, content: bytes, mode: int, owner: tuple[int, int] | None = None) -> None:
    """Put ``content`` at ``path`` with exactly this mode and owner, as :func:`replacing` does."""
    with replacing(path, mode, owner) as stream:
        stream.write(content)


def touch(path: str) -> None:
    """Set a regular file's time of modification to now; raises OSError and LabError."""
    with opened(path) as stream:
        os.utime(stream.fileno())


def rename(path: str, name: str) -> None:
    """Give what is at ``path`` another name in the same folder; raises OSError and LabError."""
    with parent(path) as (folder, old):
        os.rename(old, name, src_dir_fd=folder.handle, dst_dir_fd=folder.handle)


def move(path: str, target: str) -> None:
    """Give what is at ``path``, a link as itself, the path ``target``; its folder has to be there.

    Raises OSError and LabError.
    """
    with parent(path) as (folder, old), parent(target) as (other, new):
        os.rename(old, new, src_dir_fd=folder.handle, dst_dir_fd=other.handle)


def remove_file(path: str) -> None:
    """Remove what is at ``path``, unless it is a folder; raises OSError and LabError."""
    with parent(path) as (folder, name):
        os.unlink(name, dir_fd=folder.handle)


def remove_folder(path: str) -> bool:
    """Remove a folder if it is empty, and tell whether it was; raises OSError and LabError."""
    with parent(path) as (folder, name):
        try:
            os.rmdir(name, dir_fd=folder.handle)
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
                return False
            raise
    return True
