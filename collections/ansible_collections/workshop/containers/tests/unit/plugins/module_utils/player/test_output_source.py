# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How containers are heard: whole where that can be, and never at their cost."""

from __future__ import annotations

import json
import os
import queue
import time
from pathlib import Path

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.engine.client import timestamp
from ansible_collections.workshop.containers.plugins.module_utils.player import (
    log_files,
    output_source,
)
from ansible_collections.workshop.containers.plugins.module_utils.player.log_files import open_log
from ansible_collections.workshop.containers.plugins.module_utils.player.output_source import (
    OutputSource,
)

LATE = 1e9  # a start long before anybody attached


class Ear:
    """An OutputSource above an engine that hands out what the test puts into its queues.

    Below ``root`` are the logs of its containers, if its log driver is json-file.
    """

    def __init__(self, monkeypatch, root):
        self.folder, self.driver = root / "containers", "local"
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

    def root(self):
        return str(self.folder.parent)

    def info(self):
        return {"LoggingDriver": self.driver}

    def writes_files(self):
        self.folder.mkdir()
        self.driver = "json-file"
        self.source.of(self)

    def prints(self, *texts):
        """Write to the log of c1, as its only container."""
        path = self.folder / "c1" / "c1-json.log"
        path.parent.mkdir(exist_ok=True)
        with path.open("a") as file:
            for text in texts:
                file.write(json.dumps({"log": text, "time": "2026-01-02T03:04:05.5Z"}) + "\n")
        return path

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
def ear(monkeypatch, tmp_path):
    return Ear(monkeypatch, tmp_path)


def container(auto_remove=False, driver="local", path=""):
    return {
        "Id": "c1",
        "Config": {"Tty": False},
        "HostConfig": {"AutoRemove": auto_remove, "LogConfig": {"Type": driver}},
        "LogPath": str(path),
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
    ear.source.expect(ear, "c1")
    ear.source.listen(ear, container())
    ear.source.started(ear, container(), time.time() + 1)
    ear.attached.put(b"all")
    assert ear.hears(1) == ["all"]
    assert ear.asked == [("attach", "c1")]


def test_what_nobody_is_to_hear_is_left(ear):
    ear.source.expect(ear, "c1")
    ear.source.leave("c1")
    ear.source.leave("c1")
    assert ear.closed == 1


IN_FILE = container(auto_remove=True, driver="json-file")


@pytest.mark.parametrize("first", ["start", "log"])
def test_where_its_log_is_a_file_nothing_of_one_that_removes_itself_is_lost(ear, first):
    ear.writes_files()
    ear.source.expect(ear, "c1")
    ear.source.listen(ear, IN_FILE)
    if first == "start":
        ear.source.started(ear, IN_FILE, LATE)
    path = ear.prints("first\n", "ü\n")
    if first == "log":
        time.sleep(0.2)  # it is opened, though nobody knows yet that it has started
        path.unlink()
        ear.source.started(ear, IN_FILE, LATE)
    assert ear.hears(2) == ["first\n", "ü\n"]
    if first == "start":
        path.unlink()
    assert ear.hears(1) == ["heard"]
    assert ear.asked == []


def test_the_log_of_one_that_stays_is_read_to_its_end(ear):
    stays = container(driver="json-file")
    ear.writes_files()
    ear.source.expect(ear, "c1")
    ear.source.listen(ear, stays)
    ear.prints("first\n")
    ear.source.started(ear, stays, LATE)
    assert ear.hears(1) == ["first\n"]
    assert ear.hears_nothing()
    ear.prints("last\n")
    ear.source.ended("c1")
    assert ear.hears(2) == ["last\n", "heard"]
    assert ear.asked == []


def test_one_without_a_log_is_not_taken_for_one_that_prints_nothing(ear, monkeypatch):
    monkeypatch.setattr(log_files, "_PATIENCE", 0.05)
    ear.writes_files()
    ear.source.listen(ear, IN_FILE)
    ear.source.started(ear, IN_FILE, LATE)
    time.sleep(0.1)
    assert ear.hears_nothing()


def test_of_one_with_a_log_driver_of_its_own_it_attaches_to_what_it_prints(ear):
    own = container(auto_remove=True, driver="local")
    ear.writes_files()
    ear.source.expect(ear, "c1")
    ear.source.listen(ear, own)
    ear.attached.put(b"all")
    ear.source.started(ear, own, time.time() + 1)
    assert ear.hears(1) == ["all"]
    assert ear.asked == [("attach", "c1")]


def test_a_log_that_nobody_is_to_hear_is_closed(ear):
    ear.writes_files()
    ear.source.expect(ear, "c1")
    path = ear.prints("first\n")
    time.sleep(0.2)
    ear.source.leave("c1")
    assert str(path) not in {os.path.realpath(each) for each in Path("/proc/self/fd").iterdir()}


def test_a_log_file_is_read_from_a_time_on_and_half_a_line_waits_for_its_end(ear, tmp_path):
    path = tmp_path / "c1-json.log"
    half = '{"log": "new\\n", "time": "2026-01-02T03:04:06Z'
    path.write_text('{"log": "old\\n", "time": "2026-01-02T03:04:05Z"}\n' + half)
    there = container(auto_remove=True, path=path)
    ear.source.follow(ear, there, timestamp("2026-01-02T03:04:05.5Z"))
    assert ear.hears_nothing()
    with path.open("a") as file:
        file.write('"}\n')
    assert ear.hears(1) == ["new\n"]


@pytest.mark.parametrize("name", ["container.log", "link-json.log", "none-json.log"])
def test_nothing_else_is_taken_for_a_log(tmp_path, name):
    (tmp_path / "container.log").write_text("{}\n")
    (tmp_path / "link-json.log").symlink_to(tmp_path / "container.log")
    assert open_log(str(tmp_path / name)) is None
