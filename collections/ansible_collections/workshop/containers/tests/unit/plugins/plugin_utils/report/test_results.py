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


def test_file_is_readable_and_replaced_whole(tmp_path):
    path = tmp_path / "report" / "results.json"
    for number in range(2):
        results.write(path, {"number": number, "title": "Сети"})
        assert json.loads(path.read_text(encoding="utf-8")) == {"number": number, "title": "Сети"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert list(path.parent.iterdir()) == [path]
