# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How containers are heard: whole where that can be, and never at their cost."""

from __future__ import annotations

import json
import queue
import time

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.engine.client import timestamp
from ansible_collections.workshop.containers.plugins.module_utils.player import output_source
from ansible_collections.workshop.containers.plugins.module_utils.player.log_file import open_log
from ansible_collections.workshop.containers.plugins.module_utils.player.output_source import (
    OutputSource,
)

LATE = 1e9  # a start long before anybody attached


class Ear:
    """An OutputSource above an engine that hands out what the test puts into its queues."""

    def __init__(self, monkeypatch):
        self.attached, self.log = queue.Queue(), queue.Queue()
        self.asked = []
        self.closed = 0
        self.told = queue.Queue()
        self.api = self
        monkeypatch.setattr(output_source, "_attached", lambda *_: iter(self.attached.get, None))
        monkeypatch.setattr(output_source, "_logged", self._logged)
        self.source = OutputSource(self.told.put)

    def attach_socket(self, identity, params):
        assert params == {"stdout": 1, "stderr": 1, "stream": 1}  # `logs` would open the log
        self.asked.append(("attach", identity))
        return self

    def inspect(self, _identity):
        return {"LogPath": ""}  # as with other log drivers

    def close(self):
        self.closed += 1

    def _logged(self, _engine, container, since):
        self.asked.append(("log", container["Id"], since))
        return iter(self.log.get, None)

    def hears(self, count):
        """The next events: the text of output, or the kind of another event."""
        events = [self.told.get(timeout=5) for _ in range(count)]
        return [event.get("text", event["event"]) for event in events]

    def hears_nothing(self):
        time.sleep(0.05)
        return self.told.empty()


@pytest.fixture
def ear(monkeypatch):
    return Ear(monkeypatch)


def container(auto_remove=False):
    return {
        "Id": "c1",
        "Config": {"Tty": False},
        "HostConfig": {"AutoRemove": auto_remove},
    }


@pytest.mark.parametrize("auto_remove", [True, False])
def test_attached_in_time_it_hears_all_without_the_log(ear, auto_remove):
    ear.source.listen(ear, container(auto_remove))
    ear.attached.put(b"first")
    assert ear.hears_nothing()  # it may have come too late, for all that is known yet
    ear.source.started(ear, container(auto_remove), time.time() + 1)
    ear.attached.put(b"second")
    ear.attached.put(None)
    assert ear.hears(3) == ["first", "second", "heard"]
    assert ear.asked == [("attach", "c1")]


def test_of_one_that_ended_before_its_start_was_told_nothing_is_lost(ear):
    ear.source.listen(ear, container())
    ear.attached.put(b"all")
    ear.attached.put(None)
    assert ear.hears_nothing()
    ear.source.started(ear, container(), time.time() + 1)
    assert ear.hears(2) == ["all", "heard"]


def test_too_late_the_log_tells_all_and_nothing_is_told_twice(ear):
    ear.source.listen(ear, container())
    ear.attached.put(b"second")
    assert ear.hears_nothing()
    ear.source.started(ear, container(), LATE)
    for piece in (b"first", b"second", None):
        ear.log.put(piece)
    ear.attached.put(None)
    assert ear.hears(3) == ["first", "second", "heard"]
    assert ear.hears_nothing()


def test_nobody_asks_for_the_log_of_one_that_removes_itself(ear):
    ear.source.listen(ear, container(auto_remove=True))
    ear.source.started(ear, container(auto_remove=True), LATE)
    ear.attached.put(b"the rest")
    ear.attached.put(None)
    assert ear.hears(1) == ["the rest"]
    assert ear.hears_nothing()  # what it printed before is not known
    ear.source.follow(ear, container(auto_remove=True), 5.0)
    assert {way for way, *_ in ear.asked} == {"attach"}


def test_after_a_restart_the_log_is_read_from_where_it_was_left(ear):
    ear.source.follow(ear, container(), 5.0)
    ear.log.put(b"more")
    assert ear.hears(1) == ["more"]
    ear.source.follow(ear, container(), 6.0)  # it listens already
    assert ear.asked == [("log", "c1", 5.0)]


def test_of_very_much_a_little_is_told_and_all_is_read(ear):
    ear.source.follow(ear, container(), 0.0)
    for _ in range(100):
        ear.log.put(b"x" * 65536)
    ear.log.put(None)
    assert ear.hears(2) == ["x" * 4096, "heard"]
    assert ear.log.empty()


def test_attached_at_once_it_attaches_no_second_time(ear):
    ear.source.attach(ear, "c1")
    ear.source.listen(ear, container())
    ear.source.started(ear, container(), time.time() + 1)
    ear.attached.put(b"all")
    assert ear.hears(1) == ["all"]
    assert ear.asked == [("attach", "c1")]


def test_what_nobody_is_to_hear_is_left(ear):
    ear.source.attach(ear, "c1")
    ear.source.leave("c1")
    ear.source.leave("c1")
    assert ear.closed == 1


def test_where_its_log_is_a_file_nothing_of_one_that_removes_itself_is_lost(ear, tmp_path):
    path = tmp_path / "c1-json.log"
    lines = [
        {"log": "first\n", "stream": "stdout", "time": "2026-01-02T03:04:05.000000001Z"},
        {"log": "ü\n", "stream": "stderr", "time": "2026-01-02T03:04:06.5Z"},
    ]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    ear.inspect = lambda _identity: {"LogPath": str(path)}
    ear.source.listen(ear, container(auto_remove=True))
    ear.attached.put(b"the rest")
    ear.source.started(ear, container(auto_remove=True), LATE)
    assert ear.hears(2) == ["first\n", "ü\n"]
    path.unlink()
    assert ear.hears(1) == ["heard"]
    assert ear.asked == [("attach", "c1")]


def test_a_log_file_is_read_from_a_time_on_and_half_a_line_waits_for_its_end(ear, tmp_path):
    path = tmp_path / "c1-json.log"
    half = '{"log": "new\\n", "time": "2026-01-02T03:04:06Z'
    path.write_text('{"log": "old\\n", "time": "2026-01-02T03:04:05Z"}\n' + half)
    ear.inspect = lambda _identity: {"LogPath": str(path)}
    ear.source.follow(ear, container(auto_remove=True), timestamp("2026-01-02T03:04:05.5Z"))
    assert ear.hears_nothing()
    with path.open("a") as file:
        file.write('"}\n')
    assert ear.hears(1) == ["new\n"]


@pytest.mark.parametrize("name", ["container.log", "link-json.log", "none-json.log"])
def test_nothing_else_is_taken_for_a_log(tmp_path, name):
    (tmp_path / "container.log").write_text("{}\n")
    (tmp_path / "link-json.log").symlink_to(tmp_path / "container.log")
    assert open_log(str(tmp_path / name)) is None
