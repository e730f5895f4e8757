# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the classic builder is given, and what becomes of its answers."""

from __future__ import annotations

import io
import tarfile

import docker.errors
import pytest
import requests

from ansible_collections.workshop.containers.plugins.module_utils.builds.classic import (
    _messages,
    build,
)
from ansible_collections.workshop.containers.plugins.module_utils.builds.request import Request
from ansible_collections.workshop.containers.plugins.module_utils.builds.source import Source
from ansible_collections.workshop.containers.plugins.module_utils.errors import EngineError


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
    build(engine, Request(Source.read(str(tmp_path)), "a:1", {}))
    assert engine.api.given["nocache"]
    (tmp_path / "hello").write_text("hello")
    build(engine, Request(Source.read(str(tmp_path)), "a:1", {}))
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
    done = build(engine, Request(source, "a:1", {}))
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
    assert build(engine, Request(source, "a:1", {})).failure.endswith("unknown instruction: FORM")


def test_an_engine_that_went_away_is_no_failure_of_the_build(engine, source):
    engine.api.error = requests.exceptions.ConnectionError("broken")
    with pytest.raises(EngineError, match="the socket /nowhere does not exist"):
        build(engine, Request(source, "a:1", {}))


def test_messages_however_they_are_cut():
    text = b'{"stream":"a"}\r\n{"stream":"\xc3\xa9"}\r\n{"error":"c"}'
    expected = [{"stream": "a"}, {"stream": "é"}, {"error": "c"}]
    for size in range(1, len(text) + 1):
        assert (
            list(_messages(iter([text[at : at + size] for at in range(0, len(text), size)])))
            == expected
        )
