# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The output of containers, as events of the journal."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import Any, Callable, Iterable, Iterator

from ..engine.client import Engine
from ..engine.connection import FAILURES
from ..engine.logs import frames
from ..errors import EngineError
from .log_files import DRIVER, LogFiles, open_log, read_log

# Bytes of a container's output that are told in one event, and of all of it.
_PIECE = 4096
_MOST = 64 * 1024
_CHUNK = 65536
# Seconds that may lie between the first byte of a container and the event of its start
_MARGIN = 0.1

Add = Callable[[dict[str, Any]], None]


class OutputSource:
    """Listens to containers, in threads of its own; ``add`` is called from these.

    Where the engine writes logs into files it reads those: whoever asks for a log may make the
    engine open the file anew while it removes the container, which then fails and stays behind.
    Elsewhere it attaches to each container before that starts, and asks for the log where that came
    too late and the container stays.
    """

    def __init__(self, add: Add) -> None:
        self._add = add
        self._files = LogFiles()
        # By id, the attachments to containers that were just created, and when they were made
        self._fresh: dict[str, tuple[float, Any]] = {}
        # By id, since when it listens to those that have not started yet
        self._awaited: dict[str, tuple[float, _Teller]] = {}
        # The ids of those that somebody listens to, and of those that have ended meanwhile
        self._open: set[str] = set()
        self._ended: set[str] = set()

    def of(self, engine: Engine) -> None:
        """Listen to the containers of this engine."""
        self._files.of(engine)

    def expect(self, engine: Engine, identity: str) -> None:
        """Be ready for a container that was just created, before anything else is asked about it:
        while an engine starts a container it gives no answer about that one.
        """
        if not self._files.expect(identity):
            self._attach(engine, identity)

    def leave(self, identity: str) -> None:
        """Forget one that nobody is to hear."""
        self._files.leave(identity)
        _since, connection = self._fresh.pop(identity, (0.0, None))
        if connection is not None:
            connection.close()

    def listen(self, engine: Engine, container: dict[str, Any]) -> None:
        """Hear an inspected container that has not started, if nobody listens to it."""
        identity = container["Id"]
        if identity in self._open:
            return
        if not _in_file(container):
            self._files.leave(identity)
        elif self._files.expect(identity):
            return
        if identity not in self._fresh:
            self._attach(engine, identity)
        if identity in self._fresh:
            since, connection = self._fresh.pop(identity)
            teller = _Teller(self._add, identity)
            self._awaited[identity] = since, teller
            self._start(container, _attached(connection, container), teller)

    def started(self, engine: Engine, container: dict[str, Any], at: float) -> None:
        """Tell what a container prints that started at a time, by the event."""
        identity = container["Id"]
        since, teller = self._awaited.pop(identity, (at, None))
        in_time = since < at - _MARGIN
        if teller is not None and (in_time or container["HostConfig"]["AutoRemove"]):
            teller.decide(True, whole=in_time)
            return
        if teller is not None:
            teller.decide(False, whole=False)
        elif _in_file(container) and self._files.expect(identity):
            log = self._files.read(identity, lambda: identity in self._ended)
            self._tell_whole(container, log)
            return
        if not container["HostConfig"]["AutoRemove"]:
            self._tell_whole(container, _logged(engine, container, 0.0))

    def ended(self, identity: str) -> None:
        """Read the log of one that has ended to its end, and not on."""
        if identity in self._open:
            self._ended.add(identity)

    def follow(self, engine: Engine, container: dict[str, Any], since: float) -> None:
        """Tell what one that runs has printed since a time (seconds since the epoch), and goes on
        to print, if nobody listens to it already; without a log from now on only.
        """
        identity = container["Id"]
        if identity in self._open:
            return
        descriptor = open_log(container["LogPath"])
        if descriptor is not None:
            log = read_log(descriptor, since, lambda: identity in self._ended)
            self._tell_whole(container, log)
        elif not container["HostConfig"]["AutoRemove"]:
            self._tell_whole(container, _logged(engine, container, since))
        else:
            self.listen(engine, container)
            _since, teller = self._awaited.pop(identity, (0.0, None))
            if teller is not None:
                teller.decide(True, whole=False)

    def _attach(self, engine: Engine, identity: str) -> None:
        with suppress(*FAILURES, OSError):
            # Both streams, from now on
            params = {"stdout": 1, "stderr": 1, "stream": 1}
            connection = engine.api.attach_socket(identity, params=params)
            self._fresh[identity] = time.time(), connection

    def _tell_whole(self, container: dict[str, Any], pieces: Iterable[bytes]) -> None:
        teller = _Teller(self._add, container["Id"])
        teller.decide(True, whole=True)
        self._start(container, pieces, teller)

    def _start(self, container: dict[str, Any], pieces: Iterable[bytes], teller: _Teller) -> None:
        self._open.add(container["Id"])
        threading.Thread(target=self._hear, args=(container, pieces, teller), daemon=True).start()

    def _hear(self, container: dict[str, Any], pieces: Iterable[bytes], teller: _Teller) -> None:
        try:
            teller.hear(pieces)
        finally:
            self._open.discard(container["Id"])
            self._ended.discard(container["Id"])


