# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run `docker buildx`: stream its input, read its output, and end it with all that it started."""

from __future__ import annotations

import codecs
import os
import signal
import subprocess
import threading
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from .tar import ContextTar

_PIECE = 65536


def execute(
    command: list[str],
    environment: dict[str, str],
    context: ContextTar | None,
    read: Callable[[str], None],
) -> int:
    """Run a command and stream its input; gives its exit code.

    Raises what the input raises. A command whose input broke off is killed before it sees the end:
    it would take the part for the whole.
    """
    problems: list[BaseException] = []
    stdin = subprocess.DEVNULL if context is None else subprocess.PIPE
    with subprocess.Popen(
        command,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
        start_new_session=True,
    ) as process:
        feeder = threading.Thread(target=_feed, args=(process, context, problems), daemon=True)
        feeder.start()
        try:
            decoder = codecs.getincrementaldecoder("utf-8")("replace")
            output: IO[bytes] = process.stdout  # type: ignore[assignment]
            for piece in iter(lambda: os.read(output.fileno(), _PIECE), b""):
                read(decoder.decode(piece))
            feeder.join()
        except BaseException:
            _kill(process)
            raise
    if problems:
        raise problems[0]
    return process.returncode


def _feed(
    process: subprocess.Popen[bytes], context: ContextTar | None, problems: list[BaseException]
) -> None:
    if context is None or process.stdin is None:
        return
    try:
        for block in context:
            process.stdin.write(block)
        process.stdin.flush()
    except BrokenPipeError:
        # It has ended without reading all: its own words tell why.
        pass
    except BaseException as error:
        problems.append(error)
        _kill(process)
    with suppress(OSError):
        process.stdin.close()


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a command and the plugin that it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
