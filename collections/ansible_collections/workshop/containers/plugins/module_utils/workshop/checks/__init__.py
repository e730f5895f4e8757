# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that can be stated about a machine, by the name that it has in ``check:``."""

from __future__ import annotations

from typing import Any

from ...step_result import FAILED, PASSED, UNKNOWN
from .base import Check, Finding
from .containers import (
    ContainerChangesCheck,
    ContainerCheck,
    ContainerFileCheck,
    ContainerLogCheck,
    ContainersCheck,
    NamespacesCheck,
)
from .files import DirectoryCheck, FileCheck
from .images import (
    BuildCheck,
    ImageCheck,
    ImageHistoryCheck,
    ImageLayersCheck,
    ImageNotPulledCheck,
    ImagesCheck,
    ImageServedCheck,
)
from .outputs import OutputCheck
from .system import AptKeyCheck, AptSourceCheck, EngineCheck, LoginCheck, PackageCheck
from .terminals import TerminalCheck
from .web import HttpCheck
from .windows import EditorCheck, WslCheck

CHECKS: dict[str, type[Check]] = {
    check.name: check
    for check in (
        AptKeyCheck,
        AptSourceCheck,
        BuildCheck,
        ContainerCheck,
        ContainerChangesCheck,
        ContainerFileCheck,
        ContainerLogCheck,
        ContainersCheck,
        DirectoryCheck,
        EditorCheck,
        EngineCheck,
        FileCheck,
        HttpCheck,
        ImageCheck,
        ImageHistoryCheck,
        ImageLayersCheck,
        ImageNotPulledCheck,
        ImageServedCheck,
        ImagesCheck,
        LoginCheck,
        NamespacesCheck,
        OutputCheck,
        PackageCheck,
        TerminalCheck,
        WslCheck,
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
