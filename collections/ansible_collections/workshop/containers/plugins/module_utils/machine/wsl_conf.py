# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the boot command of /etc/wsl.conf as WSL does, and change as little as possible.

Names count without regard to case, and the first of two keys counts. Blanks may stand in front. A
value ends at ``#``, CR or LF; quotes and escapes with a backslash are taken out of it. WSL stops
reading at the first line that is none of this (microsoft/WSL, src/shared/configfile).

Texts are the bytes of the file as Latin-1, so that those outside of ASCII stay as they are.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ..errors import LabError

# Windows' editors put it in front of UTF-8; WSL would read nothing behind it.
_MARK = "\xef\xbb\xbf"
_SKIPPED = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_HEADER = re.compile(r"\[([A-Za-z][A-Za-z0-9]*)\][ \t]*(?=[#\r\n]|\Z)")
_KEY = re.compile(r"([A-Za-z][A-Za-z0-9]*)[ \t]*=[ \t]*")
_ESCAPE = r'\\[\\"bnt\n]'
_VALUE = re.compile(rf'(?:"(?:[^"\\\r\n]|{_ESCAPE})*"|{_ESCAPE}|[^"\\#\r\n])*(?=[#\r\n]|\Z)')
_REST = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_MEANING = {"b": "\b", "n": "\n", "t": "\t", "\n": ""}
_YES = ("true", "1")
_NO = ("false", "0")


class _Line(NamedTuple):
    """A header (without ``key``) or a key: where its value, and the line behind it, ends."""

    section: str
    key: str
    start: int
    value: tuple[int, int]
    end: int


def add_command(text: str, command: str) -> str:
    """``text`` with ``command`` behind those that WSL runs at boot. Raises LabError."""
    text = _without_mark(text)
    found = _find(text, "command")
    if found is None:
        return _add(text, f"command = {command}")
    before = text[slice(*found.value)].rstrip(" \t")
    meant = _meaning(before)
    if command in meant:
        return text
    if not meant:
        after = command
    elif "#" in meant:  # to the shell, the rest is a comment
        after = f"{command}; {before}"
    else:
        after = f"{before}{' ' if meant.endswith(('&', ';')) else '; '}{command}"
    return _replace(text, found, before, after)


def remove_command(text: str, command: str) -> str:
    """``text`` without ``command``; the line goes where nothing else is in it."""
    found = _find(text, "command")
    before = text[slice(*found.value)].rstrip(" \t") if found else ""
    if found is None or command not in before:
        return text
    front, _, behind = before.partition(command)
    front, behind = re.sub(r"; ?\Z", "", front), re.sub(r"\A ?; ?", "", behind)
    after = "; ".join(part for part in (front, behind) if part).rstrip(" \t")
    if not after:
        return text[: found.start].rstrip(" \t") + text[found.end :]
    return _replace(text, found, before, after)


def enable_systemd(text: str) -> str:
    """``text`` with which WSL starts systemd. Raises LabError."""
    text = _without_mark(text)
    found = _find(text, "systemd")
    if found is None:
        return _add(text, "systemd = true")
    before = text[slice(*found.value)].rstrip(" \t")
    if _meaning(before).lower() in _YES:
        return text
    return _replace(text, found, before, "true")


def switched_off(text: str, section: str) -> bool:
    """Say whether ``enabled`` is false in a section, such as ``interop``."""
    text = _without_mark(text)
    found = _find(text, "enabled", section)
    return found is not None and _meaning(text[slice(*found.value)]).strip().lower() in _NO


def _without_mark(text: str) -> str:
    return text[len(_MARK) :] if text.startswith(_MARK) else text


def _lines(text: str) -> tuple[list[_Line], int]:
    """The lines that WSL reads, and its stop: at the end, or at a line that it cannot read."""
    found: list[_Line] = []
    section = ""
    place = 0
    while True:
        place = _end(_SKIPPED, text, place)
        header, key = _HEADER.match(text, place), _KEY.match(text, place)
        value = _VALUE.match(text, key.end()) if key else None
        if header:
            section = header[1].lower()
            span = (header.end(), header.end())
        elif key and value:
            span = value.span()
        else:
            return found, place
        end = _end(_REST, text, span[1])
        found.append(_Line(section, key[1].lower() if key else "", place, span, end))
        place = end


def _end(pattern: re.Pattern[str], text: str, place: int) -> int:
    match = pattern.match(text, place)
    return match.end() if match else place


def _find(text: str, key: str, section: str = "boot") -> _Line | None:
    """The line that counts for a key of a section."""
    lines, _ = _lines(text)
    return next((line for line in lines if (line.section, line.key) == (section, key)), None)


def _add(text: str, line: str) -> str:
    """``text`` with a further line in its section ``boot``, with line ends of its own kind."""
    lines, stop = _lines(text)
    end = "\r\n" if "\r\n" in text else "\n"
    inside = [each.section for each in lines]
    if "boot" in inside:
        first = inside.index("boot")
        last = next(
            (
                number
                for number, each in enumerate(lines[first + 1 :], first + 1)
                if not each.key  # the next header
            ),
            len(lines),
        )
        place = lines[last - 1].end
        return f"{_closed(text[:place], end)}{line}{end}{text[place:]}"
    if stop < len(text):
        number = len(re.findall(r"\r\n|\r|\n", text[:stop])) + 1
        unread = text[stop : _end(_REST, text, stop)].strip()
        raise LabError(
            f"a file /etc/wsl.conf that WSL reads to its end, for `{line}` in its section boot",
            f"WSL stops at line {number}, {unread!r}",
            "repair that line, or put a # in front of it",
        )
    gap = end if text.strip() else ""
    return f"{_closed(text, end)}{gap}[boot]{end}{line}{end}"


def _closed(text: str, end: str) -> str:
    """``text`` whose last line has its end."""
    return text if not text or text.endswith(("\n", "\r")) else text + end


def _replace(text: str, line: _Line, before: str, after: str) -> str:
    start = line.value[0]
    return text[:start] + after + text[start + len(before) :]


def _meaning(raw: str) -> str:
    """A value as WSL understands it."""

    def taken_out(match: re.Match[str]) -> str:
        escaped = match[0][1:]
        return _MEANING.get(escaped, escaped)

    return re.sub(rf'{_ESCAPE}|"', taken_out, raw)
