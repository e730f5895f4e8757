# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module runs, in a dry run too, and says that nothing changed."""

from __future__ import annotations

import json

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.workshop.containers.plugins.modules import machine_info


def run(capsys, **arguments):
    with patch_module_args(arguments), pytest.raises(SystemExit):
        machine_info.main()
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("check_mode", [False, True])
def test_answers_every_question(capsys, tmp_path, check_mode):
    (tmp_path / "text").write_text("hello")
    path = str(tmp_path / "text")
    question = {"url": "http://localhost/", "unix_socket": f"{tmp_path}/absent"}
    result = run(
        capsys,
        paths=[path],
        contents=[path],
        packages=["no-such-package"],
        users=["no-such-user"],
        ports=[1],
        requests=[{**question, "name": "engine"}, question],
        _ansible_check_mode=check_mode,
    )
    assert result["changed"] is False
    assert result["files"][path]["type"] == "file"
    assert result["contents"] == {path: "hello"}
    assert result["packages"] == {"no-such-package": None}
    assert result["users"] == {"no-such-user": None}
    assert result["listeners"] == []
    assert {name: answer["status"] for name, answer in result["answers"].items()} == {
        "engine": 0,
        "http://localhost/": 0,
    }


def test_asks_nothing_that_nobody_wants_to_know(capsys):
    result = run(capsys)
    assert [
        result[name] for name in ("files", "contents", "packages", "services", "users", "answers")
    ] == [{}] * 6


def test_question_without_an_address(capsys):
    assert "missing required arguments: url" in run(capsys, requests=[{"method": "GET"}])["msg"]


def test_user_without_a_password(capsys):
    assert (
        "required together"
        in run(capsys, requests=[{"url": "http://localhost/", "username": "learner"}])["msg"]
    )
