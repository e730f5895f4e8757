# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What BuildKit is given, and what becomes of its log."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.builds.buildkit import build
from ansible_collections.workshop.containers.plugins.module_utils.builds.request import (
    Request,
    Secret,
)
from ansible_collections.workshop.containers.plugins.module_utils.builds.source import Source
from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError


def test_buildkit_gets_it_all_and_secrets_by_its_environment(
    engine, source, docker_command, tmp_path_factory
):
    folder = docker_command(
        "import json\n"
        "name = os.path.join(os.path.dirname(__file__), 'given')\n"
        "recipe, context = sys.argv[-2:]\n"
        "json.dump([sys.argv, dict(os.environ)], open(name, 'w'))\n"
        "for end, path in (('.recipe', recipe), ('.copied', os.path.join(context, "
        "'Dockerfile'))):\n"
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
    done = build(engine, request)
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
    assert done.warning == (
        "The image docker/dockerfile:1 of the syntax line cannot be pulled: "
        "built with the engine's own frontend."
    )


def test_buildkit_gets_a_context_as_a_stream(engine, source, docker_command):
    folder = docker_command(
        "open(os.path.join(os.path.dirname(__file__), 'given.tar'), "
        "'wb').write(sys.stdin.buffer.read())\nprint(sys.argv[-3:])"
    )
    Path(source.folder, "Dockerfile").write_text("FROM busybox\n")
    done = build(engine, Request(Source.read(source.folder), "a:1", {}))
    assert (done.log, done.failure, done.warning) == ("['--file', 'Dockerfile', '-']\n", "", "")
    with tarfile.open(folder / "given.tar") as tar:
        assert sorted(tar.getnames()) == ["Dockerfile", "hello"]


def test_buildkit_gets_a_hidden_dockerfile_beside_the_context(engine, tmp_path, docker_command):
    folder = docker_command(
        "recipe, context = sys.argv[-2:]\n"
        "names = sorted(os.listdir(context)) + [open(recipe).read(), open(recipe + "
        "'.dockerignore').read()]\n"
        "open(os.path.join(os.path.dirname(__file__), 'given'), 'w').write(repr(names))"
    )
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    (tmp_path / ".dockerignore").write_text("Dockerfile\n")
    build(engine, Request(Source.read(str(tmp_path)), "a:1", {}))
    assert (folder / "given").read_text() == repr([".dockerignore", "FROM scratch\n", "# all\n"])


def test_buildkits_failure_has_its_line(engine, source, docker_command):
    docker_command(
        "sys.stdin.buffer.read()\n"
        "print('#5 [2/2] RUN a   b\\n#5 0.1 oh\\n#5 0.2 no\\n#5 ERROR: process did not complete: "
        "exit code: 42\\n------')\n"
        "print('Dockerfile:3\\n-----\\nERROR: failed to solve: exit code: 42'); sys.exit(1)"
    )
    done = build(engine, Request(source, "a:1", {}))
    assert (done.failure, done.line, done.output) == (
        "ERROR: failed to solve: exit code: 42",
        3,
        ["oh", "no"],
    )


def test_a_buildkit_that_says_nothing_and_reads_nothing(engine, source, docker_command):
    Path(source.folder, "large").write_bytes(bytes(8 * 1024 * 1024))
    docker_command("sys.exit(3)")
    assert build(engine, Request(Source.read(source.folder), "a:1", {})).failure


def test_a_comma_in_a_path_stays_in_it(engine, source, docker_command, tmp_path):
    folder = docker_command(
        "open(os.path.join(os.path.dirname(__file__), 'given'), 'w').write('\\n'.join(sys.argv))"
    )
    key = tmp_path / 'a,"b'
    key.write_text("sesame")
    assert not build(
        engine, Request(source, "a:1", {}, secrets=[Secret("key", path=str(key))])
    ).failure
    assert f'id=key,"src={tmp_path}/a,""b"' in (folder / "given").read_text().splitlines()


def test_a_secret_that_is_not_there(engine, source):
    request = Request(source, "a:1", {}, secrets=[Secret("key", path="/nowhere/key")])
    with pytest.raises(LabError, match="the secret key in /nowhere/key, but found No such file"):
        build(engine, request)
