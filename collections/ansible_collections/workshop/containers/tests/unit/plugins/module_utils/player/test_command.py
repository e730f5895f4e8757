# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command `workshop`, as a learner types it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.player import program
from ansible_collections.workshop.containers.plugins.module_utils.player.command import main
from ansible_collections.workshop.containers.plugins.module_utils.player.journal import (
    NAME,
    Journal,
)
from ansible_collections.workshop.containers.plugins.module_utils.player.texts import TEXTS

WEB = {"image": "busybox", "name": "web", "detach": True}
STEPS = [
    ("date", [{"container_run": {"image": "busybox"}}], [{"container": {"exit_code": 0}}]),
    ("web", [{"container_run": WEB}], [{"container": {"name": "web", "running": True}}]),
    ("look", [], [{"container": {"name": "web"}}]),
    ("stop", [{"container_stop": {"name": "web"}}], [{"container": {"name": "web"}}]),
]
BEGIN = [{"event": "watch", "at": 1.0}]
TICK = {
    "event": "tick",
    "at": 2.0,
    "after": 2.0,
    "step": "lesson.date",
    "containers": [],
    "found": False,
}
MISSING = {
    "event": "missing",
    "at": 3.0,
    "step": "lesson.web",
    "expected": "the container web: running",
    "observed": "not running\x1b[2J",
}


@pytest.fixture
def folder(tmp_path, content, monkeypatch):
    """Where the program of a workshop is, with a learner who has done the first step."""
    data = content(*STEPS)
    data["languages"] = ["en", "ru"]
    for step in data["steps"]:
        step.update(command=f"docker {step['id']}", text={"en": "What it is about."}, where="host")
    data["steps"][0]["title"] = {"en": "Date", "ru": "Дата"}
    settings = {
        "language": "en",
        "docker_host": "",
        "state_path": str(tmp_path / "state"),
        "run_path": str(tmp_path / "run"),
    }
    (tmp_path / "run").mkdir()
    service = socket.socket(socket.AF_UNIX)
    service.bind(str(tmp_path / "run/control.sock"))
    service.listen()
    (tmp_path / "program").mkdir()
    for name, value in ((program.CONTENT, data), (program.SETTINGS, settings)):
        (tmp_path / "program" / name).write_text(json.dumps(value), encoding="utf-8")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    tick = {**TICK, "digest": data["steps"][0]["digest"]}
    see(tmp_path, *BEGIN, tick, MISSING)
    with service:
        yield tmp_path


def see(folder, *events):
    journal = Journal(str(folder / "state/demo" / NAME), os.getgid())
    for event in events:
        journal.add(event)
    journal.close()


@pytest.fixture
def workshop(folder, capsys):
    """Types `workshop …`; the exit code, and what was printed to both streams."""

    def workshop(*words):
        code = main(str(folder / "program"), list(words))
        return (code, *capsys.readouterr())

    return workshop


def test_status_has_a_line_for_each_step(workshop):
    code, said, _ = workshop("status")
    assert code == 0
    assert said.splitlines() == [
        "Demo",
        "✔ lesson.date  done   Date",
        "▸ lesson.web   to do  web",
        "· lesson.look  waits  look",
        "· lesson.stop  waits  stop",
        "1 of 4 steps done",
    ]


def test_status_for_programs(workshop):
    said = json.loads(workshop("status", "--json")[1])
    assert (said["done"], said["of"], said["observed"]) == (1, 4, True)
    assert said["steps"][0]["at"] == 2.0
    assert said["steps"][1]["observed"] == "not running\x1b[2J"
    assert said["steps"][3]["waits_for"] == "lesson.web"


def test_check_says_what_is_missing_and_sends_no_control_characters(workshop):
    assert workshop("check")[1].splitlines() == [
        "▸ lesson.web: web",
        "Still missing:",
        "expected: the container web: running",
        r"but: not running\x1b[2J",
    ]


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("lesson.look", "first do lesson.web"),
        ("lesson.date", "done at "),
        ("lesson", "done at "),
    ],
)
def test_check_of_another_step(workshop, step, said):
    assert said in workshop("check", step)[1]


LOOK = ["Where to look:", "the hint of web"]
TYPE = ["", "What to type:", "    docker lesson.web"]
SOLUTION = ["", "The solution:", "`workshop solve lesson.web` does it for you."]
MORE = ["", "More help: `workshop hint lesson.web` once more."]


def test_hints_come_one_after_the_other(workshop):
    told = [workshop("hint")[1].splitlines() for _ in range(4)]
    assert told[:2] == [[*LOOK, *MORE], [*LOOK, *TYPE, *MORE]]
    assert told[2] == told[3] == [*LOOK, *TYPE, *SOLUTION]


def test_hints_of_another_step_begin_at_the_first(workshop):
    workshop("hint")
    assert "What to type:" not in workshop("hint", "lesson.stop")[1]


def test_a_hint_may_be_asked_for_by_its_level(workshop):
    assert workshop("hint", "--level", "3")[1].splitlines() == [*LOOK, *TYPE, *SOLUTION]
    assert workshop("hint", "--level", "1")[1].splitlines() == [*LOOK, *MORE]


def test_plain_reads_well(workshop):
    assert workshop("--plain")[1].splitlines() == [
        "Demo",
        "1 of 4 steps done",
        "",
        "Next: lesson.web. web",
        "",
        "What it is about.",
        "",
        "Type:",
        "    docker lesson.web",
        "",
        "Still missing:",
        "expected: the container web: running",
        r"but: not running\x1b[2J",
    ]


