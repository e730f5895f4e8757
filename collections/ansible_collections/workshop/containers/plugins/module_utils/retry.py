# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Poll until a condition holds or the time is up."""

from __future__ import annotations

import time
from typing import Callable, TypeVar

POLL = 0.02

T = TypeVar("T")


def retry(observe: Callable[[], T], good: Callable[[T], bool], seconds: float) -> T:
    """Observe until ``good`` or until ``seconds`` have passed; gives the last observation."""
    end = time.monotonic() + seconds
    while True:
        found = observe()
        if good(found) or time.monotonic() >= end:
            return found
        time.sleep(POLL)
