# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What lessons write among a learner's files, and what their checks say of it."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.errors import (
    ClashError,
    EngineError,
    LabError,
)
from ansible_collections.workshop.containers.plugins.module_utils.workshop.checks.base import Check
from ansible_collections.workshop.containers.plugins.module_utils.workshop.checks.files import (
    DirectoryCheck,
    FileCheck,
)
from ansible_collections.workshop.containers.plugins.module_utils.workshop.context import Context
from ansible_collections.workshop.containers.plugins.module_utils.workshop.fold import Maker
from ansible_collections.workshop.containers.plugins.module_utils.workshop.operations.files import (
    DirectoryCreate,
    FileTouch,
    FileWrite,
)
from ansible_collections.workshop.containers.plugins.module_utils.workshop.record import Record

STEP = Maker("lesson.step")
CONTENT = {"lesson/hello": b"print('hello')\n"}


@pytest.fixture
def home(tmp_path):
    """A learner's home, which others can change."""
    folder = tmp_path / "home"
    folder.mkdir()
    folder.chmod(0o777)
    if os.geteuid() == 0:
        os.chown(folder, 1001, 1002)
    return folder


@pytest.fixture
def public():
    """A folder to which everybody has a way, as to none of pytest's."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


@pytest.fixture
def context(tmp_path):
    record = Record(str(tmp_path / "state" / "progress.json"))
    return Context(SimpleNamespace(), SimpleNamespace(), record, CONTENT)


@pytest.fixture
def take_over(context):
    context.take_over = True
    return context


def create(path, **more):
    return DirectoryCreate(STEP, {"path": str(path), **more}, CONTENT)


def write(path, **more):
    return FileWrite(STEP, {"path": str(path), "source": "hello", **more}, CONTENT)


def judge(check, past=False):
    """A check's status, and what it observed."""
    finding = check.judge(SimpleNamespace(files=CONTENT), past)
    return finding.status, finding.observed


class TestDirectoryCreate:
    def test_folder_is_the_owners_of_the_folder_above(self, home, context):
        assert create(home / "a" / "b").apply(context).changed
        info = (home / "a" / "b").stat()
        assert stat.S_IMODE(info.st_mode) == 0o755
        assert (info.st_uid, info.st_gid) == (home.stat().st_uid, home.stat().st_gid)
        assert not create(home / "a" / "b").apply(context).changed

    def test_more_that_its_owner_permits_stays(self, home, context):
        create(home / "docker").apply(context)
        (home / "docker").chmod(0o777)
        assert not create(home / "docker").apply(context).changed
        assert stat.S_IMODE((home / "docker").stat().st_mode) == 0o777

    def test_less_is_repaired(self, home, context):
        create(home / "docker").apply(context)
        (home / "docker").chmod(0o555)
        assert create(home / "docker").apply(context).changed
        assert stat.S_IMODE((home / "docker").stat().st_mode) == 0o755

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can give folders away")
    def test_another_owner_is_repaired(self, home, context):
        create(home / "docker").apply(context)
        os.chown(home / "docker", 0, 0)
        assert create(home / "docker").apply(context).changed
        assert (home / "docker").stat().st_uid == 1001

    def test_somebody_elses_folder_is_left_as_it_is(self, home, context):
        (home / "docker").mkdir()
        (home / "docker").chmod(0o500)
        assert not create(home / "docker").apply(context).changed
        assert stat.S_IMODE((home / "docker").stat().st_mode) == 0o500

    def test_a_link_is_neither_followed_nor_taken_for_the_folder(self, home, tmp_path, context):
        (home / "docker").symlink_to(tmp_path)
        before = tmp_path.stat()
        for act in (
            create(home / "docker").apply,
            lambda _: create(home / "docker").holds(_, None),
        ):
            with pytest.raises(LabError, match="symbolic link"):
                act(context)
        assert tmp_path.stat().st_mode == before.st_mode

    def test_a_file_of_that_name_is_a_clash(self, home, context):
        (home / "docker").write_text("mine")
        with pytest.raises(ClashError, match="something else has that name"):
            create(home / "docker").apply(context)
        assert (home / "docker").read_text() == "mine"

    def test_it_can_be_set_aside(self, home, take_over):
        (home / "docker").write_text("mine")
        assert create(home / "docker").apply(take_over).changed
        [aside] = [path for path in home.iterdir() if path.name != "docker"]
        assert aside.read_text() == "mine"


class TestFileWrite:
    def test_file_is_the_owners_of_its_folder(self, home, context):
        assert write(home / "hello.py", mode="0755").apply(context).changed
        info = (home / "hello.py").stat()
        assert stat.S_IMODE(info.st_mode) == 0o755
        assert info.st_uid == home.stat().st_uid
        assert write(home / "hello.py", mode="0755").holds(context, None)
        assert not write(home / "hello.py", mode="0755").apply(context).changed

    def test_a_link_is_a_clash_and_what_it_leads_to_stays(self, home, tmp_path, context):
        (tmp_path / "passwd").write_text("root")
        (home / "hello.py").symlink_to(tmp_path / "passwd")
        with pytest.raises(ClashError, match="symbolic link"):
            write(home / "hello.py").apply(context)
        assert (tmp_path / "passwd").read_text() == "root"

    def test_a_link_can_be_set_aside(self, home, tmp_path, take_over):
        (tmp_path / "passwd").write_text("root")
        (home / "hello.py").symlink_to(tmp_path / "passwd")
        assert write(home / "hello.py").apply(take_over).changed
        assert (home / "hello.py").read_bytes() == CONTENT["lesson/hello"]
        assert (tmp_path / "passwd").read_text() == "root"

    def test_nothing_is_written_through_a_linked_folder(self, home, tmp_path, context):
        (tmp_path / "apt.conf.d").mkdir()
        (home / "docker").symlink_to(tmp_path / "apt.conf.d")
        with pytest.raises(LabError, match="symbolic link"):
            write(home / "docker" / "Dockerfile").apply(context)
        assert list((tmp_path / "apt.conf.d").iterdir()) == []

    @pytest.mark.parametrize("size", [0, 10, 2**30])
    def test_another_content_is_a_clash(self, home, context, size):
        with (home / "hello.py").open("wb") as stream:
            stream.truncate(size)
        with pytest.raises(ClashError, match="another content"):
            write(home / "hello.py").apply(context)

    def test_a_pipe_is_a_clash_and_nobody_waits_for_it(self, home, context):
        os.mkfifo(home / "hello.py")
        assert not write(home / "hello.py").holds(context, None)
        with pytest.raises(ClashError, match="a named pipe"):
            write(home / "hello.py").apply(context)

    def test_a_folder_that_is_missing_is_named(self, home, context):
        with pytest.raises(ClashError, match=r"the folder .*/absent"):
            write(home / "absent" / "hello.py").apply(context)


