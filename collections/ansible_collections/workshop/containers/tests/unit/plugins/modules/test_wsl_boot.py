# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module changes the file once, keeps its bytes, and says what it would do in a dry run."""

from __future__ import annotations

import json

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.workshop.containers.plugins.modules import wsl_boot

BEFORE = b"[Boot]\r\ncommand=a\r\n[user]\r\ndefault=\xd0\xb0\xff\r\n"
AFTER = b"[Boot]\r\ncommand=a; b\r\nsystemd = true\r\n[user]\r\ndefault=\xd0\xb0\xff\r\n"


def run(capsys, path, **arguments):
    options = {"path": str(path), "command": "b", **arguments}
    with patch_module_args(options), pytest.raises(SystemExit):
        wsl_boot.main()
    return json.loads(capsys.readouterr().out)


def test_file_is_changed_once(capsys, tmp_path):
    path = tmp_path / "wsl.conf"
    path.write_bytes(BEFORE)
    dry = run(capsys, path, systemd=True, _ansible_check_mode=True)
    assert (dry["changed"], path.read_bytes()) == (True, BEFORE)
    done = run(capsys, path, systemd=True)
    assert done["diff"] == dry["diff"]
    assert (done["changed"], path.read_bytes()) == (True, AFTER)
    assert run(capsys, path, systemd=True)["changed"] is False


def test_file_is_made_and_emptied(capsys, tmp_path):
    path = tmp_path / "wsl.conf"
    assert run(capsys, path, state="absent")["changed"] is False
    assert not path.exists()
    assert run(capsys, path)["changed"] is True
    assert path.read_bytes() == b"[boot]\ncommand = b\n"
    assert path.stat().st_mode & 0o777 == 0o644
    assert run(capsys, path, state="absent")["changed"] is True
    assert path.read_bytes() == b"[boot]\n"


def test_link_stays_a_link(capsys, tmp_path):
    (tmp_path / "kept").write_text("[boot]\n")
    (tmp_path / "wsl.conf").symlink_to("kept")
    run(capsys, tmp_path / "wsl.conf")
    assert (tmp_path / "wsl.conf").is_symlink()
    assert (tmp_path / "kept").read_text() == "[boot]\ncommand = b\n"


def test_line_that_wsl_does_not_read(capsys, tmp_path):
    path = tmp_path / "wsl.conf"
    path.write_text("[user]\ndefault\n")
    failed = run(capsys, path)
    assert failed["failed"] is True
    assert "WSL stops at line 2, 'default'" in failed["msg"]
    assert path.read_text() == "[user]\ndefault\n"
