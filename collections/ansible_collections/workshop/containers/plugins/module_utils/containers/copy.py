# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files and folders copied between a machine and a container, running or stopped.

Only what differs, and never one kind over another.
"""

from __future__ import annotations

import os
import posixpath
import tarfile
import tempfile
from contextlib import closing
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from ..errors import ClashError, LabError
from ..files import replacing
from .trees import (
    FILE,
    FOLDER,
    LINK,
    OTHER,
    Tree,
    archive_of,
    archived_tree,
    below,
    differences,
    local_tree,
)

if TYPE_CHECKING:
    from ..engine.client import Engine


class Copy(NamedTuple):
    """The paths that were, or would be, copied.

    ``paths`` are relative to the copied file or folder (empty for itself); both sides as before.
    """

    paths: list[str]
    wanted: Tree
    found: Tree


def _fitting(wanted: Tree, found: Tree, source: str, target: str, kept: int | None) -> Copy:
    """Compare; raises LabError if a file would have to replace a folder, or the like.

    ``kept`` is a mode for all files.
    """
    if not wanted:
        raise LabError(
            f"{source} to copy", "no such file or folder", "correct the path, or create it first"
        )
    if kept is not None:
        wanted = {
            path: entry._replace(mode=kept) if entry.kind == FILE else entry
            for path, entry in wanted.items()
        }
    for path, entry in wanted.items():
        if entry.kind == OTHER:
            raise LabError(
                f"files, folders and links in {source}",
                f"{path or source} is a {OTHER}",
                "remove it, or copy the others one by one",
            )
        there = found.get(path)
        if (
            there is not None
            and there.kind != entry.kind
            and {there.kind, entry.kind} != {FILE, LINK}
        ):
            where = posixpath.join(target, path) if path else target
            raise ClashError(
                f"a {entry.kind}, or nothing, at {where}",
                f"a {there.kind}",
                "remove it, or give the full path of the copy: it is not put into a folder of "
                "that name",
            )
    return Copy(differences(wanted, found), wanted, found)


def copy_into(
    engine: Engine,
    container: dict[str, Any],
    source: str,
    path: str,
    mode: int | None = None,
    owner: str = "0:0",
    pretend: bool = False,
) -> Copy:
    """Copy ``source`` on the machine to ``path`` in an inspected container.

    Other files there stay.
    """
    name = container["Name"].lstrip("/")
    _refuse_tmpfs(container, path)
    copy = _fitting(
        local_tree(source),
        archived_tree(engine, container["Id"], path),
        source,
        f"{name}:{path}",
        mode,
    )
    if copy.paths and not pretend:
        folder = posixpath.dirname(path.rstrip("/")) or "/"
        speaking = engine.speaking(
            f"{source} copied to {name}:{path}", f"see that the folder {folder} exists in {name}"
        )
        with closing(_packed(source, path, copy, owner)) as packed, speaking:
            engine.api.put_archive(container["Id"], folder, packed)
    return copy


def _refuse_tmpfs(container: dict[str, Any], path: str) -> None:
    """Raise LabError for a path in a tmpfs: an archive would go into the layer that it hides."""
    mounts = container.get("Mounts") or ()
    hidden = {each["Destination"] for each in mounts if each.get("Type") == "tmpfs"}
    hidden |= set((container.get("HostConfig") or {}).get("Tmpfs") or ())
    target = posixpath.normpath(path)
    for mount in sorted(hidden):
        if f"{target}/".startswith(f"{posixpath.normpath(mount)}/"):
            name = container["Name"].lstrip("/")
            raise LabError(
                f"a place for {path} in the file system of {name}",
                f"{mount} is a tmpfs, which exists in memory only while the container runs",
                f"name another path, or write there from inside (`docker exec {name} …`)",
            )


def _packed(source: str, path: str, copy: Copy, owner: str) -> IO[bytes]:
    """The entries that differ, as an archive for the folder above ``path``."""
    uid, _, gid = owner.partition(":")
    target = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    try:
        with tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for below_it in copy.paths:
                # A second name of a file is packed as a file: the first name may not be among what
                # differs.
                tar.inodes.clear()  # type: ignore[attr-defined]
                full = os.path.join(source, below_it) if below_it else source
                member = tar.gettarinfo(
                    full,
                    arcname=posixpath.join(posixpath.basename(path.rstrip("/")), below_it).rstrip(
                        "/"
                    ),
                )
                member.uid, member.gid, member.uname, member.gname = int(uid), int(gid), "", ""
                if member.isreg():
                    member.mode = copy.wanted[below_it].mode
                    with open(full, "rb") as stream:
                        tar.addfile(member, stream)
                else:
                    tar.addfile(member)
    except OSError as error:
        raise LabError(
            f"{source} to be read",
            f"{error.filename or source}: {error.strerror or error}",
            "run again",
        ) from None
    target.seek(0)
    return target


def copy_out(
    engine: Engine,
    container: dict[str, Any],
    path: str,
    target: str,
    mode: int | None = None,
    pretend: bool = False,
) -> Copy:
    """Copy ``path`` in an inspected container to ``target`` on the machine.

    Other files there stay.
    """
    where = f"{container['Name'].lstrip('/')}:{path}"
    copy = _fitting(
        archived_tree(engine, container["Id"], path), local_tree(target), where, target, mode
    )
    if copy.paths and not pretend:
        try:
            with archive_of(engine, container["Id"], path) as tar:
                for member in tar or ():
                    _unpack(tar, member, copy, target)
            # A folder gets its mode in the end: it may forbid to write in it.
            for below_it in reversed(copy.paths):
                if copy.wanted[below_it].kind == FOLDER:
                    os.chmod(
                        os.path.join(target, below_it) if below_it else target,
                        copy.wanted[below_it].mode,
                    )
        except OSError as error:
            raise LabError(
                f"{where} copied to {target}",
                f"{error.filename or target}: {error.strerror or error}",
            ) from None
    return copy


def _unpack(tar: Any, member: tarfile.TarInfo, copy: Copy, target: str) -> None:
    name = below(member)
    entry = copy.wanted.get(name)
    if name not in copy.paths or entry is None:
        return
    full = os.path.join(target, name) if name else target
    if entry.kind == FOLDER:
        if not os.path.isdir(full):
            os.mkdir(full, 0o700)
    elif entry.kind == LINK:
        if os.path.lexists(full):
            os.unlink(full)
        os.symlink(entry.content, full)
    elif member.islnk():
        first = os.path.join(target, below(tarfile.TarInfo(member.linkname)))
        with open(first, "rb") as stream:
            _write(stream, full, entry.mode)
    else:
        _write(tar.extractfile(member), full, entry.mode)


def _write(content: IO[bytes], path: str, mode: int) -> None:
    # Whoever names the path may name one that leads over links.
    folder, name = os.path.split(path)
    with replacing(os.path.join(os.path.realpath(folder), name), mode) as stream:
        for chunk in iter(lambda: content.read(1024 * 1024), b""):
            stream.write(chunk)
