# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Match paths with Go's expressions in a time that grows with the path, whatever the pattern is.

Python's own matching tries every way to spread the stars of ``*a*a*a*b`` over a name, which takes
ten times longer for each further one. Most patterns become an expression in which each star takes
the first chance and keeps it; the others are followed character by character, in all their states
at once, as Go does it.
"""

from __future__ import annotations

import re
from typing import Callable, Iterable, Tuple

from .go_regexp import CHAR, FOLDERS, PLACE, Token, tokens_of

_NOT_SLASH = tokens_of("[^/]")[0][0].piece
# A character by itself, with a backslash, or as a class of its own
_LITERAL = re.compile(r"[^.\\]|\\[^A-Za-z0-9]|\[\\U([0-9a-f]{8})-\\U\1\]", re.DOTALL)
State = Tuple[int, int, bool]


def path_matcher(text: str) -> Callable[[str], bool]:
    """A function that tells whether a path matches; ``text`` as for :func:`tokens_of`."""
    branches = tokens_of(text)
    expression = _expression(branches[0]) if len(branches) == 1 else None
    if expression is None:
        return Automaton(branches).search
    compiled = re.compile(expression, re.ASCII)
    return lambda path: compiled.search(path) is not None


def _expression(tokens: list[Token]) -> str | None:
    """An expression that never goes back behind a star that was followed by something.

    None if there is no such expression. Between two stars the first place at which the characters
    fit is as good as any later one: the next star takes what is left over. That holds where no
    character may be a slash in one place and something else in another, and where no choice of
    folders comes afterwards.
    """
    out: list[str] = []
    starred = False
    for chunk in _chunks(tokens):
        first, rest = chunk[0], chunk[1:]
        if first.kind == FOLDERS:
            if starred or any("(?:.*/)?" in each for each in out):
                return None
            out += ["(?:.*/)?", *(token.piece for token in rest)]
        elif first.high == 1:
            out += [token.piece for token in chunk]
        elif first.piece == "." and not starred:
            out += [".*", *(token.piece for token in rest)]
            if [token.piece for token in rest] != [r"\Z"]:
                return None
        elif first.piece == _NOT_SLASH:
            if any(not _is_literal(token) for token in rest):
                return None
            body = "".join(token.piece for token in rest)
            if body.endswith(r"\Z"):
                out.append(f"[^/]*{body}")
            else:
                name = f"c{len(out)}"
                out.append(f"(?=(?P<{name}>[^/]*?{body}))(?P={name})")
            starred = True
        else:
            return None
    return "".join(out)


def _chunks(tokens: list[Token]) -> list[list[Token]]:
    """The tokens in groups, each of which begins with folders or a star, but for the first."""
    found: list[list[Token]] = []
    for token in tokens:
        begins = token.kind == FOLDERS or token.high is None
        if begins or not found:
            found.append([token])
        elif token.low == token.high == 1:
            found[-1].append(token)
        else:
            return [[token._replace(piece="")]]  # counted: for the automaton
    return found


def _is_literal(token: Token) -> bool:
    """True if a token stands for one character, or for the end."""
    if token.kind == PLACE:
        return token.piece == r"\Z"
    return token.kind == CHAR and _LITERAL.fullmatch(token.piece) is not None


class Automaton:
    """All ways through an expression at once: as many steps as the path has characters."""

    def __init__(self, branches: list[list[Token]]) -> None:
        self._branches = [list(_spread(branch)) for branch in branches]
        self._known: dict[tuple[str, str], bool] = {}
        self.steps = 0

    def search(self, text: str) -> bool:
        """True if the expression matches somewhere in ``text``."""
        states: set[State] = set()
        for at in range(len(text) + 1):
            starts = [(number, 0, False) for number in range(len(self._branches))]
            states = self._closed([*states, *starts], text, at)
            if any(index == len(self._branches[number]) for number, index, _inside in states):
                return True
            if at < len(text):
                states = set(self._after(states, text[at]))
        return False

    def _closed(self, states: Iterable[State], text: str, at: int) -> set[State]:
        """The states, and all that can be reached from them without a character."""
        found: set[State] = set()
        waiting: list[State] = list(states)
        while waiting:
            state = waiting.pop()
            if state in found:
                continue
            self.steps += 1
            found.add(state)
            number, index, inside = state
            if inside or index == len(self._branches[number]):
                continue
            token = self._branches[number][index]
            passes = token.low == 0 or token.kind == FOLDERS
            if token.kind == PLACE:
                passes = passes or re.compile(token.piece, re.ASCII).match(text, at) is not None
            if passes:
                waiting.append((number, index + 1, False))
        return found

    def _after(self, states: Iterable[State], char: str) -> Iterable[State]:
        """The states after one more character."""
        for number, index, _inside in states:
            if index == len(self._branches[number]):
                continue
            token = self._branches[number][index]
            if token.kind == FOLDERS and char != "\n":
                yield number, index, True
                if char == "/":
                    yield number, index + 1, False
            elif token.kind == CHAR and self._fits(token.piece, char):
                yield (number, index, False) if token.high is None else (number, index + 1, False)

    def _fits(self, piece: str, char: str) -> bool:
        key = (piece, char)
        if key not in self._known:
            self._known[key] = re.compile(piece, re.ASCII).fullmatch(char) is not None
        return self._known[key]


def _spread(tokens: list[Token]) -> Iterable[Token]:
    """The tokens with counts written out: each comes once, at most once, or as often as can be."""
    for token in tokens:
        once = token._replace(low=1, high=1)
        yield from [once] * token.low
        if token.high is None:
            yield token._replace(low=0)
        else:
            yield from [token._replace(low=0, high=1)] * (token.high - token.low)
