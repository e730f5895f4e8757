# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results of a run as data."""

from __future__ import annotations

import json
import stat

import pytest

from ansible_collections.workshop.containers.plugins.plugin_utils.report import results


def steps(*statuses):
    return [
        {"id": f"lesson.step{number}", "lesson": "lesson", "status": status}
        for number, status in enumerate(statuses)
    ]


@pytest.mark.parametrize(
    ("statuses", "status", "reached"),
    [
        (["passed", "passed"], "passed", "lesson.step1"),
        (["passed", "failed", "blocked"], "failed", "lesson.step0"),
        (["failed", "blocked"], "failed", None),
        (["passed", "unknown", "passed"], "unknown", "lesson.step0"),
        (["passed", "planned"], "planned", "lesson.step0"),
        (["not_here", "passed", "not_here"], "passed", "lesson.step1"),
        ([], "passed", None),
    ],
)
def test_worst_step_decides(statuses, status, reached):
    entry = results.of_workshop("checkpoint", {"steps": steps(*statuses)}, "task")
    assert (entry["status"], entry["reached"]) == (status, reached)


def test_failed_run_is_failed_though_every_step_seen_passed():
    entry = results.of_workshop(
        "checkpoint", {"steps": steps("passed"), "failed": True, "msg": "gone"}, "task"
    )
    assert (entry["status"], entry["message"]) == ("failed", "gone")


def test_message_of_success_is_empty():
    assert (
        results.of_workshop("checkpoint", {"steps": [], "msg": "all is well"}, "task")["message"]
        == ""
    )


def test_step_keeps_nothing_that_the_schema_does_not_know():
    [step] = results.of_workshop(
        "grade", {"steps": [{**steps("passed")[0], "secret": "x"}]}, "task"
    )["steps"]
    assert "secret" not in step


def test_file_is_its_owners_and_replaced_whole(tmp_path):
    path = tmp_path / "report" / "results.json"
    for number in range(2):
        results.write(path, results.as_json({"number": number, "title": "Сети"}))
        assert json.loads(path.read_text(encoding="utf-8")) == {"number": number, "title": "Сети"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


STEP = {
    "id": "lesson.step0",
    "lesson": "lesson",
    "title": "",
    "status": "passed",
    "changed": False,
    "seconds": 0.0,
    "expected": "",
    "observed": "",
    "remedy": "",
    "evidence": "",
    "output": "",
}


def test_entry_has_all_that_the_machine_said():
    said = {
        "changed": True,
        "workshop": "demo",
        "until": "lesson.step0",
        "engine": "26.1.5",
        "base_images": [{"name": "busybox"}],
        "kept": ["image made: theirs"],
        "steps": steps("passed"),
    }
    assert results.of_workshop("grade", said, "task") == {
        "action": "grade",
        "status": "passed",
        "message": "",
        "task": "task",
        "reached": "lesson.step0",
        **said,
        "steps": [STEP],
    }


def test_entry_says_nothing_where_the_machine_said_nothing():
    assert results.of_workshop("grade", {"steps": [], "failed": True}, "task") == {
        "action": "grade",
        "status": "failed",
        "changed": False,
        "message": "",
        "task": "task",
        "workshop": "",
        "until": "",
        "reached": None,
        "engine": "",
        "base_images": [],
        "kept": [],
        "steps": [],
    }


def test_steps_alone_are_no_failure():
    assert results.status(steps("passed")) == "passed"


def test_file_is_written_beside_its_place_and_leaves_nothing_where_that_fails(
    tmp_path, monkeypatch
):
    path = tmp_path / "a" / "b" / "results.json"
    results.write(path, "1")
    found = []

    def stop(*_arguments, **_options):
        found.extend(sorted(each.name[:9] for each in path.parent.iterdir()))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(results.os, "replace", stop)
    with pytest.raises(OSError, match="No space left"):
        results.write(path, "2")
    assert found == [".results.", "results.j"]
    assert [each.name for each in path.parent.iterdir()] == ["results.json"]
    assert path.read_text("utf-8") == "1"
