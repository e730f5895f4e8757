# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of a .dockerignore, read and applied as BuildKit does.

The Docker SDK differs from it in one of ten hard cases.

Rules: https://docs.docker.com/build/concepts/context/#dockerignore-files. Matching:
https://github.com/moby/patternmatcher. Which folders are entered: the walk of
https://github.com/tonistiigi/fsutil. Paths and patterns are bytes, as the file system has them.
"""

from __future__ import annotations

from typing import Callable, NamedTuple

from ..errors import LabError
from .go_match import check_syntax
from .go_regexp import BadPattern
from .path_matcher import path_matcher

# What Go trims: Unicode's White_Space, which is not quite what str.strip() takes away.
_SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003"
    "\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
_LONGEST_LINE = 64 * 1024
_BOM = b"\xef\xbb\xbf"
# What a `!` rule may not hold for its folder to be known without walking through others
_WILD = set(b"*[]?^\\")


class Rule:
    """One pattern. ``includes``: it began with ``!``. ``line``: its number in the file."""

    def __init__(self, pattern: bytes, line: int = 0) -> None:
        self.line = line
        cleaned = clean(pattern)
        self.includes = cleaned.startswith(b"!")
        if cleaned == b"!":
            raise BadPattern('illegal exclusion pattern: "!"')
        self.pattern = cleaned[self.includes :]
        check_syntax(self.pattern.decode("utf-8", "surrogateescape"))
        self._match: Callable[[bytes], bool] | None = None

    def matches(self, path: bytes) -> bool:
        """True if the pattern matches this very path.

        Raises BadPattern, as Go does on first use, for what it cannot compile.
        """
        if self._match is None:
            self._match = _matcher(self.pattern)
        return self._match(path)

    @property
    def prefix(self) -> bytes:
        """The pattern without the ``/**`` or ``/*`` at its end."""
        return _without(_without(self.pattern, b"/**"), b"/*")


class Verdict(NamedTuple):
    """A path's exclusion, and which rules matched the path or a parent of it."""

    excluded: bool
    matched: tuple[bool, ...]


class Ignore:
    """All rules of a file, in order: the last one that matches decides.

    ``name`` is the file, for messages.
    """

    def __init__(self, rules: list[Rule], name: str = ".dockerignore") -> None:
        self.rules = rules
        self.name = name
        self._exceptions = [rule for rule in rules if rule.includes]
        self._plain = not any(_WILD & set(rule.prefix) for rule in self._exceptions)

    def verdict(self, path: bytes, parent: Verdict | None) -> Verdict:
        """Judge a path; ``parent`` is the verdict on its folder (None at the top).

        Raises LabError for an invalid pattern.
        """
        excluded, matched = False, []
        for index, rule in enumerate(self.rules):
            match = parent is not None and parent.matched[index]
            # A rule that could not change the verdict is not looked at, hence not remembered for
            # what lies below.
            if not match and rule.includes == excluded:
                try:
                    match = rule.matches(path)
                except BadPattern as error:
                    raise _refused(self.name, rule.line, error) from None
            matched.append(match)
            if match:
                excluded = not rule.includes
        return Verdict(excluded, tuple(matched))

    def culprit(self, path: bytes) -> Rule | None:
        """The rule that excludes a path, by itself or with a folder that it is in.

        None if it is not excluded.
        """
        parent: Verdict | None = None
        parts = path.split(b"/")
        for depth in range(1, len(parts) + 1):
            parent = self.verdict(b"/".join(parts[:depth]), parent)
        if parent is None or not parent.excluded:
            return None
        return next(
            rule
            for rule, match in reversed(list(zip(self.rules, parent.matched)))
            if match and not rule.includes
        )

    def enters(self, folder: bytes) -> bool:
        """True if an entry of an excluded folder may be included again."""
        inside = folder + b"/"
        return not self._plain or any(
            (rule.prefix + b"/").startswith(inside) for rule in self._exceptions
        )


def read_rules(content: bytes, name: str = ".dockerignore") -> Ignore:
    """Read a file of rules; raises LabError with the line if Docker would refuse it."""
    rules = []
    for number, line in enumerate(content.split(b"\n"), 1):
        if len(line) >= _LONGEST_LINE:
            raise _refused(name, number, f"the line is longer than {_LONGEST_LINE - 1} bytes")
        pattern = _pattern(line[len(_BOM) :] if number == 1 and line.startswith(_BOM) else line)
        if pattern:
            try:
                rules.append(Rule(pattern, number))
            except BadPattern as error:
                raise _refused(name, number, error) from None
    return Ignore(rules, name)


def usable_lines(content: bytes) -> bytes:
    """The lines of a file of rules without those that Docker cannot compile.

    Engines before 23 stop at one that newer ones never reach.
    """
    return b"\n".join(line for line in content.split(b"\n") if _is_usable(line))


def _is_usable(line: bytes) -> bool:
    pattern = _pattern(line)
    try:
        if pattern:
            Rule(pattern).matches(b"")
    except BadPattern:
        return False
    return True


def _pattern(line: bytes) -> bytes:
    """The pattern that a line holds, ``!`` in front for an exception; empty: none."""
    text = _trimmed(line)
    if line.startswith(b"#") or not text:
        return b""
    mark = b"!" if text.startswith(b"!") else b""
    text = _trimmed(text[1:]) if mark else text
    if text:
        text = clean(text)
        text = text[1:] if len(text) > 1 and text.startswith(b"/") else text
    # Docker trims once more where it compiles, which matters for what the slash hid.
    return _trimmed(mark + text)


def _trimmed(text: bytes) -> bytes:
    return text.decode("utf-8", "surrogateescape").strip(_SPACE).encode("utf-8", "surrogateescape")


def clean(path: bytes) -> bytes:
    """A path without ``.``, empty parts and what ``..`` takes back, by its text alone."""
    rooted = path.startswith(b"/")
    out: list[bytes] = []
    for part in path.split(b"/"):
        if part == b"..":
            if out and out[-1] != b"..":
                out.pop()
            elif not rooted:
                out.append(part)
        elif part not in (b"", b"."):
            out.append(part)
    return (b"/" if rooted else b"") + b"/".join(out) or b"."


def _matcher(pattern: bytes) -> Callable[[bytes], bool]:
    """The function that tells whether a path matches, chosen as Docker chooses it."""
    kind, expression = _expression(_runes(pattern))
    if kind == "exact":
        return lambda path: path == pattern
    if kind == "prefix":
        return lambda path: path.startswith(pattern[:-2])
    if kind == "suffix":
        end = pattern[2:]
        return lambda path: path.endswith(end) or (end.startswith(b"/") and path == end[1:])
    matches = path_matcher(expression)
    return lambda path: matches(_runes(path))


def _expression(text: str) -> tuple[str, str]:
    """The comparison that a pattern needs (exact, prefix, suffix or regexp), and the Go expression
    that it becomes.
    """
    kind, out, at, first = "exact", ["^"], 0, True
    if text.startswith("\ufeff"):
        at = 1
    while at < len(text):
        char = text[at]
        at += 1
        if char == "*" and text[at : at + 1] == "*":
            at += 1
            at += text[at : at + 1] == "/"
            if at < len(text):
                out.append("(.*/)?")
                kind = "regexp"
            elif kind == "exact":
                kind = "prefix"
            else:
                out.append(".*")
                kind = "regexp"
            if first:
                kind = "suffix"
        elif char in "*?":
            out.append("[^/]*" if char == "*" else "[^/]")
            kind = "regexp"
        elif char in ".+()$":
            # Docker means to escape | { } as well, but its table is too short for them.
            out.append("\\" + char)
        elif char == "\\" and at < len(text):
            out.append("\\" + text[at])
            kind = "regexp"
            at += 1
        else:
            out.append(char)
            kind = "regexp" if char in "[]" else kind
        first = False
    return kind, "".join(out) + "$"


def _runes(text: bytes) -> str:
    """Text as Go's regexp reads it: each byte that is not UTF-8 counts as U+FFFD."""
    try:
        return text.decode()
    except UnicodeDecodeError:
        return "".join(
            "\ufffd" if "\udc80" <= char <= "\udcff" else char
            for char in text.decode("utf-8", "surrogateescape")
        )


def _without(text: bytes, end: bytes) -> bytes:
    return text[: -len(end)] if text.endswith(end) else text


def _refused(name: str, line: int, reason: object) -> LabError:
    return LabError(
        f"a pattern that Docker accepts in {name}:{line}",
        str(reason),
        f"fix line {line} of {name}",
    )
