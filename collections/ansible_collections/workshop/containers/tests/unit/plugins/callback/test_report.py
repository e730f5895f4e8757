# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report's file and table, out of results as Ansible hands them over."""

from __future__ import annotations

import atexit
import json
import os
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
    **dict.fromkeys(("expected", "observed", "remedy", "evidence", "output"), ""),
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
    yield callback
    atexit.unregister(callback._interrupted)


def end(report, *failed):
    """The run ends; ``failed`` are the machines that Ansible counts as failed."""
    stats = SimpleNamespace(failures=dict.fromkeys(failed, 1), dark={})
    report.v2_playbook_on_stats(stats)


def start(report, host, action="workshop.containers.grade"):
    task = SimpleNamespace(resolved_action=action, get_name=lambda: "Grade")
    report.v2_runner_on_start(SimpleNamespace(get_name=lambda: host), task)


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
    end(report, "seat2", "seat3")
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
    end(report)
    assert written(tmp_path)["hosts"]["seat1"]["action"] == "grade"


def test_failure_before_the_workshop_is_reported(report, tmp_path):
    report.v2_runner_on_failed(answer("seat1", action="ansible.builtin.apt", msg="no space left"))
    end(report, "seat1")
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
    end(report, "seat1")
    assert "canary" not in (tmp_path / "report" / "results.json").read_text()


def test_ignored_failure_is_none(report, tmp_path):
    report.v2_runner_on_failed(
        answer("seat1", action="ansible.builtin.command", msg="no"), ignore_errors=True
    )
    end(report)
    assert not (tmp_path / "report").exists()


def test_no_path_no_file(report, options, tmp_path, capsys):
    options["report_path"] = ""
    report.v2_runner_on_ok(answer("seat1", **ANSWER))
    end(report)
    assert not (tmp_path / "report").exists()
    assert "seat1: demo" in capsys.readouterr().out


def test_many_machines_make_a_summary(report, capsys):
    for number in range(5):
        report.v2_runner_on_ok(answer(f"seat{number}", **ANSWER))
    end(report)
    assert "5 passed of 5 machines" in capsys.readouterr().out


def test_what_was_rescued_is_no_failure(report, tmp_path):
    report.v2_runner_on_failed(answer("seat1", action="ansible.builtin.command", msg="no"))
    report.v2_runner_on_ok(answer("seat1", **ANSWER))
    end(report)
    assert written(tmp_path)["hosts"]["seat1"]["status"] == "passed"


def test_the_file_is_written_as_each_machine_answers(report, tmp_path):
    for host in ("seat1", "seat2"):
        start(report, host)
    report.v2_runner_on_ok(answer("seat1", action="workshop.containers.grade", **ANSWER))
    found = written(tmp_path)["hosts"]
    assert {name: entry["status"] for name, entry in found.items()} == {
        "seat1": "passed",
        "seat2": "unfinished",
    }


def test_an_interrupted_run_tells_what_it_knows(report, tmp_path, capsys):
    start(report, "seat1")
    start(report, "seat2")
    report.v2_runner_on_ok(answer("seat1", action="workshop.containers.grade", **ANSWER))
    report._interrupted(os.getpid() + 1)
    assert capsys.readouterr().out == ""
    report._interrupted(os.getpid())
    shown = capsys.readouterr().out
    assert "seat1: demo, 1 of 1 steps passed" in shown
    assert "seat2: unfinished" in shown
    assert "on the machine it may go on" in shown
    report._interrupted(os.getpid())
    assert capsys.readouterr().out == ""


def test_a_machine_that_does_not_answer_is_a_row(report, tmp_path):
    start(report, "seat1")
    report.v2_runner_on_unreachable(answer("seat1", action="x", msg="timed out"))
    end(report)
    entry = written(tmp_path)["hosts"]["seat1"]
    assert (entry["status"], entry["message"]) == ("unreachable", "timed out")


@pytest.mark.parametrize("obstacle", ["a file for its folder", "a folder of its name"])
def test_a_file_that_cannot_be_written_costs_one_line(report, tmp_path, capsys, obstacle):
    if obstacle == "a file for its folder":
        (tmp_path / "report").touch()
    else:
        (tmp_path / "report/results.json").mkdir(parents=True)
    report.v2_runner_on_ok(answer("seat1", **ANSWER))
    end(report)
    shown = capsys.readouterr().out
    assert "seat1: demo, 1 of 1 steps passed" in shown
    assert "could not be written" in shown
    assert str(tmp_path / "report/results.json") in shown
    assert not list(tmp_path.glob("report/.results*"))


def test_an_old_file_is_not_left_as_if_it_were_this_runs(report, tmp_path, monkeypatch):
    path = tmp_path / "report/results.json"
    path.parent.mkdir()
    path.write_text("{}", encoding="ascii")

    def full(*_arguments, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    report.v2_runner_on_ok(answer("seat1", **ANSWER))
    end(report)
    assert list(path.parent.iterdir()) == []


def test_what_a_reset_keeps_is_shown(report, tmp_path, capsys):
    kept = [{"what": "image greeting:latest", "why": "the container mine uses it"}]
    report.v2_runner_on_ok(answer("seat1", **{**ANSWER, "steps": [], "kept": kept}))
    end(report)
    assert written(tmp_path)["hosts"]["seat1"]["kept"] == kept
    shown = capsys.readouterr().out
    assert "seat1: the workshop is removed" in shown
    assert "image greeting:latest stays: the container mine uses it" in shown


def test_nothing_that_a_machine_says_commands_the_terminal(report, tmp_path, capsys):
    evil = "\x1b[2J\x1b]52;c;c3RvbGVu\x07\x9b31m\u202e\r\x08"
    step = {**STEP, "status": "failed", **dict.fromkeys(("title", "expected", "observed"), evil)}
    step.update(remedy=evil, output=evil, evidence=evil)
    image = {"name": evil, "stand_in": evil, "digest": evil}
    kept = [{"what": evil, "why": evil}]
    more = {"steps": [step], "base_images": [image], "kept": kept, "workshop": evil}
    report.v2_runner_on_failed(answer("seat1", **{**ANSWER, **more}, failed=True, msg=evil))
    report.v2_runner_on_failed(answer("seat2", action="ansible.builtin.command", msg=evil))
    end(report, "seat1", "seat2")
    for text in (capsys.readouterr().out, (tmp_path / "report/results.json").read_text("utf-8")):
        assert "x1b" in text
        found = [char for char in text if not char.isprintable() and char != "\n"]
        # Ansible's own colours
        assert set(found) <= {"\x1b"}
        assert text.count("\x1b") == text.count("\x1b[0")
    assert "\x1b" not in (tmp_path / "report/results.json").read_text("utf-8")


def test_no_text_is_without_an_end(report, tmp_path):
    step = {**STEP, "status": "failed", "observed": "x" * 10**6}
    report.v2_runner_on_failed(answer("seat1", **{**ANSWER, "steps": [step]}, failed=True))
    end(report, "seat1")
    observed = written(tmp_path)["hosts"]["seat1"]["steps"][0]["observed"]
    assert len(observed) < 5000
    assert observed.endswith("… (996000 more characters)")
