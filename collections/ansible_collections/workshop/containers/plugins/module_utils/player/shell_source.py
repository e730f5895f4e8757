# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands of shells whose owners have agreed to it, as events of the journal."""

from __future__ import annotations

import os
import re
import socket
import threading
import time
from typing import Any, Callable

NAME = "shell.sock"
_LONGEST = 8192
_MESSAGE = re.compile(r"(?:<\d+>.*?workshop\[\d+\]: )?(?P<code>\d{1,3}) (?P<command>\s*\S.*)", re.S)

# Ports, as in -p 8080:80, are no password.
_SECRET = re.compile(
    r"(?i)(\s(?:-p|--password|--token)|(?:password|token|secret)\w*)(?:=|\s+)"
    r"(?!-|(?:[\d.]+:)+\d+(?:/\w+)?(?:\s|$))\S+"
)


class ShellSource:
    """Receives what the line in a shell's start file sends after each command.

    A datagram is what logger(1) makes of ``EXIT_CODE COMMAND``. Anybody on the machine may send
    one, as anybody may type.
    """

    def __init__(self, folder: str, add: Callable[[dict[str, Any]], None]) -> None:
        path = os.path.join(folder, NAME)
        os.makedirs(folder, mode=0o755, exist_ok=True)
        if os.path.lexists(path):
            os.unlink(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._socket.bind(path)
        os.chmod(path, 0o622)
        self._add = add

    def start(self) -> None:
        """Begin to receive, and go on for as long as the process lives."""
        threading.Thread(target=self._receive, daemon=True).start()

    def _receive(self) -> None:
        while True:
            text = self._socket.recv(_LONGEST).decode(errors="replace")
            event = command_of(text)
            if event is not None:
                self._add(event)


def command_of(datagram: str) -> dict[str, Any] | None:
    """The event of a datagram, without passwords; None for one that tells of no command."""
    found = _MESSAGE.match(datagram)
    if found is None:
        return None
    return {
        "event": "command",
        "at": time.time(),
        "exit_code": int(found["code"]),
        "command": _SECRET.sub(r"\1 [hidden]", found["command"].strip()),
    }
