# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An engine, a source and a `docker` command for the tests of the builders."""

from __future__ import annotations

import json
import os
import sys

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.builds.source import Source
from ansible_collections.workshop.containers.plugins.module_utils.engine.client import Engine


class Api:
    """The part of the SDK's client that building needs.

    It remembers, and answers with ``messages``.
    """

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
