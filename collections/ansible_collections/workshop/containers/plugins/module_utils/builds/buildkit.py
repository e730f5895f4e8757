# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build with BuildKit, through `docker buildx`."""

from __future__ import annotations

import os
import re
import tarfile
import tempfile
from typing import TYPE_CHECKING

from .buildx_process import execute
from .log import BuildKitLog
from .request import Build

if TYPE_CHECKING:
    from ..engine.client import Engine
    from .request import Request
    from .tar import ContextTar

_SYNTAX = re.compile(rb"(?im)^#(\s*)syntax(\s*)=")


def build(engine: Engine, request: Request) -> Build:
    """Build an image; raises LabError."""
    recipe, log = request.source.recipe, BuildKitLog([secret.read() for secret in request.secrets])
    content, warning = recipe.content, ""
    if recipe.syntax and not frontend_exists(engine, recipe.syntax):
        warning = (
            f"The image {recipe.syntax} of the syntax line cannot be pulled: built with the "
            "engine's own frontend."
        )
        log.feed(f"{warning}\n")
        # Made an ordinary comment
        content = _SYNTAX.sub(rb"#\1syntax\2:", content, count=1)
    command = [
        "docker",
        "--host",
        engine.host,
        "buildx",
        "build",
        "--builder",
        "default",
        "--load",
        "--progress",
        "plain",
    ]
    command += _options(request)
    # Attestations hold times: with them an image would differ from itself.
    environment = {**os.environ, "BUILDX_NO_DEFAULT_ATTESTATIONS": "1"}
    environment.update(
        {
            _variable(number): secret.value
            for number, secret in enumerate(request.secrets)
            if not secret.path
        }
    )
    with tempfile.TemporaryDirectory(prefix="image_build-") as scratch:
        context, name = request.source.context_tar(True)
        if name and content is recipe.content:
            command += ["--file", name, "-"]
            code = execute(command, environment, context, log.feed)
        else:
            command += _unpacked(context, content, scratch)
            code = execute(command, environment, None, log.feed)
    log.end()
    if code == 0:
        return Build(log.text, log.steps, warning=warning)
    words = log.text.strip().splitlines()
    failure = next(
        (line for line in reversed(words) if line.startswith("ERROR: ")),
        words[-1] if words else "buildx failed",
    )
    return Build(log.text, log.steps, failure, log.failed_line, log.output, warning)


def frontend_exists(engine: Engine, frontend: str) -> bool:
    """True if the image of a syntax line exists.

    True for an invalid name: the builder itself says what is wrong with it.
    """
    try:
        return engine.registry_digest(frontend) is not None or engine.image(frontend) is not None
    except ValueError:
        return True


def _variable(number: int) -> str:
    """The variable of the builder's environment that carries a secret.

    A list of processes does not show it.
    """
    return f"IMAGE_BUILD_SECRET_{number}"


def _options(request: Request) -> list[str]:
    options = ["--tag", request.tag]
    for name, pairs in (("--label", request.labels), ("--build-arg", request.args)):
        options += [part for key, value in pairs.items() for part in (name, f"{key}={value}")]
    for name, text in (("--target", request.target), ("--platform", request.platform)):
        options += [name, text] if text else []
    options += ["--no-cache"] if request.no_cache else []
    for number, secret in enumerate(request.secrets):
        options += [
            "--secret",
            _fields(
                f"id={secret.id}",
                f"src={secret.path}" if secret.path else f"env={_variable(number)}",
            ),
        ]
    return options + [part for each in request.ssh for part in ("--ssh", each)]


def _fields(*fields: str) -> str:
    """Join fields of an option as buildx reads them: as a line of CSV."""
    return ",".join(
        '"{}"'.format(field.replace('"', '""')) if set('",\n') & set(field) else field
        for field in fields
    )


def _unpacked(context: ContextTar, recipe: bytes, scratch: str) -> list[str]:
    """Write a context to the disk, the Dockerfile beside it; gives the options that name them.

    BuildKit takes a Dockerfile from an archive only if COPY sees it, too. The folder is new each
    time, so BuildKit has no earlier copy to compare sizes and times with.
    """
    folder, dockerfile = os.path.join(scratch, "context"), os.path.join(scratch, "Dockerfile")
    os.mkdir(folder)
    with tarfile.open(fileobj=context, mode="r|") as tar:  # type: ignore[call-overload]
        if hasattr(tarfile, "fully_trusted_filter"):
            tar.extraction_filter = tarfile.fully_trusted_filter
        tar.extractall(folder)
    # The context's own rules have been applied; what is not empty wins over them.
    for path, content in ((dockerfile, recipe), (f"{dockerfile}.dockerignore", b"# all\n")):
        with open(path, "wb") as stream:
            stream.write(content)
    return ["--file", dockerfile, folder]
