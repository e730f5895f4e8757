# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What programs of Windows answer, read as they print it."""

from __future__ import annotations

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.machine import windows
from ansible_collections.workshop.containers.plugins.module_utils.machine.windows import NotAsked
from ansible_collections.workshop.containers.tests.unit.stand_in_windows import (
    INBOX_ONLINE,
    RUSSIAN_VERBOSE,
    STORE_ONLINE,
    VERBOSE,
)


@pytest.mark.parametrize(
    "raw",
    [
        "Имя\r\nUbuntu\r\n".encode("utf-16-le"),
        "Имя\r\nUbuntu\r\n".encode("utf-16"),  # with a mark
        "Имя\r\nUbuntu\r\n".encode(),
        "\ufeffИмя\r\nUbuntu\r\n".encode(),
        "Имя\r\nUbuntu\r\n".encode("utf-16-le") + b"\0",
    ],
    ids=["UTF-16", "UTF-16 with a mark", "UTF-8", "UTF-8 with a mark", "cut in half"],
)
def test_text_in_the_encodings_of_windows(raw):
    assert windows.decoded(raw) == "Имя\nUbuntu\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (VERBOSE, [("Ubuntu-24.04", 2), ("Old-Debian", 1)]),
        (RUSSIAN_VERBOSE, [("Ubuntu-24.04", 2), ("docker-desktop", 2)]),
        ("  NAME    STATE       VERSION\n* Mine    Installing  2\n", [("Mine", 2)]),
        ("Windows Subsystem for Linux has no installed distributions.\n", []),
    ],
    ids=["English", "Russian", "another state", "none"],
)
def test_instances_in_every_language(text, found):
    assert windows.instances(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (STORE_ONLINE, ["AlmaLinux-10", "Debian", "Ubuntu", "Ubuntu-24.04"]),
        (INBOX_ONLINE, ["Ubuntu", "Debian", "Ubuntu-20.04"]),
        ("There is nothing.\n", []),
    ],
    ids=["Store", "inbox", "nothing"],
)
def test_distributions_on_offer(text, found):
    assert windows.offered(text) == found


def test_drives_of_both_versions_of_wsl():
    mounts = (
        "rootfs / wslfs rw 0 0\n"
        "C:\\134 /mnt/c 9p rw,aname=drvfs;path=C:\\134;uid=1000 0 0\n"
        "D: /mnt/d\\040of\\040mine drvfs rw 0 0\n"
        "tmpfs /run tmpfs rw 0 0\n"
    )
    assert windows.drives(mounts) == {"c": "/mnt/c", "d": "/mnt/d of mine"}


@pytest.mark.parametrize(
    ("storage", "found"),
    [
        ({"a": [{"folder": "vscode-remote://wsl%2Bubuntu/srv/a%20b/"}]}, {"/srv/a b"}),
        ({"profiles": {"vscode-remote://wsl+Ubuntu/srv": "default"}}, {"/srv"}),
        ({"a": "vscode-remote://wsl%2Bdebian/srv"}, set()),
        ({"a": "vscode-remote://ssh-remote%2Bubuntu/srv", "b": 1, "c": None}, set()),
        ({"a": "wsl+ubuntu"}, set()),
        (None, set()),
    ],
)
def test_folders_that_the_editor_opened(storage, found):
    assert windows.opened_folders(storage, "Ubuntu") == found


@pytest.mark.parametrize("knows_utf8", [True, False])
def test_windows_of_the_store_answers(stand_in, knows_utf8):
    if not knows_utf8:
        (stand_in.said / "knows-utf8").unlink()
    stand_in.says("verbose", RUSSIAN_VERBOSE)
    here = windows.Windows()
    assert here.release() == "WSL 2.6.1.0"
    assert here.registered() == [("Ubuntu-24.04", 2), ("docker-desktop", 2)]
    assert "Ubuntu-24.04" in here.offered()


def test_windows_with_its_own_wsl_answers(stand_in):
    stand_in.becomes_inbox()
    here = windows.Windows()
    assert here.release() == "the WSL that came with Windows"
    assert here.offered() == ["Ubuntu", "Debian", "Ubuntu-20.04"]


