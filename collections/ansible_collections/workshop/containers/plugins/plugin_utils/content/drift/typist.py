# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The acts of the commands that steps type, read one after the other as they are typed."""

from __future__ import annotations

import os.path
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from ansible_collections.workshop.containers.plugins.module_utils.command_line import (
    docker_verb,
    parts_of,
)
from ansible_collections.workshop.containers.plugins.plugin_utils.content.drift import acts, modes
from ansible_collections.workshop.containers.plugins.plugin_utils.content.drift.acts import Act
from ansible_collections.workshop.containers.plugins.plugin_utils.content.drift.docker import (
    docker_acts,
)
from ansible_collections.workshop.containers.plugins.plugin_utils.content.drift.script import (
    Statement,
    statements,
)

_EDITORS = {"vim", "vi", "nano", "emacs", "gedit", "ed"}
_SHELLS = {"sh", "bash", "ash", "dash", "zsh"}
_KEYWORDS = {"do", "then", "else", "if", "while", "!", "time", "{"}
_DOWNLOADERS = {"curl", "wget"}
# Options of curl and wget whose value is the next word
_VALUED = {"-o", "-O", "-H", "-d", "-X", "-u", "-m", "--output", "--header", "--data", "--request"}
_WRITES = re.compile(r"(?:(?<=\s)|^)1?>>?\s*([^\s&>|;]+)")


class Typist:
    """Somebody who types all steps of a lesson, each in its terminal.

    What is known from the steps before: in which directory a terminal is, whether it is inside of a
    container, and the modes of the files.
    """

    def __init__(self) -> None:
        self._folders: dict[str, str] = {}
        # By terminal, how each shell in a container was opened: run or exec
        self._inside: dict[str, list[str]] = {}
        self._modes = modes.Modes()

    def acts(self, step: dict[str, Any]) -> list[Act]:
        """The acts of the next step's command, as far as an operation could."""
        where = step.get("where", "host")
        found: list[Act] = []
        for statement in statements(step.get("command", "")):
            if self._inside.get(where):
                typed = acts.entered(statement)
                found.append(Act("terminal_type", {"terminal": where, "input": typed}))
                if re.fullmatch(r"(?:exit|logout)\b.*|exec true", statement.line):
                    self._leave(where)
            else:
                found += self._outside(statement, where)
            for act in found:
                act.words = act.words or statement.line
        for act in found:
            if act.name in ("file_write", "directory_create"):
                act.values["mode"] = self._modes.of(act.values["path"], act.name)
        return found

    def _outside(self, statement: Statement, where: str) -> Iterator[Act]:
        for words in map(_without_keywords, parts_of(statement.line)):
            program, rest = os.path.basename(words[0]), words[1:]
            if program == "docker":
                yield from docker_acts(rest, where, lambda path: self._path(where, path))
                self._enter(rest, where)
                continue
            plain = [word for word in rest if not word.startswith("-")]
            if program == "cd":
                self._folders[where] = self._path(where, plain[0] if plain else "/root")
            elif program == "chmod":
                self._modes.change([self._path(where, path) for path in plain[1:]], words)
            elif program in _DOWNLOADERS:
                yield from _downloads(rest)
            else:
                yield from self._files(program, rest, where)
        yield from self._written(statement, where)

    def _files(self, program: str, words: list[str], where: str) -> Iterator[Act]:
        """The folders and files that a program makes whose arguments are their names."""
        plain = [word for word in _without_redirections(words) if word[:1] not in ("-", "+")]
        if program == "mkdir":
            mode = next((mode for word, mode in pairwise(words) if word == "-m"), "")
            for path in plain:
                if path != mode:
                    full = self._path(where, path)
                    self._modes.made(full, mode or "0755")
                    yield Act("directory_create", {"path": full})
        elif program in _EDITORS:
            for path in plain:
                full = self._path(where, path)
                self._modes.made(full, "0644")
                yield Act("file_write", {"path": full, "content": None})
        elif program == "touch":
            for path in plain:
                yield Act("file_touch", {"path": self._path(where, path)})
        elif program == "tee":
            yield from (self._write(where, path, None) for path in plain)

    def _written(self, statement: Statement, where: str) -> Iterator[Act]:
        """The file into which a command's output goes."""
        unquoted = re.sub(r"'[^']*'|\"[^\"]*\"", lambda match: "x" * len(match[0]), statement.line)
        known = statement.text if statement.literal else None
        for match in _WRITES.finditer(unquoted):
            path = statement.line[slice(*match.span(1))].strip("'\"")
            if not path.startswith("/dev/"):
                content = known if statement.line.startswith(("cat >", "cat <<")) else None
                yield self._write(where, path, content)

    def _write(self, where: str, path: str, content: str | None) -> Act:
        full = self._path(where, path)
        self._modes.made(full, "0644")
        return Act("file_write", {"path": full, "content": content})

    def _path(self, where: str, path: str) -> str:
        """The full path, as far as it is known in which directory a terminal is."""
        path = os.path.join("/root", path[2:]) if path.startswith("~/") else path
        folder = self._folders.get(where, acts.SOMEWHERE)
        if path.startswith("/"):
            return os.path.normpath(path)
        if folder == acts.SOMEWHERE:
            end = os.path.normpath(path)
            return acts.SOMEWHERE + ("" if end == "." else end)
        return os.path.normpath(os.path.join(folder, path))

    def _enter(self, words: list[str], where: str) -> None:
        """Note whether a terminal is inside of a container now, at the prompt of its shell."""
        verb, _rest = docker_verb(words)
        for act in docker_acts(words, where, str):
            if verb not in ("run", "exec") or act.name not in ("container_run", "container_exec"):
                continue
            command = act.values["command"]
            shell = (
                os.path.basename(command[0]) in _SHELLS and len(command) == 1
                if command
                else (where != "host")
            )
            if shell and act.values.get("tty", "-i -t") == "-i -t" and not act.values.get("detach"):
                self._inside.setdefault(where, []).append(verb)

    def _leave(self, where: str) -> None:
        """The innermost shell ends; the one that a container was run with ends all others there."""
        if self._inside[where].pop() == "run":
            for shells in self._inside.values():
                shells[:] = [verb for verb in shells if verb != "exec"]


def _without_keywords(words: list[str]) -> list[str]:
    while len(words) > 1 and words[0] in _KEYWORDS:
        words = words[1:]
    return words


def _without_redirections(words: list[str]) -> Iterator[str]:
    left = iter(words)
    for word in left:
        operator = re.match(r"\d?[<>]+&?", word)
        if operator is None:
            yield word
        elif operator[0] == word:
            next(left, None)


def _downloads(words: list[str]) -> Iterator[Act]:
    """The addresses that curl or wget asks."""
    left = iter(words)
    for word in left:
        if word in _VALUED:
            next(left, None)
        elif not word.startswith("-") and "$" not in word and word not in "<>":
            yield Act("http_request", {"url": acts.url(word)})
