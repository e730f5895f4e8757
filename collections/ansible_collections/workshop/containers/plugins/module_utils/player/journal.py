# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal: what the observer saw on a machine, one JSON object a line, only ever added to.

Root writes it, the group docker reads it: who is in that group is root by other means anyway.
"""

from __future__ import annotations

import errno
import json
import os
from typing import Any, Iterator

from ..errors import LabError

NAME = "journal.jsonl"
# Bytes; the output of containers is cut, so that even thousands of containers stay below this.
LARGEST = 64 * 1024 * 1024
# Bytes of an event, at most
_LONGEST = 256 * 1024


class Journal:
    """A journal that is being written. Its events have ``at``, seconds since the epoch."""

    def __init__(self, path: str, group: int = 0) -> None:
        """Open it, or make it for root and ``group``; a line that a kill cut short is removed."""
        self.path = path
        os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
        self._group = group
        self._open()

    def _open(self) -> None:
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        self._file = os.open(self.path, flags, 0o640)
        os.fchown(self._file, -1, self._group)
        size = os.fstat(self._file).st_size
        start = max(0, size - _LONGEST)
        # What a kill cut short was not told yet.
        os.ftruncate(self._file, start + os.pread(self._file, _LONGEST, start).rfind(b"\n") + 1)

    def add(self, event: dict[str, Any]) -> None:
        """Write an event in one piece, or nothing; raises LabError where the disk is full."""
        line = json.dumps(event, ensure_ascii=True, separators=(",", ":")).encode("ascii") + b"\n"
        try:
            size = os.fstat(self._file).st_size
            if size + len(line) > LARGEST:
                raise LabError(
                    f"room in {self.path}",
                    f"it has {LARGEST // 1024 // 1024} MiB",
                    "reset the workshop: `./lab reset` begins a new journal",
                )
            if os.write(self._file, line) < len(line):
                os.ftruncate(self._file, size)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            raise LabError(
                f"the journal {self.path} to be written",
                error.strerror or type(error).__name__,
                "free some space; what was seen so far is kept",
            ) from None

    def begin_anew(self) -> None:
        """Begin an empty journal; the one so far is kept beside it until the next time."""
        os.replace(self.path, f"{self.path}.before")
        os.close(self._file)
        self._open()

    def sync(self) -> None:
        """Bring what was added to the disk."""
        os.fsync(self._file)

    def close(self) -> None:
        """Close it."""
        os.close(self._file)


def read(path: str) -> Iterator[dict[str, Any]]:
    """The events of a journal, the oldest first; none where there is no journal.

    In place of a line that is no event there is one that says so; what is being written is passed
    over. Raises LabError where the file may not be read.
    """
    try:
        with open(path, "rb") as stream:
            for line in stream:
                try:
                    event = json.loads(line)
                except ValueError:
                    event = None
                if isinstance(event, dict) and isinstance(event.get("event"), str):
                    yield event
                elif line.endswith(b"\n") and line != b"\n":
                    yield {"event": "broken"}
    except FileNotFoundError:
        return
    except PermissionError:
        raise LabError(
            f"the journal {path} to be readable",
            "Permission denied",
            "join the group docker (`sudo usermod -aG docker $USER`, then log in again)",
        ) from None
    except OSError as error:
        raise LabError(
            f"the journal {path} to be readable",
            error.strerror or type(error).__name__,
            f"as root, move {path} away, then `service docker-workshop restart`",
        ) from None
