# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of a machine: init, files, processes, services, users. Nothing here changes it.

Each function reads one part of what the module ``machine_info`` returns. Paths are those of Debian
and Ubuntu.
"""

from __future__ import annotations

import glob
import grp
import json
import os
import pwd
import re
import stat
import subprocess
from contextlib import suppress
from typing import Any, Iterable

from ..errors import LabError
from ..files import text_of
from . import apt

_READ_LIMIT = 256 * 1024
_OS_RELEASE = {
    "id": "ID",
    "version": "VERSION_ID",
    "codename": "VERSION_CODENAME",
}  # see os-release(5)
_MAGIC = re.compile(r"[*?\[]")
_KINDS = {stat.S_IFREG: "file", stat.S_IFDIR: "directory", stat.S_IFSOCK: "socket"}


def init() -> str:
    """Name of the program that is PID 1.

    On WSL, /sbin/init may point to systemd while another program is PID 1.
    """
    with open("/proc/1/comm", encoding="utf-8", errors="replace") as stream:
        return stream.read().strip()


def distribution() -> dict[str, str]:
    """``{id: debian, version: "12", codename: bookworm, architecture: amd64}``.

    The architecture has Debian's name.
    """
    try:
        with open("/etc/os-release", encoding="utf-8") as stream:
            fields = dict(line.strip().partition("=")[::2] for line in stream)
    except OSError:
        fields = {}
    found = {key: fields.get(name, "").strip("\"'") for key, name in _OS_RELEASE.items()}
    done = subprocess.run(["dpkg", "--print-architecture"], stdout=subprocess.PIPE, check=False)
    return {**found, "architecture": done.stdout.decode().strip()}


# Files


def files(patterns: Iterable[str]) -> dict[str, dict[str, Any] | None]:
    """{path: ``type``, ``access`` (``root:docker 0660``), ``link``; None if nothing is there}."""
    return {path: _file(path) for path in _paths(patterns)}


def contents(patterns: Iterable[str]) -> dict[str, str]:
    """{path: the text of that file, at most 256 KiB; empty if it does not exist}."""
    return {path: _content(path).decode(errors="replace") for path in _paths(patterns)}


def documents(paths: Iterable[str]) -> dict[str, dict[str, Any]]:
    """{path: ``value`` of that JSON file, or {}; ``problem``, if it is not valid; ``marked``}.

    ``marked``: a byte-order mark is in front of it, with which engines before 23 do not start.
    """
    found: dict[str, dict[str, Any]] = {}
    for path in _paths(paths):
        value: Any = {}
        problem, marked = "", False
        try:
            text, marked = text_of(_content(path))
            value = json.loads(text) if text.strip() else {}
            if not isinstance(value, dict):
                value, problem = {}, "expected an object, in braces"
        except ValueError as error:
            problem = str(error)
        found[path] = {"value": value, "problem": problem, "marked": marked}
    return found


def _paths(patterns: Iterable[str]) -> list[str]:
    """Paths as they are, and the matches of those with ``*``, ``?`` or ``[``."""
    return [
        path
        for pattern in patterns
        for path in (sorted(glob.glob(pattern)) if _MAGIC.search(pattern) else [pattern])
    ]


def _file(path: str) -> dict[str, Any] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    owner, group = _name(pwd.getpwuid, status.st_uid), _name(grp.getgrgid, status.st_gid)
    return {
        "type": _KINDS.get(stat.S_IFMT(status.st_mode), "other"),
        "access": f"{owner}:{group} {stat.S_IMODE(status.st_mode):04o}",
        "link": os.readlink(path) if os.path.islink(path) else "",
    }


def _content(path: str) -> bytes:
    if not os.path.isfile(path):
        return b""
    with open(path, "rb") as stream:
        return stream.read(_READ_LIMIT)


def _name(look_up: Any, number: int) -> str:
    try:
        return look_up(number)[0]
    except KeyError:
        return str(number)


def free_space(paths: Iterable[str]) -> dict[str, int]:
    """{path: free bytes for root on its file system, or on that of its nearest existing parent}."""
    found = {}
    for path in paths:
        existing = path
        while not os.path.exists(existing):
            existing = os.path.dirname(existing)
        space = os.statvfs(existing)
        found[path] = space.f_bfree * space.f_frsize
    return found


# Processes


def processes(names: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """{program: ``pid``, ``arguments`` and hard ``limits`` of each of its processes}."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for path in glob.glob("/proc/[0-9]*") if found else ():
        try:
            with open(f"{path}/cmdline", "rb") as stream:
                arguments = stream.read().decode(errors="replace").split("\0")[:-1]
        except OSError:
            continue
        name = os.path.basename(arguments[0]) if arguments else ""
        if name in found:
            found[name].append(
                {
                    "pid": int(os.path.basename(path)),
                    "arguments": arguments[1:],
                    "limits": _hard_limits(path),
                }
            )
    return found


def _hard_limits(process: str) -> dict[str, int | None]:
    """Hard limits by Docker's names, ``{"nofile": 524288, "nproc": None}``; None is unlimited.

    See proc_pid_limits(5).
    """
    names = {
        "open files": "nofile",
        "processes": "nproc",
        "core file size": "core",
        "locked memory": "memlock",
        "stack size": "stack",
    }
    with suppress(OSError), open(f"{process}/limits", encoding="ascii") as stream:
        rows = [re.match(r"Max (.+?) {2,}\S+ +(\S+)", line) for line in stream]
        found = {names[row[1]]: row[2] for row in rows if row and row[1] in names}
        return {name: None if value == "unlimited" else int(value) for name, value in found.items()}
    return {}


def lock_holders(paths: Iterable[str]) -> list[dict[str, Any]]:
    """Processes that hold a lock on one of these files, see proc_locks(5).

    ``{path: /var/lib/dpkg/lock-frontend, pid: 4711, command: apt-get upgrade}``
    """
    inodes = {}
    for path in paths:
        if os.path.exists(path):
            inodes[os.stat(path).st_ino] = path
    holders = []
    with open("/proc/locks", encoding="ascii") as stream:
        rows = [line.split() for line in stream]
    for row in rows:
        if row[1] != "->" and int(row[5].rpartition(":")[2]) in inodes:
            holders.append(
                {
                    "path": inodes[int(row[5].rpartition(":")[2])],
                    "pid": int(row[4]),
                    "command": _command_line(int(row[4])),
                }
            )
    return holders


def _command_line(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as stream:
            return stream.read().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return "a process that is not visible here"


# Packages


def apt_sources() -> list[dict[str, str]]:
    """The repositories of apt: ``file``, ``url``, ``suite``, ``components``, ``signed_by``."""
    return [
        {"file": path, **source}
        for path in _paths(apt.SOURCES)
        if os.path.isfile(path)
        for source in apt.sources_in(path)
    ]


def keyrings(paths: Iterable[str]) -> dict[str, list[str]]:
    """{path: fingerprints of its keys}; none if the file or gpg does not exist."""
    found: dict[str, list[str]] = {}
    for path in paths:
        try:
            found[path] = apt.fingerprints(path) if os.path.isfile(path) else []
        except LabError:
            found[path] = []
    return found


# Services


def services(names: Iterable[str], systemd: bool) -> dict[str, dict[str, bool]]:
    """{service: whether it is ``known``, ``running``, and ``enabled`` for the next start}."""
    names = list(names)
    return (
        (_systemd_services(names) if systemd else {name: _sysv_service(name) for name in names})
        if names
        else {}
    )


def _systemd_services(names: list[str]) -> dict[str, dict[str, bool]]:
    units = [f"{name}.service" for name in names]
    command = ["systemctl", "show", "--property=LoadState,ActiveState,UnitFileState", *units]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    blocks = [
        dict(line.partition("=")[::2] for line in block.splitlines())
        for block in done.stdout.decode().split("\n\n")
    ]
    found = {}
    for name, block in zip(names, blocks):
        # A unit made from a SysV script is enabled by the script's links.
        generated = block.get("UnitFileState") == "generated"
        found[name] = {
            "known": block.get("LoadState") == "loaded",
            "running": block.get("ActiveState") == "active",
            "enabled": _sysv_enabled(name)
            if generated
            else block.get("UnitFileState") == "enabled",
        }
    return found


def _sysv_service(name: str) -> dict[str, bool]:
    script = f"/etc/init.d/{name}"
    known = os.access(script, os.X_OK)
    return {"known": known, "running": known and _runs(script), "enabled": _sysv_enabled(name)}


def _runs(script: str) -> bool:
    silence = subprocess.DEVNULL
    try:
        done = subprocess.run(
            [script, "status"],
            stdin=silence,
            stdout=silence,
            stderr=silence,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _sysv_enabled(name: str) -> bool:
    return bool(glob.glob(f"/etc/rc[2-5].d/S[0-9][0-9]{glob.escape(name)}"))


# Users


def users(names: Iterable[str]) -> dict[str, dict[str, Any] | None]:
    """{user: ``home``, ``has_home``, ``shell``, all ``groups``; None for an unknown user}."""
    return {name: _user(name) for name in names}


def _user(name: str) -> dict[str, Any] | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    groups = {_name(grp.getgrgid, entry.pw_gid)} | {
        group.gr_name for group in grp.getgrall() if name in group.gr_mem
    }
    return {
        "home": entry.pw_dir,
        "has_home": os.path.isdir(entry.pw_dir),
        "shell": entry.pw_shell,
        "groups": sorted(groups),
    }
