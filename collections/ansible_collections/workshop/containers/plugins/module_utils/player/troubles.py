# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recognise troubles of a machine on which somebody learns; each has words with the remedy."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Iterator

from .control import answers, control_path
from .journal import LARGEST

if TYPE_CHECKING:
    from .memory import Memory

# Bytes below which a disk, or the journal, counts as full
_LITTLE = 256 * 1024
_PATIENCE = 0.5


def troubles(
    settings: dict[str, Any], journal: str, memory: Memory, words: dict[str, str]
) -> list[str]:
    """All that is wrong, the cause before what comes of it."""
    return list(_troubles(settings, journal, memory, words))


def _troubles(
    settings: dict[str, Any], journal: str, memory: Memory, words: dict[str, str]
) -> Iterator[str]:
    engine = engine_trouble(settings.get("docker_host") or "")
    if engine:
        yield words[engine]
    if not memory.since:
        yield words["no_observer"]
    elif not answers(control_path(settings)):
        yield words["observer_stopped"]
    with suppress(OSError):
        disk = os.statvfs(os.path.dirname(journal))
        if disk.f_bfree * disk.f_frsize < _LITTLE:
            yield words["disk_full"]
        if os.path.getsize(journal) > LARGEST - _LITTLE:
            yield words["journal_full"]
    if memory.broken:
        yield words["broken_journal"].format(number=memory.broken)


def engine_trouble(host: str) -> str:
    """The name of a trouble of the engine at a Unix socket; "": none."""
    scheme, _, path = host.partition("://")
    if scheme != "unix":
        return ""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(_PATIENCE)
        try:
            connection.connect(path)
        except PermissionError:
            return "no_permission"
        except OSError:
            return "no_engine"
    return ""


def may_read(path: str) -> bool:
    """True if a file is no secret to who runs this; one that is not there is none."""
    return os.access(path, os.R_OK) or not os.path.lexists(path)
