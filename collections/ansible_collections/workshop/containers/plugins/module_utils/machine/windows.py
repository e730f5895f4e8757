# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Windows around a WSL instance, asked through interop. Nothing here changes it.

Programs of Windows are found without the PATH of Windows, which `sudo` takes away, in the folder
where drive C is mounted.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import subprocess
from typing import Any, NamedTuple
from urllib.parse import unquote

from ..errors import LabError
from ..files import text_of
from .wsl_conf import switched_off

_MOUNTS = "/proc/mounts"
_CONF = "/etc/wsl.conf"
_PATIENCE = 15.0
_RESTART = "then run `wsl --shutdown` in PowerShell"


class NotAsked(LabError):
    """Windows could not be asked, or did not know: nothing is said about it."""


class ProgramAnswer(NamedTuple):
    """The output of a program of Windows, and its exit code, 0 to 255."""

    code: int
    text: str

    @property
    def last_line(self) -> str:
        """Its last words; "nothing", where it printed none."""
        return (self.text.strip().splitlines() or ["nothing"])[-1].strip()


class Instance(NamedTuple):
    """A row of ``wsl.exe --list --verbose``."""

    name: str
    version: int


def decoded(raw: bytes) -> str:
    """Decode what a program of Windows printed: text with the line ends of Linux.

    wsl.exe prints UTF-16, without a mark, and UTF-8 where it knows WSL_UTF8 and got it; other
    programs print in the code page of the console, of which only ASCII is the same everywhere.
    """
    if b"\0" in raw:
        text = raw[: len(raw) // 2 * 2].decode("utf-16-le", errors="replace")
    else:
        text = raw.decode("utf-8", errors="replace")
    return text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def instances(text: str) -> list[Instance]:
    """The rows of ``--list --verbose``. Head and states are in the language of Windows."""
    rows = re.findall(r"^[ *]*(\S+)[ ]+\S.*[ ]([12])[ ]*$", text, re.MULTILINE)
    return [Instance(name, int(version)) for name, version in rows]


def offered(text: str) -> list[str]:
    """The names in ``--list --online``, whose rows begin with a head in the language of Windows.

    In the list of the WSL that came with Windows a star marks the default.
    """
    return re.findall(r"^[ *]*([\w.+-]+)[ ]{2,}\S.*$", text, re.MULTILINE)[1:]


def drives(mounts: str) -> dict[str, str]:
    """{letter of a drive: where it is mounted}, from the text of /proc/mounts."""
    rows = (line.split() for line in mounts.splitlines())
    return {
        row[0][0].lower(): row[1].replace("\\040", " ")
        for row in rows
        if len(row) > 2 and re.match(r"[A-Za-z]:(\\134)?$", row[0])
    }


def opened_folders(storage: Any, instance: str) -> set[str]:
    """The folders of a WSL instance that VS Code names in its globalStorage/storage.json."""
    found = set()
    if isinstance(storage, dict):
        for key, value in storage.items():
            found |= opened_folders(key, instance) | opened_folders(value, instance)
    elif isinstance(storage, list):
        for value in storage:
            found |= opened_folders(value, instance)
    elif isinstance(storage, str):
        name, slash, path = unquote(storage).partition("vscode-remote://wsl+")[2].partition("/")
        if slash and name.lower() == instance.lower():
            found.add(f"/{path.rstrip('/')}")
    return found


class Windows:
    """Windows as a WSL instance can ask it; every method raises NotAsked where it cannot."""

    def __init__(self) -> None:
        with open(_MOUNTS, encoding="utf-8", errors="replace") as stream:
            self._drives = drives(stream.read())

    def run(self, program: str, *arguments: str) -> ProgramAnswer:
        """Run a program of Windows, such as ``wsl.exe``."""
        expected = f"an answer of {program}"
        drive = self._drives.get("c")
        path = shutil.which(program) or (drive and f"{drive}/Windows/System32/{program}")
        if not path:
            raise NotAsked(expected, f"drive C is not mounted here{_why_no_drive()}")
        shared = [name for name in os.environ.get("WSLENV", "").split(":") if name]
        environment = {
            **os.environ,
            "WSL_UTF8": "1",
            "WSLENV": ":".join(["WSL_UTF8", *shared]),
        }
        try:
            done = subprocess.run(
                [path, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=drive,  # from a folder of Linux, cmd.exe complains first
                env=environment,
                timeout=_PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise NotAsked(expected, f"none within {_PATIENCE:.0f} seconds") from None
        except OSError as error:
            if error.errno == errno.ENOEXEC:
                raise NotAsked(expected, _why_no_interop()) from error
            raise NotAsked(expected, f"{path}: {error.strerror}") from error
        return ProgramAnswer(done.returncode, decoded(done.stdout))

    def instance(self) -> str:
        """The name of this instance, which `sudo` takes from the environment."""
        name = os.environ.get("WSL_DISTRO_NAME")
        if name:
            return name
        expected = "the name of this instance"
        try:
            done = subprocess.run(["wslpath", "-w", "/"], stdout=subprocess.PIPE, check=False)
        except OSError as error:
            raise NotAsked(expected, f"wslpath: {error.strerror}") from error
        found = re.match(r"\\\\[^\\]+\\([^\\]+)", done.stdout.decode(errors="replace"))
        if not found:
            raise NotAsked(expected, "wslpath does not tell it")
        return found[1]

    def release(self) -> str:
        """Name this WSL in words: only the one of the Store can tell its version."""
        answer = self.run("wsl.exe", "--version")
        found = re.search(r"\d+(\.\d+)+", answer.text)
        if answer.code or not found:
            return "the WSL that came with Windows"
        return f"WSL {found[0]}"

    def registered(self) -> list[Instance]:
        """The instances of this user of Windows."""
        return instances(self._told("wsl.exe", "--list", "--verbose"))

    def offered(self) -> list[str]:
        """The distributions that can be installed by their names."""
        found = offered(self._told("wsl.exe", "--list", "--online"))
        if not found:
            raise NotAsked("a list of distributions", "an empty one")
        return found

    def _told(self, *command: str) -> str:
        answer = self.run(*command)
        if answer.code == 0:
            return answer.text
        expected = f"an answer of `{' '.join(command)}`"
        release = self.release()
        if release.startswith("WSL"):
            raise NotAsked(expected, f"{release} says: {answer.last_line}")
        raise NotAsked(expected, f"{release} says: {answer.last_line} (`wsl --update` renews it)")

    def in_instance(self, name: str, *command: str) -> ProgramAnswer:
        """Run a command in an instance as its default user does, with the PATH that they have."""
        return self.run("wsl.exe", "--distribution", name, "--exec", *command)

    def finds(self, program: str) -> bool:
        """Say whether Windows finds a program by its name."""
        return self.run("where.exe", program).code == 0

    def extensions(self, program: str) -> list[str]:
        """The extensions of an editor on Windows, whose command is ``program``."""
        answer = self.run("cmd.exe", "/d", "/c", program, "--list-extensions")
        if answer.code:
            raise NotAsked(f"the extensions of {program}", answer.last_line)
        return answer.text.split()

    def editor_storage(self) -> Any:
        """Read what VS Code remembers of its windows; None where it has never had one."""
        answer = self.run("cmd.exe", "/u", "/d", "/c", "echo", "%APPDATA%")
        letter, _, rest = answer.text.strip().partition(":\\")
        folder = self._drives.get(letter.lower())
        if not rest or folder is None:
            raise NotAsked("the folder %APPDATA% of Windows", answer.last_line)
        path = "/".join(
            [folder, *rest.split("\\"), "Code", "User", "globalStorage", "storage.json"]
        )
        try:
            with open(path, "rb") as stream:
                return json.loads(text_of(stream.read())[0])
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise NotAsked(f"{path} to be readable", str(error)) from error


def _why_no_interop() -> str:
    if _switched_off("interop"):
        return (
            f"interop is off: {_CONF} has enabled = false in its section [interop]. "
            f"Make it true, {_RESTART}"
        )
    return (
        "interop is off: the kernel does not hand programs of Windows over (WSLInterop is missing "
        "in /proc/sys/fs/binfmt_misc). Run `wsl --shutdown` in PowerShell"
    )


def _why_no_drive() -> str:
    if _switched_off("automount"):
        return f": {_CONF} has enabled = false in its section [automount]. Make it true, {_RESTART}"
    return ""


def _switched_off(section: str) -> bool:
    try:
        with open(_CONF, "rb") as stream:
            return switched_off(stream.read().decode("latin-1"), section)
    except OSError:
        return False
