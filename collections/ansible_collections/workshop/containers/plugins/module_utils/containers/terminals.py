# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Terminals of containers, through the API's attach and exec sockets.

The same as a learner gets from `docker run -it` and `docker exec -it`.
"""

from __future__ import annotations

import re
import select
import time
from typing import TYPE_CHECKING, Any

from ..errors import LabError

if TYPE_CHECKING:
    from ..engine.client import Engine

# A shell's prompt at the end of what was printed: "/ # ", "$ ", "[root@4f2a /]# ".
PROMPT = re.compile(r"[#$] (?:\x1b\[[0-9;]*[a-zA-Z])*$")
# What ECMA-48 calls control sequences, control strings (titles, clipboards) and other escapes; then
# lone control characters, and those that change the direction of writing.
_ESCAPE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[PX\]^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]"
    r"|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
_CHUNK = 65536


def plain(text: str) -> str:
    """The output of a terminal without control sequences."""
    return _ESCAPE.sub("", text).replace("\r\n", "\n").replace("\r", "")


class Terminal:
    """One open terminal.

    ``printed`` is its output since ``forget``, ``everything`` since it was opened (as text, without
    control sequences); ``closed``: the other side has hung up.
    """

    def __init__(self, connection: Any, container_id: str, main: bool) -> None:
        self._connection = connection
        # The SDK wraps the socket in a buffered reader; reading with a deadline needs the socket
        # itself.
        self._socket = getattr(connection, "_sock", connection)
        self.container_id = container_id
        self.main = main
        self.closed = False
        self._raw = self._forgotten = b""

    @property
    def printed(self) -> str:
        """The output since ``forget``, as a person would read it."""
        return plain(self._raw.decode(errors="replace"))

    @property
    def everything(self) -> str:
        """The output since it was opened, as a person would read it."""
        return plain((self._forgotten + self._raw).decode(errors="replace"))

    def forget(self) -> None:
        """Start a new page."""
        self._forgotten += self._raw
        self._raw = b""

    def type(self, text: str) -> None:
        """Type lines, each ended by Enter."""
        for line in text.splitlines() or [""]:
            self._socket.sendall(line.encode() + b"\r")

    def read_until(self, pattern: re.Pattern[str] | None, seconds: float) -> bool:
        """Read until ``pattern`` is found in what was printed (None: until it closes).

        False when time ran out first.
        """
        end = time.monotonic() + seconds
        while True:
            if pattern is not None and pattern.search(self.printed):
                return True
            if self.closed:
                return pattern is None
            ready, _, _ = select.select([self._socket], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                return False
            self._receive()

    def _receive(self) -> None:
        try:
            data = self._socket.recv(_CHUNK)
        except ConnectionError:
            data = b""
        self._raw += data
        self.closed = self.closed or not data

    def close(self) -> None:
        """Hang up; processes in the container go on."""
        self._socket.close()
        self._connection.close()


def attach(engine: Engine, container_id: str) -> Terminal:
    """The terminal of a container's main process, as `docker attach` gives it."""
    with engine.speaking("the terminal of a container"):
        params = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
        return Terminal(
            engine.api.attach_socket(container_id, params=params), container_id, main=True
        )


def execute(engine: Engine, container_id: str, command: list[str]) -> Terminal:
    """A second process with a terminal of its own in a running container, as `docker exec -it`
    gives it.
    """
    with engine.speaking(f"`{' '.join(command)}` in a running container"):
        created = engine.api.exec_create(container_id, command, stdin=True, tty=True)
        return Terminal(
            engine.api.exec_start(created["Id"], tty=True, socket=True), container_id, main=False
        )


def await_prompt(
    terminal: Terminal, name: str, seconds: float, prompt: re.Pattern[str] = PROMPT
) -> None:
    """Wait until a shell, or another program with such a ``prompt``, is ready for input.

    Raises LabError.
    """
    if not terminal.read_until(prompt, seconds):
        printed = terminal.printed.strip() or "nothing"
        wanted = "a shell's prompt" if prompt is PROMPT else f"the prompt /{prompt.pattern}/"
        closed = "it closed; " if terminal.closed else ""
        raise LabError(
            f"{wanted} in terminal {name} within {seconds:g} s",
            f"{closed}it printed: {printed[-200:]}",
        )


def enter(
    terminal: Terminal, name: str, text: str, answer: re.Pattern[str] | None, seconds: float
) -> None:
    """Type on a new page, and wait for ``answer`` where one is wanted; raises LabError."""
    terminal.forget()
    terminal.type(text)
    if answer is not None and not terminal.read_until(answer, seconds):
        raise LabError(
            f"/{answer.pattern}/ in terminal {name} after typing {text!r}",
            f"it printed: {terminal.printed.strip()[-400:] or 'nothing'}",
        )


def converse(
    terminal: Terminal,
    name: str,
    script: list[dict[str, Any]],
    prompt: re.Pattern[str],
    seconds: float,
) -> None:
    """Type the inputs of a script, each at a prompt, and wait for the answers; raises LabError.

    After the last one the program is at its prompt again, or has closed the terminal. ``seconds``
    limit each wait.
    """
    for entry in script:
        await_prompt(terminal, name, seconds, prompt)
        enter(
            terminal,
            name,
            entry["input"],
            re.compile(entry["expect"], re.MULTILINE) if entry.get("expect") else None,
            seconds,
        )
    if not terminal.read_until(prompt, seconds) and not terminal.closed:
        await_prompt(terminal, name, 0, prompt)
