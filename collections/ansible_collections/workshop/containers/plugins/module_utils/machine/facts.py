# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a machine looks like, read and never changed: init, files, packages, services, users.

Each function answers one question of the module ``machine_info``. The paths are those of Debian and Ubuntu.
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
from .apt import fingerprints, sources_in

STATUS = "/var/lib/dpkg/status"
UPDATES = "/var/lib/dpkg/updates"
SOURCES = (
    "/etc/apt/sources.list",
    "/etc/apt/sources.list.d/*.list",
    "/etc/apt/sources.list.d/*.sources",
)
_READ_LIMIT = 256 * 1024
_OS_RELEASE = {
    "id": "ID",
    "version": "VERSION_ID",
    "codename": "VERSION_CODENAME",
}  # see os-release(5)
_MAGIC = re.compile(r"[*?\[]")
_KINDS = {stat.S_IFREG: "file", stat.S_IFDIR: "directory", stat.S_IFSOCK: "socket"}


def init() -> str:
    """Name of the program that is PID 1. Not what /sbin/init points to: on WSL that may be systemd, which does not run."""
    with open("/proc/1/comm", encoding="utf-8", errors="replace") as stream:
        return stream.read().strip()


def is_wsl() -> bool:
    """Whether this is the Windows Subsystem for Linux, from its mark or its kernel."""
    return os.path.exists("/run/WSL") or "microsoft" in os.uname().release.lower()


def distribution() -> dict[str, str]:
    """``{id: debian, version: "12", codename: bookworm, architecture: amd64}``, with Debian's word for the architecture."""
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
    """{path: its type, its access (``root:docker 0660``), where a link points; None where there is nothing}."""
    return {path: _file(path) for path in _paths(patterns)}


def contents(patterns: Iterable[str]) -> dict[str, str]:
    """{path: the text of that file, at most 256 KiB; empty where there is none}."""
    return {path: _text(path) for path in _paths(patterns)}


def documents(paths: Iterable[str]) -> dict[str, dict[str, Any]]:
    """{path: ``value`` of that JSON file, an empty object where there is none, and what is wrong with it: ``problem``}."""
    found: dict[str, dict[str, Any]] = {}
    for path, text in contents(paths).items():
        value: Any = {}
        problem = ""
        try:
            value = json.loads(text) if text.strip() else {}
            if not isinstance(value, dict):
                value, problem = {}, "expected an object, in braces"
        except ValueError as error:
            problem = str(error)
        found[path] = {"value": value, "problem": problem}
    return found


def _paths(patterns: Iterable[str]) -> list[str]:
    """A path with ``*``, ``?`` or ``[`` stands for all that match, and for none where nothing does."""
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


def _text(path: str) -> str:
    if not os.path.isfile(path):
        return ""
    with open(path, "rb") as stream:
        return stream.read(_READ_LIMIT).decode(errors="replace")


def _name(look_up: Any, number: int) -> str:
    try:
        return look_up(number)[0]
    except KeyError:
        return str(number)


def free_space(paths: Iterable[str]) -> dict[str, int]:
    """{path: bytes that root can still write to the file system that it is on, or would be on}."""
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
    """{name of a program: the pid, the arguments and the hard limits of each of its processes}."""
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
    """``{"nofile": 524288, "nproc": None}``, by the names that containers' limits have; None is unlimited (see proc_pid_limits(5))."""
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
    """Who has locked these files: ``{path: /var/lib/dpkg/lock-frontend, pid: 4711, command: apt-get upgrade}`` (see proc_locks(5))."""
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
        return "a process that this machine does not show"


# Packages


def packages(names: Iterable[str]) -> dict[str, dict[str, Any] | None]:
    """{package: version, whether it is on hold, whether dpkg has left it half done; None where it is not installed}."""
    found: dict[str, dict[str, Any] | None] = dict.fromkeys(names)
    for fields in _dpkg_status():
        if fields.get("Package") in found:
            wanted, _, state = fields.get("Status", "").split() or ("", "", "")
            if state not in ("not-installed", "config-files"):
                found[fields["Package"]] = {
                    "version": fields.get("Version", ""),
                    "held": wanted == "hold",
                    "complete": state == "installed",
                }
    return found


def dpkg_interrupted() -> bool:
    """Whether dpkg was stopped in the middle of its work, which ``dpkg --configure -a`` ends; apt may refuse to install before that."""
    try:
        left = any(name.isdigit() for name in os.listdir(UPDATES))
    except OSError:
        left = False
    return left or any(
        fields.get("Status", "").endswith((" half-configured", " unpacked"))
        for fields in _dpkg_status()
    )


def apt_sources() -> list[dict[str, str]]:
    """The repositories that apt knows: file, url, suite, components, signed_by."""
    return [
        {"file": path, **source}
        for path in _paths(SOURCES)
        if os.path.isfile(path)
        for source in sources_in(path)
    ]


def keyrings(paths: Iterable[str]) -> dict[str, list[str]]:
    """{path: fingerprints of the keys there}; empty where there is no such file, or no gpg to read it."""
    found: dict[str, list[str]] = {}
    for path in paths:
        try:
            found[path] = fingerprints(path) if os.path.isfile(path) else []
        except LabError:
            found[path] = []
    return found


def _dpkg_status() -> list[dict[str, str]]:
    """The few fields of dpkg's own list that tell which package is there in which state."""
    try:
        with open(STATUS, encoding="utf-8", errors="replace") as stream:
            paragraphs = stream.read().split("\n\n")
    except OSError:
        return []
    return [
        dict(re.findall(r"^(Package|Status|Version): (.*)$", paragraph, re.MULTILINE))
        for paragraph in paragraphs
    ]


# Services


def services(names: Iterable[str], systemd: bool) -> dict[str, dict[str, bool]]:
    """{service: whether the machine knows it, whether it runs, whether it starts with the machine}."""
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
        generated = (
            block.get("UnitFileState") == "generated"
        )  # from a SysV script, and then its links decide
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
    """{user: home folder, whether that is there, shell, all groups; None where there is no such user}."""
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
