# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files, watched for changes by looking at them."""

from __future__ import annotations

import os
from typing import Iterable


class FilesSource:
    """Tells whether any of these files has changed since it was asked last; at first, that all did.

    Who asks before reading misses nothing.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = [*paths]
        self._seen: list[tuple[int, ...]] | None = None

    def changed(self) -> bool:
        """True if one of them has come, gone, or another time, size or mode."""
        before, self._seen = self._seen, self._look()
        return before != self._seen

    def _look(self) -> list[tuple[int, ...]]:
        found: list[tuple[int, ...]] = []
        for path in self._paths:
            try:
                info = os.stat(path)
                found.append((info.st_ino, info.st_mtime_ns, info.st_ctime_ns, info.st_size))
            except OSError:
                found.append(())
        return found
