# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The progress record."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError
from ansible_collections.workshop.containers.plugins.module_utils.workshop.record import Record

STEPS = [{"id": f"lesson.s{number}", "digest": f"d{number}"} for number in range(4)]


def test_a_record_is_read_back_as_it_was_written(tmp_path):
    record = Record(str(tmp_path / "workshop" / "progress.json"))
    record.step = "lesson.s0"
    record.claim("file", "/app/hello")
    record.verify(STEPS[0], ["the file /app/hello"])
    again = Record(record.path)
    assert [again.verified(step) for step in STEPS] == [True, False, False, False]
    assert again.has_claim("file", "/app/hello")
    assert not again.has_claim("file", "/app")


def test_a_step_that_reads_otherwise_now_is_not_verified(tmp_path):
    record = Record(str(tmp_path / "progress.json"))
    for step in STEPS:
        record.verify(step, [])
    assert all(record.verified(step) for step in STEPS)
    assert not record.verified({**STEPS[2], "digest": "other"})


def test_starting_over_keeps_no_step_and_no_evidence(tmp_path):
    record = Record(str(tmp_path / "progress.json"))
    record.verify(STEPS[0], [])
    record.start_over()
    again = Record(record.path)
    assert (again.steps, again.claims, again.containers) == ({}, {}, {})
    assert again.since > 0


@given(st.binary(max_size=200))
def test_anything_else_than_a_record_is_refused_by_name(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("record") / "progress.json"
    path.write_bytes(content)
    with pytest.raises(LabError, match=r"progress\.json"):
        Record(str(path))


def _write_forever(path):
    record = Record(path)
    number = 0
    while True:
        record.verify({"id": f"lesson.s{number % 50}", "digest": str(number)}, ["x" * 500])
        number += 1


def test_a_killed_writer_leaves_a_whole_record(tmp_path):
    path = str(tmp_path / "progress.json")
    for _kill in range(10):
        writer = multiprocessing.get_context("fork").Process(target=_write_forever, args=(path,))
        writer.start()
        while not os.path.exists(path):
            pass
        writer.join(0.02)
        os.kill(writer.pid, signal.SIGKILL)
        writer.join()
        Record(path)
    Record(path).verify(STEPS[0], [])
    assert os.listdir(tmp_path) == ["progress.json"]
    assert "lesson.s0" in json.loads((tmp_path / "progress.json").read_text())["steps"]
