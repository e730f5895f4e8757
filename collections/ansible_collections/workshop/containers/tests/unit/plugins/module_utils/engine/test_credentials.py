# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `docker login` keeps.

Found as docker finds it, stored as docker stores it, others' left alone.
"""

from __future__ import annotations

import base64
import json
import os
import stat
import sys

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.engine.credentials import (
    config_path,
    forget_credentials,
    is_private,
    store_credentials,
    stored_credentials,
)
from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError

REGISTRY = "127.0.0.1:5002"
LEARNER = {"username": "learner", "password": "pass:word", "serveraddress": REGISTRY}
# A credential helper as docker speaks with it: what it keeps is a file beside it.
HELPER = """#!{python}
import json, pathlib, sys
kept = pathlib.Path(__file__ + ".json")
entries = json.loads(kept.read_text()) if kept.exists() else {{}}
verb, given = sys.argv[1], sys.stdin.read()
if verb == "get":
    if given not in entries:
        print("credentials not found in native keychain")
        sys.exit(1)
    print(json.dumps(entries[given]))
elif verb == "store":
    entry = json.loads(given)
    entries[entry["ServerURL"]] = entry
elif verb == "erase":
    entries.pop(given, None)
kept.write_text(json.dumps(entries))
"""


@pytest.fixture
def keep(tmp_path, monkeypatch):
    """A function that writes the file of settings, and gives its path."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    (tmp_path / "docker").mkdir()

    def write(**settings):
        path = tmp_path / "docker" / "config.json"
        path.write_text(json.dumps(settings))
        path.chmod(0o600)
        return path

    return write


