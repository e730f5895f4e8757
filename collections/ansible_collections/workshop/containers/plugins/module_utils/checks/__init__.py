# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that can be stated about a machine, by the name that it has in ``check:``."""

from __future__ import annotations

from typing import Any

from .base import FAILED, PASSED, UNKNOWN, Check, Finding
from .containers import Container, ContainerLog, Containers, Terminal
from .files import Directory, File
from .images import Image, ImageHistory, ImageNotPulled
from .web import Http

CHECKS: dict[str, type[Check]] = {
    check.name: check
    for check in (
        Container,
        ContainerLog,
        Containers,
        Directory,
        File,
        Http,
        Image,
        ImageHistory,
        ImageNotPulled,
        Terminal,
    )
}


def checks_of(step: dict[str, Any]) -> list[Check]:
    """The checks of one step."""
    return [CHECKS[name](step["id"], params) for entry in step["check"] for name, params in entry.items()]


__all__ = ("CHECKS", "FAILED", "PASSED", "UNKNOWN", "Check", "Finding", "checks_of")
