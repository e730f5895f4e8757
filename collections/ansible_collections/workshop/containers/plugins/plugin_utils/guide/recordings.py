# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the output of steps on real machines: the recordings that `./lab replay` keeps."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

# What differs from run to run of the same: prompts, ids, names that the engine gives, times and
# sizes.
_PASSING = re.compile(
    r"\w+@[\w.-]+:|\b[0-9a-f]{8,}\b|\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b|\b[a-z]+_[a-z]+\b"
    r"|About an? (?:minute|hour)|Less than a second|\d+(?: (?:second|minute|hour|day|week)s?\b)?"
)
# How wide and high a recorded terminal is
_COLUMNS, _ROWS = 80, 24
# A program that paints the whole screen, such as an editor
_MOVES = re.compile(r"\\u001b\[(?:\?1049h|\d+;\d+H)")
_BUILDERS = {
    "buildkit": re.compile(r"\[internal\]|\[\+\] Building"),
    "classic": re.compile(r"^Step \d+/\d+ :", re.MULTILINE),
}


@dataclass(frozen=True)
class Recording:
    """A step on one machine: ``cast`` for a player (asciicast), ``text`` for readers.

    ``builder`` is that of the machine, classic or buildkit; "" where none of its steps tells.
    """

    machine: str
    cast: str
    text: str
    builder: str = ""

    @property
    def rows(self) -> int:
        """The rows that a player needs; 0: all that the recording has, as its cursor moves."""
        if _MOVES.search(self.cast):
            return 0
        lines = sum(1 + len(line) // _COLUMNS for line in self.text.split("\n"))
        return min(max(lines + 1, 6), _ROWS)


def read(folder: Path) -> dict[str, list[Recording]]:
    """The recordings of each step, from a folder that has one for each machine.

    Of machines with the same builder it is the first, by name; two of a step only where they differ
    in more than ids and times. A folder that does not exist has none.
    """
    machines: dict[str, dict[str, Recording]] = {}
    for path in sorted(folder.glob("*")):
        steps = _machine(path)
        builder = next((name for each in steps.values() if (name := _builder(each.text))), "")
        if steps:
            machines.setdefault(builder, {key: _of(each, builder) for key, each in steps.items()})
    found: dict[str, list[Recording]] = {}
    for steps in machines.values():
        for step, recording in steps.items():
            known = found.setdefault(step, [])
            if all(_lasting(each) != _lasting(recording) for each in known):
                known.append(recording)
    return found


def _machine(folder: Path) -> dict[str, Recording]:
    """The recording of each step on one machine."""
    found = {}
    for path in sorted(folder.glob("*.cast")):
        text = path.with_suffix(".txt")
        shown = text.read_text(encoding="utf-8").strip("\n") if text.exists() else ""
        cast = path.read_text(encoding="utf-8")
        found[path.name.removesuffix(".cast")] = Recording(folder.name, cast, shown)
    return found


def _of(recording: Recording, builder: str) -> Recording:
    return Recording(recording.machine, recording.cast, recording.text, builder)


def _builder(text: str) -> str:
    return next((name for name, sign in _BUILDERS.items() if sign.search(text)), "")


def _lasting(recording: Recording) -> str:
    return " ".join(_PASSING.sub("", recording.text).split())