@pytest.fixture
def helper(tmp_path, monkeypatch):
    """The name of a credential helper on PATH, and the file in which it keeps things."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "docker-credential-trial"
    program.write_text(HELPER.format(python=sys.executable))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return "trial", folder / "docker-credential-trial.json"


def auth(text="learner:pass:word"):
    return {"auth": base64.b64encode(text.encode()).decode()}


@pytest.mark.parametrize(
    "key", [REGISTRY, f"https://{REGISTRY}", f"http://{REGISTRY}", f"https://{REGISTRY}/v2/"]
)
def test_an_entry_is_found_by_its_host(keep, key):
    keep(auths={key: auth()})
    assert stored_credentials(REGISTRY) == LEARNER


@pytest.mark.parametrize(
    "key", ["127.0.0.1", "127.0.0.1:50021", "x127.0.0.1:5002", f"https://other/{REGISTRY}"]
)
def test_an_entry_of_another_host_is_none(keep, key):
    keep(auths={key: auth()})
    assert stored_credentials(REGISTRY) is None
    assert not forget_credentials(REGISTRY)


@pytest.mark.parametrize(
    "settings", [{}, {"auths": {}}, {"auths": None}, {"auths": {REGISTRY: {}}}]
)
def test_nobody_is_logged_in(keep, settings):
    keep(**settings)
    assert stored_credentials(REGISTRY) is None


def test_no_file_is_nobody(keep):
    assert stored_credentials(REGISTRY) is None
    assert is_private()


def test_an_entry_that_is_no_base64_is_named(keep):
    keep(auths={REGISTRY: {"auth": "a"}})
    with pytest.raises(LabError, match="none that can be read"):
        stored_credentials(REGISTRY)


def test_a_login_leaves_the_others_and_all_settings(keep):
    path = keep(auths={"other": auth("a:b")}, detachKeys="ctrl-x", HttpHeaders={"X": "1"})
    assert store_credentials(REGISTRY, "learner", "pass:word")
    kept = json.loads(path.read_text())
    assert kept == {
        "auths": {"other": auth("a:b"), REGISTRY: auth()},
        "detachKeys": "ctrl-x",
        "HttpHeaders": {"X": "1"},
    }
    assert not store_credentials(REGISTRY, "learner", "pass:word")
    assert store_credentials(REGISTRY, "learner", "changed")
    assert stored_credentials(REGISTRY)["password"] == "changed"


def test_a_login_takes_the_place_of_one_in_another_spelling(keep):
    path = keep(auths={f"https://{REGISTRY}": auth("old:old")})
    assert store_credentials(REGISTRY, "learner", "pass:word")
    assert json.loads(path.read_text())["auths"] == {REGISTRY: auth()}


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_file_that_others_can_read_becomes_private(keep, mode):
    path = keep(auths={REGISTRY: auth()})
    path.chmod(mode)
    assert not is_private()
    assert store_credentials(REGISTRY, "learner", "pass:word")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert is_private()


def test_the_first_login_makes_file_and_folder_for_its_owner_only(tmp_path, monkeypatch):
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "new"))
    previous = os.umask(0)
    try:
        assert store_credentials(REGISTRY, "learner", "pass:word")
    finally:
        os.umask(previous)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "new/config.json").stat().st_mode) == 0o600
    assert os.listdir(tmp_path / "new") == ["config.json"]


def test_the_file_is_replaced_as_a_whole(keep):
    """Whoever reads meanwhile sees the old file or the new one: it is another file afterwards."""
    path = keep(auths={})
    before = path.stat().st_ino
    with path.open() as reader:
        store_credentials(REGISTRY, "learner", "pass:word")
        assert json.load(reader) == {"auths": {}}
    assert path.stat().st_ino != before


def test_logging_out_leaves_the_others(keep):
    path = keep(auths={f"https://{REGISTRY}": auth(), REGISTRY: auth(), "other": auth("a:b")})
    assert forget_credentials(REGISTRY)
    assert json.loads(path.read_text()) == {"auths": {"other": auth("a:b")}}
    before = path.stat()
    assert not forget_credentials(REGISTRY)
    assert path.stat() == before


@pytest.mark.parametrize(
    "content",
    [b'{"auths": {', b"[]", b"null", b'"text"', b"", b"\xef\xbb\xbf{}", b"\xff\xfe{\0}\0"],
)
@pytest.mark.parametrize(
    "deed",
    [
        stored_credentials,
        forget_credentials,
        lambda registry: store_credentials(registry, "learner", "x"),
    ],
    ids=["look", "forget", "store"],
)
def test_a_broken_file_is_left_as_it_is(keep, content, deed):
    path = keep()
    path.write_bytes(content)
    with pytest.raises(LabError, match=r"config\.json"):
        deed(REGISTRY)
    assert path.read_bytes() == content


def test_a_mark_of_windows_is_named_for_docker_does_not_read_it(keep):
    path = keep()
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    with pytest.raises(LabError) as caught:
        stored_credentials(REGISTRY)
    assert "a byte-order mark, with which docker does not read it either" in caught.value.observed


def test_line_ends_of_windows_are_read(keep):
    path = keep(auths={})
    store_credentials(REGISTRY, "learner", "pass:word")
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert stored_credentials(REGISTRY) == LEARNER


class TestHelper:
    """Docker Desktop and many others keep credentials in a helper.

    The file has empty entries then.
    """

    @pytest.fixture(params=["all", "one"])
    def path(self, request, keep, helper):
        name = helper[0]
        how = {"credsStore": name} if request.param == "all" else {"credHelpers": {REGISTRY: name}}
        return keep(auths={REGISTRY: {}}, **how)

    def test_it_is_asked(self, path, helper):
        assert stored_credentials(REGISTRY) is None
        entry = {"ServerURL": REGISTRY, "Username": "learner", "Secret": "pass:word"}
        helper[1].write_text(json.dumps({REGISTRY: entry}))
        assert stored_credentials(REGISTRY) == LEARNER

    def test_it_keeps_and_forgets(self, path, helper):
        before = path.read_text()
        assert store_credentials(REGISTRY, "learner", "pass:word")
        assert not store_credentials(REGISTRY, "learner", "pass:word")
        assert stored_credentials(REGISTRY) == LEARNER
        assert forget_credentials(REGISTRY)
        assert not forget_credentials(REGISTRY)
        assert stored_credentials(REGISTRY) is None
        assert path.read_text() == before

    def test_the_file_is_not_believed_beside_it(self, keep, helper):
        keep(auths={REGISTRY: auth()}, credsStore=helper[0])
        assert stored_credentials(REGISTRY) is None

    def test_one_for_another_registry_is_not_asked(self, keep, helper):
        keep(auths={REGISTRY: auth()}, credHelpers={"other": helper[0]})
        assert stored_credentials(REGISTRY) == LEARNER

    @pytest.mark.parametrize(
        "deed",
        [
            stored_credentials,
            forget_credentials,
            lambda registry: store_credentials(registry, "learner", "x"),
        ],
        ids=["look", "forget", "store"],
    )
    def test_one_that_is_missing_is_named(self, keep, deed):
        path = keep(auths={REGISTRY: {}}, credsStore="desktop.exe")
        before = path.read_text()
        with pytest.raises(LabError, match=r"docker-credential-desktop\.exe.*not installed"):
            deed(REGISTRY)
        assert path.read_text() == before

    def test_one_that_fails_is_named(self, path, helper):
        helper[1].write_text("no JSON")
        with pytest.raises(LabError, match=r"docker-credential-trial.*failed"):
            stored_credentials(REGISTRY)


def test_the_place_is_the_users_own(monkeypatch, tmp_path):
    monkeypatch.delenv("DOCKER_CONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert config_path() == f"{tmp_path}/.docker/config.json"
