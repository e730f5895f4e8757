# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder as an image is built from it: its content digest, and the archive that the builder gets.

The digest covers what reaches the image and nothing else: names, types, modes, link texts and contents; never times, owners or
inodes, which neither builder keys its cache on (https://docs.docker.com/build/cache/invalidation/).
"""

from __future__ import annotations

import hashlib
import os
import stat
import tarfile
import tempfile
from typing import IO, Iterator

from .errors import LabError

_CHUNK = 1024 * 1024


def entries(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    """All paths below ``folder``, relative, sorted by their bytes, with their lstat.

    Raises LabError for what a build context cannot hold (sockets, pipes, devices).
    """
    found = []
    for parent, folders, files in os.walk(folder):
        for name in folders + files:
            path = os.path.join(parent, name)
            found.append((os.path.relpath(path, folder), os.lstat(path)))
    for path, info in sorted(found, key=lambda item: os.fsencode(item[0])):
        if not (stat.S_ISREG(info.st_mode) or stat.S_ISDIR(info.st_mode) or stat.S_ISLNK(info.st_mode)):
            raise LabError(
                f"files, folders and links in the build context {folder}",
                f"{path} is a socket, a pipe or a device",
                f"remove {os.path.join(folder, path)}",
            )
        yield path, info


def context_digest(folder: str) -> str:
    """sha256 (hex) over everything in ``folder``."""
    total = hashlib.sha256()
    for path, info in entries(folder):
        full = os.path.join(folder, path)
        if stat.S_ISLNK(info.st_mode):
            content = hashlib.sha256(os.fsencode(os.readlink(full))).hexdigest()
        elif stat.S_ISREG(info.st_mode):
            content = _file_digest(full)
        else:
            content = ""
        line = b"%s\0%o\0%s\n" % (os.fsencode(path), info.st_mode, content.encode())
        total.update(line)
    return total.hexdigest()


def _file_digest(path: str) -> str:
    content = hashlib.sha256()
    with open(path, "rb") as stream:
        while True:
            chunk = stream.read(_CHUNK)
            if not chunk:
                return content.hexdigest()
            content.update(chunk)


def archive(folder: str) -> IO[bytes]:
    """The folder as an uncompressed tar in an unnamed temporary file, owned by root, without times."""
    target = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    with tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path, _info in entries(folder):
            # A second name of a file is packed as a file: of a hard link the classic builder may serve stale content.
            tar.inodes.clear()  # type: ignore[attr-defined]
            tar.add(os.path.join(folder, path), arcname=path, recursive=False, filter=_neutral)
    target.seek(0)
    return target


def _neutral(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    return member
