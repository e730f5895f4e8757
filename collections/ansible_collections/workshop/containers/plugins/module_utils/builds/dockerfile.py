# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read a Dockerfile into instructions (FROM, RUN, …), and find the line where a build failed."""

from __future__ import annotations

import difflib
import json
import os
import re
import shlex
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Iterator, NamedTuple

from ..errors import LabError
from ..files import UnsafePathError, read_file

_DIRECTIVE = re.compile(r"#\s*(\w+)\s*=\s*(\S+)\s*$")
# A word as a shell splits them, and one that begins a here-document: `<<EOF`, `3<<-'EOF'`
WORD = re.compile(r"""(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+""")
_HEREDOC = re.compile(r"\d*<<(-?)([^<]+)")
_WORDS = (
    *(
        "ADD",
        "ARG",
        "CMD",
        "COPY",
        "ENTRYPOINT",
        "ENV",
        "EXPOSE",
        "FROM",
        "HEALTHCHECK",
        "LABEL",
        "MAINTAINER",
        "ONBUILD",
        "RUN",
    ),
    *("SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"),
)


class Instruction(NamedTuple):
    """An instruction.

    Its word in upper case, the rest with continuation lines joined, and its first and last line.
    """

    word: str
    rest: str
    line: int
    last: int


@dataclass
class Dockerfile:
    """A Dockerfile.

    ``path``: as messages name it. ``syntax``: the frontend image that it asks for, or empty.
    """

    path: str
    content: bytes
    instructions: list[Instruction] = field(default_factory=list)
    syntax: str = ""

    def __post_init__(self) -> None:
        # Not splitlines(): to the builders a form feed ends no line.
        text = self.content.decode("utf-8-sig", "replace")
        self.lines = [
            line.rstrip("\r") for line in text[: -1 if text.endswith("\n") else None].split("\n")
        ]
        self._read()

    def _read(self) -> None:
        escape, number = "\\", 0
        while number < len(self.lines):
            directive = _DIRECTIVE.match(self.lines[number])
            if directive is None:
                break
            if directive[1].lower() == "escape":
                escape = directive[2]
            elif directive[1].lower() == "syntax":
                self.syntax = directive[2]
            number += 1
        while number < len(self.lines):
            number = self._instruction(number, escape)

    def _instruction(self, start: int, escape: str) -> int:
        """Read what begins at line ``start`` (from 0); gives the line after it."""
        text, at, more = "", start, True
        while more and at < len(self.lines):
            line = self.lines[at]
            at += 1
            if line.lstrip().startswith("#") or (text and not line.strip()):
                more = bool(text)
                continue
            stripped = line.rstrip()
            more = stripped.endswith(escape)
            text += stripped[:-1] if more else line
        word, rest = (*text.split(None, 1), "", "")[:2]
        for tabs, end in _heredocs(word, rest):
            while (
                at < len(self.lines)
                and (self.lines[at].lstrip("\t") if tabs else self.lines[at]) != end
            ):
                at += 1
            at += 1
        if word:
            self.instructions.append(
                Instruction(word.upper(), rest.strip(), start + 1, min(at, len(self.lines)))
            )
        return at

    def run_commands(self) -> set[str]:
        """The commands of its RUN instructions, joined as the classic builder joins them."""
        return {each.rest for each in self.instructions if each.word == "RUN"}

    def warnings(self) -> list[str]:
        """Warnings about what a builder accepts, but hardly anybody means."""
        found = []
        if b"\r\n" in self.content:
            found.append(f"{self.path} has Windows line endings (CRLF); convert it to LF")
        for each in self.instructions:
            if (
                each.word in ("CMD", "ENTRYPOINT", "SHELL", "VOLUME")
                and each.rest.startswith("[")
                and not _is_json(each.rest)
            ):
                found.append(
                    f"{self.path}:{each.line}: {each.word} {each.rest} looks like a JSON "
                    "array but is not valid; put each string in double quotes"
                )
        return found

    def excerpt(self, line: int) -> str:
        """The line with its neighbours; an arrow points at it."""
        shown = range(max(1, line - 2), min(len(self.lines), line + 2) + 1)
        return "".join(
            f"{'>>>' if number == line else '   '} {number:3} | {self.lines[number - 1]}\n"
            for number in shown
        )

    def at(self, line: int) -> Instruction | None:
        """The instruction that a line (from 1) belongs to."""
        return next((each for each in self.instructions if each.line <= line <= each.last), None)


def _heredocs(word: str, rest: str) -> Iterator[tuple[bool, str]]:
    """The here-documents that an instruction begins.

    For each, whether tabs in front of its lines are ignored, and its last line.
    """
    word = rest.partition(" ")[0] if word.upper() == "ONBUILD" else word
    if word.upper() not in ("RUN", "COPY", "ADD"):
        return
    for match in filter(None, map(_HEREDOC.fullmatch, WORD.findall(rest))):
        with suppress(ValueError):
            end = shlex.split(match[2])
            if len(end) == 1:
                yield bool(match[1]), end[0]


def read_dockerfile(folder: str, name: str) -> Dockerfile:
    """The Dockerfile ``name`` (relative to ``folder``); raises LabError."""
    path = os.path.join(folder, name)
    remedy = f"write {path}, or name the right one with `dockerfile`"
    expected = f"a {name} in {folder}"
    try:
        content = read_file(os.path.abspath(path))
    except FileNotFoundError:
        target = (
            f", a link to {os.readlink(path)}, which is missing" if os.path.islink(path) else ""
        )
        near = _similar(folder, os.path.basename(name))
        raise LabError(
            expected,
            f"none{target}" + (f"; did you mean {' or '.join(near)}?" if near else ""),
            remedy,
        ) from None
    except UnsafePathError as error:
        raise LabError(expected, error.observed, error.remedy) from None
    except LabError as error:
        raise LabError(expected, f"{error.observed} of that name", remedy) from None
    except OSError as error:
        raise LabError(expected, error.strerror or type(error).__name__, remedy) from None
    if not content.strip():
        raise LabError(
            expected,
            f"{path} is empty ({len(content)} bytes)",
            f"write at least FROM and the name of an image into {path}",
        )
    return Dockerfile(path, content)


def meant_word(word: str) -> str:
    """The instruction that a misspelt one resembles, or nothing."""
    return next(iter(difflib.get_close_matches(word.upper(), _WORDS, 1)), "")


def _similar(folder: str, name: str) -> list[str]:
    try:
        found = sorted(os.listdir(folder))
    except OSError:
        return []
    return [
        each
        for each in found
        if difflib.SequenceMatcher(None, each.lower(), name.lower()).ratio() > 0.7
        or "dockerfile" in each.lower()
    ]


def _is_json(text: str) -> bool:
    try:
        value = json.loads(text)
    except ValueError:
        return False
    return isinstance(value, list) and all(isinstance(each, str) for each in value)
