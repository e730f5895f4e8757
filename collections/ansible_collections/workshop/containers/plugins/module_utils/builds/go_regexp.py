# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Go's regular expressions in Python's words.

As much of them as a pattern of a .dockerignore can become.

Docker hands what stands in brackets, and what follows a backslash, to Go's regexp package
(https://pkg.go.dev/regexp/syntax). There ``[!a]`` means "! or a", ``\\d`` a digit, ``[[:alpha:]]``
a letter; a letter that means nothing after a backslash is an error.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import lru_cache
from typing import Iterable, List, NamedTuple, Tuple

Ranges = List[Tuple[int, int]]

_LAST = sys.maxunicode
_DIGIT, _UPPER, _LOWER = (0x30, 0x39), (0x41, 0x5A), (0x61, 0x7A)
_PERL: dict[str, Ranges] = {
    "d": [_DIGIT],
    "s": [(0x09, 0x0A), (0x0C, 0x0D), (0x20, 0x20)],
    "w": [_DIGIT, _UPPER, (0x5F, 0x5F), _LOWER],
}
_POSIX: dict[str, Ranges] = {
    "alnum": [_DIGIT, _UPPER, _LOWER],
    "alpha": [_UPPER, _LOWER],
    "ascii": [(0x00, 0x7F)],
    "blank": [(0x09, 0x09), (0x20, 0x20)],
    "cntrl": [(0x00, 0x1F), (0x7F, 0x7F)],
    "digit": [_DIGIT],
    "graph": [(0x21, 0x7E)],
    "lower": [_LOWER],
    "print": [(0x20, 0x7E)],
    "punct": [(0x21, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0x7E)],
    "space": [(0x09, 0x0D), (0x20, 0x20)],
    "upper": [_UPPER],
    "word": [_DIGIT, _UPPER, (0x5F, 0x5F), _LOWER],
    "xdigit": [_DIGIT, (0x41, 0x46), (0x61, 0x66)],
}
_CONTROL = {"a": 0x07, "f": 0x0C, "n": 0x0A, "r": 0x0D, "t": 0x09, "v": 0x0B}
_HEX = re.compile(r"x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]+)\})")
_CATEGORY = re.compile(r"[pP](?:(?P<letter>[^{])|\{(?P<not>\^?)(?P<name>[^}]*)\})")
# Docker's own "any folders, or none"
_FOLDERS = "(.*/)?"
_REPEAT = re.compile(
    r"\{(?P<low>0|[1-9][0-9]*)(?:(?P<more>,)(?P<high>0|[1-9][0-9]*)?)?\}", re.ASCII
)
_MOST_REPEATS = 1000
_OCTAL = re.compile(r"0[0-7]{0,2}|[1-7][0-7]{1,2}")


# What a token is: one character, a place between two, or any folders.
CHAR, PLACE, FOLDERS = "char", "place", "folders"
_PLACES = frozenset(("^", r"\A", r"\Z", r"\b", r"\B"))


class BadPattern(ValueError):
    """Docker refuses the pattern."""


class Token(NamedTuple):
    """A part of an expression: ``piece``, a Python expression, from ``low`` to ``high`` times.

    ``high`` None: as often as can be.
    """

    kind: str
    piece: str
    low: int
    high: int | None


def tokens_of(text: str) -> list[list[Token]]:
    """Read a Go expression made from a pattern: its alternatives; raises BadPattern where Go does.

    ``( ) . + $`` of a pattern come with a backslash; ``^ | {n,m}`` do not, and mean here what they
    mean in any expression.
    """
    branches: list[list[Token]] = [[]]
    repeatable, at = False, 0
    while at < len(text):
        out = branches[-1]
        char, repeat = text[at], _REPEAT.match(text, at)
        if text.startswith(_FOLDERS, at):
            out.append(Token(FOLDERS, "", 1, 1))
            repeatable, at = False, at + len(_FOLDERS)
        elif char == "*" or repeat:
            if not repeatable:
                raise BadPattern(f"nothing to repeat, or repeated twice: {text[at:]}")
            low, high = _counted(repeat) if repeat else (0, None)
            out[-1] = out[-1]._replace(low=low, high=high)
            repeatable, at = False, repeat.end() if repeat else at + 1
        elif char == "|":
            branches.append([])
            repeatable, at = False, at + 1
        else:
            pieces, at = _atom(text, at)
            out += [Token(PLACE if each in _PLACES else CHAR, each, 1, 1) for each in pieces]
            repeatable = True if pieces else repeatable
    return branches


def _counted(repeat: re.Match[str]) -> tuple[int, int | None]:
    low, high = int(repeat["low"]), int(repeat["high"] or repeat["low"])
    if max(low, high) > _MOST_REPEATS or low > high:
        raise BadPattern(f"invalid repeat count: {repeat[0]}")
    return low, None if repeat["more"] and not repeat["high"] else high


def _atom(text: str, at: int) -> tuple[list[str], int]:
    """Parse the atom at ``at``, each character by itself; and its end."""
    char = text[at]
    if char == "[":
        piece, end = _bracket(text, at)
        return [piece], end
    if text.startswith("\\Q", at):
        literal, mark, _rest = text[at + 2 :].partition("\\E")
        return [re.escape(each) for each in literal], at + 2 + len(literal) + len(mark)
    if char == "\\":
        piece, end = _backslash(text, at)
        return [piece], end
    return [{"$": r"\Z", ".": ".", "^": "^"}.get(char, re.escape(char))], at + 1


def _backslash(text: str, at: int) -> tuple[str, int]:
    """Parse a backslash at ``at`` and its followers, outside brackets; and their end."""
    char = text[at + 1 : at + 2]
    if char and char in "AbBz":
        return {"A": r"\A", "z": r"\Z"}.get(char, "\\" + char), at + 2
    ranges, end = _escaped_class(text, at)
    if end == at:
        code, end = _escaped_char(text, at)
        ranges = [(code, code)]
    return _set(ranges), end


def _bracket(text: str, start: int) -> tuple[str, int]:
    """The class that opens at ``start``, and where it ends."""
    at = start + 1
    negated = text[at : at + 1] == "^"
    at += negated
    ranges: Ranges = []
    first = True
    while first or text[at : at + 1] != "]":
        if at >= len(text):
            raise BadPattern(f"missing closing ]: {text[start:]}")
        first = False
        named = text.find(":]", at + 2) if text.startswith("[:", at) else -1
        if named >= 0:
            ranges += _named(text[at + 2 : named])
            at = named + 2
            continue
        found, end = _escaped_class(text, at)
        if end == at:
            found, end = _range(text, at)
        ranges += found
        at = end
    return _set(ranges, negated), at + 1


def _range(text: str, at: int) -> tuple[Ranges, int]:
    low, end = _escaped_char(text, at)
    high = low
    if text[end : end + 1] == "-" and text[end + 1 : end + 2] not in ("", "]"):
        high, end = _escaped_char(text, end + 1)
    if high < low:
        raise BadPattern(f"invalid character class range: {text[at:end]}")
    return [(low, high)], end


def _named(name: str) -> Ranges:
    negated = name.startswith("^")
    ranges = _POSIX.get(name[negated:])
    if ranges is None:
        raise BadPattern(f"invalid character class range: [:{name}:]")
    return _outside(ranges) if negated else ranges


def _escaped_class(text: str, at: int) -> tuple[Ranges, int]:
    """``\\d``, ``\\W``, ``\\pL`` and the like at ``at``.

    Nothing, and ``at`` itself, where there is none.
    """
    if text[at] != "\\":
        return [], at
    char = text[at + 1 : at + 2]
    if char and char in "dswDSW":
        ranges = _PERL[char.lower()]
        return (_outside(ranges) if char.isupper() else ranges), at + 2
    named = _CATEGORY.match(text, at + 1)
    if named:
        ranges = category(named["letter"] or named["name"])
        return (_outside(ranges) if (char == "P") != bool(named["not"]) else ranges), named.end()
    return [], at


def _escaped_char(text: str, at: int) -> tuple[int, int]:
    """The character at ``at``, which a backslash may introduce, and where it ends."""
    if text[at] != "\\":
        return ord(text[at]), at + 1
    char = text[at + 1 : at + 2]
    octal, hexadecimal = _OCTAL.match(text, at + 1), _HEX.match(text, at + 1)
    if octal:
        return int(octal[0], 8), octal.end()
    if hexadecimal:
        code = int(hexadecimal[1] or hexadecimal[2], 16)
        if code > _LAST:
            raise BadPattern(f"invalid escape sequence: \\{hexadecimal[0]}")
        return code, hexadecimal.end()
    if char in _CONTROL:
        return _CONTROL[char], at + 2
    if not char or char.isalnum() or not char.isascii():
        raise BadPattern(f"invalid escape sequence: \\{char}")
    return ord(char), at + 2


@lru_cache(maxsize=None)
def category(name: str) -> Ranges:
    """The characters of a Unicode category (L, Lu), as Go has them.

    C is without what is not assigned.

    Scripts (Greek) are refused, though Docker knows them: Python does not.
    """
    if name == "Any":
        return [(0, _LAST)]
    if not re.fullmatch("[CLMNPSZ][a-z]?", name):
        raise BadPattern(f"invalid character class range: \\p{{{name}}}")
    found = [
        (code, code)
        for code in range(_LAST + 1)
        if unicodedata.category(chr(code)).startswith(name)
    ]
    ranges = _joined((low, high) for low, high in found if unicodedata.category(chr(low)) != "Cn")
    if not ranges:
        raise BadPattern(f"invalid character class range: \\p{{{name}}}")
    return ranges


def _joined(ranges: Iterable[tuple[int, int]]) -> Ranges:
    out: Ranges = []
    for low, high in sorted(ranges):
        if out and low <= out[-1][1] + 1:
            out[-1] = (out[-1][0], max(out[-1][1], high))
        else:
            out.append((low, high))
    return out


def _outside(ranges: Ranges) -> Ranges:
    out, start = [], 0
    for low, high in _joined(ranges):
        if low > start:
            out.append((start, low - 1))
        start = high + 1
    return [*out, (start, _LAST)] if start <= _LAST else out


def _set(ranges: Ranges, negated: bool = False) -> str:
    """A Python class of these ranges, or of all else; the empty one matches nothing."""
    joined = _joined(ranges)
    if not joined:
        return "[\\s\\S]" if negated else "(?!)"
    # Compiling a range that goes on to the last character takes Python long: say what is not in it.
    if joined[-1][1] == _LAST and not negated:
        return _set(_outside(ranges), True)
    return (
        f"[{'^' * negated}" + "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in joined) + "]"
    )
