# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decide if a step belongs to this machine at all (``applies:``).

One that does not is neither done nor judged. What is done on Windows is never done from here, and
judged in a WSL instance only, which can ask Windows.
"""

from __future__ import annotations

from ..machine.engine_origin import engine_origin
from ..machine.wsl import is_wsl

_ORIGINS = {
    "docker": "from Docker's repository",
    "distribution": "the distribution's own",
    "moby": "the package moby-engine",
    "snap": "a snap",
    "unpacked": "unpacked by hand",
    "desktop": "Docker Desktop's",
    "elsewhere": "on another machine",
}


def _system(wanted: str, judging: bool) -> str:
    if wanted == "windows":
        return "" if judging and is_wsl() else "it is done on Windows"
    return "" if is_wsl() else "this machine is not a WSL instance"


def _engine_source(wanted: str, _judging: bool) -> str:
    """A machine without any engine is to get Docker's: that is what the workshop teaches."""
    origin = engine_origin() or "docker"
    return "" if origin == wanted else f"the engine is {_ORIGINS[origin]}, not {_ORIGINS[wanted]}"


_CONDITIONS = {"system": _system, "engine_source": _engine_source}


def why_not_here(applies: dict[str, str], judging: bool = False) -> str:
    """Why a step does not belong to this machine, in words; "" when it does.

    ``judging``: it is not to be done, only to be judged.
    """
    reasons = (_CONDITIONS[condition](wanted, judging) for condition, wanted in applies.items())
    return next((reason for reason in reasons if reason), "")
