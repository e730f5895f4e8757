# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The output of a container, read from the engine's stream in bounded memory."""

from __future__ import annotations

from collections import deque
from typing import Iterable, Iterator, NamedTuple

# Keep at most this many bytes of each stream: its end says how it went.
KEEP = 1024 * 1024
_HEADER = 8
_STDERR = 2


class Output(NamedTuple):
    """``text`` of a stream, ``left_out`` bytes before it, and whether some bytes were not UTF-8
    (each is shown as U+FFFD).
    """

    text: str
    left_out: int = 0
    unreadable: bool = False


class Tail:
    """The last ``KEEP`` bytes of what is added."""

    def __init__(self) -> None:
        self._pieces: deque[bytes] = deque()
        self._kept = 0
        self._added = 0

    def add(self, piece: bytes) -> None:
        """Append."""
        self._pieces.append(piece)
        self._kept += len(piece)
        self._added += len(piece)
        while self._kept - len(self._pieces[0]) >= KEEP:
            self._kept -= len(self._pieces.popleft())

    def output(self) -> Output:
        """As text; if bytes were dropped, from the start of a line."""
        data = b"".join(self._pieces)[-KEEP:]
        if len(data) < self._added:
            data = data.partition(b"\n")[2] or data
        try:
            return Output(data.decode(), self._added - len(data))
        except UnicodeDecodeError:
            return Output(data.decode(errors="replace"), self._added - len(data), True)


def frames(chunks: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """The frames of a log without a terminal.

    Number of the stream (1 stdout, 2 stderr) and bytes, however they are cut.

    https://docs.docker.com/reference/api/engine/version/v1.45/#tag/Container/operation/ContainerAttach
    """
    buffer = bytearray()
    for chunk in chunks:
        buffer += chunk
        start = 0
        while len(buffer) - start >= _HEADER:
            end = start + _HEADER + int.from_bytes(buffer[start + 4 : start + _HEADER], "big")
            if end > len(buffer):
                break
            yield buffer[start], bytes(buffer[start + _HEADER : end])
            start = end
        del buffer[:start]


def outputs(chunks: Iterable[bytes], tty: bool) -> tuple[Output, Output]:
    """Stdout and stderr of a log; a terminal has stdout only."""
    stdout, stderr = Tail(), Tail()
    for stream, piece in ((1, chunk) for chunk in chunks) if tty else frames(chunks):
        (stderr if stream == _STDERR else stdout).add(piece)
    return stdout.output(), stderr.output()


def joined(chunks: Iterable[bytes], tty: bool) -> Output:
    """Both streams in one, in the order of the log."""
    tail = Tail()
    for piece in chunks if tty else (piece for _stream, piece in frames(chunks)):
        tail.add(piece)
    return tail.output()
