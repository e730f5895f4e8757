# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is handed to the two builders, and what becomes of their answers."""

from __future__ import annotations

import io
import json
import os
import sys
import tarfile
from pathlib import Path

import docker.errors
import pytest
import requests

from ansible_collections.workshop.containers.plugins.module_utils.builds import builders
from ansible_collections.workshop.containers.plugins.module_utils.builds.builders import (
    Request,
    Secret,
    _messages,
    _run,
    build,
    choose,
)
from ansible_collections.workshop.containers.plugins.module_utils.builds.source import Source
from ansible_collections.workshop.containers.plugins.module_utils.engine.client import Engine
from ansible_collections.workshop.containers.plugins.module_utils.errors import (
    EngineError,
    LabError,
)


class Api:
    """The part of the SDK's client that building needs: it remembers, and answers with ``messages``."""

    def __init__(self, messages=(), error=None):
        self.messages, self.error = messages, error

    def build(self, **given):
        self.given = given
        self.context = b"".join(given["fileobj"])
        if self.error:
            raise self.error
        text = b"".join(json.dumps(message).encode() + b"\r\n" for message in self.messages)
        return iter([text[:7], text[7:]])


@pytest.fixture
def engine(monkeypatch):
    engine = Engine.__new__(Engine)
    engine.host, engine.workshop, engine.api = "unix:///nowhere", "", Api()
    monkeypatch.setattr(Engine, "registry_digest", lambda self, name: None)
    monkeypatch.setattr(Engine, "image", lambda self, name: None)
    return engine


@pytest.fixture
def source(tmp_path):
    (tmp_path / "Dockerfile").write_text(
        "# syntax=docker/dockerfile:1\nFROM busybox\nRUN a \\\n  b\n"
    )
    (tmp_path / "hello").write_text("hello")
    return Source.read(str(tmp_path))


@pytest.fixture
def docker_command(tmp_path_factory, monkeypatch):
    """A `docker` that runs a Python script; gives the function that sets it."""
    folder = tmp_path_factory.mktemp("bin")

    def script(text):
        (folder / "docker.py").write_text(f"import sys, os\n{text}\n")
        path = folder / "docker"
        # Python may be in a folder with a space in its name, which a first line cannot have.
        path.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{folder}/docker.py" "$@"\n')
        path.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
        return folder

    return script


def test_the_classic_builder_gets_it_all(engine, source):
    engine.api.messages = [
        {"stream": "Step 1/2 : FROM busybox\n"},
        {"stream": " ---> Using cache\n"},
        {"aux": {"ID": "sha256:1"}},
    ]
    done = build(
        engine,
        Request(
            source,
            "a:1",
            {"k": "v"},
            args={"A": "1"},
            target="t",
            platform="linux/amd64",
            no_cache=True,
        ),
        "classic",
    )
    assert (done.failure, done.line, done.steps) == ("", None, [("FROM busybox", True)])
    given = engine.api.given
    expected = {
        "dockerfile": "Dockerfile",
        "tag": "a:1",
        "labels": {"k": "v"},
        "buildargs": {"A": "1"},
        "target": "t",
    }
    assert {**given, **expected, "platform": "linux/amd64", "nocache": True} == given
    with tarfile.open(fileobj=io.BytesIO(engine.api.context)) as tar:
        assert sorted(tar.getnames()) == ["Dockerfile", "hello"]


def test_links_that_nothing_vouches_for_leave_the_classic_builders_cache_out(engine, tmp_path):
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    (tmp_path / "Dockerfile.dockerignore").write_text("Dockerfile*\n")
    (tmp_path / "link").symlink_to("/nowhere")
    build(engine, Request(Source.read(str(tmp_path)), "a:1", {}), "classic")
    assert engine.api.given["nocache"]
    (tmp_path / "hello").write_text("hello")
    build(engine, Request(Source.read(str(tmp_path)), "a:1", {}), "classic")
    assert not engine.api.given["nocache"]


def test_an_error_in_the_stream_is_a_failure_with_its_line(engine, source):
    lines = [
        "Step 1/2 : FROM busybox\n",
        "Step 2/2 : RUN a   b\n",
        " ---> Running in 1\n",
        "oh\n",
        "no\n",
    ]
    engine.api.messages = [{"stream": line} for line in lines]
    engine.api.messages.append(
        {"errorDetail": {"code": 42}, "error": "The command returned a non-zero code: 42"}
    )
    done = build(engine, Request(source, "a:1", {}), "classic")
    assert (done.failure, done.line, done.output) == (
        "The command returned a non-zero code: 42",
        3,
        ["oh", "no"],
    )


