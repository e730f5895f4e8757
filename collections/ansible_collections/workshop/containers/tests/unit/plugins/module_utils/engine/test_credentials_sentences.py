# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said where stored credentials cannot be read or kept, and how the file is written."""

from __future__ import annotations

import base64
import json
import os
import sys

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.engine import credentials
from ansible_collections.workshop.containers.plugins.module_utils.engine.credentials import (
    forget_credentials,
    store_credentials,
    stored_credentials,
)
from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError

REGISTRY = "127.0.0.1:5002"
# A helper that knows one password, and keeps and forgets none.
LOCKED = f"""#!{sys.executable}
import json, sys
if sys.argv[1] == "get":
    print(json.dumps({{"ServerURL": "", "Username": "learner", "Secret": "old"}}))
else:
    print("locked")
    sys.exit(1)
"""


@pytest.fixture
def path(tmp_path, monkeypatch):
    """Where the settings are; there are none yet."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    return tmp_path / "config.json"


def failure(deed, *arguments):
    """What a deed says of its failure."""
    with pytest.raises(LabError) as refused:
        deed(REGISTRY, *arguments)
    return refused.value.expected, refused.value.observed, refused.value.remedy


def auth(text):
    return {"auth": base64.b64encode(text).decode()}


def test_what_is_no_base64_is_told_with_the_way_out(path):
    path.write_text(json.dumps({"auths": {REGISTRY: {"auth": "a"}}}), encoding="ascii")
    expected, observed, remedy = failure(stored_credentials)
    assert expected == f"credentials for {REGISTRY} in {path}"
    assert observed.startswith("none that can be read (")
    assert remedy == f"`docker login {REGISTRY}`"


def test_a_password_that_is_no_text_is_read_as_far_as_it_is(path):
    path.write_text(json.dumps({"auths": {REGISTRY: auth(b"learner:a\xff")}}), encoding="ascii")
    assert stored_credentials(REGISTRY)["password"] == "a\ufffd"


def test_a_registry_that_stands_in_the_address_of_another_is_not_it(path):
    key = f"https://other/?next=https://{REGISTRY}"
    path.write_text(json.dumps({"auths": {key: auth(b"a:b")}}), encoding="ascii")
    assert stored_credentials(REGISTRY) is None


@pytest.mark.parametrize(
    ("text", "expected", "observed"),
    [
        ("[]", "a JSON object in {}", "something else; it is left as it is"),
        (
            "x",
            "JSON in {}",
            "something else (Expecting value: line 1 column 1 (char 0)); it is left as it is",
        ),
    ],
)
def test_settings_that_are_something_else_are_told(path, text, expected, observed):
    path.write_text(text, encoding="ascii")
    assert failure(stored_credentials) == (
        expected.format(path),
        observed,
        f"fix or remove {path}",
    )


@pytest.mark.parametrize(
    ("error", "observed"),
    [(PermissionError(13, "Permission denied"), "permission denied"), (OSError(), "oserror")],
)
def test_settings_that_may_not_be_read_are_told(path, monkeypatch, error, observed):
    def refuse(*_arguments, **_options):
        raise error

    monkeypatch.setattr(credentials, "open", refuse, raising=False)
    assert failure(stored_credentials) == (
        f"a readable file at {path}",
        observed,
        f"correct its owner and mode (`ls -l {path}`), then run again",
    )


def test_the_file_is_written_as_docker_writes_it(path):
    store_credentials(REGISTRY, "learner", "right")
    kept = auth(b"learner:right")["auth"]
    assert path.read_text("utf-8") == (
        f'{{\n\t"auths": {{\n\t\t"{REGISTRY}": {{\n\t\t\t"auth": "{kept}"\n\t\t}}\n\t}}\n}}\n'
    )


class TestHelper:
    @pytest.fixture
    def told(self, path, tmp_path, monkeypatch):
        """What is said of the helper that the settings name."""
        program = tmp_path / "docker-credential-locked"
        program.write_text(LOCKED, encoding="ascii")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

        def told(helper, deed, *arguments):
            path.write_text(json.dumps({"credsStore": helper}), encoding="ascii")
            expected, observed, remedy = failure(deed, *arguments)
            assert expected == f"the credentials for {REGISTRY}"
            assert remedy == (
                f"make docker-credential-{helper} work here, or take credsStore and credHelpers"
                f" out of {path} and log in again"
            )
            return observed

        told.begin = f"the helper docker-credential-{{}}, which {path} names, "
        return told

    def test_that_is_missing_is_told_with_the_way_out(self, told):
        begin = told.begin.format("missing")
        assert told("missing", stored_credentials) == f"{begin}is not installed"

    @pytest.mark.parametrize("deed", [(store_credentials, "learner", "new"), (forget_credentials,)])
    def test_that_fails_is_told_with_the_way_out(self, told, deed):
        observed = told("locked", *deed)
        assert observed.startswith(told.begin.format("locked") + "failed (")
        assert "locked" in observed[len(told.begin) :]
