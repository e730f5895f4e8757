# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks on the Windows around a WSL instance, and on the instance as Windows has it.

Where Windows cannot be asked, nothing is known: that is no failure of the learner's.
"""

from __future__ import annotations

import grp
import os
import pwd
import re
import subprocess
from typing import TYPE_CHECKING, Any, Iterator

from ...machine.windows import NotAsked, Windows, opened_folders
from ...step_result import PASSED, UNKNOWN
from .base import Check, Finding

if TYPE_CHECKING:
    from ..view import View

WINDOWS = "Windows"
# Who is in one of them may use sudo, as Ubuntu, Debian and others are delivered.
_ADMINISTRATORS = ("sudo", "admin", "wheel")


class _OfWindows(Check):
    """A check whose parameters are answered one after the other, by a method of the same name."""

    def observe(self, view: View, past: bool) -> Finding:
        findings = list(self._findings(past))
        last = findings[-1]
        told = findings if last.status == PASSED else [last]
        expected = "; ".join(finding.expected for finding in told)
        return Finding(last.status, expected, last.observed, WINDOWS)

    def _findings(self, past: bool) -> Iterator[Finding]:
        """A finding for each parameter, up to the first that does not pass."""
        windows = Windows()
        for parameter, wanted in self.params.items():
            try:
                good, expected, observed = getattr(self, f"_{parameter}")(windows, wanted)
                finding = self.decide(good, past, expected, observed)
            except NotAsked as error:
                finding = Finding(UNKNOWN, error.expected, error.observed)
            yield finding
            if finding.status != PASSED:
                return


class WslCheck(_OfWindows):
    """The offer of WSL, and this instance: its version and its default user."""

    name = "wsl"

    @staticmethod
    def _on_offer(windows: Windows, pattern: str) -> Any:
        names = windows.offered()
        found = [name for name in names if re.search(pattern, name)]
        return bool(found), f"a distribution on offer that matches /{pattern}/", ", ".join(names)

    @staticmethod
    def _version(windows: Windows, wanted: int) -> Any:
        name = windows.instance()
        expected = f"{name} registered as version {wanted}"
        versions = {instance.name.lower(): instance.version for instance in windows.registered()}
        if name.lower() not in versions:
            return False, expected, f"registered are {', '.join(versions) or 'none'}"
        version = versions[name.lower()]
        return version == wanted, expected, f"version {version}, by {windows.release()}"

    @staticmethod
    def _sudoer(windows: Windows, _yes: bool) -> Any:
        name = windows.instance()
        expected = f"a default user of {name} who is not root and may use sudo"
        answer = windows.in_instance(name, "id", "-un")
        user = answer.text.strip()
        if answer.code or not user:
            raise NotAsked(expected, f"wsl.exe says: {answer.last_line}")
        if user == "root":
            return False, expected, "it is root"
        return _may_use_sudo(user), expected, f"it is {user}, in {', '.join(_groups(user))}"


class EditorCheck(_OfWindows):
    """An editor on Windows: that it is there, an extension, a folder of this instance in it."""

    name = "editor"

    @staticmethod
    def _command(windows: Windows, program: str) -> Any:
        found = windows.finds(program)
        observed = "it does" if found else f"it finds no `{program}`"
        return found, f"Windows to find the command `{program}`", observed

    @staticmethod
    def _extension(windows: Windows, extension: str) -> Any:
        expected = f"the extension {extension} in the editor on Windows"
        if not windows.finds("code"):
            return False, expected, "Windows finds no `code`"
        found = windows.extensions("code")
        good = extension.lower() in [each.lower() for each in found]
        return good, expected, f"its extensions are {', '.join(found) or 'none'}"

    @staticmethod
    def _folder(windows: Windows, path: str) -> Any:
        name = windows.instance()
        expected = f"the editor to have opened {path} of {name}"
        opened = opened_folders(windows.editor_storage(), name)
        if path in opened:
            return True, expected, "it has"
        program = windows.in_instance(name, "sh", "-c", "command -v code")
        if program.code:
            return False, expected, f"there is no `code` on the PATH of the default user of {name}"
        others = ", ".join(sorted(opened)) or "none"
        return False, expected, f"folders of {name} that it has opened: {others}"


def _groups(user: str) -> list[str]:
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        return []
    return [grp.getgrgid(number).gr_name for number in os.getgrouplist(user, entry.pw_gid)]


def _may_use_sudo(user: str) -> bool:
    """By a group, or, where root asks, by the rules of sudo itself."""
    if set(_groups(user)) & set(_ADMINISTRATORS):
        return True
    try:
        done = subprocess.run(
            ["sudo", "--non-interactive", "--list", f"--other-user={user}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "LC_ALL": "C"},
            check=False,
        )
    except OSError:
        return False
    return b"may run the following" in done.stdout