def test_what_the_engine_refuses_at_once_is_a_failure_of_the_build(engine, source):
    answer = requests.Response()
    answer.status_code = 400
    engine.api.error = docker.errors.APIError(
        "400", answer, "dockerfile parse error line 2: unknown instruction: FORM"
    )
    assert build(engine, Request(source, "a:1", {}), "classic").failure.endswith(
        "unknown instruction: FORM"
    )


def test_an_engine_that_went_away_is_no_failure_of_the_build(engine, source):
    engine.api.error = requests.exceptions.ConnectionError("broken")
    with pytest.raises(EngineError, match="the socket /nowhere does not exist"):
        build(engine, Request(source, "a:1", {}), "classic")


def test_buildkit_gets_it_all_and_secrets_by_its_environment(
    engine, source, docker_command, tmp_path_factory
):
    folder = docker_command(
        "import json\n"
        "name = os.path.join(os.path.dirname(__file__), 'given')\n"
        "recipe, context = sys.argv[-2:]\n"
        "json.dump([sys.argv, dict(os.environ)], open(name, 'w'))\n"
        "for end, path in (('.recipe', recipe), ('.copied', os.path.join(context, 'Dockerfile'))):\n"
        "    open(name + end, 'w').write(open(path).read())\n"
        "print('#5 [2/2] RUN a'); print('#5 0.1 it is sesame'); print('#5 CACHED')"
    )
    key = tmp_path_factory.mktemp("keys") / "key"
    key.write_text("open\n")
    secrets = [Secret("one", value="sesame"), Secret("two", path=str(key))]
    request = Request(
        source,
        "a:1",
        {"k": "v=w"},
        args={"A": "1"},
        target="t",
        platform="linux/arm64",
        secrets=secrets,
        ssh=["default"],
    )
    done = build(engine, request, "buildkit")
    assert (done.failure, done.steps) == ("", [("RUN a", True)])
    assert "it is ********" in done.log
    assert "built with the engine's own frontend" in done.log
    arguments, environment = json.loads((folder / "given").read_text())
    text = " ".join(arguments)
    for part in (
        "--label k=v=w",
        "--build-arg A=1",
        "--target t",
        "--platform linux/arm64",
        "--ssh default",
        f"--secret id=two,src={key}",
    ):
        assert part in text
    assert "sesame" not in text
    assert environment["IMAGE_BUILD_SECRET_0"] == "sesame"
    assert (folder / "given.recipe").read_text().startswith("# syntax:docker/dockerfile:1\n")
    assert (folder / "given.copied").read_text().startswith("# syntax=docker/dockerfile:1\n"), (
        "what is copied is what was written"
    )
    assert (
        done.warning
        == "The image docker/dockerfile:1 of the syntax line cannot be had: built with the engine's own frontend."
    )


def test_buildkit_gets_a_context_as_a_stream(engine, source, docker_command):
    folder = docker_command(
        "open(os.path.join(os.path.dirname(__file__), 'given.tar'), 'wb').write(sys.stdin.buffer.read())\nprint(sys.argv[-3:])"
    )
    Path(source.folder, "Dockerfile").write_text("FROM busybox\n")
    done = build(engine, Request(Source.read(source.folder), "a:1", {}), "buildkit")
    assert (done.log, done.failure, done.warning) == ("['--file', 'Dockerfile', '-']\n", "", "")
    with tarfile.open(folder / "given.tar") as tar:
        assert sorted(tar.getnames()) == ["Dockerfile", "hello"]


def test_buildkit_gets_a_hidden_dockerfile_beside_the_context(engine, tmp_path, docker_command):
    folder = docker_command(
        "recipe, context = sys.argv[-2:]\n"
        "names = sorted(os.listdir(context)) + [open(recipe).read(), open(recipe + '.dockerignore').read()]\n"
        "open(os.path.join(os.path.dirname(__file__), 'given'), 'w').write(repr(names))"
    )
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    (tmp_path / ".dockerignore").write_text("Dockerfile\n")
    build(engine, Request(Source.read(str(tmp_path)), "a:1", {}), "buildkit")
    assert (folder / "given").read_text() == repr([".dockerignore", "FROM scratch\n", "# all\n"])