def test_touch_follows_no_link(home, tmp_path, context):
    (tmp_path / "passwd").write_text("root")
    os.utime(tmp_path / "passwd", (1, 1))
    (home / "hello.py").symlink_to(tmp_path / "passwd")
    with pytest.raises(LabError):
        FileTouch(STEP, {"path": str(home / "hello.py")}, CONTENT).apply(context)
    assert (tmp_path / "passwd").stat().st_mtime == 1


def _pipe(path, _secret):
    os.mkfifo(path)


def _link(path, secret):
    path.symlink_to(secret)


def _huge(path, _secret):
    with path.open("wb") as stream:
        stream.truncate(1 << 40)


class TestChecks:
    @pytest.mark.parametrize(
        "parameters", [{}, {"matches": "x"}, {"source": "hello"}, {"executable": False}]
    )
    def test_nothing_of_a_secret_is_told(self, home, tmp_path, parameters):
        (tmp_path / "secret").write_text("the password")
        _link(home / "Dockerfile", tmp_path / "secret")
        check = FileCheck("lesson.step", {"path": str(home / "Dockerfile"), **parameters})
        status, observed = judge(check)
        assert status == "failed"
        assert "symbolic link" in observed
        assert "password" not in observed

    @pytest.mark.parametrize("make", [_pipe, _link, _huge])
    @pytest.mark.parametrize("parameters", [{"matches": "x"}, {"source": "hello"}])
    def test_what_cannot_be_read_fails_and_ends(self, home, tmp_path, make, parameters):
        make(home / "Dockerfile", tmp_path)
        check = FileCheck("lesson.step", {"path": str(home / "Dockerfile"), **parameters})
        assert judge(check)[0] == "failed"
        assert judge(check, past=True)[0] == "unknown"

    def test_a_linked_folder_is_not_the_folder(self, home, tmp_path):
        (home / "docker").symlink_to(tmp_path)
        assert judge(DirectoryCheck("lesson.step", {"path": str(home / "docker")}))[0] == "failed"

    @pytest.mark.parametrize("exists", [True, False])
    def test_folder(self, home, exists):
        if exists:
            (home / "docker").mkdir()
        status, observed = judge(DirectoryCheck("lesson.step", {"path": str(home / "docker")}))
        assert (status == "passed") is exists
        assert exists or "no such folder" in observed

    @pytest.mark.parametrize(("mode", "status"), [("0755", "passed"), ("0700", "failed")])
    def test_mode_of_a_folder(self, home, mode, status):
        (home / "docker").mkdir()
        (home / "docker").chmod(0o755)
        check = DirectoryCheck("lesson.step", {"path": str(home / "docker"), "mode": mode})
        assert judge(check)[0] == status

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can give folders away")
    @pytest.mark.parametrize(
        ("owner", "mode", "status"),
        [
            (65534, 0o755, "passed"),
            (65534, 0o555, "failed"),
            (0, 0o755, "failed"),
            (0, 0o757, "passed"),
            (0, 0o777, "passed"),
            (0, 0o756, "failed"),
        ],
    )
    def test_who_may_write_to_a_folder(self, public, owner, mode, status):
        folder = public / "docker"
        folder.mkdir()
        os.chown(folder, owner, 0)
        folder.chmod(mode)
        check = DirectoryCheck("lesson.step", {"path": str(folder), "writable_by": "nobody"})
        assert judge(check)[0] == status

    @pytest.mark.parametrize(
        ("parameters", "status"),
        [
            ({"matches": "^print"}, "passed"),
            ({"matches": "^hello"}, "failed"),
            ({"source": "hello"}, "passed"),
            ({"executable": True}, "passed"),
            ({"executable": False}, "failed"),
        ],
    )
    def test_file(self, home, parameters, status):
        (home / "hello.py").write_bytes(CONTENT["lesson/hello"])
        (home / "hello.py").chmod(0o755)
        check = FileCheck("lesson.step", {"path": str(home / "hello.py"), **parameters})
        assert judge(check)[0] == status

    def test_another_content_than_the_lessons_fails(self, home):
        (home / "hello.py").write_bytes(CONTENT["lesson/hello"] + b"\n")
        check = FileCheck("lesson.step", {"path": str(home / "hello.py"), "source": "hello"})
        assert judge(check)[0] == "failed"

    def test_an_engine_that_is_gone_is_no_failed_check(self):
        class Asking(Check):
            def observe(self, view, past):
                raise EngineError("an answer", "none")

        with pytest.raises(EngineError):
            judge(Asking("lesson.step", {}))
