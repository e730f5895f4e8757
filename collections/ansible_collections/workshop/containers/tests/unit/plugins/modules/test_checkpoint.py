# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module checkpoint on a machine whose engine remembers.

Present, again, absent, in check mode.
"""

from __future__ import annotations

import fcntl
import json

import pytest
from ansible.module_utils.basic import AnsibleModule

SLEEP = {"image": "busybox", "command": ["sleep", "1000"], "name": "web"}
RUN = ("run", [{"container_run": {**SLEEP, "detach": True}}], [])
STOP = ("stop", [{"container_stop": {"name": "web"}}], [])


@pytest.fixture
def warnings(monkeypatch):
    """What the module warned of. Where Ansible itself is loaded, they do not go into the result."""
    found = []
    monkeypatch.setattr(AnsibleModule, "warn", lambda _module, text, **_more: found.append(text))
    return found


@pytest.fixture
def checkpoint(api, content, run_module, tmp_path):
    def run(*steps, until=None, **options):
        data = content(*steps)
        data["until"] = until or data["until"]
        return run_module(
            "checkpoint",
            workshop="/srv/demo",
            content=data,
            state_path=str(tmp_path / "state"),
            lock_timeout=0,
            **options,
        )

    return run


def test_a_machine_is_brought_there_once(api, checkpoint):
    first = checkpoint(RUN, STOP)
    assert (first["changed"], first["failed"], first["until"]) == (True, False, "lesson.stop")
    assert [step["status"] for step in first["steps"]] == ["passed", "passed"]
    assert first["diff"]["before"] == "lesson.run: open\nlesson.stop: open\n"
    api.log.clear()
    again = checkpoint(RUN, STOP)
    assert (again["changed"], again["failed"], api.log) == (False, False, [])
    assert again["diff"]["before"] == again["diff"]["after"]


def test_check_mode_foretells_and_touches_nothing(api, checkpoint, tmp_path):
    planned = checkpoint(RUN, STOP, _ansible_check_mode=True)
    assert planned["changed"]
    assert [step["status"] for step in planned["steps"]] == ["planned", "planned"]
    assert (api.log, (tmp_path / "state").exists()) == ([], False)


def test_a_failure_is_told(checkpoint):
    result = checkpoint(("pull", [{"image_pull": {"name": "nowhere"}}], []), RUN)
    assert result["failed"]
    assert result["msg"].startswith("step lesson.pull: ")
    assert [step["status"] for step in result["steps"]] == ["failed", "blocked"]


def test_what_was_made_is_removed_again(api, checkpoint):
    checkpoint(RUN)
    foretold = checkpoint(RUN, state="absent", _ansible_check_mode=True)
    assert api.named("web")
    removed = checkpoint(RUN, state="absent")
    assert removed["changed"]
    assert removed["removed"] == foretold["removed"]
    assert removed["removed"][:2] == ["container web", "image busybox:latest"]
    assert (api.stock, api.tagged) == ({}, {})
    assert not checkpoint(RUN, state="absent")["changed"]


def test_what_stays_is_told_and_why(api, checkpoint, warnings):
    checkpoint(RUN)
    api.add_container("mine", "busybox", running=True)
    result = checkpoint(RUN, state="absent")
    kept = {"what": "image busybox:latest", "why": "the container mine uses it"}
    assert result["kept"] == [kept]
    assert warnings == ["It stays: image busybox:latest: the container mine uses it."]


def test_another_run_is_named(checkpoint, tmp_path):
    folder = tmp_path / "state/demo"
    folder.mkdir(parents=True)
    with open(folder / "lock", "w", encoding="ascii") as lock:
        lock.write("present: demo, process 4711 of root\n")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        result = checkpoint(RUN)
    assert result["failed"]
    assert "process 4711 of root" in result["msg"]


def test_a_record_of_another_machine_is_warned_of(checkpoint, tmp_path, warnings):
    checkpoint(RUN)
    path = tmp_path / "state/demo/progress.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    record.update(machine="another", containers={}, images={})
    path.write_text(json.dumps(record), encoding="utf-8")
    result = checkpoint(RUN, _ansible_check_mode=True)
    assert "was written on another machine" in warnings[0]
    assert [step["status"] for step in result["steps"]] == ["planned"]


def test_without_content_it_says_how_it_is_called(run_module):
    result = run_module("checkpoint", workshop="/srv/demo")
    assert result["failed"]
    assert "call this module as an Ansible task" in result["msg"]
