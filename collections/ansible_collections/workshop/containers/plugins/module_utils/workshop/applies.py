# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a step belongs to this machine at all (``applies:``). One that does not is neither done nor judged."""

from __future__ import annotations

from typing import Callable

from ..machine.dpkg import Packages
from ..machine.wsl import is_wsl

_WORDS = {
    "windows": "it is done on Windows",
    "wsl": "this machine is not a WSL instance",
    "docker": "the engine is the distribution's own, not from Docker's repository",
    "distribution": "the engine is from Docker's repository, not the distribution's own",
}


def _system(wanted: str) -> bool:
    return wanted == "wsl" and is_wsl()


def _engine_source(wanted: str) -> bool:
    """A machine without any engine is to get Docker's: that is what the workshop teaches."""
    packages = Packages()
    distribution = packages.is_installed("docker.io") and not packages.is_installed("docker-ce")
    return (wanted == "distribution") == distribution


_CONDITIONS: dict[str, Callable[[str], bool]] = {"system": _system, "engine_source": _engine_source}


def why_not_here(applies: dict[str, str]) -> str:
    """Why a step does not belong to this machine, in words; "" when it does."""
    for condition, wanted in applies.items():
        if not _CONDITIONS[condition](wanted):
            return _WORDS[wanted]
    return ""