def test_buildkits_failure_has_its_line(engine, source, docker_command):
    docker_command(
        "sys.stdin.buffer.read()\n"
        "print('#5 [2/2] RUN a   b\\n#5 0.1 oh\\n#5 0.2 no\\n#5 ERROR: process did not complete: exit code: 42\\n------')\n"
        "print('Dockerfile:3\\n-----\\nERROR: failed to solve: exit code: 42'); sys.exit(1)"
    )
    done = build(engine, Request(source, "a:1", {}), "buildkit")
    assert (done.failure, done.line, done.output) == (
        "ERROR: failed to solve: exit code: 42",
        3,
        ["oh", "no"],
    )


def test_a_buildkit_that_says_nothing_and_reads_nothing(engine, source, docker_command):
    Path(source.folder, "large").write_bytes(bytes(8 * 1024 * 1024))
    docker_command("sys.exit(3)")
    assert build(engine, Request(Source.read(source.folder), "a:1", {}), "buildkit").failure


def test_a_context_that_breaks_off_kills_the_builder_before_it_sees_the_end(tmp_path):
    """Its children too: `docker` only starts the plugin that builds."""
    mark = tmp_path / "built"
    child = f"import sys; sys.stdin.buffer.read(); open({str(mark)!r}, 'w')"
    command = [
        sys.executable,
        "-c",
        f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])",
    ]

    def broken():
        yield b"begin"
        raise LabError("a file", "it changed")

    with pytest.raises(LabError, match="it changed"):
        _run(command, dict(os.environ), broken(), lambda text: None)
    assert not mark.exists()


def test_output_that_is_no_text_and_very_long(tmp_path):
    """100 MB, a line of 20 MB among them, and bytes that are not UTF-8."""
    script = r"import sys; out = sys.stdout.buffer; [out.write((b'x' * 800 + b'line\xff\n') * 1000) for _ in range(100)]"
    script += "; out.write(b'x' * 20000000)"
    log = builders.BuildLog()
    code = _run(
        [sys.executable, "-c", script],
        dict(os.environ),
        None,
        lambda text: log.feed(text, log.buildkit_line),
    )
    log.end(log.buildkit_line)
    assert code == 0
    assert len(log.text) <= 256 * 1024 + 5000
    assert "line\ufffd" in log.text
    assert log.text.endswith("x\n")


def test_messages_however_they_are_cut():
    text = b'{"stream":"a"}\r\n{"stream":"\xc3\xa9"}\r\n{"error":"c"}'
    expected = [{"stream": "a"}, {"stream": "é"}, {"error": "c"}]
    for size in range(1, len(text) + 1):
        assert (
            list(_messages(iter([text[at : at + size] for at in range(0, len(text), size)])))
            == expected
        )


@pytest.mark.parametrize(
    ("version", "buildx", "wanted", "needed", "chosen"),
    [
        ("1.41", True, "auto", False, "classic"),
        ("1.45", True, "auto", False, "buildkit"),
        ("1.45", False, "auto", False, "classic"),
        ("1.45", True, "classic", False, "classic"),
        ("1.41", True, "buildkit", False, "buildkit"),
        ("1.41", True, "auto", True, "buildkit"),
        ("1.41", False, "auto", True, "no `docker buildx`"),
        ("1.41", False, "buildkit", False, "no `docker buildx`"),
        ("1.45", True, "classic", True, "the classic builder, as asked for"),
    ],
)
def test_the_choice_of_a_builder(engine, monkeypatch, version, buildx, wanted, needed, chosen):
    engine.api.api_version = version
    monkeypatch.setattr(builders, "_has_buildx", lambda: buildx)
    if " " in chosen:
        with pytest.raises(LabError, match=chosen):
            choose(engine, wanted, needed)
    else:
        assert choose(engine, wanted, needed) == chosen


def test_a_comma_in_a_path_stays_in_it(engine, source, docker_command, tmp_path):
    folder = docker_command(
        "open(os.path.join(os.path.dirname(__file__), 'given'), 'w').write('\\n'.join(sys.argv))"
    )
    key = tmp_path / 'a,"b'
    key.write_text("sesame")
    assert not build(
        engine, Request(source, "a:1", {}, secrets=[Secret("key", path=str(key))]), "buildkit"
    ).failure
    assert f'id=key,"src={tmp_path}/a,""b"' in (folder / "given").read_text().splitlines()


def test_a_secret_that_is_not_there(engine, source):
    request = Request(source, "a:1", {}, secrets=[Secret("key", path="/nowhere/key")])
    with pytest.raises(LabError, match="the secret key in /nowhere/key; observed No such file"):
        build(engine, request, "buildkit")
