# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What steps printed on real machines: the recordings that `./lab replay` keeps."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

# What differs from run to run of the same: ids, times, sizes, and how long something took.
_PASSING = re.compile(r"\b[0-9a-f]{8,}\b|\d+|\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b|[a-z]+_[a-z]+")
_BUILDERS = {
    "buildkit": re.compile(r"\[internal\]|\[\+\] Building"),
    "classic": re.compile(r"Step \d+/\d+ :"),
}


@dataclass(frozen=True)
class Recording:
    """A step on one machine: ``cast`` for a player (asciicast), ``text`` for readers.

    ``builder`` is classic or buildkit where the step shows one at work, else "".
    """

    machine: str
    cast: str
    text: str
    builder: str


def read(folder: Path) -> dict[str, list[Recording]]:
    """The recordings of each step, of machines in the order of their names.

    Of several that differ in ids and times only it is the first. A folder has one for each machine;
    one that does not exist has none.
    """
    found: dict[str, list[Recording]] = {}
    for path in sorted(folder.glob("*/*.cast")):
        text = path.with_suffix(".txt")
        recording = _recording(path, text.read_text(encoding="utf-8") if text.exists() else "")
        known = found.setdefault(path.name.removesuffix(".cast"), [])
        if all(_lasting(each) != _lasting(recording) for each in known):
            known.append(recording)
    return {step: _differing(recordings) for step, recordings in found.items()}


def _recording(path: Path, text: str) -> Recording:
    builder = next((name for name, sign in _BUILDERS.items() if sign.search(text)), "")
    return Recording(path.parent.name, path.read_text(encoding="utf-8"), text.strip("\n"), builder)


def _differing(recordings: list[Recording]) -> list[Recording]:
    """One of each builder; where none is at work, machines differ in nothing that matters."""
    return list({each.builder: each for each in reversed(recordings)}.values())[::-1]


def _lasting(recording: Recording) -> str:
    return _PASSING.sub("", recording.text)
