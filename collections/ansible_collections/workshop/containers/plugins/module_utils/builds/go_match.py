# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the patterns that Docker refuses at once.

Those that Go's filepath.Match calls bad when it is asked whether they match ``.``.

It looks no further into a pattern than it needs to for its answer, so what is wrong behind that is
not noticed: that is why the answer is worked out here, too
(https://pkg.go.dev/path/filepath#Match).
"""

from __future__ import annotations

from .go_regexp import BadPattern


def check_syntax(pattern: str) -> None:
    """Raise BadPattern for a pattern that Docker refuses.

    A byte that is not UTF-8 is a lone surrogate.
    """
    name = "."
    while pattern:
        star, chunk, pattern = _next_chunk(pattern)
        if star and not chunk:
            return
        rest = _rest(chunk, name)
        if star and (rest is None or (rest and not pattern)):
            tries = (_rest(chunk, name[skipped:]) for skipped in range(1, len(name) + 1))
            rest = next(
                (each for each in tries if each is not None and (pattern or not each)), None
            )
        if rest is None or (rest and not pattern):
            return
        name = rest


def _next_chunk(pattern: str) -> tuple[bool, str, str]:
    """True if the pattern begins with stars, the text until the next star outside brackets, and
    the remainder.
    """
    text = pattern.lstrip("*")
    at, in_brackets = 0, False
    while at < len(text) and (in_brackets or text[at] != "*"):
        if text[at] in "[]":
            in_brackets = text[at] == "["
        at += 2 if text[at] == "\\" else 1
    return text != pattern, text[:at], text[at:]


def _rest(chunk: str, name: str) -> str | None:
    """The rest of ``name`` after the chunk; None where it does not match.

    The whole chunk is checked in any case.
    """
    at, failed = 0, False
    while at < len(chunk):
        failed = failed or not name
        if chunk[at] == "[":
            matches, at = _brackets(chunk, at + 1, name[:1] or "\0")
        elif chunk[at] == "?":
            matches, at = name[:1] != "/", at + 1
        else:
            at += chunk[at] == "\\"
            if at == len(chunk):
                raise BadPattern("syntax error in pattern: a backslash at its end")
            matches, at = chunk[at] == name[:1], at + 1
        failed, name = failed or not matches, name[1:]
    return None if failed else name


def _brackets(text: str, at: int, char: str) -> tuple[bool, int]:
    """True if the class whose members begin at ``at`` holds ``char``, and where it ends."""
    negated = text[at : at + 1] == "^"
    at += negated
    found, first = False, True
    while first or text[at] != "]":
        first = False
        low, at = _bound(text, at)
        high = low
        if text[at] == "-":
            high, at = _bound(text, at + 1)
        found = found or low <= char <= high
    return found != negated, at + 1


def _bound(text: str, at: int) -> tuple[str, int]:
    """A member of a class, and where it ends: something must follow."""
    if text[at : at + 1] in ("", "-", "]"):
        raise BadPattern(
            "syntax error in pattern: brackets that are not closed, empty, or with a range "
            "without an end"
        )
    at += text[at] == "\\"
    if at + 1 >= len(text) or "\udc80" <= text[at] <= "\udcff":
        raise BadPattern("syntax error in pattern: brackets that are not closed")
    return text[at], at + 1