def test_variables_that_are_shared_already_stay_shared(stand_in, monkeypatch):
    monkeypatch.setenv("WSLENV", "MINE/p")
    (stand_in.programs / "env.exe").write_text("#!/bin/sh\necho $WSL_UTF8 $WSLENV; pwd\n")
    (stand_in.programs / "env.exe").chmod(0o755)
    answer = windows.Windows().run("env.exe")
    assert answer.text.splitlines() == ["1 WSL_UTF8:MINE/p", str(stand_in.drive)]


def test_an_option_that_an_old_wsl_does_not_know(stand_in):
    stand_in.becomes_inbox()
    stand_in.says("online", "Invalid command line option: --online\n", 255)
    with pytest.raises(NotAsked) as caught:
        windows.Windows().offered()
    assert caught.value.observed == (
        "the WSL that came with Windows says: Invalid command line option: --online "
        "(`wsl --update` renews it)"
    )


def test_a_list_that_cannot_be_fetched(stand_in):
    stand_in.says("online", "Failed to fetch the list.\nError code: Wsl/WININET_E\n", 1)
    with pytest.raises(NotAsked, match=r"WSL 2\.6\.1\.0 says: Error code: Wsl/WININET_E"):
        windows.Windows().offered()
    stand_in.says("online", "")
    with pytest.raises(NotAsked, match="an empty one"):
        windows.Windows().offered()


@pytest.mark.parametrize(
    ("conf", "words"),
    [
        ("[interop]\nenabled = false\n", "enabled = false in its section [interop]"),
        ("[interop]\nenabled = true\n", "WSLInterop is missing"),
    ],
)
def test_interop_that_is_off(stand_in, conf, words):
    stand_in.conf.write_text(conf, encoding="ascii")
    (stand_in.programs / "wsl.exe").write_bytes(b"MZ\x90\0")
    with pytest.raises(NotAsked) as caught:
        windows.Windows().registered()
    assert words in caught.value.observed


def test_a_drive_that_is_not_mounted(stand_in, tmp_path):
    stand_in.conf.write_text("[automount]\nenabled=false\n", encoding="ascii")
    (tmp_path / "mounts").write_text("", encoding="ascii")
    with pytest.raises(NotAsked, match=r"not mounted here: .* section \[automount\]"):
        windows.Windows().registered()
    stand_in.conf.unlink()
    with pytest.raises(NotAsked, match=r"but drive C is not mounted here\.$"):
        windows.Windows().registered()


def test_a_windows_that_does_not_answer(stand_in, monkeypatch):
    monkeypatch.setattr(windows, "_PATIENCE", 0.2)
    (stand_in.programs / "wsl.exe").write_text("#!/bin/sh\nexec sleep 60\n", encoding="ascii")
    with pytest.raises(NotAsked, match="none within 0 seconds"):
        windows.Windows().registered()


def test_the_name_of_the_instance_without_its_variable(stand_in, monkeypatch, tmp_path):
    monkeypatch.delenv("WSL_DISTRO_NAME")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(NotAsked, match="wslpath"):
        windows.Windows().instance()
    tool = tmp_path / "wslpath"
    tool.write_text("#!/bin/sh\nprintf '\\\\\\\\wsl.localhost\\\\Ubuntu-24.04\\\\\\n'\n")
    tool.chmod(0o755)
    assert windows.Windows().instance() == "Ubuntu-24.04"
    tool.write_text("#!/bin/sh\necho /\n")
    with pytest.raises(NotAsked, match="does not tell"):
        windows.Windows().instance()


def test_what_the_editor_remembers(stand_in):
    assert "windowsState" in windows.Windows().editor_storage()
    stand_in.storage.write_text("{", encoding="ascii")
    with pytest.raises(NotAsked, match=r"storage\.json"):
        windows.Windows().editor_storage()
    stand_in.storage.unlink()
    assert windows.Windows().editor_storage() is None
    stand_in.keep("appdata", "%APPDATA%")
    with pytest.raises(NotAsked, match="%APPDATA%"):
        windows.Windows().editor_storage()