def test_an_unknown_step_names_the_nearest(workshop):
    assert workshop("check", "lesson.wbe") == (
        2,
        "",
        "workshop: there is no step lesson.wbe; did you mean lesson.web?\n",
    )
    assert "did you mean lesson.stop?" in workshop("hint", "stop")[2]


def test_a_language_is_remembered_for_the_person(workshop, folder):
    assert workshop("language", "ru") == (0, "Язык: ru.\n", "")
    assert "Дата" in workshop("status")[1]
    assert workshop("language")[1] == "Язык: ru.\n"
    code, _, said = workshop("language", "de")
    assert (code, said) == (2, "workshop: У этого семинара нет языка de, есть en, ru.\n")  # noqa: RUF001
    assert (folder / "config/workshop/language").read_text() == "ru\n"


def test_without_an_observer_it_says_what_to_do(workshop, folder):
    (folder / "state/demo" / NAME).unlink()
    said = workshop("check")[1]
    assert said.startswith("Nobody observes this machine")
    assert "service docker-workshop start" in said


def test_an_observer_that_has_stopped_is_told(workshop, folder):
    (folder / "run/control.sock").unlink()
    said = workshop("--plain")[1]
    assert said.startswith("The observer does not run, so nothing is ticked.")


def test_an_engine_that_does_not_run_is_told(workshop, folder):
    path = folder / "program" / program.SETTINGS
    settings = json.loads(path.read_text())
    path.write_text(json.dumps({**settings, "docker_host": f"unix://{folder}/none"}))
    assert workshop("status")[1].startswith("The Docker Engine does not run. As root: service")


def test_what_cannot_be_read_of_the_journal_is_told_and_the_rest_counts(workshop, folder):
    with (folder / "state/demo" / NAME).open("ab") as stream:
        stream.write(b'\xff\x00\n{"event": "tick"}\n')
    said = workshop("status")[1]
    assert "that cannot be read: 2." in said
    assert "✔ lesson.date" in said


def test_a_full_disk_is_told(workshop, monkeypatch):
    full = os.statvfs_result((4096, 4096, 1000, 10, 0, 1000, 1000, 1000, 0, 255))
    monkeypatch.setattr(os, "statvfs", lambda _path: full)
    assert workshop("check")[1].startswith("The disk is full, so what you do cannot be kept.")


def test_who_may_not_look_is_told_how_to_join(workshop, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    code, _, said = workshop("status")
    assert code == 2
    assert "join the group docker" in said
    assert "log in again" in said


def test_a_broken_record_says_what_to_do(workshop, folder):
    (folder / "state/demo/progress.json").write_text("{")
    code, _, said = workshop("status")
    assert code == 2
    assert "What to do: remove" in said


def test_help_is_in_the_language(workshop, capsys):
    workshop("language", "ru")
    with pytest.raises(SystemExit):
        workshop("--help")
    assert "все шаги и что сделано" in capsys.readouterr().out


def test_a_language_that_cannot_be_kept_is_told(workshop, folder):
    (folder / "config").write_text("in the way")
    code, _, said = workshop("language", "ru")
    assert code == 2
    assert "Not a directory" in said
    assert "free some space" in said


def test_without_the_program_it_says_what_to_do(tmp_path, capsys):
    assert main(str(tmp_path), ["status"]) == 2
    assert "run the role again" in capsys.readouterr().err


def test_every_text_is_there_in_both_languages():
    assert TEXTS["en"].keys() == TEXTS["ru"].keys()
    for key, text in TEXTS["en"].items():
        assert text.count("{") == TEXTS["ru"][key].count("{"), key


class TestProgram:
    @pytest.fixture
    def files(self, folder, content):
        settings = json.loads((folder / "program" / program.SETTINGS).read_text())
        data = json.loads((folder / "program" / program.CONTENT).read_text())
        return program.wanted(str(folder / "installed"), data, settings)

    def test_it_runs_without_ansible(self, folder, files):
        program.install(str(folder / "installed"), files, check_mode=False)
        no_ansible = "import sys; sys.modules['ansible'] = None; sys.argv[0] = 'workshop'"
        code = f"{no_ansible}; exec({files['workshop'].decode()!r})"
        done = subprocess.run(
            [sys.executable, "-c", code, "status"],
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("Demo\n✔ lesson.date")

    def test_a_second_time_nothing_is_written(self, folder, files):
        place = str(folder / "installed")
        assert len(program.install(place, files, check_mode=False)) == len(files)
        assert program.install(place, files, check_mode=False) == []

    def test_check_mode_writes_nothing(self, folder, files):
        assert program.install(str(folder / "installed"), files, check_mode=True)
        assert not (folder / "installed").exists()

    def test_what_was_changed_or_is_too_much_is_put_right(self, folder, files):
        place = folder / "installed"
        program.install(str(place), files, check_mode=False)
        (place / program.SETTINGS).write_text("{}")
        (place / "old.py").write_text("")
        assert program.install(str(place), files, check_mode=False) == ["old.py", program.SETTINGS]
        assert not (place / "old.py").exists()

    def test_it_is_taken_away_whole(self, folder, files):
        place = folder / "installed"
        program.install(str(place), files, check_mode=False)
        assert program.remove(str(place), check_mode=True) == [str(place)]
        assert place.exists()
        program.remove(str(place), check_mode=False)
        assert not place.exists()
        assert program.remove(str(place), check_mode=False) == []

    def test_another_folder_is_left_alone(self, tmp_path):
        (tmp_path / "mine").write_text("x")
        with pytest.raises(Exception, match="the program of a workshop in"):
            program.remove(str(tmp_path), check_mode=False)
        assert Path(tmp_path / "mine").exists()
