# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Watch the free space on an engine's disk during a pull.

The space of a failed pull is free again when it is over, and the engine then names the registry
that it asked last.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from typing import Any

# Bytes: with less no layer can be unpacked.
_LITTLE = 16 * 1024 * 1024


class Room:
    """Free space in ``root``, and how much is still to come; unknown if ``root`` is empty."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._sizes: dict[str, int] = {}
        self._before = self._look()
        self._lowest = self._free()

    def see(self, message: dict[str, Any]) -> None:
        """Take a message of the stream into account."""
        if message.get("status") in ("Downloading", "Extracting"):
            layer = message.get("id", "")
            total = (message.get("progressDetail") or {}).get("total") or 0
            self._sizes[layer] = max(total, self._sizes.get(layer, 0))
            self._lowest = min(self._lowest, self._free())

    def shortage(self) -> str:
        """The missing space, in words; empty if there is enough, or if it is unknown."""
        if self._before is None:
            return ""
        needed, lowest = sum(self._sizes.values()), min(self._lowest, self._free())
        of_all = f"of {self._before.total / 1e6:.0f} MB free in {self._root}"
        if needed > self._before.free:
            return f"{needed / 1e6:.0f} MB are to come, {self._before.free / 1e6:.0f} {of_all}"
        return f"{lowest / 1e6:.0f} {of_all}" if lowest < _LITTLE else ""

    def _free(self) -> float:
        now = self._look()
        return now.free if now else float("inf")

    def _look(self) -> Any:
        """Total and free bytes; None where that cannot be seen from here."""
        with suppress(OSError):
            return shutil.disk_usage(self._root) if self._root else None
        return None
