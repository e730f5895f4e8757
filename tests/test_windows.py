"""What is done on Windows, judged from inside WSL by the playbook that people run.

Here is no Windows: in a mount namespace of its own this machine looks like a WSL instance, with a
drive C on which scripts stand in for the programs of Windows.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from ansible_collections.workshop.containers.tests.unit.stand_in_windows import (
    INSTANCE,
    VERBOSE,
    StandInWindows,
)

ROOT = Path(__file__).parent.parent
LESSONS = ("wsl", "vscode")
STEPS = [
    *("wsl.list-online", "wsl.install", "wsl.first-user"),
    *("vscode.install", "vscode.extension", "vscode.open"),
]
# $1: the folder of the test. What is mounted ends with the namespace.
LIKE_WSL = r"""
set -e
mount --bind /run "$1/run"
mount -t tmpfs run /run
mkdir /run/WSL
mount -t tmpfs 'C:\' "$1/c"
cp -a "$1/drive/." "$1/c"
mount --bind "$1/passwd" /etc/passwd
mount --bind "$1/group" /etc/group
shift
exec "$@"
"""


@pytest.fixture
def workshop(tmp_path):
    """A workshop of the lessons that are done on Windows."""
    folder = tmp_path / "workshop"
    for lesson in LESSONS:
        shutil.copytree(ROOT / "workshops/containers" / lesson, folder / lesson)
    (folder / "workshop.yml").write_text(
        "---\ntitle: {en: Windows, ru: Windows}\nlanguages: [en, ru]\nbase_images: []\n"
        "lessons: [wsl, vscode]\n",
        encoding="utf-8",
    )
    return folder


@pytest.fixture
def windows(tmp_path):
    """A Windows on which all is right; its user ann may use sudo in the instance."""
    stand_in = StandInWindows(tmp_path / "drive")
    stand_in.keep("path", str(tmp_path / "c/code/bin"))
    for name in ("run", "c"):
        (tmp_path / name).mkdir()
    for name, line in (("passwd", "ann:x:4242:4242::/:/bin/sh"), ("group", "sudo:x:4243:ann")):
        text = Path("/etc", name).read_text(encoding="utf-8")
        kept = [each for each in text.splitlines() if not each.startswith("sudo:")]
        more = ["ann:x:4242:"] if name == "group" else []
        (tmp_path / name).write_text("\n".join([*kept, line, *more, ""]), encoding="utf-8")
    return stand_in


@pytest.fixture
def grade(run, tmp_path, workshop):
    """Grades with the playbook on a machine like WSL, or as it is; (status, observed) by step."""
    report = tmp_path / "results.json"

    def grade(name, *, wsl=True, rc=0):
        engine = f"{tmp_path}/run/docker.sock" if wsl else "/run/docker.sock"
        options = {
            "workshop_path": workshop,
            "workshop_state_path": tmp_path / "state",
            "workshop_docker_host": f"unix://{engine}",
        }
        like_wsl = ("unshare", "--mount", "sh", "-c", LIKE_WSL, "sh", tmp_path)
        run(
            f"windows-{name}",
            *(like_wsl if wsl else ()),
            *("ansible-playbook", ROOT / "playbooks/grade.yml"),
            *(word for key, value in options.items() for word in ("-e", f"{key}={value}")),
            rc=rc,
            env={"WORKSHOP_REPORT_PATH": str(report), "WSL_DISTRO_NAME": INSTANCE},
        )
        machine = json.loads(report.read_text(encoding="utf-8"))["hosts"]["localhost"]
        return {step["id"]: (step["status"], step["observed"]) for step in machine["steps"]}

    return grade


def test_steps_on_windows_pass_where_all_is_done(windows, grade):
    assert grade("passed") == dict.fromkeys(STEPS, ("passed", ""))


def test_what_is_wrong_on_windows_fails_in_words_of_its_own(windows, grade):
    windows.becomes_inbox()
    windows.says("verbose", VERBOSE.replace("2\n", "1\n"))
    windows.says("extensions", "ms-python.python\n")
    assert grade("failed", rc=2) == {
        **dict.fromkeys(STEPS, ("passed", "")),
        "wsl.install": ("failed", "version 1, by the WSL that came with Windows"),
        "vscode.extension": ("failed", "its extensions are ms-python.python"),
    }


def test_without_interop_nothing_is_known_and_nobody_has_failed(windows, grade):
    for name in ("wsl.exe", "cmd.exe", "where.exe"):
        (windows.programs / name).write_bytes(b"MZ\x90\0")
    found = grade("no-interop")
    assert list(found) == STEPS
    assert {status for status, _observed in found.values()} == {"unknown"}
    assert all(observed.startswith("interop is off: ") for _status, observed in found.values())


def test_on_another_machine_they_are_not_here(grade):
    assert grade("plain", wsl=False) == dict.fromkeys(STEPS, ("not_here", "it is done on Windows"))
