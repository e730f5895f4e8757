# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The common prefix of the lab's labels, and the digests in their values."""

from __future__ import annotations

import hashlib
import json
from typing import Any

PREFIX = "workshop.containers."


def digest(value: Any) -> str:
    """sha256 (hex) of a JSON-serialisable value, independent of the order of its keys."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
