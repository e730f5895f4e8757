# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal: nothing that was seen is lost, and nothing is read that was not."""

from __future__ import annotations

import os
import stat

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError
from ansible_collections.workshop.containers.plugins.module_utils.player import journal
from ansible_collections.workshop.containers.plugins.module_utils.player.journal import (
    Journal,
    read,
)
from ansible_collections.workshop.containers.plugins.module_utils.player.memory import (
    KEEP,
    Memory,
    Printed,
)

EVENTS = [{"event": "watch", "at": 1.0}, {"event": "gap", "at": 2.0}]


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "demo/journal.jsonl")


def write(path, *events):
    written = Journal(path, os.getgid())
    for event in events:
        written.add(event)
    written.close()


def test_it_is_read_as_it_was_written(path):
    write(path, *EVENTS)
    write(path, {"event": "tick", "text": "é\n"})
    assert list(read(path)) == [*EVENTS, {"event": "tick", "text": "é\n"}]


def test_others_may_not_read_it(path):
    write(path)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o640


def test_none_is_empty(path):
    assert list(read(path)) == []


@pytest.mark.parametrize("end", ['{"event":"ti', "\x00\x00\x00", "[1]", '{"no":"event"}', "7"])
def test_a_line_that_is_no_event_takes_no_other_with_it_and_is_counted(path, end):
    write(path, EVENTS[0])
    with open(path, "a", encoding="ascii") as stream:
        stream.write(f"{end}\n")
    write(path, EVENTS[1])
    assert list(read(path)) == [EVENTS[0], {"event": "broken"}, EVENTS[1]]
    assert Memory(read(path)).broken == 1


@pytest.mark.parametrize("before", [EVENTS[:1], []])
def test_a_line_that_was_cut_short_is_none_and_goes(path, before):
    write(path, *before)
    with open(path, "a", encoding="ascii") as stream:
        stream.write('{"event":"ti')
    assert list(read(path)) == before
    write(path, EVENTS[1])
    assert list(read(path)) == [*before, EVENTS[1]]


@pytest.mark.parametrize(
    "event",
    [{"event": "tick"}, {"event": "tick", "at": "x"}, {"event": "create", "at": 1.0, "id": []}],
)
def test_an_event_without_what_it_should_tell_is_counted_and_the_others_hold(event):
    memory = Memory([EVENTS[0], event, EVENTS[1]])
    assert (memory.broken, memory.since, memory.gap) == (1, 1.0, 2.0)


@pytest.mark.parametrize("name", ["forget", "change", "_init__", "undone"])
def test_an_event_that_is_called_like_something_else_is_none(name):
    memory = Memory([EVENTS[0], {"event": name, "at": 5.0, "id": "x"}])
    assert (memory.broken, memory.since) == (0, 1.0)


def test_what_has_no_room_can_be_written_later_and_is_whole_then(path, monkeypatch):
    written, real = Journal(path, os.getgid()), os.write
    written.add(EVENTS[0])
    monkeypatch.setattr(os, "write", lambda handle, line: real(handle, line[:5]))
    with pytest.raises(LabError, match=r"No space left.*Free some space"):
        written.add(EVENTS[1])
    monkeypatch.setattr(os, "write", real)
    written.add(EVENTS[1])
    written.close()
    assert list(read(path)) == EVENTS


def test_a_new_one_keeps_the_one_before_beside_it(path):
    written = Journal(path, os.getgid())
    written.add(EVENTS[0])
    written.begin_anew()
    written.add(EVENTS[1])
    written.close()
    assert list(read(path)) == EVENTS[1:]
    assert list(read(f"{path}.before")) == EVENTS[:1]
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o640


def test_one_that_may_not_be_read_says_what_to_do(tmp_path):
    with pytest.raises(LabError, match=r"Is a directory.*move .* away"):
        list(read(str(tmp_path)))


def test_a_link_in_its_place_is_not_followed(tmp_path, path):
    os.makedirs(os.path.dirname(path))
    (tmp_path / "other").write_text("x", encoding="ascii")
    os.symlink(tmp_path / "other", path)
    with pytest.raises(OSError, match="symbolic links"):
        Journal(path)
    assert (tmp_path / "other").read_text(encoding="ascii") == "x"


def test_it_does_not_grow_for_ever(path, monkeypatch):
    monkeypatch.setattr(journal, "LARGEST", 50)
    written = Journal(path)
    written.add(EVENTS[0])
    with pytest.raises(LabError, match=r"room in .*begins a new journal"):
        written.add(EVENTS[1])
    written.close()
    assert list(read(path)) == EVENTS[:1]


def test_an_event_of_a_later_release_changes_nothing():
    memory = Memory([{"event": "fortune", "at": 1.0}, *EVENTS])
    assert (memory.since, memory.gap) == (1.0, 2.0)


def test_a_reset_forgets_what_was_before(person):
    learner = person(("run", [{"container_run": {"image": "busybox"}}], [{"container": {}}]))
    learner.run("busybox", "sh")
    assert learner.states() == {"run": "done"}
    learner.see({"event": "reset", "at": 5000.0})
    assert learner.states(judge=False) == {"run": "open"}
    assert learner.memory.since == 5000.0


def test_a_reset_leaves_shells_followed():
    memory = Memory([{"event": "shells", "at": 1.0, "followed": True}])
    memory.take({"event": "reset", "at": 2.0})
    assert memory.follows_shells


def test_of_much_output_the_end_is_kept():
    printed = Printed()
    for number in range(100):
        printed.add(float(number), f"{number} " + "x" * 4096)
    text = printed.since(0.0)
    assert KEEP <= len(text) < KEEP + 4200
    assert "99 x" in text
    assert "0 x" not in text[:4]
    assert printed.since(98.0).startswith("99 x")
    assert printed.since(99.0) == ""
