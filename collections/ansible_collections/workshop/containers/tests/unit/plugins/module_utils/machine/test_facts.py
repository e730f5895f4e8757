# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of a machine, on folders, lists and servers that the tests make."""

from __future__ import annotations

import fcntl
import getpass
import os
import pwd
import resource
import socket
import subprocess

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.machine import (
    apt,
    facts,
    listeners,
)


def test_files(tmp_path):
    (tmp_path / "text").touch(mode=0o640)
    os.chmod(tmp_path / "text", 0o640)
    (tmp_path / "link").symlink_to("text")
    found = facts.files(
        [
            f"{tmp_path}/text",
            f"{tmp_path}/li*",
            f"{tmp_path}/absent",
            f"{tmp_path}/none*",
            str(tmp_path),
        ]
    )
    assert set(found) == {
        f"{tmp_path}/text",
        f"{tmp_path}/link",
        f"{tmp_path}/absent",
        str(tmp_path),
    }
    user = getpass.getuser()
    assert found[f"{tmp_path}/text"]["access"].split()[1] == "0640"
    assert found[f"{tmp_path}/text"]["access"].startswith(f"{user}:")
    assert (found[f"{tmp_path}/text"]["type"], found[str(tmp_path)]["type"]) == (
        "file",
        "directory",
    )
    assert found[f"{tmp_path}/link"]["link"] == "text"
    assert found[f"{tmp_path}/absent"] is None


def test_contents(tmp_path):
    (tmp_path / "text").write_bytes(b"one\xff")
    assert facts.contents([f"{tmp_path}/t*", f"{tmp_path}/absent", str(tmp_path)]) == {
        f"{tmp_path}/text": "one\ufffd",
        f"{tmp_path}/absent": "",
        str(tmp_path): "",
    }


@pytest.mark.parametrize(
    ("content", "value", "problem"),
    [
        (None, {}, ""),
        (b"", {}, ""),
        (b'{"debug": true}', {"debug": True}, ""),
        (b'{\r\n"debug": true\r\n}\r\n', {"debug": True}, ""),
        (b'{"live-restore": tru', {}, "Expecting value: line 1 column 18 (char 17)"),
        (b"[1]", {}, "expected an object, in braces"),
        ("{}".encode("utf-16"), {}, "it is UTF-16, as PowerShell writes it, and has to be UTF-8"),
        (b'{"labels": ["\xe4"]}', {}, "its byte 13 is not UTF-8"),
    ],
)
def test_documents(tmp_path, content, value, problem):
    path = tmp_path / "daemon.json"
    if content is not None:
        path.write_bytes(content)
    assert facts.documents([str(path)]) == {
        str(path): {"value": value, "problem": problem, "marked": False}
    }


@pytest.mark.parametrize(
    ("text", "value", "problem"),
    [
        ("", {}, ""),
        ('{"debug": true}', {"debug": True}, ""),
        ('{"debug": tru', {}, "Expecting value: line 1 column 11 (char 10)"),
    ],
)
def test_document_that_notepad_has_written(tmp_path, text, value, problem):
    path = tmp_path / "daemon.json"
    path.write_text(text, encoding="utf-8-sig")
    assert facts.documents([str(path)]) == {
        str(path): {"value": value, "problem": problem, "marked": True}
    }


def test_free_space(tmp_path):
    found = facts.free_space([str(tmp_path), f"{tmp_path}/not/yet/there"])
    assert found[str(tmp_path)] > 0
    assert set(found) == {str(tmp_path), f"{tmp_path}/not/yet/there"}


def test_lock_holders(tmp_path):
    path = tmp_path / "lock"
    assert facts.lock_holders([str(path)]) == []
    with path.open("w") as stream:
        fcntl.lockf(stream, fcntl.LOCK_EX)
        [holder] = facts.lock_holders([str(path)])
    assert (holder["path"], holder["pid"]) == (str(path), os.getpid())
    assert "python" in holder["command"]
    assert facts.lock_holders([str(path)]) == []


def test_processes():
    with subprocess.Popen(["sleep", "--", "61"]) as process:
        try:
            while True:
                mine = [
                    found
                    for found in facts.processes(["sleep"])["sleep"]
                    if found["pid"] == process.pid
                ]
                assert process.poll() is None
                if mine:
                    break
            assert mine[0]["arguments"] == ["--", "61"]
            _soft, hard = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
            assert mine[0]["limits"]["nofile"] == (None if hard == resource.RLIM_INFINITY else hard)
        finally:
            process.kill()
    assert facts.processes(["no-such-program"]) == {"no-such-program": []}
    assert facts.processes([]) == {}


def test_apt_sources(tmp_path, monkeypatch):
    (tmp_path / "docker.list").write_text(
        "# none\ndeb [arch=amd64 signed-by=/k.gpg] https://d.example/linux bookworm "
        "stable\ndeb-src x y z\n"
    )
    (tmp_path / "other.sources").write_text(
        "Types: deb\nURIs: https://o.example\nSuites: trixie\nComponents: main\nSigned-By: "
        "/o.asc\n\n"
        "Enabled: no\nTypes: deb\nURIs: https://off.example\nSuites: trixie\nComponents: main\n\n"
        "Types: deb\nURIs: https://false.example\nenabled: FALSE\nSuites: trixie\n"
    )
    monkeypatch.setattr(
        apt, "SOURCES", (f"{tmp_path}/*.list", f"{tmp_path}/*.sources", f"{tmp_path}/absent")
    )
    one, other = facts.apt_sources()
    assert one == {
        "file": f"{tmp_path}/docker.list",
        "url": "https://d.example/linux",
        "suite": "bookworm",
        "components": "stable",
        "signed_by": "/k.gpg",
    }
    assert (other["url"], other["signed_by"]) == ("https://o.example", "/o.asc")


