# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in a progress record, and whose it is."""

from __future__ import annotations

import builtins
import json
import os
import stat
from types import SimpleNamespace

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError
from ansible_collections.workshop.containers.plugins.module_utils.labels import digest
from ansible_collections.workshop.containers.plugins.module_utils.workshop import record as records
from ansible_collections.workshop.containers.plugins.module_utils.workshop.fold import Maker
from ansible_collections.workshop.containers.plugins.module_utils.workshop.record import (
    Identity,
    Record,
    neighbours,
)

MADE = "docker.io/library/made:latest"
WHOLE = """{
 "claims": {
  "file:/app/a:b": {
   "at": 12.5,
   "step": "lesson.s0"
  }
 },
 "containers": {
  "c1": {
   "number": 2,
   "step": "lesson.s1"
  }
 },
 "images": {
  "i1": {
   "pulled": false,
   "step": "lesson.s0"
  },
  "i2": {
   "pulled": true,
   "step": "lesson.s0"
  },
  "i3": {
   "pulled": false,
   "step": "lesson.s0"
  }
 },
 "machine": "this one",
 "served": {
  "docker.io/library/made:latest": "sha256:1"
 },
 "since": 0.0,
 "steps": {
  "lesson.s0": {
   "at": 12,
   "checks": [
    "it runs"
   ],
   "digest": "d0"
  }
 },
 "tags": {
  "docker.io/library/base:1": "i2",
  "docker.io/library/made:latest": "i1"
 },
 "undone": {},
 "version": 2,
 "workshop": {
  "path": "/srv/demo",
  "title": "Demo"
 }
}
"""


@pytest.fixture(autouse=True)
def now(monkeypatch):
    """It is 12.5 seconds after the epoch, on the machine called ``this one``."""
    monkeypatch.setattr(records, "time", SimpleNamespace(time=lambda: 12.5))
    monkeypatch.setattr(records, "machine", lambda: "this one")


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "state" / "demo" / "progress.json")


@pytest.fixture
def record(path):
    return Record(path, Identity("Demo", "/srv/demo", ("lesson.s0", "lesson.s1")))


def changed(path, **values):
    """Writes a record that has these values in place of its own."""
    Record(path).save()
    with open(path, encoding="utf-8") as stream:
        data = json.load(stream)
    with open(path, "w", encoding="utf-8") as stream:
        json.dump({**data, **values}, stream)


class TestContent:
    def test_is_all_that_was_noted_and_for_everybody_to_read(self, record, path):
        record.step = "lesson.s0"
        record.claim("file", "/app/a:b")
        record.note_container("c1", Maker("lesson.s1", 2))
        record.note_image(MADE, "i1")
        record.note_image("docker.io/library/base:1", "i2", pulled=True)
        record.note_untagged("i3")
        record.note_served(MADE, "sha256:1")
        record.verify({"id": "lesson.s0", "digest": "d0"}, ["it runs"])
        with open(path, encoding="utf-8") as stream:
            assert stream.read() == WHOLE
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o644

    def test_is_in_folders_that_only_their_owner_changes(self, record, path):
        before = os.umask(0)
        try:
            record.save()
        finally:
            os.umask(before)
        assert stat.S_IMODE(os.stat(os.path.dirname(path)).st_mode) == 0o755

    def test_of_nobody_has_no_title(self, path):
        Record(path).save()
        with open(path, encoding="utf-8") as stream:
            assert json.load(stream)["workshop"] == {"path": "", "title": ""}

    def test_is_nothing_before_anything_was_done(self, record):
        assert (record.step, record.distrusted, record.since) == ("", "", 0.0)

    def test_is_what_another_reads(self, record, path):
        record.note_container("c1", Maker("lesson.s1", 2))
        record.note_image(MADE, "i1")
        record.start_over(["c1", "c2"], ["i1", "i2"])
        again = Record(path)
        assert again.containers == {"c1": {"step": "lesson.s1", "number": 2}}
        assert again.images == {"i1": {"step": "", "pulled": False}}
        assert (again.tags, again.since) == ({MADE: "i1"}, 12.5)


class TestClaims:
    def test_are_known_by_kind_and_name(self, record):
        record.claim("build", "made")
        assert record.has_claim("build", "made")
        assert not record.has_claim("image", "made")
        assert record.claimed_since("build", "made") == 12.5
        assert record.claimed_since("image", "made") is None

    def test_keep_the_time_of_the_first(self, record, monkeypatch):
        record.claim("build", "made")
        monkeypatch.setattr(records, "time", SimpleNamespace(time=lambda: 99.0))
        record.claim("build", "made")
        assert record.claimed_since("build", "made") == 12.5

    def test_of_one_kind_begin_with_those_below_a_folder(self, record):
        for kind, name in (
            ("directory", "/app"),
            ("directory", "/app/b:c"),
            ("file", "/app/d"),
            ("directory", "/app/b"),
        ):
            record.claim(kind, name)
        assert record.claimed("directory") == ["/app/b:c", "/app/b", "/app"]

    def test_that_are_released_are_forgotten_on_disk_too(self, record, path):
        record.claim("build", "made")
        record.claim("build", "other")
        record.release("build", "never claimed")
        record.release("build", "made")
        assert list(Record(path).claims) == ["build:other"]

    @pytest.mark.parametrize("note", [("note_tag", MADE, "i1"), ("drop_tag", MADE)])
    def test_of_a_name_end_when_it_is_given_or_taken(self, record, path, note):
        for kind in ("image", "pull", "file"):
            record.claim(kind, MADE)
        method, *arguments = note
        getattr(record, method)(*arguments)
        assert list(Record(path).claims) == [f"file:{MADE}"]

    def test_a_name_that_the_lab_took_is_no_longer_its_own(self, record, path):
        record.note_tag(MADE, "i1")
        record.drop_tag(MADE)
        record.drop_tag(MADE)
        assert Record(path).tags == {}


