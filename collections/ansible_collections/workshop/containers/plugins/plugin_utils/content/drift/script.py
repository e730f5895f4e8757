# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text that a step types, taken apart into what is entered at the prompt at a time."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

_HEREDOC = re.compile(r"<<(?P<dash>-?)\s*(?P<quote>['\"\\]?)(?P<word>\w+)['\"]?")


@dataclass(frozen=True)
class Statement:
    """A command line, which may go over several lines, and the text of its here-document.

    ``literal`` tells whether the shell leaves that text as it is.
    """

    line: str
    text: str | None = None
    literal: bool = True


def statements(script: str) -> Iterator[Statement]:
    r"""Each command line of a text; empty lines and comments are none.

    >>> [each.line for each in statements("docker run \\\n  busybox\n\nls")]
    ['docker run   busybox', 'ls']
    """
    lines = iter(script.splitlines())
    for first in lines:
        line = first
        while _is_open(line):
            following = next(lines, None)
            if following is None:
                break
            line = line[:-1] + following if _goes_on(line) else f"{line}\n{following}"
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        opening = _HEREDOC.search(line)
        if opening is None:
            yield Statement(line)
            continue
        body = "".join(f"{each}\n" for each in _until(lines, opening["word"]))
        if opening["dash"]:
            body = re.sub(r"(?m)^\t+", "", body)
        literal = bool(opening["quote"]) or not re.search(r"[$`\\]", body)
        yield Statement(line, body, literal)


def _goes_on(line: str) -> bool:
    """Tell whether a backslash ends the line."""
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1


def _is_open(line: str) -> bool:
    if _goes_on(line):
        return True
    try:
        shlex.split(line, comments=True)
    except ValueError:
        return True
    return False


def _until(lines: Iterator[str], word: str) -> Iterator[str]:
    for line in lines:
        if line.strip() == word:
            return
        yield line
