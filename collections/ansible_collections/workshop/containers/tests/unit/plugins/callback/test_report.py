# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report's file and table, out of results as Ansible hands them over."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import jsonschema
import pytest
from ansible import constants

from ansible_collections.workshop.containers.plugins.callback.report import CallbackModule
from ansible_collections.workshop.containers.plugins.plugin_utils.report import results

SCHEMA = json.loads((Path(results.__file__).parent / "results.schema.json").read_text())
STEP = {
    **{
        "id": "net.run",
        "lesson": "net",
        "title": "Start",
        "status": "passed",
        "changed": True,
        "seconds": 0.4,
    },
    **dict.fromkeys(("expected", "observed", "action", "evidence", "output"), ""),
}
ANSWER = {
    **{"changed": True, "workshop": "demo", "until": "net.run", "steps": [STEP]},
    "base_images": [{"name": "docker.io/library/busybox:latest", "stand_in": "", "digest": None}],
}


def answer(host, action="workshop.containers.checkpoint", **result):
    task = SimpleNamespace(resolved_action=action, get_name=lambda: "Walk")
    return SimpleNamespace(host=SimpleNamespace(get_name=lambda: host), task=task, result=result)


@pytest.fixture
def options():
    return {"report_path": "report/results.json", "tables": 4}


@pytest.fixture
def report(tmp_path, monkeypatch, options):
    """The callback, in a project whose ansible.cfg is in tmp_path."""
    monkeypatch.setattr(constants, "CONFIG_FILE", str(tmp_path / "ansible.cfg"))
    callback = CallbackModule()
    monkeypatch.setattr(callback, "get_option", options.__getitem__)
    callback.v2_playbook_on_start(SimpleNamespace(_file_name="/somewhere/site.yml"))
    return callback


def written(tmp_path):
    found = json.loads((tmp_path / "report" / "results.json").read_text())
    jsonschema.validate(found, SCHEMA, cls=jsonschema.Draft202012Validator)
    return found


def test_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_answer_of_every_machine_is_written(report, tmp_path, capsys):
    report.v2_runner_on_ok(answer("seat1", **ANSWER))
    report.v2_runner_on_failed(
        answer(
            "seat2",
            **{**ANSWER, "steps": [{**STEP, "status": "failed"}]},
            failed=True,
            msg="step net.run: …",
        )
    )
    report.v2_runner_on_unreachable(
        answer("seat3", action="ansible.builtin.setup", msg="no route to host")
    )
    report.v2_playbook_on_stats(None)
    found = written(tmp_path)
    assert {name: entry["status"] for name, entry in found["hosts"].items()} == {
        "seat1": "passed",
        "seat2": "failed",
        "seat3": "unreachable",
    }
    assert found["playbook"] == "site.yml"
    assert "seat1: demo, 1 of 1 steps passed" in capsys.readouterr().out


def test_last_answer_counts(report, tmp_path):
    report.v2_runner_on_ok(answer("seat1", **ANSWER))
    report.v2_runner_on_ok(
        answer(
            "seat1",
            action="workshop.containers.grade",
            **{**ANSWER, "steps": [{**STEP, "status": "unknown"}]},
        )
    )
    report.v2_playbook_on_stats(None)
    assert written(tmp_path)["hosts"]["seat1"]["action"] == "grade"


def test_failure_before_the_workshop_is_reported(report, tmp_path):
    report.v2_runner_on_failed(answer("seat1", action="ansible.builtin.apt", msg="no space left"))
    report.v2_playbook_on_stats(None)
    assert written(tmp_path)["hosts"]["seat1"]["message"] == "no space left"


def test_hidden_result_stays_hidden(report, tmp_path):
    report.v2_runner_on_failed(
        answer(
            "seat1",
            action="ansible.builtin.command",
            censored="the output has been hidden",
            cmd="login -p canary",
        )
    )
    report.v2_playbook_on_stats(None)
    assert "canary" not in (tmp_path / "report" / "results.json").read_text()


def test_ignored_failure_is_none(report, tmp_path):
    report.v2_runner_on_failed(
        answer("seat1", action="ansible.builtin.command", msg="no"), ignore_errors=True
    )
    report.v2_playbook_on_stats(None)
    assert not (tmp_path / "report").exists()


def test_no_path_no_file(report, options, tmp_path, capsys):
    options["report_path"] = ""
    report.v2_runner_on_ok(answer("seat1", **ANSWER))
    report.v2_playbook_on_stats(None)
    assert not (tmp_path / "report").exists()
    assert "seat1: demo" in capsys.readouterr().out


def test_many_machines_make_a_summary(report, capsys):
    for number in range(5):
        report.v2_runner_on_ok(answer(f"seat{number}", **ANSWER))
    report.v2_playbook_on_stats(None)
    assert "5 passed of 5 machines" in capsys.readouterr().out
