# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps that are done on Windows, judged from inside WSL by the module grade."""

from __future__ import annotations

import grp
import os
import pwd
from types import SimpleNamespace

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.workshop import applies
from ansible_collections.workshop.containers.plugins.module_utils.workshop.checks import windows
from ansible_collections.workshop.containers.tests.unit.stand_in_windows import FOLDER, VERBOSE

ON_OFFER = {"wsl": {"on_offer": "^Ubuntu"}}
VERSION = {"wsl": {"version": 2}}
SUDOER = {"wsl": {"sudoer": True}}
COMMAND = {"editor": {"command": "code"}}
EXTENSION = {"editor": {"extension": "ms-vscode-remote.remote-wsl"}}
OPENED = {"editor": {"folder": "/home/user/docker"}}


@pytest.fixture
def users(monkeypatch):
    """The users of the instance and the groups that they are in."""
    groups = {"ann": [1000, 27], "bob": [1001]}
    names = {0: "root", 27: "sudo", 1000: "ann", 1001: "bob"}
    monkeypatch.setattr(pwd, "getpwnam", lambda name: SimpleNamespace(pw_gid=groups[name][0]))
    monkeypatch.setattr(os, "getgrouplist", lambda name, _gid: groups[name])
    monkeypatch.setattr(grp, "getgrgid", lambda number: SimpleNamespace(gr_name=names[number]))


@pytest.fixture
def grade(api, content, run_module, tmp_path, monkeypatch):
    """Grades one step that is done on Windows with these checks; its result."""
    monkeypatch.setattr(applies, "is_wsl", lambda: True)

    def grade(*checks):
        data = content(("step", [], list(checks)))
        data["steps"][0]["applies"] = {"system": "windows"}
        result = run_module(
            "grade", workshop="/srv/demo", content=data, state_path=str(tmp_path / "state")
        )
        return result["steps"][0]

    return grade


def told(step):
    return step["status"], step["observed"]


@pytest.mark.parametrize("check", [ON_OFFER, VERSION, SUDOER, COMMAND, EXTENSION, OPENED], ids=str)
@pytest.mark.parametrize("kind", ["Store", "inbox"])
def test_a_windows_on_which_all_is_done(stand_in, users, grade, kind, check):
    if kind == "inbox":
        stand_in.becomes_inbox()
    step = grade(check)
    assert (step["status"], step["evidence"]) == ("passed", "Windows")


def test_on_a_plain_machine_they_are_not_here(stand_in, grade, monkeypatch):
    monkeypatch.setattr(applies, "is_wsl", lambda: False)
    assert told(grade(VERSION)) == ("not_here", "it is done on Windows")


def test_a_step_without_a_check_is_not_here_in_wsl_either(stand_in, grade):
    assert told(grade()) == ("not_here", "it is done on Windows")


@pytest.mark.parametrize("check", [ON_OFFER, VERSION, SUDOER, COMMAND, EXTENSION, OPENED])
def test_without_interop_nothing_is_known(stand_in, grade, check):
    stand_in.conf.write_text("[interop]\nenabled = false\n", encoding="ascii")
    for name in ("wsl.exe", "cmd.exe", "where.exe"):
        (stand_in.programs / name).write_bytes(b"MZ\x90\0")
    status, observed = told(grade(check))
    assert status == "unknown"
    assert observed.startswith("interop is off: ")


def test_version_1(stand_in, grade):
    stand_in.says("verbose", VERBOSE.replace("2\n", "1\n"))
    assert told(grade(VERSION)) == ("failed", "version 1, by WSL 2.6.1.0")


def test_an_instance_that_is_not_registered(stand_in, grade, monkeypatch):
    monkeypatch.setenv("WSL_DISTRO_NAME", "Elsewhere")
    assert told(grade(VERSION)) == ("failed", "registered are ubuntu-24.04, old-debian")


def test_nothing_that_is_wanted_is_on_offer(stand_in, grade):
    status, observed = told(grade({"wsl": {"on_offer": "^Fedora"}}))
    assert (status, "Debian, Ubuntu" in observed) == ("failed", True)


def test_root_as_the_default_user(stand_in, users, grade):
    stand_in.keep("user", "root\n")
    assert told(grade(SUDOER)) == ("failed", "it is root")


@pytest.mark.parametrize(
    ("rules", "status"),
    [
        ("User bob may run the following commands on host:", "passed"),
        ("User bob is not allowed to run sudo on host.", "failed"),
        (None, "failed"),
    ],
)
def test_a_user_in_no_group_of_administrators(
    stand_in, users, grade, tmp_path, monkeypatch, rules, status
):
    stand_in.keep("user", "bob\n")
    if rules:
        (tmp_path / "sudo").write_text(f"#!/bin/sh\necho '{rules}'\n", encoding="ascii")
        (tmp_path / "sudo").chmod(0o755)
    (tmp_path / "sh").symlink_to("/bin/sh")
    tools = ("cat", "dirname", "iconv")
    for tool in tools:
        (tmp_path / tool).symlink_to(f"/usr/bin/{tool}")
    monkeypatch.setenv("PATH", str(tmp_path))
    step = grade(SUDOER)
    assert step["status"] == status
    assert status == "passed" or step["observed"] == "it is bob, in bob"


def test_the_user_of_an_instance_that_does_not_start(stand_in, grade):
    stand_in.keep("user", "")
    assert told(grade(SUDOER)) == ("unknown", "wsl.exe says: nothing")


def test_no_editor(stand_in, grade):
    stand_in.keep("programs", "")
    assert told(grade(COMMAND)) == ("failed", "it finds no `code`")
    assert told(grade(EXTENSION)) == ("failed", "Windows finds no `code`")


def test_an_editor_without_the_extension(stand_in, grade):
    stand_in.says("extensions", "ms-python.python\n")
    assert told(grade(EXTENSION)) == ("failed", "its extensions are ms-python.python")
    stand_in.says("extensions", "code.exe is broken\n", 1)
    assert told(grade(EXTENSION)) == ("unknown", "code.exe is broken")


def test_another_folder_and_none(stand_in, grade):
    stand_in.opens(FOLDER.replace("/docker", ""), FOLDER.replace("ubuntu-24.04", "debian"))
    assert told(grade(OPENED)) == (
        "failed",
        "folders of Ubuntu-24.04 that it has opened: /home/user",
    )
    stand_in.storage.unlink()
    assert told(grade(OPENED)) == ("failed", "folders of Ubuntu-24.04 that it has opened: none")
    stand_in.code.unlink()
    assert told(grade(OPENED)) == (
        "failed",
        "there is no `code` on the PATH of the default user of Ubuntu-24.04",
    )


def test_of_the_past_what_is_otherwise_now_is_unknown(stand_in):
    check = windows.WslCheck("lesson.step", {"version": 1})
    assert check.judge(None, past=True).status == "unknown"
