# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Digests of large contexts, remembered by what the kernel says of a file and nobody else can.

Size and modification time can be kept while a content changes; the time of the inode's last change (st_ctime) cannot: no system call sets
it. A digest is trusted where inode, size, and both times are what they were, on file systems of this kernel, and where it was taken long
after that change: a page that is mapped and already dirty is written without a new time, until it has been written back (30 seconds,
see dirty_expire_centisecs in https://docs.kernel.org/admin-guide/sysctl/vm.html).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from contextlib import suppress

from ..errors import LabError
from ..files import write_file

# Bytes of a context from which on remembering pays.
WORTH = 16 * 1024 * 1024
# Nanoseconds that a file must have been left alone before its digest was taken.
_SETTLED = 60 * 10**9
# Not tmpfs, which never writes pages back, and nothing of other systems: a network's, or Windows' drives in WSL.
_KEEPING = {"ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs"}
_MOUNTS = "/proc/self/mountinfo"
_MOUNT = re.compile(r"\d+ \d+ (\d+):(\d+) .* - (\S+) ")


class DigestMemory:
    """What is known of the files of one context. ``folder`` None: nothing is remembered."""

    def __init__(self, folder: str | None) -> None:
        self._path = folder and os.path.join(
            _cache(),
            f"{hashlib.sha256(os.fsencode(os.path.realpath(folder))).hexdigest()[:32]}.json",
        )
        self._known: dict[str, list[int | str | bool]] = {}
        self._seen: dict[str, list[int | str | bool]] = {}
        self._bytes = 0
        self._devices = _devices() if folder else set()
        with suppress(OSError, ValueError, AttributeError):
            if self._path:
                with open(self._path, encoding="ascii") as stream:
                    self._known = dict(json.load(stream).items())

    def recall(self, path: bytes, info: os.stat_result) -> tuple[str, bool] | None:
        """A file's digest and its mark of Windows' lines, where they are certain to be what they were."""
        self._bytes += info.st_size
        entry = self._known.get(path.hex())
        if entry is None or entry[:4] != _marks(info) or info.st_dev not in self._devices:
            return None
        self._seen[path.hex()] = entry
        return str(entry[4]), bool(entry[5])

    def note(self, path: bytes, info: os.stat_result, digest: str, crlf: bool, began: int) -> None:
        """Remember a digest of a file that was ``info`` before it was read; ``began``: when that was (ns since the epoch)."""
        if (
            info.st_dev in self._devices
            and began - max(info.st_ctime_ns, info.st_mtime_ns) > _SETTLED
        ):
            self._seen[path.hex()] = [*_marks(info), digest, crlf]

    def save(self) -> None:
        """Write down what was seen, where that pays; a machine on which that cannot be done reads everything each time."""
        if self._path and self._bytes >= WORTH and self._seen != self._known:
            with suppress(OSError, LabError):
                os.makedirs(os.path.dirname(self._path), mode=0o700, exist_ok=True)
                write_file(self._path, json.dumps(self._seen).encode("ascii"), 0o600)


def _marks(info: os.stat_result) -> list[int | str | bool]:
    return [info.st_ino, info.st_size, info.st_mtime_ns, info.st_ctime_ns]


def _cache() -> str:
    return os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"),
        "workshop.containers",
        "contexts",
    )


def _devices() -> set[int]:
    """The devices of the file systems whose times can be trusted."""
    with suppress(OSError), open(_MOUNTS, encoding="utf-8", errors="replace") as stream:
        found = (_MOUNT.match(line) for line in stream)
        return {
            os.makedev(int(mount[1]), int(mount[2]))
            for mount in found
            if mount and mount[3] in _KEEPING
        }
    return set()


def now() -> int:
    """The time of day, in nanoseconds since the epoch."""
    return time.time_ns()
