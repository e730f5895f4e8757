# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Problems in the content of a workshop, and their messages."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Collection, Iterable

SHOWN = 20
LONGEST = 60
# More words than this are no help.
_MANY = 24
# Letters: of two words that are at least so long some are alike by chance.
_LONG = 8


@dataclasses.dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong.

    An empty file means an option of the caller, with ``key`` its name; line 0 the file as a whole.

    >>> str(Problem("demo/workshop.yml", 3, "lessons[0]", "there is no folder of this name"))
    'demo/workshop.yml:3: lessons[0]: there is no folder of this name'
    """

    file: str
    line: int
    key: str
    what: str

    def __str__(self) -> str:
        """One line."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        return ": ".join(part for part in (place, self.key, self.what) if part)


class ContentError(Exception):
    """The content cannot be used; ``problems`` has every reason, sorted by file and line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Say the first of them, one a line."""
        self.problems = sorted(set(problems))
        lines = [str(problem) for problem in self.problems[:SHOWN]]
        hidden = len(self.problems) - len(lines)
        if hidden:
            lines.append(f"… and {hidden} more")
        super().__init__("\n".join(lines))


def suggestion(word: str, known: Collection[str]) -> str:
    """The end of a message about an unknown word.

    >>> suggestion("container_rn", ["container_run", "image_pull"])
    '; did you mean container_run?'
    >>> suggestion("x", ["container_run", "image_pull"])
    '; expected one of container_run, image_pull'
    """
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6 if len(word) < _LONG else 0.8)
    if near:
        return f"; did you mean {plain(near[0])}?"
    if not 0 < len(known) <= _MANY:
        return ""
    return f"; expected one of {', '.join(plain(name) for name in sorted(known))}"


def plain(word: str) -> str:
    """The word itself where it is a short and printable one, which names are; else quoted."""
    return word if word.isprintable() and len(word) <= LONGEST else quoted(word)


def quoted(value: object) -> str:
    r"""The value as it fits into a message of one line.

    >>> quoted("two\nlines")
    "'two\\nlines'"
    """
    text = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
