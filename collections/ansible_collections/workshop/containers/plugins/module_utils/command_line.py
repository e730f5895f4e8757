# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Command lines as a shell takes them apart, and docker's verbs by one name each."""

from __future__ import annotations

import re
import shlex
from typing import Iterator, Sequence

_SUBSTITUTED = re.compile(r"`([^`]*)`|\$\(([^()]*)\)")
_ASSIGNMENT = re.compile(r"\w+=")
_SEPARATORS = {";", "&", "&&", "|", "||", "(", ")"}
_VERBS = {
    ("container", "ls"): "ps",
    ("container", "list"): "ps",
    ("image", "ls"): "images",
    ("image", "list"): "images",
    ("image", "rm"): "rmi",
    ("image", "remove"): "rmi",
    ("container", "remove"): "rm",
    ("container", "prune"): "container prune",
    ("image", "prune"): "image prune",
    ("buildx", "build"): "build",
    ("buildx", "b"): "build",
}
# Words of docker's command line behind which a verb stands
_NOUNS = ("container", "image", "builder", "buildx")


def parts_of(line: str) -> list[list[str]]:
    """The words of each command of a line, without sudo and variables before it.

    What is substituted by the output of another command is part of a word, as it is written.

    >>> parts_of("cd /srv && sudo docker rm $(docker ps -aq)")
    [['cd', '/srv'], ['docker', 'rm', '$(docker ps -aq)']]
    """
    found: list[str] = []

    def hide(match: re.Match[str]) -> str:
        found.append(match[0])
        return f"\x00{len(found) - 1}\x00"

    lexer = shlex.shlex(_SUBSTITUTED.sub(hide, line), posix=True, punctuation_chars="();&|")
    lexer.whitespace_split = True
    try:
        words = list(lexer)
    except ValueError:
        words = line.split()
    words = [re.sub("\x00(\\d+)\x00", lambda match: found[int(match[1])], word) for word in words]
    return [_bare(part) for part in _parts(words) if part]


def _parts(words: Sequence[str]) -> Iterator[list[str]]:
    """The words of each command of a line."""
    part: list[str] = []
    for word in words:
        if word in _SEPARATORS:
            yield part
            part = []
        else:
            part.append(word)
    yield part


def _bare(words: list[str]) -> list[str]:
    while len(words) > 1 and (words[0] == "sudo" or _ASSIGNMENT.match(words[0])):
        words = words[1:]
    return words


def docker_verb(words: list[str]) -> tuple[str, list[str]]:
    """The verb among the words behind ``docker``, by its shortest name, and what is behind it.

    >>> docker_verb(["container", "ls", "-a"])
    ('ps', ['-a'])
    """
    plain = [word for word in words[:2] if not word.startswith("-")]
    verb = _VERBS.get((*plain, "")[:2], "")  # type: ignore[arg-type]
    if verb or (plain[:1] and plain[0] in _NOUNS and plain[1:]):
        return verb or plain[1], words[2:]
    return (plain or [""])[0], words[1:]
