# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files and folders of lessons: what is written, what is left, and what is said of it.

Owners, links and what lies below them are in test_files.py.
"""

from __future__ import annotations

import os
import stat
import time
from types import SimpleNamespace

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.errors import (
    ClashError,
    LabError,
)
from ansible_collections.workshop.containers.plugins.module_utils.workshop import (
    context as contexts,
)
from ansible_collections.workshop.containers.plugins.module_utils.workshop.context import Context
from ansible_collections.workshop.containers.plugins.module_utils.workshop.fold import Maker
from ansible_collections.workshop.containers.plugins.module_utils.workshop.operations import files
from ansible_collections.workshop.containers.plugins.module_utils.workshop.record import Record

STEP = Maker("lesson.step")
FILES = {"lesson/hello": b"hello\n"}
STAMPED = b"hello\n# 2026-01-02 03:04:05\n"


@pytest.fixture
def context(tmp_path, monkeypatch):
    """A lab on whose machine it is 03:04:05 on the second of January."""
    now = time.struct_time((2026, 1, 2, 3, 4, 5, 4, 2, 0))
    clock = SimpleNamespace(strftime=lambda form: time.strftime(form, now))
    monkeypatch.setattr(files, "time", clock)
    monkeypatch.setattr(contexts, "stamp", lambda: "DATE")
    record = Record(str(tmp_path / "state" / "progress.json"))
    return Context(SimpleNamespace(), SimpleNamespace(), record, FILES)


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "hello")


def create(path, **more):
    return files.DirectoryCreate(STEP, {"path": path, **more}, FILES)


def write(path, **more):
    return files.FileWrite(STEP, {"path": path, "source": "hello", **more}, FILES)


def touch(path):
    return files.FileTouch(STEP, {"path": path}, FILES)


def content(path):
    with open(path, "rb") as stream:
        return stream.read()


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def failure(operation, context, error=LabError):
    """What an operation says of its failure."""
    with pytest.raises(error) as refused:
        operation.apply(context)
    return refused.value.expected, refused.value.observed, refused.value.remedy


@pytest.mark.parametrize(
    ("folder", "standard"),
    [
        ("/opt", True),
        ("/opt/app", False),
        ("/home/learner", True),
        ("/home/learner/app", False),
        ("/homes/learner", False),
    ],
)
def test_a_folder_that_every_machine_has_is_known(folder, standard):
    assert files.is_standard(folder) is standard


class TestDirectoryCreate:
    @pytest.mark.parametrize(("more", "wanted"), [({}, 0o755), ({"mode": "0700"}, 0o700)])
    def test_has_the_mode_of_the_lesson(self, context, path, more, wanted):
        assert create(path, **more).apply(context).changed is True
        assert mode(path) == wanted

    def test_of_one_that_is_there_changes_nothing(self, context, path):
        create(path).apply(context)
        assert create(path).apply(context).changed is False

    def test_in_place_of_something_else_is_refused(self, context, path):
        write(path).apply(context)
        assert failure(create(path), context, ClashError) == (
            f"the folder {path}",
            f"{path}: something else has that name",
            f"move it away (`mv {path} {path}.DATE`), or run with take_over: true",
        )


class TestFileWrite:
    @pytest.mark.parametrize(("more", "wanted"), [({}, 0o644), ({"mode": "0755"}, 0o755)])
    def test_has_the_content_and_the_mode_of_the_lesson(self, context, path, more, wanted):
        operation = write(path, **more)
        assert operation.apply(context).changed is True
        assert (content(path), mode(path)) == (b"hello\n", wanted)
        assert operation.holds(context, None) is True
        assert operation.apply(context).changed is False

    def test_with_a_stamp_is_new_each_time(self, context, path):
        operation = write(path, stamp=True)
        for _again in range(2):
            assert operation.apply(context).changed is True
            assert content(path) == STAMPED
            assert operation.holds(context, None) is True

    @pytest.mark.parametrize(
        "found", [b"hello\n", b"", STAMPED + b"x", STAMPED * 2, b"other\n# 2026-01-02 03:04:05\n"]
    )
    def test_with_a_stamp_is_known_by_content_and_stamp(self, context, path, found):
        operation = write(path, stamp=True)
        operation.apply(context)
        with open(path, "wb") as stream:
            stream.write(found)
        assert operation.holds(context, None) is False

    def test_of_another_mode_no_longer_holds_and_is_mended(self, context, path):
        operation = write(path)
        operation.apply(context)
        os.chmod(path, 0o600)
        assert operation.holds(context, None) is False
        assert operation.apply(context).changed is True
        assert mode(path) == 0o644

    @pytest.mark.parametrize(
        ("there", "observed"),
        [
            ("a folder", "it is a folder, and the lab did not make it"),
            ("a link", "it is a symbolic link, and the lab did not make it"),
            ("other content", "it has another content, and the lab did not make it"),
            ("more content", "it has another content, and the lab did not make it"),
            ("another mode", "it has mode 0600, not 0644, and the lab did not make it"),
        ],
    )
    def test_in_place_of_something_else_is_refused(self, context, path, there, observed):
        if there == "a folder":
            os.mkdir(path)
        elif there == "a link":
            os.symlink("/etc/hostname", path)
        else:
            found = {"other content": b"other\n", "more content": b"hello\nyou\n"}
            with open(path, "wb") as stream:
                stream.write(found.get(there, b"hello\n"))
            os.chmod(path, 0o600)
        assert failure(write(path), context, ClashError) == (
            f"{path} as the lesson has it",
            f"{path}: {observed}",
            f"move it away (`mv {path} {path}.DATE`), or run with take_over: true",
        )

    def test_where_something_goes_meanwhile_is_refused(self, context, path, monkeypatch):
        os.mkdir(path)
        looks = [os.lstat(path), os.lstat(path), None]
        monkeypatch.setattr(files, "status", lambda _path, follow: looks.pop(0))
        observed = failure(write(path), context, ClashError)[1]
        assert observed == f"{path}: it is gone, and the lab did not make it"

    def test_in_a_folder_that_is_gone_is_told(self, context, tmp_path):
        assert failure(write(f"{tmp_path}/gone/hello"), context, ClashError) == (
            f"the folder {tmp_path}/gone",
            "no such folder",
            "create it: an earlier step does",
        )


class TestFileTouch:
    def test_changes_the_time(self, context, path):
        write(path).apply(context)
        os.utime(path, (0, 0))
        assert touch(path).apply(context).changed is True
        assert os.stat(path).st_mtime > 0

    def test_of_what_is_gone_is_told(self, context, path):
        assert failure(touch(path), context) == (
            f"the file {path}",
            "No such file or directory",
            "",
        )

    def test_that_fails_without_a_word_is_told_by_its_kind(self, context, path, monkeypatch):
        def refuse(_path):
            raise TimeoutError

        monkeypatch.setattr(files, "touch", refuse)
        assert failure(touch(path), context)[:2] == (f"the file {path}", "TimeoutError")
