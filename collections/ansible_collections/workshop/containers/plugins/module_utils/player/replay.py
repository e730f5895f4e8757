# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Typing a workshop, as its lessons say, into terminals, and recording it."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from typing import Any

from ..builds.builder import choose
from ..builds.buildkit import frontend_exists
from ..containers.terminals import plain
from ..engine.client import Engine
from ..errors import LabError
from ..retry import retry
from ..workshop.content import Content, Step
from .journal import read
from .memory import Memory
from .shell import Shell

# Seconds that a line may take until its prompt comes: images are built and pulled in that.
LONGEST = 300.0
_EDITOR = re.compile(r"(?:vim|nano) (\S+)$")
# The line of a Dockerfile that has BuildKit pull its frontend
_SYNTAX = re.compile(r"# ?syntax=(\S+)\n")
# What goes on until it is ended by Ctrl-C
_ENDLESS = re.compile(r"docker (container )?logs (-f|--follow) |docker events\b|tail -f ")
# Ctrl-C as a line of a command, which has it typed instead of waiting for a prompt
_BREAK = "^C"


@dataclass
class Script:
    """The input for a step, line by line, and in which terminal.

    ``files`` has what is written in the editor, by the names that the command gives it; what is not
    there is what the step's automation writes.
    """

    command: str
    where: str
    files: dict[str, str] = field(default_factory=dict)


@dataclass
class Typed:
    """A step that was typed.

    ``events`` are what its terminal showed meanwhile, as asciicast has it; ``late`` is how many
    seconds after its last prompt the observer had seen it, None where it had not; ``early`` are the
    steps that were seen although nobody had typed them.
    """

    step: str
    seconds: float
    events: list[tuple[float, str, str]]
    late: float | None
    early: list[str]


class Replay:
    """Types steps one after the other; the terminals stay open between them.

    ``host`` steps are typed in terminal B, which is outside of containers.
    """

    def __init__(self, content: Content, engine: Engine, home: str = "/root") -> None:
        self.content = content
        self.engine = engine
        self._home = home
        self._shells: dict[str, Shell] = {}

    def step(self, index: int) -> list[tuple[float, str, str]]:
        """Type one step; what its terminal showed. Raises TimeoutError."""
        data = self.content.steps[index].data
        return self.script(index, Script(data["command"], data.get("where", "host")))

    def script(self, index: int, script: Script) -> list[tuple[float, str, str]]:
        """Type something for a step; what its terminal showed. Raises TimeoutError."""
        shell = self._shell(script.where)
        first = len(shell.events)
        lines = script.command.split("\n")
        for line, following in zip(lines, [*lines[1:], ""]):
            self._line(shell, self.content.steps[index], script, line, following == _BREAK)
        return shell.events[first:]

    def close(self) -> None:
        """Close the terminals."""
        for shell in self._shells.values():
            shell.close()

    def _shell(self, where: str) -> Shell:
        name = "A" if where == "A" else "B"
        if name not in self._shells:
            self._shells[name] = Shell(self._home)
        return self._shells[name]

    def _line(self, shell: Shell, step: Step, script: Script, line: str, broken: bool) -> None:
        editor = _EDITOR.match(line)
        if editor:
            shell.type(f"{line}\r")
            shell.settle(0.7)
            own = script.files.get(editor[1])
            _write(shell, self._written(step, editor[1]) if own is None else self._buildable(own))
            shell.await_prompt(LONGEST)
        elif line == _BREAK:
            shell.type("\x03")
            shell.await_prompt(LONGEST)
        elif broken or _ENDLESS.match(line):
            shell.type(f"{line}\r")
            shell.settle(0.7)
            if not broken:
                shell.type("\x03")
                shell.await_prompt(LONGEST)
        else:
            shell.line(line, LONGEST)

    def _written(self, step: Step, path: str) -> str:
        """The content that the automation writes to the file that the learner edits."""
        for item in step.data["do"]:
            written: dict[str, Any] = item.get("file_write", {})
            if written.get("path") == path:
                name = f"{step.data['lesson']}/{written['source']}"
                return self._buildable(self.content.files[name].decode())
        raise LookupError(f"{step.id} edits {path}, and no file_write of it says what is in it")

    def _buildable(self, text: str) -> str:
        """A text without the line that names a frontend for BuildKit, where that cannot be had."""
        syntax = _SYNTAX.match(text)
        if syntax is None or choose(self.engine, "auto") == "classic":
            return text
        return text if frontend_exists(self.engine, syntax[1]) else text[syntax.end() :]


def _write(shell: Shell, text: str) -> None:
    """Type a text into vim, and leave it."""
    shell.type(":set paste\r:%d\ri")
    for line in text.rstrip("\n").split("\n"):
        shell.type(f"{line}\r")
        shell.settle(0.05)
    shell.type("\x7f\x1b")
    shell.settle(0.3)
    shell.type(":wq\r")


def replay(content: Content, engine: Engine, journal: str, patience: float) -> list[Typed]:
    """Type all steps that belong to this machine, and look after each what the observer has seen.

    ``patience`` is how many seconds it may take for that. Raises LabError where a prompt does not
    come back.
    """
    typed: list[Typed] = []
    found = set(Memory(read(journal)).ticks)
    terminals = Replay(content, engine)
    try:
        for index, step in enumerate(content.steps):
            if step.absent or not step.data["command"]:
                continue
            started = time.monotonic()
            try:
                events = terminals.step(index)
            except TimeoutError as error:
                raise LabError(f"a prompt after the command of {step.id}", str(error)) from None
            ended = time.monotonic()
            ticks = retry(
                lambda: set(Memory(read(journal)).ticks),
                lambda ticks, wanted=step.id: wanted in ticks,  # type: ignore[misc]
                patience,
            )
            late = time.monotonic() - ended if step.id in ticks else None
            early = ticks - found - {step.id} - {each.step for each in typed}
            typed.append(Typed(step.id, ended - started, events, late, sorted(early)))
    finally:
        terminals.close()
    return typed


def need_followed_shells(memory: Memory, journal: str) -> None:
    """Raise LabError where no observer tells what is typed: then nothing can be held against it."""
    if not memory.follows_shells:
        raise LabError(
            "an observer that follows shells",
            "this one does not" if memory.since else f"none has written {journal}",
            "run the role learner with learner_follow_shells: true",
        )


def recording(typed: Typed, title: str, rows: int = 24, columns: int = 80) -> str:
    """A step as asciicast v2 (https://docs.asciinema.org/manual/asciicast/v2/), from its begin."""
    head = {"version": 2, "width": columns, "height": rows, "title": title}
    start = typed.events[0][0] if typed.events else 0.0
    lines = [json.dumps(head)]
    lines += [json.dumps([round(at - start, 6), kind, text]) for at, kind, text in typed.events]
    return "\n".join(lines) + "\n"


def shown(typed: Typed) -> str:
    """A step as text: what its terminal showed, as a person reads it."""
    return plain("".join(text for _at, kind, text in typed.events if kind == "o"))