class _Teller:
    """Tells what one container prints, once it is known whether it may, and a little of it only."""

    def __init__(self, add: Add, identity: str) -> None:
        self._add = add
        self._identity = identity
        self._lock = threading.Lock()
        self._held: list[tuple[float, bytes]] = []
        self._told = 0
        self._may: bool | None = None
        # Whether all that it prints is heard, and whether nothing more can come
        self._whole = False
        self._ended = False

    def decide(self, may: bool, whole: bool) -> None:
        """Tell what was held back, and what comes, or nothing of it."""
        with self._lock:
            self._may, self._whole = may, whole
            held, self._held = self._held, []
            for at, piece in held:
                self._tell(at, piece)
            self._tell_end()

    def hear(self, pieces: Iterable[bytes]) -> None:
        """Read all, for a container waits for who listens."""
        with suppress(EngineError, *FAILURES, OSError, ValueError, KeyError):
            for piece in pieces:
                with self._lock:
                    if piece and self._told < _MOST:
                        self._told += len(piece)
                        self._tell(time.time(), piece)
            with self._lock:
                self._ended = True
                self._tell_end()

    def _tell(self, at: float, piece: bytes) -> None:
        if self._may is None:
            self._held.append((at, piece[-_PIECE:]))
        elif self._may:
            text = piece[-_PIECE:].decode(errors="replace")
            self._add({"event": "output", "at": at, "id": self._identity, "text": text})

    def _tell_end(self) -> None:
        if self._may and self._whole and self._ended:
            self._add({"event": "heard", "at": time.time(), "id": self._identity})


def _in_file(container: dict[str, Any]) -> bool:
    return bool(container["HostConfig"]["LogConfig"]["Type"] == DRIVER)


def _attached(connection: Any, container: dict[str, Any]) -> Iterator[bytes]:
    """Read an attachment to a container."""
    # The SDK hands out the bare socket. What came together with the answer's head is in the
    # buffer above it, and lost to whoever reads below.
    reader = connection._response.raw._fp.fp
    getattr(connection, "_sock", connection).settimeout(None)
    return _parts(container, _read(reader, connection))


def _parts(container: dict[str, Any], chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Without the frames that the engine puts around what goes to no terminal."""
    if container["Config"]["Tty"]:
        yield from chunks
    else:
        yield from (part for _stream, part in frames(chunks))


def _logged(engine: Engine, container: dict[str, Any], since: float) -> Iterator[bytes]:
    """Read what a container has printed since a time, and goes on to print."""
    with engine.streaming(
        "a container's log",
        "/containers/{0}/logs",
        container["Id"],
        stdout=1,
        stderr=1,
        follow=1,
        **({"since": f"{since:.9f}"} if since else {}),
    ) as chunks:
        yield from _parts(container, chunks)


def _read(reader: Any, connection: Any) -> Iterator[bytes]:
    with connection:
        while True:
            chunk = reader.read1(_CHUNK)
            if not chunk:
                return
            yield chunk