@pytest.fixture
def key(tmp_path, monkeypatch):
    """A key in the form of text."""
    monkeypatch.setenv("HOME", f"{tmp_path}/nobody")  # gpg has made no folder there, and is not to
    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)
    gpg = ["gpg", "--homedir", str(home), "--batch", "--passphrase", ""]
    subprocess.run(
        [*gpg, "--quick-generate-key", "lab", "ed25519", "sign", "never"],
        capture_output=True,
        check=True,
    )
    yield subprocess.run([*gpg, "--armor", "--export"], capture_output=True, check=True).stdout
    subprocess.run(
        ["gpgconf", "--homedir", str(home), "--kill", "all"], check=True
    )  # the agent that it has started


def test_keyrings(tmp_path, key):
    (tmp_path / "lab.asc").write_bytes(key)
    (tmp_path / "nonsense.asc").write_text("no key")
    found = facts.keyrings(
        [f"{tmp_path}/lab.asc", f"{tmp_path}/nonsense.asc", f"{tmp_path}/absent"]
    )
    assert [len(each) for each in found[f"{tmp_path}/lab.asc"]] == [40]
    assert found[f"{tmp_path}/nonsense.asc"] == found[f"{tmp_path}/absent"] == []
    assert not (tmp_path / "nobody").exists()


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_source_that_holds_its_key(tmp_path, monkeypatch, key, end):
    (tmp_path / "lab.asc").write_bytes(key)
    inside = "".join(f" {line or '.'}\n" for line in key.decode().splitlines())
    source = f"Types: deb\nURIs: https://d.example\nSigned-By:\n{inside}Suites: bookworm\n"
    path = tmp_path / "docker.sources"
    path.write_bytes(
        (source + "\nTypes: deb\nURIs: https://o.example\n").replace("\n", end).encode()
    )
    monkeypatch.setattr(apt, "SOURCES", (str(path),))
    one, other = facts.apt_sources()
    assert (one["url"], one["suite"], one["signed_by"]) == (
        "https://d.example",
        "bookworm",
        str(path),
    )
    assert (other["url"], other["signed_by"]) == ("https://o.example", "")
    found = facts.keyrings([str(path), f"{tmp_path}/lab.asc"])
    assert found[str(path)] == found[f"{tmp_path}/lab.asc"] != []
    assert apt.files_with_keys() == [str(path)]


def test_source_that_is_off_has_no_key(tmp_path):
    path = tmp_path / "docker.sources"
    path.write_text("Enabled: 0\nURIs: https://d.example\nSigned-By:\n -----BEGIN PGP\n")
    assert apt.sources_in(str(path)) == []
    assert facts.keyrings([str(path)]) == {str(path): []}


@pytest.mark.parametrize(
    ("shown", "known", "running", "enabled"),
    [
        ("LoadState=loaded\nActiveState=active\nUnitFileState=enabled", True, True, True),
        ("LoadState=loaded\nActiveState=inactive\nUnitFileState=disabled", True, False, False),
        ("LoadState=masked\nActiveState=inactive\nUnitFileState=masked", False, False, False),
        ("LoadState=not-found\nActiveState=inactive\nUnitFileState=", False, False, False),
    ],
)
def test_services_of_systemd(tmp_path, monkeypatch, shown, known, running, enabled):
    systemctl = tmp_path / "systemctl"
    systemctl.write_text(
        f"#!/bin/sh\nprintf '%s\\n\\n%s\\n' '{shown}' "
        "'LoadState=loaded\nActiveState=failed\nUnitFileState=static'\n"
    )
    systemctl.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert facts.services(["one", "two"], systemd=True) == {
        "one": {"known": known, "running": running, "enabled": enabled},
        "two": {"known": True, "running": False, "enabled": False},
    }


def test_service_that_nobody_knows():
    assert facts.services(["no-such-service"], systemd=False) == {
        "no-such-service": {"known": False, "running": False, "enabled": False}
    }
    assert facts.services([], systemd=True) == {}


def test_users():
    name = getpass.getuser()
    found = facts.users([name, "no-such-user"])
    assert found["no-such-user"] is None
    assert found[name]["has_home"] == os.path.isdir(found[name]["home"])
    assert found[name]["groups"] == sorted(found[name]["groups"])


@pytest.mark.parametrize(
    ("family", "address"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]
)
def test_listeners(family, address):
    with socket.socket(family) as listening:
        try:
            listening.bind((address, 0))
        except OSError:
            pytest.skip(f"this machine has no {address}")
        listening.listen()
        port = listening.getsockname()[1]
        [found] = listeners.listeners([port])
        assert (found["port"], found["address"], found["pid"]) == (port, address, os.getpid())
        assert found["name"]
        assert found["user"] == pwd.getpwuid(os.geteuid()).pw_name
        assert listeners.strangers(port, "docker-registry") == [found["user"]]
        assert listeners.strangers(port, found["user"]) == []
    assert listeners.listeners([port]) == []


def test_this_machine():
    assert facts.init()
    assert set(facts.distribution()) == {"id", "version", "codename", "architecture"}
