# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The processes that listen on TCP ports of this machine."""

from __future__ import annotations

import glob
import os
import pwd
import socket
import sys
from typing import Any, Iterable, NamedTuple

_LISTEN = "0A"


def listeners(ports: Iterable[int]) -> list[dict[str, Any]]:
    """The listeners on these ports.

    ``{port: 5000, address: 127.0.0.1, pid: 4711, name: python3, user: learner}`` each. ``pid`` is 0
    and ``name`` empty for a process of another user or process namespace. A process gives itself
    its name; its ``user`` is the kernel's word.
    """
    wanted = set(ports)
    found = [each for each in _listening_sockets() if each.port in wanted]
    holders = _holders({each.inode for each in found}) if found else {}
    return [
        {
            "port": each.port,
            "address": each.address,
            "pid": pid,
            "name": _command_name(pid) if pid else "",
            "user": _user_name(each.uid),
        }
        for each in found
        for pid in [holders.get(each.inode, 0)]
    ]


def strangers(port: int, user: str) -> list[str]:
    """The users beside ``user`` who listen on a port."""
    return sorted({each["user"] for each in listeners([port])} - {user})


class _Socket(NamedTuple):
    inode: str
    port: int
    address: str
    uid: int


def _listening_sockets() -> list[_Socket]:
    """Each listening socket, see /proc/net/tcp in proc(5)."""
    found = []
    for table, family in (("/proc/net/tcp", socket.AF_INET), ("/proc/net/tcp6", socket.AF_INET6)):
        try:
            with open(table, encoding="ascii") as lines:
                rows = [line.split() for line in lines][1:]
        except OSError:
            continue
        for row in rows:
            if row[3] == _LISTEN:
                address, _, port = row[1].rpartition(":")
                found.append(_Socket(row[9], int(port, 16), _address(address, family), int(row[7])))
    return found


def _address(text: str, family: socket.AddressFamily) -> str:
    """An address from the kernel's hexadecimal words, which are in the machine's byte order."""
    words = [
        int(text[start : start + 8], 16).to_bytes(4, sys.byteorder)
        for start in range(0, len(text), 8)
    ]
    return socket.inet_ntop(family, b"".join(words))


def _holders(inodes: set[str]) -> dict[str, int]:
    """{inode of a socket: id of a process that has it open}."""
    holders: dict[str, int] = {}
    for path in glob.glob("/proc/[0-9]*/fd/*"):
        try:
            target = os.readlink(path)
        except OSError:
            continue
        if target.startswith("socket:[") and target[8:-1] in inodes:
            holders.setdefault(target[8:-1], int(path.split("/")[2]))
    return holders


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _command_name(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as stream:
            return stream.read().strip()
    except OSError:
        return "ended"
