# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files into which an engine with the log driver json-file writes what containers print.

Reading one asks nothing of the engine, and what was opened can be read to its end though the
container and the file are gone. Its place is `LogPath` of `docker inspect`, its format is
documented: https://docs.docker.com/engine/logging/drivers/json-file/
"""

from __future__ import annotations

import json
import os
import threading
import time
from contextlib import suppress
from typing import Callable, Iterator

from ..engine.client import Engine, timestamp
from ..engine.connection import FAILURES

DRIVER = "json-file"
# Seconds between two looks at whether more was printed
_PAUSE = 0.1
_CHUNK = 65536
# Seconds between two looks for the logs of containers that were just created, for how long these
# are that, and how many looks later one for all the others follows
_EAGER, _JUST, _OTHERS = 0.01, 10.0, 25
# Seconds that the log of a container that has started may be missing
_PATIENCE = 5.0


class LogFiles:
    """Opens the logs of new containers as soon as these are there.

    From a container's start to the end of one that prints a line and removes itself is a few tenths
    of a second: who has the log open by then can take all the time to read it.
    """

    def __init__(self) -> None:
        self._folder = ""
        self._changed = threading.Condition()
        # By id, since when a log is looked for
        self._expected: dict[str, float] = {}
        # By id, the descriptors of those that were found
        self._found: dict[str, int] = {}

    def of(self, engine: Engine) -> None:
        """Look where an engine keeps logs, if it writes files and this process can read them."""
        self._folder = ""
        with suppress(*FAILURES):
            folder = os.path.join(engine.root(), "containers")
            if engine.api.info().get("LoggingDriver") == DRIVER and os.access(folder, os.X_OK):
                self._folder = folder

    def expect(self, identity: str) -> bool:
        """Look for the log of a container from now on; whether there can be one."""
        if not self._folder:
            return False
        with self._changed:
            if identity not in self._found:
                if not self._expected:
                    threading.Thread(target=self._look, daemon=True).start()
                self._expected.setdefault(identity, time.monotonic())
        return True

    def leave(self, identity: str) -> None:
        """Look no longer."""
        descriptor = self._pop(identity)
        if descriptor is not None:
            os.close(descriptor)

    def read(self, identity: str, ended: Callable[[], bool]) -> Iterator[bytes]:
        """All that an expected container that has started prints, until it has ended.

        Raises FileNotFoundError where there is no log, or it was left.
        """
        with self._changed:
            self._open(identity)
            self._changed.wait_for(lambda: identity not in self._expected, _PATIENCE)
        descriptor = self._pop(identity)
        if descriptor is None:
            raise FileNotFoundError(identity)
        yield from read_log(descriptor, 0.0, ended)

    def _pop(self, identity: str) -> int | None:
        with self._changed:
            self._expected.pop(identity, None)
            self._changed.notify_all()
            return self._found.pop(identity, None)

    def _look(self) -> None:
        looks = 0
        while True:
            with self._changed:
                just = time.monotonic() - _JUST
                for identity, since in list(self._expected.items()):
                    if since > just or looks % _OTHERS == 0:
                        self._open(identity)
                if not self._expected:
                    return
            looks += 1
            time.sleep(_EAGER)

    def _open(self, identity: str) -> None:
        if identity not in self._expected:
            return
        descriptor = open_log(os.path.join(self._folder, identity, f"{identity}-json.log"))
        if descriptor is not None:
            self._found[identity] = descriptor
            del self._expected[identity]
            self._changed.notify_all()


def open_log(path: str) -> int | None:
    """A descriptor of a log; None where there is none of this kind."""
    if not path.endswith("-json.log"):
        return None
    try:
        return os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None


def read_log(descriptor: int, since: float, ended: Callable[[], bool]) -> Iterator[bytes]:
    """Read what was printed since a time (seconds since the epoch) and comes until the container
    has ended, or the file is removed; close the descriptor.
    """
    rest = b""
    try:
        while True:
            last = ended() or os.fstat(descriptor).st_nlink == 0
            chunk = os.read(descriptor, _CHUNK)
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                entry = json.loads(line)
                if timestamp(entry["time"]) >= since:
                    yield entry["log"].encode("utf-8", "surrogateescape")
            if not chunk:
                if last:
                    return
                time.sleep(_PAUSE)
    finally:
        os.close(descriptor)
