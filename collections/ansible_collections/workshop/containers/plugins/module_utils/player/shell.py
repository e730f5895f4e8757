# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A shell in a pseudo-terminal, typed into as a person would, and recorded."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from contextlib import suppress

# A prompt that waits for the next line: of a shell, of one inside a container, of a line begun.
_PROMPT = re.compile(r"(?:[#$] |(?:^|\n|\r)> )$")
_STYLE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07|\x1b[=>]")
# Seconds without output after which a prompt is believed
_QUIET = 0.12


class Shell:
    """An interactive bash as ``home``'s owner has it, of ``rows`` by ``columns``.

    ``events`` holds what was printed and typed, as asciicast has it: (seconds, "o" or "i", text).
    """

    def __init__(self, home: str = "/root", rows: int = 24, columns: int = 80) -> None:
        self.events: list[tuple[float, str, str]] = []
        self._started = time.monotonic()
        self._text = ""
        self._process, self._master = pty.fork()
        if self._process == 0:
            os.chdir(home)
            environment = {**os.environ, "HOME": home, "TERM": "xterm-256color"}
            os.execvpe("bash", ["bash", "-i"], environment)
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, size)
        self.await_prompt(10)

    def type(self, text: str) -> None:
        """Send keys."""
        self.events.append((time.monotonic() - self._started, "i", text))
        os.write(self._master, text.encode())

    def line(self, text: str, seconds: float) -> str:
        """Type a line and wait for the next prompt; what was printed. Raises TimeoutError."""
        self._text = ""
        self.type(f"{text}\r")
        return self.await_prompt(seconds)

    def await_prompt(self, seconds: float) -> str:
        """Wait until a prompt stands at the end; what was printed. Raises TimeoutError."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not self._receive(_QUIET) and _PROMPT.search(_STYLE.sub("", self._text)):
                return self._text
        raise TimeoutError(f"no prompt after {seconds:.0f} s; it printed {self._text[-500:]!r}")

    def settle(self, seconds: float) -> str:
        """Wait until nothing has been printed for so long; what was printed."""
        while self._receive(seconds):
            pass
        return self._text

    def close(self) -> None:
        """End the shell and all that runs in it."""
        with suppress(OSError):
            os.kill(self._process, signal.SIGHUP)
            os.close(self._master)
        os.waitpid(self._process, 0)

    def _receive(self, seconds: float) -> bool:
        """Read what comes within so many seconds; whether anything did."""
        ready, _, _ = select.select([self._master], [], [], seconds)
        if not ready:
            return False
        try:
            text = os.read(self._master, 65536).decode(errors="replace")
        except OSError:  # the shell has ended
            text = ""
        if text:
            self.events.append((time.monotonic() - self._started, "o", text))
            self._text += text
        return bool(text)
