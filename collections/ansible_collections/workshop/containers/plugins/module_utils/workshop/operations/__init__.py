# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that a lesson can do, by the name that it has in ``do:``."""

from __future__ import annotations

from typing import Any

from ..fold import Maker
from .base import Operation, Outcome
from .builds import ImageBuildOperation
from .containers import ContainerCopy, ContainerRemove, ContainerRun, ContainerStop
from .files import DirectoryCreate, FileTouch, FileWrite
from .images import ImageCommit, ImagePrune, ImagePull, ImagePush, ImageRemove, ImageTag
from .registries import RegistryLogin
from .shell import ShellRun
from .terminals import ContainerExec, TerminalType
from .web import HttpRequest

OPERATIONS: dict[str, type[Operation]] = {
    operation.name: operation
    for operation in (
        ContainerCopy,
        ContainerExec,
        ContainerRemove,
        ContainerRun,
        ContainerStop,
        DirectoryCreate,
        FileTouch,
        FileWrite,
        HttpRequest,
        ImageBuildOperation,
        ImageCommit,
        ImagePrune,
        ImagePull,
        ImagePush,
        ImageRemove,
        ImageTag,
        RegistryLogin,
        ShellRun,
        TerminalType,
    )
}


def operations_of(step: dict[str, Any], files: dict[str, bytes]) -> list[Operation]:
    """The operations of one step; ``files`` maps ``<lesson>/<source>`` to content."""
    return [
        OPERATIONS[name](Maker(step["id"], number), params, files)
        for number, entry in enumerate(step.get("do", ()))
        for name, params in entry.items()
    ]


__all__ = ("OPERATIONS", "Operation", "Outcome", "operations_of")
