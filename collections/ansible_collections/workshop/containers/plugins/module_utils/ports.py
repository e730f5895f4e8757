# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who holds a TCP port of this machine."""

from __future__ import annotations

import glob
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .engine import Engine

_LISTEN = "0A"


def holder_of_port(engine: Engine, port: int) -> str:
    """A container or a process, in words: ``the container web (4f2a…)``, ``the process 4711 (python3)``."""
    for entry in engine.all_containers():
        if any(published.get("PublicPort") == port for published in entry.get("Ports") or ()):
            return f"the container {entry['Names'][0].lstrip('/')} ({entry['Id'][:12]})"
    inodes = _listening_inodes(port)
    for path in glob.glob("/proc/[0-9]*/fd/*"):
        try:
            target = os.readlink(path)
        except OSError:
            continue
        if target.startswith("socket:[") and target[8:-1] in inodes:
            pid = path.split("/")[2]
            return f"the process {pid} ({_command_name(pid)})"
    return "another process"


def _listening_inodes(port: int) -> set[str]:
    """The socket inodes that listen on a port, IPv4 and IPv6 (see proc(5), /proc/net/tcp)."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            with open(table, encoding="ascii") as lines:
                next(lines)
                for line in lines:
                    fields = line.split()
                    if fields[3] == _LISTEN and int(fields[1].rpartition(":")[2], 16) == port:
                        inodes.add(fields[9])
        except OSError:
            continue
    return inodes


def _command_name(pid: str) -> str:
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as stream:
            return stream.read().strip()
    except OSError:
        return "ended"
