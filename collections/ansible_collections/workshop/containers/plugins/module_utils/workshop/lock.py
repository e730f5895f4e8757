# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run at a time on a machine."""

from __future__ import annotations

import fcntl
import getpass
import os
import time
from contextlib import contextmanager
from typing import Iterator

from ..errors import LabError
from ..retry import retry


@contextmanager
def locked(path: str, purpose: str, timeout: float) -> Iterator[None]:
    """Hold the machine's lock.

    Waits up to ``timeout`` seconds, then raises LabError that names the holder.

    The lock is the kernel's (flock), so a killed holder never blocks the next run.
    """
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    with open(path, "a+", encoding="utf-8") as stream:
        if not retry(lambda: _try_lock(stream.fileno()), bool, timeout):
            stream.seek(0)
            raise LabError(
                "no other run of the lab on this machine",
                stream.read().strip() or "a run that left no name in the lock file",
                "wait until it has ended, then run again",
            )
        stream.truncate(0)
        started = time.strftime("%Y-%m-%d %H:%M:%S %Z")
        stream.write(
            f"{purpose}, process {os.getpid()} of {getpass.getuser()}, running since {started}\n"
        )
        stream.flush()
        try:
            yield
        finally:
            stream.truncate(0)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
