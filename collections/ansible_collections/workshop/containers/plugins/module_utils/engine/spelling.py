# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The spelling of an engine: its paths, and the filters of its listings."""

from __future__ import annotations

import re

NO_TEXT = "\ufffd"


def as_engine_spells(path: str) -> str:
    """Spell a path as the engine does: undecodable bytes become U+FFFD.

    A run of them becomes a single one here: engines differ in how many they write.
    """
    return re.sub(
        f"{NO_TEXT}+", NO_TEXT, path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    )


def label_filter(labels: dict[str, str]) -> dict[str, list[str]] | None:
    """The filter of a listing; None lists everything."""
    return {"label": [f"{key}={value}" for key, value in labels.items()]} if labels else None
