# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that can be stated about a machine, by the name that it has in ``check:``."""

from __future__ import annotations

from typing import Any

from ...step_result import FAILED, PASSED, UNKNOWN
from .base import Check, Finding
from .containers import (
    Container,
    ContainerChanges,
    ContainerFile,
    ContainerLog,
    Containers,
    Namespaces,
)
from .files import Directory, File
from .images import Build, Image, ImageHistory, ImageLayers, ImageNotPulled, Images, ImageServed
from .outputs import Output
from .system import AptKey, AptSource, EngineAnswers, Login, Package
from .terminals import Terminal
from .web import Http
from .windows import Editor, Wsl

CHECKS: dict[str, type[Check]] = {
    check.name: check
    for check in (
        AptKey,
        AptSource,
        Build,
        Container,
        ContainerChanges,
        ContainerFile,
        ContainerLog,
        Containers,
        Directory,
        Editor,
        EngineAnswers,
        File,
        Http,
        Image,
        ImageHistory,
        ImageLayers,
        ImageNotPulled,
        ImageServed,
        Images,
        Login,
        Namespaces,
        Output,
        Package,
        Terminal,
        Wsl,
    )
}


def checks_of(step: dict[str, Any]) -> list[Check]:
    """The checks of one step."""
    return [
        CHECKS[name](step["id"], params)
        for entry in step["check"]
        for name, params in entry.items()
    ]


__all__ = ("CHECKS", "FAILED", "PASSED", "UNKNOWN", "Check", "Finding", "checks_of")
