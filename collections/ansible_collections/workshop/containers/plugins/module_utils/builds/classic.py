# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build with the classic builder, through the Docker SDK."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Iterator

from ..errors import EngineError
from .log import ClassicLog
from .request import Build

if TYPE_CHECKING:
    from ..engine.client import Engine
    from .request import Request


def build(engine: Engine, request: Request) -> Build:
    """Build an image; raises EngineError and LabError."""
    log = ClassicLog()
    context, name = request.source.context_tar(False)
    expected = f"the image {request.tag} built from {request.source.folder}"
    with _refusals(log), engine.speaking(expected, "see that the engine runs, then run again"):
        answer = engine.api.build(
            fileobj=context,
            custom_context=True,
            dockerfile=name,
            tag=request.tag,
            labels=request.labels,
            buildargs=request.args,
            target=request.target or None,
            platform=request.platform or None,
            nocache=request.no_cache or not context.cacheable,
            rm=True,
            forcerm=True,
        )
        for message in _messages(answer):
            log.feed(message.get("stream", ""))
            log.failure = log.failure or str(message.get("error", "")).strip()
    log.end()
    failure = log.failure
    line = None
    if failure and 0 < log.number <= len(request.source.recipe.instructions):
        line = request.source.recipe.instructions[log.number - 1].line
    steps = log.steps
    while steps and steps[-1].instruction.startswith(
        tuple(f"LABEL {key}=" for key in request.labels)
    ):
        steps.pop()
    return Build(log.text, steps, failure, line, log.output if failure else [])


@contextmanager
def _refusals(log: ClassicLog) -> Iterator[None]:
    """Treat a refusal of the engine before the build, such as a syntax error, as a failed build."""
    try:
        yield
    except EngineError as error:
        if getattr(error.__cause__, "explanation", None) is None:
            raise
        log.failure = error.observed


def _messages(answer: Iterator[bytes]) -> Iterator[dict[str, Any]]:
    """The messages of a streamed answer, one a line, however it is cut.

    The SDK's own decoder takes quadratic time.
    """
    buffer = b""
    for piece in answer:
        *lines, buffer = (buffer + piece).split(b"\n")
        yield from (json.loads(line) for line in lines if line.strip())
    if buffer.strip():
        yield json.loads(buffer)
