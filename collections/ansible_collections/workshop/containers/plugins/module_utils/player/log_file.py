# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file into which an engine with the log driver json-file writes what a container prints.

Reading it asks nothing of the engine, and what was opened can be read to its end though the
container and the file are gone. Its place is `LogPath` of `docker inspect`, its format is
documented: https://docs.docker.com/engine/logging/drivers/json-file/
"""

from __future__ import annotations

import json
import os
import time
from typing import Iterator

from ..engine.client import timestamp

# Seconds between two looks at whether more was printed
_PAUSE = 0.1
_CHUNK = 65536


def open_log(path: str) -> int | None:
    """A descriptor of a log; None where there is none of this kind."""
    if not path.endswith("-json.log"):
        return None
    try:
        return os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None


def read_log(descriptor: int, since: float) -> Iterator[bytes]:
    """What was printed since a time (seconds since the epoch) and comes until the file is removed;
    closes the descriptor.
    """
    rest = b""
    try:
        while True:
            gone = os.fstat(descriptor).st_nlink == 0
            chunk = os.read(descriptor, _CHUNK)
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                entry = json.loads(line)
                if timestamp(entry["time"]) >= since:
                    yield entry["log"].encode("utf-8", "surrogateescape")
            if not chunk:
                if gone:
                    return
                time.sleep(_PAUSE)
    finally:
        os.close(descriptor)