class TestRefusal:
    @pytest.mark.parametrize(
        ("values", "why"),
        [
            ({"version": 1}, "version 1, where this release has 2"),
            ({"claims": []}, "claims is not a mapping"),
            ({"since": "x"}, "could not convert string to float: 'x'"),
        ],
    )
    def test_of_something_else_says_what_it_is(self, path, values, why):
        changed(path, **values)
        with pytest.raises(LabError) as refused:
            Record(path)
        assert str(refused.value) == (
            f"Expected a progress record in {path}, but found something else: {why}."
            f" Remove {path}, then run again"
        )

    def test_is_not_for_a_long_one(self, record, path):
        record.verify({"id": "lesson.s0", "digest": "d0"}, ["x" * 2_000_000])
        assert len(Record(path).steps["lesson.s0"]["checks"][0]) == 2_000_000

    def test_is_not_for_one_whose_steps_are_all_called_otherwise_now(self, path):
        self.other(path, "s2")
        assert Record(path, Identity("Other", "/srv/demo", ("lesson.s0",))).distrusted == ""

    def other(self, path, *steps):
        """A record of the workshop Other in which these steps were done."""
        other = Record(path, Identity("Other", "/srv/other", ()))
        other.save()
        for step in steps:
            other.verify({"id": f"lesson.{step}", "digest": ""}, [])

    @pytest.mark.parametrize("steps", [["s2"], ["s0", "s2", "s3"]])
    def test_of_another_workshops_says_what_to_do(self, path, steps):
        self.other(path, *steps)
        with pytest.raises(LabError) as refused:
            Record(path, Identity("Demo", "/srv/demo", ("lesson.s0", "lesson.s1")))
        assert str(refused.value) == (
            f"Expected the record of the workshop 'Demo' in {os.path.dirname(path)}, but found that"
            " of 'Other', another workshop whose folder has the same name (/srv/other)."
            " Give one of the two an `id` in its workshop.yml, or remove what the other"
            " made: `./lab reset -e workshop_path=/srv/other`"
        )

    @pytest.mark.parametrize("steps", [[], ["s0", "s2"]])
    def test_is_not_for_one_that_half_of_the_steps_agree_with(self, path, steps):
        self.other(path, *steps)
        Record(path, Identity("Demo", "/srv/demo", ("lesson.s0", "lesson.s1")))


class TestMachine:
    @pytest.fixture
    def moved(self, record, path, monkeypatch):
        """A record with a container, an image and a pulled image, on a machine of another name."""
        record.note_container("c1", Maker("lesson.s0"))
        record.note_image(MADE, "i1")
        record.note_image("docker.io/library/base:1", "i2", pulled=True)
        monkeypatch.setattr(records, "machine", lambda: "another")
        return path

    @pytest.mark.parametrize("here", [("container", "c1"), ("image", "i1")])
    def test_of_another_name_is_the_same_where_what_was_made_is(self, moved, here):
        record = Record(moved, is_here=lambda *asked: asked == here)
        assert (record.distrusted, list(record.containers)) == ("", ["c1"])

    def test_of_another_name_is_another_where_only_what_was_pulled_is(self, moved):
        record = Record(moved, is_here=lambda *asked: asked == ("image", "i2"))
        assert record.distrusted == f"{moved} was written on another machine"
        assert (record.containers, record.images, record.tags) == ({}, {}, {})

    def test_of_another_name_is_another_where_no_engine_can_be_asked(self, moved):
        assert Record(moved).distrusted != ""


class TestMachineId:
    @pytest.fixture
    def here(self, monkeypatch, tmp_path):
        """Writes what stands in /etc/machine-id; None: there is none."""
        monkeypatch.undo()
        monkeypatch.setattr(records.socket, "gethostname", lambda: "host")

        def here(content):
            if content is not None:
                (tmp_path / "machine-id").write_bytes(content)

            def read(path, *more, **options):
                assert path == "/etc/machine-id"
                return builtins.open(tmp_path / "machine-id", *more, **options)

            monkeypatch.setattr(records, "open", read, raising=False)
            return records.machine()

        return here

    @pytest.mark.parametrize(
        ("content", "known"),
        [
            (b"0123456789abcdef\n", "0123456789abcdef"),
            (b"", ""),
            (None, ""),
            ("é".encode(), "\ufffd\ufffd"),
            (b"x" * 70, "x" * 64),
        ],
    )
    def test_and_name_tell_a_machine(self, here, content, known):
        assert here(content) == digest([known, "host"])[:32]


class TestNeighbours:
    def test_are_the_records_beside_in_order_and_nothing_else(self, path, tmp_path):
        for name in ("alpha", "demo", "gamma", "zeta"):
            Record(
                str(tmp_path / "state" / name / "progress.json"), Identity(name, f"/srv/{name}", ())
            ).save()
        (tmp_path / "state/empty").mkdir()
        (tmp_path / "state/broken").mkdir()
        (tmp_path / "state/broken/progress.json").write_text("x", encoding="ascii")
        (tmp_path / "state/file").write_text("x", encoding="ascii")
        found = [(name, data["workshop"]["path"]) for name, data in neighbours(path)]
        assert found == [(name, f"/srv/{name}") for name in ("alpha", "gamma", "zeta")]

    def test_are_none_where_nothing_was_done(self, path):
        assert list(neighbours(path)) == []
