# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shell command that follows a module's progress on a machine.

Run by the shell here, as a machine's shell would.
"""

from __future__ import annotations

import shlex
import subprocess
import threading

import pytest

from ansible_collections.workshop.containers.plugins.action.checkpoint import FOLLOW

RUNNING = '{"started": true, "finished": false, "ansible_job_id": "j7.1"}'


@pytest.fixture
def job(tmp_path):
    """Files of a job that runs: what it appends to, and where its answer comes.

    Both in a folder with a space.
    """
    folder = tmp_path / "a folder"
    folder.mkdir()
    (folder / "progress.jsonl").write_text('{"event": "begin"}\n')
    (folder / "j7.1").write_text(RUNNING)
    return folder


def follow(folder, seen, job="j7"):
    command = FOLLOW.format(
        progress=shlex.quote(str(folder / "progress.jsonl")),
        answer=shlex.quote(str(folder / "j7.1")),
        seen=seen,
        job_start=job[0],
        job_rest=job[1:],
    )
    done = subprocess.run(
        ["/bin/sh", "-c", f"{command} && sleep 0"], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return done.stdout


def test_prints_what_is_new_at_once(job):
    assert follow(job, 0) == '{"event": "begin"}\n'


def test_waits_for_the_next_line(job):
    def append():
        with (job / "progress.jsonl").open("a") as stream:
            stream.write('{"event": "end"}\n')

    threading.Timer(0.3, append).start()
    assert follow(job, 1) == '{"event": "end"}\n'


def test_last_lines_come_with_the_answer_and_the_job_is_cleaned_up(job):
    (job / "j7.1").write_text('{"changed": true}')
    assert follow(job, 0) == '{"event": "begin"}\nRESULT\n{"changed": true}'
    assert not (job / "j7.1").exists()


def test_no_progress_yet_is_no_error(job):
    (job / "progress.jsonl").unlink()
    (job / "j7.1").write_text('{"changed": true}')
    assert follow(job, 0) == 'RESULT\n{"changed": true}'


def test_job_without_a_process_is_gone(job):
    assert follow(job, 1, job="j4711081547110815") == "GONE\n"


def test_job_with_a_process_is_not(job):
    with subprocess.Popen(
        ["/bin/sh", "-c", "sleep 20; exit", "async_wrapper.py", "j1234567890987", "3600"]
    ) as process:
        assert follow(job, 1, job="j1234567890987") == ""
        process.kill()
