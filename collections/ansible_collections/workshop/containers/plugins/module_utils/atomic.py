# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing files so that a reader, and a crash, sees the old content or the new one and nothing between."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import IO, Iterator


@contextmanager
def replacing(path: str, mode: int) -> Iterator[IO[bytes]]:
    """A stream whose content is at ``path``, with exactly ``mode``, when the block ends; raises OSError and leaves the old file then.

    The temporary file has a fixed name: what a killed run left is replaced, not added to. O_EXCL after the unlink keeps a
    planted link from being followed.
    """
    folder, name = os.path.split(path)
    temporary = os.path.join(folder, f".{name}.workshop.tmp")
    with suppress(FileNotFoundError):
        os.unlink(temporary)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            os.fchmod(stream.fileno(), mode)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def write_file(path: str, content: bytes, mode: int) -> None:
    """Put ``content`` at ``path`` with exactly ``mode``; raises OSError and leaves the old file then."""
    with replacing(path, mode) as stream:
        stream.write(content)
