# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each module that talks to an engine says when there is none to talk to, and when it is given
names that cannot be.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import docker
import docker.errors
import pytest

OPTIONS = {
    "image_build": {"name": "app", "path": "."},
    "image_layers_info": {"name": "busybox"},
    "image_push": {"name": ["busybox"]},
    "image_commit": {"container": "session", "name": "greeting"},
    "container_run": {"name": "session", "image": "busybox"},
    "container_copy": {"container": "session", "path": "/hello", "source": "/etc/hostname"},
}


@pytest.fixture(autouse=True)
def context(tmp_path, monkeypatch):
    """A context for image_build, in the folder of its name."""
    (tmp_path / "context").mkdir()
    (tmp_path / "context/Dockerfile").write_text("FROM busybox\n")
    monkeypatch.chdir(tmp_path / "context")


MODULES = pytest.mark.parametrize("name", OPTIONS)


@MODULES
def test_no_engine(run_module, name, tmp_path):
    result = run_module(name, docker_host=f"unix://{tmp_path}/none.sock", **OPTIONS[name])
    assert result["failed"]
    assert result["observed"] == f"the socket {tmp_path}/none.sock does not exist"
    assert "service docker start" in result["remedy"]


@MODULES
def test_an_engine_that_may_not_be_used(run_module, monkeypatch, name, tmp_path):
    """Root may use every socket, so the SDK's words are played back."""

    def refuse(**_settings):
        raise docker.errors.DockerException(
            "Error while fetching server API version: PermissionError(13, 'Permission denied')"
        )

    (tmp_path / "docker.sock").touch()
    monkeypatch.setattr(docker, "APIClient", refuse)
    result = run_module(name, docker_host=f"unix://{tmp_path}/docker.sock", **OPTIONS[name])
    assert result["observed"] == f"no permission to use {tmp_path}/docker.sock"
    assert "group docker after logging in again" in result["remedy"]


@MODULES
def test_an_engine_that_is_too_old(try_module, name):
    result = try_module(
        name, {"/version": (200, {"ApiVersion": "1.39", "MinAPIVersion": "1.12"})}, **OPTIONS[name]
    )
    assert "one that speaks 1.39 at most" in result["msg"]


@MODULES
def test_the_environment_tells_where_the_engine_is(run_module, monkeypatch, name, tmp_path):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/elsewhere.sock")
    assert (
        run_module(name, **OPTIONS[name])["observed"]
        == f"the socket {tmp_path}/elsewhere.sock does not exist"
    )


@MODULES
@pytest.mark.parametrize("auth", ["", "bm9jb2xvbg==", "/w=="])
def test_credentials_that_are_none(try_module, tmp_path, name, auth):
    (tmp_path / "docker-config").mkdir()
    (tmp_path / "docker-config/config.json").write_text(
        json.dumps({"auths": {"registry.example.com": {"auth": auth}}})
    )
    assert (
        f"what `docker login` keeps in {tmp_path}/docker-config/config.json"
        in try_module(name, {}, **OPTIONS[name])["msg"]
    )


@MODULES
def test_an_engine_that_is_gone_in_the_middle(try_module, name):
    answers = {"/containers/json": (0, ""), "/images/": (0, "")}
    assert (
        "the connection to the engine was lost" in try_module(name, answers, **OPTIONS[name])["msg"]
    )


NO_SDK = """
import importlib, json, sys
from ansible.module_utils.testing import patch_module_args
sys.modules["docker"] = None
for name in ("checkpoint", "grade"):
    importlib.import_module("ansible_collections.workshop.containers.plugins.modules." + name)
for name, options in json.loads(sys.argv[1]).items():
    with patch_module_args(options):
        try:
            modules = "ansible_collections.workshop.containers.plugins.modules."
            importlib.import_module(modules + name).main()
        except SystemExit:
            print()
"""


def test_no_sdk():
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", NO_SDK, json.dumps(OPTIONS)],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    answers = [json.loads(line)["msg"] for line in done.stdout.splitlines() if line]
    assert len(answers) == len(OPTIONS)
    assert all("python3-docker" in answer for answer in answers)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("image_push", {"name": ["busybox", "bad/name:t@g"]}),
        ("image_build", {"name": "bad/name:t@g", "path": "."}),
        ("image_layers_info", {"name": "bad/name:t@g"}),
        ("image_commit", {"container": "session", "name": "bad/name:t@g"}),
        ("container_run", {"name": "session", "image": "bad/name:t@g"}),
    ],
)
def test_a_name_that_parses_as_another_is_refused_before_the_engine_hears_of_it(
    try_module, listening, name, options
):
    assert (
        "'bad/name:t@g': not a valid image reference: 'g' is no digest"
        in try_module(name, {}, **options)["msg"]
    )
    assert all("/version" in request for request in listening.requests)


@pytest.mark.parametrize("name", ["image_build", "image_push", "image_commit"])
def test_a_digest_is_no_tag(try_module, name):
    options = {**OPTIONS[name], "name": "busybox@sha256:" + "0" * 64}
    assert "which has a digest" in try_module(name, {}, **options)["msg"]


@pytest.mark.parametrize("wrong", ["a", "bad name", "-x", "name;reboot", "имя"])
@pytest.mark.parametrize(
    ("name", "option"),
    [("container_run", "name"), ("container_copy", "container"), ("image_commit", "container")],
)
def test_container_names_are_verified_here(try_module, listening, name, option, wrong):
    result = try_module(name, {}, **{**OPTIONS[name], option: wrong})
    assert (
        "at least two characters of [a-zA-Z0-9_.-], the first a letter or a digit, but found "
        f"{wrong!r}" in result["msg"]
    )
    assert all("/version" in request for request in listening.requests)


@pytest.mark.parametrize("name", ["container_copy", "image_commit"])
def test_a_container_that_is_missing(try_module, name):
    known = [{"Id": "1" * 64, "Created": 1, "Names": ["/session2"], "State": "exited"}]
    answers = {"filters=": (200, []), "/containers/json": (200, known)}
    assert (
        "no such container; did you mean session2 (exited)? Correct"
        in try_module(name, answers, **OPTIONS[name])["msg"]
    )
