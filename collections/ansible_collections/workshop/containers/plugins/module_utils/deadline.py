# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Interrupt a block that takes too long: a call of an engine or server, a regular expression."""

from __future__ import annotations

import signal
import threading
import time
from contextlib import contextmanager
from typing import Any, Iterator

from .errors import LabError


class DeadlineError(LabError):
    """The time limit of a block has passed."""

    link = "but"


class _Alarm(BaseException):
    """The interruption of the block: libraries that catch every Exception do not catch it."""


@contextmanager
def deadline(seconds: float, expected: str, remedy: str = "") -> Iterator[None]:
    """Raise DeadlineError about ``expected`` if the block takes longer than ``seconds``.

    An alarm of the process interrupts it. A deadline within another one ends with that at the
    latest. In a thread other than the main one there is no limit: signals do not reach it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    alarm = _Alarm()

    def ring(*_signal: Any) -> None:
        raise alarm

    started = time.monotonic()
    handler = signal.signal(signal.SIGALRM, ring)
    left, _interval = signal.setitimer(signal.ITIMER_REAL, seconds)
    if left and left < seconds:
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, left)
    try:
        yield
    except _Alarm as caught:
        if caught is not alarm:
            raise
        raise DeadlineError(expected, f"it was not done within {seconds:g} s", remedy) from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        if left:
            # The smallest time rings at once; none would never ring.
            rest = left - (time.monotonic() - started)
            signal.setitimer(signal.ITIMER_REAL, max(rest, 0.001))
