# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two builders: the classic one, through the SDK, and BuildKit, through `docker buildx` (the SDK has none)."""

from __future__ import annotations

import re
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, NamedTuple

from .build_context import archive
from .dockerfile import syntax_image

if TYPE_CHECKING:
    from .engine import Engine

_CLASSIC_STEP = re.compile(r"Step \d+/\d+ : (.*)")
# "#7 [stage-0 2/4] RUN dnf install …", "#7 CACHED"; steps without a number are BuildKit's own.
_BUILDKIT_STEP = re.compile(r"#(\d+) \[(?:\S+ )?\d+/\d+\] (.*)")
_BUILDKIT_CACHED = re.compile(r"#(\d+) CACHED$")


class BuildStep(NamedTuple):
    """An instruction of a Dockerfile as the builder went through it, and whether it took the result from its cache."""

    instruction: str
    cached: bool


@dataclass
class Build:
    """How a build went. ``failure`` holds the builder's words; empty: it succeeded."""

    log: str
    steps: list[BuildStep] = field(default_factory=list)
    failure: str = ""


@dataclass
class Request:
    """What to build: a folder, the Dockerfile in it, the tag and the labels."""

    path: str
    dockerfile: str
    tag: str
    labels: dict[str, str]


def choose(engine: Engine, wanted: str) -> str:
    """``classic`` or ``buildkit``: as wanted, or what `docker build` would take on this machine."""
    if wanted != "auto":
        return wanted
    major = int(engine.version().split(".")[0])
    return "buildkit" if major >= 23 and _has_buildx() else "classic"


def _has_buildx() -> bool:
    docker = shutil.which("docker")
    return docker is not None and subprocess.run([docker, "buildx", "version"], capture_output=True, check=False).returncode == 0


def build(engine: Engine, request: Request, builder: str) -> Build:
    """Build an image; raises EngineError where the engine cannot be reached, and LabError for a context that is none."""
    with archive(request.path) as context:
        return _buildkit(engine, request, context) if builder == "buildkit" else _classic(engine, request, context)


def _classic(engine: Engine, request: Request, context: IO[bytes]) -> Build:
    log, failure = [], ""
    with engine.speaking(f"the image {request.tag} built from {request.path}", "see that the engine runs, then run again"):
        answer = engine.api.build(
            fileobj=context,
            custom_context=True,
            dockerfile=request.dockerfile,
            tag=request.tag,
            labels=request.labels,
            rm=True,
            forcerm=True,
            decode=True,
        )
        for message in answer:
            log.append(message.get("stream", ""))
            failure = failure or message.get("error", "").strip()
    text = "".join(log)
    return Build(text, classic_steps(text), failure)


def classic_steps(log: str) -> list[BuildStep]:
    """The steps in the classic builder's log."""
    steps: list[BuildStep] = []
    for line in log.splitlines():
        match = _CLASSIC_STEP.match(line)
        if match:
            steps.append(BuildStep(match[1].strip(), cached=False))
        elif line.strip() == "---> Using cache" and steps:
            steps[-1] = steps[-1]._replace(cached=True)
    return steps


def _buildkit(engine: Engine, request: Request, context: IO[bytes]) -> Build:
    frontend = syntax_image(request.path, request.dockerfile)
    note = ""
    if frontend and engine.registry_digest(frontend) is None and engine.image(frontend) is None:
        note = f"The image {frontend} of the syntax line cannot be had: built with the engine's own frontend.\n"
        context = _without_syntax(context, request.dockerfile)
    command = ["docker", "--host", engine.host, "buildx", "build", "--progress", "plain", "--tag", request.tag]
    for key, value in request.labels.items():
        command += ["--label", f"{key}={value}"]
    command += ["--file", request.dockerfile, "-"]
    done = subprocess.run(command, stdin=context, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    text = note + done.stdout.decode(errors="replace")
    failure = text.strip().splitlines()[-1] if done.returncode != 0 and text.strip() else ""
    return Build(text, buildkit_steps(text), failure or ("buildx failed" if done.returncode != 0 else ""))


def buildkit_steps(log: str) -> list[BuildStep]:
    """The steps in BuildKit's plain log, in the order of the Dockerfile's stages."""
    steps: dict[str, BuildStep] = {}
    for line in log.splitlines():
        started, cached = _BUILDKIT_STEP.match(line), _BUILDKIT_CACHED.match(line)
        if started and started[1] not in steps:
            steps[started[1]] = BuildStep(started[2].strip(), cached=False)
        elif cached and cached[1] in steps:
            steps[cached[1]] = steps[cached[1]]._replace(cached=True)
    return list(steps.values())


def _without_syntax(context: IO[bytes], dockerfile: str) -> IO[bytes]:
    """The same archive, the Dockerfile's syntax line made an ordinary comment."""
    target = tempfile.TemporaryFile()  # noqa: SIM115 - the process that reads it outlives this function
    with tarfile.open(fileobj=context) as old, tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as new:
        for member in old:
            content = old.extractfile(member) if member.isreg() else None
            if member.name == dockerfile and content is not None:
                text = re.sub(rb"(?im)^#(\s*)syntax(\s*)=", rb"#\1syntax\2:", content.read(), count=1)
                member.size = len(text)
                with tempfile.TemporaryFile() as edited:
                    edited.write(text)
                    edited.seek(0)
                    new.addfile(member, edited)
            else:
                new.addfile(member, content)
    target.seek(0)
    return target
