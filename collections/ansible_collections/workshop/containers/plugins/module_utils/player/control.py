# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The socket at which the observer's service takes orders of learners, who are not root.

Root and the group docker may open it, who are root by other means anyway. An order is one line; a
process of its own carries it out, one at a time, and what it prints goes back as it is.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import threading
import time
from contextlib import suppress
from typing import Any, Callable

NAME = "control.sock"
RUN_FOLDER = "/run/workshop"
# Bytes of an order, and of a line of the answer
LONGEST_ORDER = 1024
_LONGEST_LINE = 65536
# Seconds for a client to send its order, and to take each piece of the answer
_PATIENCE = 2.0
# Seconds for an order to be carried out, and to end once it is asked to
_LONGEST = 1800.0
_GRACE = 10.0
# Seconds for which an order waits for the one before to end
_TURN = 1.0
# Clients that wait; where there are more, the one that has waited longest is sent away
_CLIENTS = 16
# Clients whom the kernel has come to, before the service has
_BACKLOG = 128
# The code of an answer: another order is being carried out
BUSY = 4
_ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LANG": "C.UTF-8",
    "HOME": "/root",
}


def control_path(settings: dict[str, Any]) -> str:
    """The path of the socket."""
    return os.path.join(settings.get("run_path", RUN_FOLDER), NAME)


class Control:
    """Takes orders; ``command`` is what carries one out, with the order as its input."""

    def __init__(self, path: str, group: int, command: list[str]) -> None:
        """Listen at ``path``, for root and a group; before there are other threads."""
        self._command = command
        self._busy = threading.Lock()
        self._lock = threading.Lock()
        # Clients whose order is not carried out yet, the oldest first
        self._waiting: list[socket.socket] = []
        os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
        if os.path.lexists(path):
            os.unlink(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        before = os.umask(0o177)  # nobody else may come in between
        try:
            self._socket.bind(path)
        finally:
            os.umask(before)
        os.chown(path, -1, group, follow_symlinks=False)
        os.chmod(path, 0o660)
        self._socket.listen(_BACKLOG)

    def start(self) -> None:
        """Begin to take orders, and go on for as long as the process lives."""
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            connection, _address = self._socket.accept()
            with self._lock:
                self._waiting.append(connection)
                hanging = self._waiting[:-_CLIENTS]
            for each in hanging:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            try:
                order = _receive(connection)
                mine = bool(order) and self._busy.acquire(timeout=_TURN)
            finally:
                with self._lock:
                    self._waiting.remove(connection)
            if not mine:
                if order:
                    connection.sendall(json.dumps({"code": BUSY}).encode() + b"\n")
                return
            try:
                self._carry_out(connection, order)
            finally:
                self._busy.release()

    def _carry_out(self, connection: socket.socket, order: bytes) -> None:
        with subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd="/",
            env=_ENVIRONMENT,
            start_new_session=True,
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                with suppress(BrokenPipeError), process.stdin:
                    process.stdin.write(order)
                _pass_on(process.stdout.fileno(), connection)
            finally:
                _end(process)


def _receive(connection: socket.socket) -> bytes:
    """The order of a client; empty where it sends none in time, or too much."""
    found, end = b"", time.monotonic() + _PATIENCE
    while not found.endswith(b"\n"):
        left = end - time.monotonic()
        if left <= 0:
            return b""
        connection.settimeout(left)
        piece = connection.recv(LONGEST_ORDER - len(found))  # nothing of what is too long
        if not piece:
            return b""
        found += piece
    return found


def _pass_on(output: int, connection: socket.socket) -> None:
    """Send what is printed until its end, or until the client leaves or does not listen."""
    connection.settimeout(_PATIENCE)
    end = time.monotonic() + _LONGEST
    while time.monotonic() < end:
        ready, _, _ = select.select([output, connection.fileno()], [], [], end - time.monotonic())
        if connection.fileno() in ready:
            return  # it has nothing more to say than that it goes
        if output in ready:
            piece = os.read(output, _LONGEST_LINE)
            if not piece:
                return
            connection.sendall(piece)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Have a process end, if it has not; a killed run is continued by the next."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(0.5)
        return
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def send(path: str, order: bytes, say: Callable[[str], None]) -> int:
    """Have the service carry an order out; its code. ``say`` gets each line that comes meanwhile.

    Raises OSError where the service cannot be reached, EOFError where its answer breaks off.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(_PATIENCE)
        connection.connect(path)
        connection.sendall(order)
        connection.settimeout(None)
        with connection.makefile("rb") as answer:
            while True:
                try:
                    told = json.loads(answer.readline(_LONGEST_LINE))
                except ValueError:
                    raise EOFError from None
                if "code" in told:
                    return int(told["code"])
                say(str(told["say"]))


def answers(path: str) -> bool:
    """True if a service takes orders there, as far as one may know."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(_PATIENCE)
        try:
            connection.connect(path)
        except PermissionError:
            return True
        except OSError:
            return False
    return True
