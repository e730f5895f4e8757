# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two builders: the classic one, through the SDK, and BuildKit, through `docker buildx` (the SDK has none)."""

from __future__ import annotations

import codecs
import json
import os
import re
import shutil
import signal
import subprocess
import tarfile
import tempfile
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, Callable, Iterator

from ..errors import EngineError, LabError
from .log import BuildLog, BuildStep
from .tar import Archive

if TYPE_CHECKING:
    from ..engine.client import Engine
    from .source import Source

_SYNTAX = re.compile(rb"(?im)^#(\s*)syntax(\s*)=")
_PIECE = 65536
# The API of the first engine whose `docker build` is BuildKit's
_ENGINE_23 = (1, 42)


@dataclass
class Secret:
    """A secret for BuildKit's RUN --mount=type=secret: in a file, or a ``value``, which only the builder's environment carries."""

    id: str
    path: str = ""
    value: str = ""

    def content(self) -> str:
        """What must not be seen in a log; raises LabError."""
        if not self.path:
            return self.value
        try:
            with open(self.path, encoding="utf-8", errors="replace") as stream:
                return stream.read()
        except OSError as error:
            raise LabError(
                f"the secret {self.id} in {self.path}",
                error.strerror or type(error).__name__,
                "correct its `src`",
            ) from None


@dataclass
class Build:
    """How a build went. ``failure`` holds the builder's words; empty: it succeeded.

    ``line`` is the line of the Dockerfile at which it failed, where that is known; ``output`` what the failing command printed last;
    ``warning`` what was not done as the Dockerfile has it.
    """

    log: str
    steps: list[BuildStep] = field(default_factory=list)
    failure: str = ""
    line: int | None = None
    output: list[str] = field(default_factory=list)
    warning: str = ""


@dataclass
class Request:
    """What to build: the source, the tag and the labels; ``ssh`` are agents or keys as `docker build --ssh` takes them."""

    source: Source
    tag: str
    labels: dict[str, str]
    args: dict[str, str] = field(default_factory=dict)
    target: str = ""
    platform: str = ""
    no_cache: bool = False
    secrets: list[Secret] = field(default_factory=list)
    ssh: list[str] = field(default_factory=list)


def choose(engine: Engine, wanted: str, needs_buildkit: bool = False) -> str:
    """``classic`` or ``buildkit``: as wanted, or what `docker build` would take on this machine; raises LabError."""
    if wanted == "classic":
        if needs_buildkit:
            raise LabError(
                "BuildKit for secrets and ssh",
                "the classic builder, as asked for",
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
    """Build an image; raises EngineError where the engine cannot be reached, and LabError for a context that changes meanwhile."""
    return _buildkit(engine, request) if builder == "buildkit" else _classic(engine, request)


def _classic(engine: Engine, request: Request) -> Build:
    log = BuildLog()
    context, name = request.source.archive(False)
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
            log.feed(message.get("stream", ""), log.classic_line)
            log.failure = log.failure or str(message.get("error", "")).strip()
    log.end(log.classic_line)
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
def _refusals(log: BuildLog) -> Iterator[None]:
    """What the engine refuses before it begins (a syntax error) is a failed build, too."""
    try:
        yield
    except EngineError as error:
        if getattr(error.__cause__, "explanation", None) is None:
            raise
        log.failure = error.observed


def _messages(answer: Iterator[bytes]) -> Iterator[dict[str, Any]]:
    """The messages of a streamed answer, one a line, however it is cut; the SDK's own decoder takes quadratic time."""
    buffer = b""
    for piece in answer:
        *lines, buffer = (buffer + piece).split(b"\n")
        yield from (json.loads(line) for line in lines if line.strip())
    if buffer.strip():
        yield json.loads(buffer)


def _buildkit(engine: Engine, request: Request) -> Build:
    recipe, log = request.source.recipe, BuildLog([secret.content() for secret in request.secrets])
    content, warning = recipe.content, ""
    if recipe.syntax and not _can_be_had(engine, recipe.syntax):
        warning = f"The image {recipe.syntax} of the syntax line cannot be had: built with the engine's own frontend."
        log.feed(f"{warning}\n", log.buildkit_line)
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
        context, name = request.source.archive(True)
        if name and content is recipe.content:
            command += ["--file", name, "-"]
            code = _run(
                command, environment, context, lambda text: log.feed(text, log.buildkit_line)
            )
        else:
            command += _unpacked(context, content, scratch)
            code = _run(command, environment, None, lambda text: log.feed(text, log.buildkit_line))
    log.end(log.buildkit_line)
    if code == 0:
        return Build(log.text, log.steps, warning=warning)
    words = log.text.strip().splitlines()
    failure = next(
        (line for line in reversed(words) if line.startswith("ERROR: ")),
        words[-1] if words else "buildx failed",
    )
    return Build(log.text, log.steps, failure, log.failed_line, log.output, warning)


def _can_be_had(engine: Engine, frontend: str) -> bool:
    """Whether there is such an image; of a name that is none the builder says what is wrong."""
    try:
        return engine.registry_digest(frontend) is not None or engine.image(frontend) is not None
    except ValueError:
        return True


def _variable(number: int) -> str:
    """The variable of the builder's environment that carries a secret: a list of processes does not show it."""
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
    """Fields of an option as buildx reads them, which is as a line of CSV."""
    return ",".join(
        '"{}"'.format(field.replace('"', '""')) if set('",\n') & set(field) else field
        for field in fields
    )


def _unpacked(context: Archive, recipe: bytes, scratch: str) -> list[str]:
    """Put a context on the disk, the Dockerfile beside it: BuildKit takes a Dockerfile from an archive only where COPY sees it, too.

    The folder is new each time, so BuildKit has no earlier copy to compare sizes and times with.
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


def _run(
    command: list[str],
    environment: dict[str, str],
    context: Archive | None,
    read: Callable[[str], None],
) -> int:
    """Run a command, its input made while it reads; gives its exit code. Raises what the input raises.

    A command whose input broke off is killed before it sees the end: it would take what came for all there is.
    """
    problems: list[BaseException] = []
    stdin = subprocess.DEVNULL if context is None else subprocess.PIPE
    with subprocess.Popen(
        command,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
        start_new_session=True,
    ) as process:
        feeder = threading.Thread(target=_feed, args=(process, context, problems), daemon=True)
        feeder.start()
        try:
            decoder = codecs.getincrementaldecoder("utf-8")("replace")
            output: IO[bytes] = process.stdout  # type: ignore[assignment]
            for piece in iter(lambda: os.read(output.fileno(), _PIECE), b""):
                read(decoder.decode(piece))
            feeder.join()
        except BaseException:
            _kill(process)
            raise
    if problems:
        raise problems[0]
    return process.returncode


def _feed(
    process: subprocess.Popen[bytes], context: Archive | None, problems: list[BaseException]
) -> None:
    if context is None or process.stdin is None:
        return
    try:
        for block in context:
            process.stdin.write(block)
        process.stdin.flush()
    except BrokenPipeError:
        # It has ended without reading all: its own words tell why.
        pass
    except BaseException as error:
        problems.append(error)
        _kill(process)
    with suppress(OSError):
        process.stdin.close()


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a command and the plugin that it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
