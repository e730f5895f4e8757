# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The choices of a person on a machine: the language, and how much help at which step."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

_LONGEST = 1000


def spoken(data: dict[str, Any], settings: dict[str, Any]) -> str:
    """The language that the person has chosen, or else the machine's."""
    chosen = _read("language")
    return chosen if chosen in data["languages"] else str(settings["language"])


def choose_language(name: str) -> None:
    """Keep the language; raises OSError."""
    _write("language", name)


def hints_told(step: str) -> int:
    """The level of help that was told last, if that was for this step; else 0."""
    told, _, level = _read("hint").partition(" ")
    return int(level) if told == step and level.isdecimal() else 0


def tell_hint(step: str, level: int) -> None:
    """Keep which help was told; where it cannot be kept, it is told from the beginning again."""
    with suppress(OSError):
        _write("hint", f"{step} {level}")


def _read(name: str) -> str:
    try:
        with open(os.path.join(_folder(), name), encoding="utf-8") as stream:
            return stream.read(_LONGEST).strip()
    except (OSError, ValueError):
        return ""


def _write(name: str, text: str) -> None:
    os.makedirs(_folder(), mode=0o700, exist_ok=True)
    path = os.path.join(_folder(), name)
    with open(f"{path}.new", "w", encoding="utf-8") as stream:
        stream.write(f"{text}\n")
    os.replace(f"{path}.new", path)


def _folder() -> str:
    home = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    return os.path.join(home, "workshop")
