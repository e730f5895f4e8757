# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Choose between the two builders, and build with one.

The classic one works through the SDK; BuildKit through `docker buildx`, for the SDK lacks it.
"""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

from ..errors import LabError
from . import buildkit, classic

if TYPE_CHECKING:
    from ..engine.client import Engine
    from .request import Build, Request

# The API of the first engine whose `docker build` is BuildKit's
_ENGINE_23 = (1, 42)


def choose(engine: Engine, wanted: str, needs_buildkit: bool = False) -> str:
    """``classic`` or ``buildkit``: as wanted, or as `docker build` chooses on this machine.

    Raises LabError.
    """
    if wanted == "classic":
        if needs_buildkit:
            raise LabError(
                "BuildKit for secrets and ssh",
                "builder: classic",
                "leave `builder` out, or set it to buildkit",
            )
        return wanted
    if wanted == "buildkit" or needs_buildkit:
        if not _has_buildx():
            raise LabError(
                "BuildKit",
                "no `docker buildx` on this machine",
                "install the package docker-buildx (docker-buildx-plugin)",
            )
        return "buildkit"
    return "buildkit" if engine.speaks(_ENGINE_23) and _has_buildx() else "classic"


def _has_buildx() -> bool:
    docker = shutil.which("docker")
    return (
        docker is not None
        and subprocess.run(
            [docker, "buildx", "version"], capture_output=True, check=False
        ).returncode
        == 0
    )


def build(engine: Engine, request: Request, builder: str) -> Build:
    """Build an image.

    Raises EngineError if the engine cannot be reached, and LabError for a context that changes
    meanwhile.
    """
    return {"classic": classic, "buildkit": buildkit}[builder].build(engine, request)
