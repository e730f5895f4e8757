# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is worked out once a run, and when it is worked out again."""

from __future__ import annotations

import multiprocessing
import time

import pytest
from ansible import constants

from ansible_collections.workshop.containers.plugins.plugin_utils.once_a_run import once_a_run


@pytest.fixture
def ask(tmp_path, monkeypatch):
    """Asks for the content of a file, and notes each time that it is read."""
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path))
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "file").write_text("first")

    def read():
        with (tmp_path / "reads").open("a") as stream:
            stream.write("x")
        time.sleep(0.05)
        return {"content": (tree / "file").read_text()}

    def ask(question="question"):
        return once_a_run(question, str(tree), read)["content"]

    ask.file = tree / "file"
    ask.reads = lambda: (tmp_path / "reads").stat().st_size
    return ask


def test_of_many_workers_one_reads(ask):
    workers = [multiprocessing.get_context("fork").Process(target=ask) for _ in range(5)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    assert ask() == "first"
    assert ask.reads() == 1


def test_another_question_is_another_answer(ask):
    assert ask("one") == ask("two") == "first"
    assert ask.reads() == 2


def test_changed_file_is_read_again(ask):
    assert ask() == "first"
    ask.file.write_text("other")  # of the same length
    assert ask() == "other"
    assert ask() == "other"
    assert ask.reads() == 2


def test_failure_is_not_remembered(ask):
    ask.file.unlink()
    with pytest.raises(FileNotFoundError):
        ask()
    ask.file.symlink_to(ask.file.with_name("nowhere"))
    with pytest.raises(FileNotFoundError):
        ask()
    ask.file.unlink()
    ask.file.write_text("there")
    assert ask() == "there"
