# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read what a builder prints while it prints it: the steps, the end of the log, where it failed.

Memory stays bounded.
"""

from __future__ import annotations

import re
from collections import deque
from typing import Iterable, NamedTuple

_CLASSIC_STEP = re.compile(r"Step (\d+)/\d+ : (.*)")
# What the classic builder says between two steps, beside what a command prints
_CLASSIC_OWN = re.compile(
    r" ---> |Removing intermediate container |Successfully (built|tagged) |\s*$"
)
# "#7 [stage-0 2/4] RUN dnf install …", "#7 CACHED", "#7 0.123 what a command prints"; steps without
# a number are BuildKit's own.
_BUILDKIT_STEP = re.compile(r"\[(?:\S+ )*\d+/\d+\] (.*)")
_BUILDKIT_OUTPUT = re.compile(r"\d+\.\d+( |$)")
_BUILDKIT_PLACE = re.compile(r"\S*:(\d+)$")

KEPT = 256 * 1024
_LONGEST_LINE = 4096
_TAIL = 20
_TOO_SHORT = 3


class BuildStep(NamedTuple):
    """An instruction of a Dockerfile as the builder went through it, and whether it took the result
    from its cache.
    """

    instruction: str
    cached: bool


class BuildLog:
    """The log of a builder, fed in pieces. ``secrets`` are values that it must not show."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._steps: dict[str, BuildStep] = {}
        self._kept: deque[str] = deque()
        self._size = 0
        self._part = ""
        # Each line by itself: a secret of several lines is printed as several. A brace on a line of
        # its own is no secret.
        lines = {
            line
            for value in secrets
            for line in value.splitlines()
            if len(line.strip()) > _TOO_SHORT
        }
        self._secrets = sorted(lines, key=len, reverse=True)

    def read_line(self, line: str) -> None:
        """Read a line of this builder's log."""
        raise NotImplementedError

    def feed(self, text: str) -> None:
        """Add a piece of the log."""
        *lines, rest = (self._part + text).split("\n")
        for line in lines:
            self._keep(self._clean(line))
        self._part = rest[: 2 * _LONGEST_LINE]

    def end(self) -> None:
        """Complete the log: read a last line that has no end."""
        if self._part:
            self._keep(self._clean(self._part))
            self._part = ""

    def _clean(self, line: str) -> str:
        # Cut after the secrets are out: half of one would be left otherwise.
        line = line[: 2 * _LONGEST_LINE].rstrip("\r")
        for secret in self._secrets:
            line = line.replace(secret, "********")
        return line[:_LONGEST_LINE]

    def _keep(self, line: str) -> None:
        self.read_line(line)
        self._kept.append(line)
        self._size += len(line) + 1
        while self._size > KEPT:
            self._size -= len(self._kept.popleft()) + 1

    @property
    def text(self) -> str:
        """The end of the log."""
        return "".join(f"{line}\n" for line in self._kept)

    @property
    def steps(self) -> list[BuildStep]:
        """The steps so far."""
        return list(self._steps.values())


class ClassicLog(BuildLog):
    """The log of the classic builder.

    ``number`` counts the instructions so far; ``failure`` holds the engine's words for an error.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__(secrets)
        self.number = 0
        self.failure = ""
        self._output: deque[str] = deque(maxlen=_TAIL)

    @property
    def output(self) -> list[str]:
        """The last lines that the last command printed."""
        return list(self._output)

    def read_line(self, line: str) -> None:
        """Read a line of the classic builder."""
        match = _CLASSIC_STEP.match(line)
        if match:
            self.number = int(match[1])
            self._steps[match[1]] = BuildStep(match[2].strip(), cached=False)
            self._output.clear()
        elif line.strip() == "---> Using cache" and self._steps:
            self._steps[str(self.number)] = self._steps[str(self.number)]._replace(cached=True)
        elif not _CLASSIC_OWN.match(line):
            self._output.append(line)


class BuildKitLog(BuildLog):
    """The log of BuildKit's plain progress.

    ``failed_line`` is the line of the Dockerfile at which the build failed, None if unknown.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__(secrets)
        self.failed_line: int | None = None
        self._outputs: dict[str, deque[str]] = {}
        self._failed_step = ""

    @property
    def output(self) -> list[str]:
        """The last lines that the failed step's command printed."""
        return list(self._outputs.get(self._failed_step, ()))

    def read_line(self, line: str) -> None:
        """Read a line of BuildKit's plain progress."""
        if not line.startswith("#"):
            place = _BUILDKIT_PLACE.match(line) if self._failed_step else None
            self.failed_line = int(place[1]) if place else self.failed_line
            return
        number, _, words = line[1:].partition(" ")
        started = _BUILDKIT_STEP.match(words) if words.startswith("[") else None
        if started:
            self._steps.setdefault(number, BuildStep(started[1].strip(), cached=False))
        elif words == "CACHED" and number in self._steps:
            self._steps[number] = self._steps[number]._replace(cached=True)
        elif words.startswith("ERROR: "):
            self._failed_step = number
        elif _BUILDKIT_OUTPUT.match(words):
            self._outputs.setdefault(number, deque(maxlen=_TAIL)).append(words.partition(" ")[2])
