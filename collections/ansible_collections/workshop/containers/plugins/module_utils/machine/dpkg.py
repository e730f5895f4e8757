# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The distribution's packages, as dpkg-query lists them."""

from __future__ import annotations

import os
import subprocess
from typing import Any, Iterable, Iterator

ADMIN = "/var/lib/dpkg"
_FORMAT = r"${Package}\t${db:Status-Want}\t${db:Status-Status}\t${Version}\n"
_ABSENT = ("not-installed", "config-files")
_UNFINISHED = ("half-configured", "unpacked")


class Packages:
    """All packages of this machine, read once."""

    def __init__(self) -> None:
        self._found: dict[str, dict[str, Any]] = {}
        self._unfinished = _has_journal()
        for name, wanted, state, version in _rows():
            if state not in _ABSENT:
                held, complete = wanted == "hold", state == "installed"
                self._found[name] = {"version": version, "held": held, "complete": complete}
            self._unfinished |= state in _UNFINISHED

    def find(self, names: Iterable[str]) -> dict[str, dict[str, Any] | None]:
        """{package: ``version``, ``held``, ``complete``; None if it is not installed}."""
        return {name: self._found.get(name) for name in names}

    def is_installed(self, name: str) -> bool:
        """True if a package is unpacked and configured."""
        return name in self._found and self._found[name]["complete"]

    def is_interrupted(self) -> bool:
        """True if dpkg was stopped in the middle of its work.

        apt may refuse to install anything until ``dpkg --configure -a`` has completed it.
        """
        return self._unfinished


def _rows() -> Iterator[list[str]]:
    """The columns of ``_FORMAT`` for each package; none on a machine without dpkg."""
    command = ["dpkg-query", f"--admindir={ADMIN}", "--show", f"--showformat={_FORMAT}"]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    except FileNotFoundError:
        return
    for line in done.stdout.decode(errors="replace").splitlines():
        yield line.split("\t")


def _has_journal() -> bool:
    try:
        return any(name.isdigit() for name in os.listdir(f"{ADMIN}/updates"))
    except OSError:
        return False
