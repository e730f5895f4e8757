# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files where others may change what a name means: their links are not followed, nothing hangs."""

from __future__ import annotations

import os
import socket
import stat
import threading

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError
from ansible_collections.workshop.containers.plugins.module_utils.files import (
    UnsafePathError,
    is_file,
    is_folder,
    make_folder,
    owner_of_folder,
    read_file,
    remove_file,
    remove_folder,
    rename,
    replacing,
    settle_folder,
    status,
    touch,
    write_file,
)


@pytest.fixture
def home(tmp_path):
    """A learner's folder: others than root and this user can change it."""
    folder = tmp_path / "home"
    folder.mkdir()
    folder.chmod(0o777)
    return folder


@pytest.fixture
def secret(tmp_path):
    """A file that is not the learner's to read or to change."""
    path = tmp_path / "secret"
    path.write_text("the secret")
    path.chmod(0o600)
    return path


# What is done to a path, and must not be done to what a link of a learner leads to.
DEEDS = {
    "read": read_file,
    "write": lambda path: write_file(path, b"new", 0o644),
    "make": lambda path: make_folder(path, 0o777),
    "settle": lambda path: settle_folder(path, 0o777),
    "touch": touch,
    "rename": lambda path: rename(path, "other"),
    "remove": remove_file,
    "remove folder": remove_folder,
}


def everything_below(folder):
    """Names, modes, times and contents of all below a folder."""
    return {
        path: (
            info.st_mode,
            info.st_mtime_ns,
            path.read_bytes() if stat.S_ISREG(info.st_mode) else b"",
        )
        for path in sorted(folder.rglob("*"))
        for info in [path.lstat()]
    }


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
@pytest.mark.parametrize("levels", [1, 2])
def test_a_learners_link_on_the_way_is_not_followed(home, tmp_path, deed, levels):
    target = tmp_path / "etc"
    (target / "deeper").mkdir(parents=True)
    (target / "name").write_text("as it was")
    (target / "deeper" / "name").write_text("as it was")
    before = everything_below(target)
    (home / "docker").symlink_to(target)
    path = home / "docker" / ("name" if levels == 1 else "deeper/name")
    with pytest.raises(UnsafePathError, match=r"home/docker is a symbolic link"):
        deed(str(path))
    assert everything_below(target) == before


@pytest.mark.parametrize("name", ["read", "touch", "settle"])
def test_a_learners_link_itself_is_not_followed(home, secret, name):
    (home / "Dockerfile").symlink_to(secret)
    before = secret.stat()
    with pytest.raises(UnsafePathError):
        DEEDS[name](str(home / "Dockerfile"))
    assert secret.stat() == before


def test_writing_replaces_a_link_and_not_what_it_leads_to(home, secret):
    (home / "hello.py").symlink_to(secret)
    write_file(str(home / "hello.py"), b"hello", 0o644)
    assert secret.read_text() == "the secret"
    assert not (home / "hello.py").is_symlink()
    assert (home / "hello.py").read_bytes() == b"hello"


@pytest.mark.parametrize("question", [is_file, is_folder, status])
def test_questions_do_not_follow_it_either(home, tmp_path, question):
    (home / "docker").symlink_to(tmp_path)
    with pytest.raises(UnsafePathError):
        question(str(home / "docker"))
    with pytest.raises(UnsafePathError):
        question(str(home / "docker" / "anything"))


def test_links_that_root_made_are_followed(tmp_path):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "release").write_text("12")
    (tmp_path / "absolute").symlink_to(tmp_path / "etc")
    (tmp_path / "relative").symlink_to("etc/../etc/release")
    (tmp_path / "chain").symlink_to("absolute")
    assert read_file(str(tmp_path / "absolute/release")) == b"12"
    assert read_file(str(tmp_path / "chain/release")) == b"12"
    assert read_file(str(tmp_path / "relative")) == b"12"
    write_file(str(tmp_path / "chain/new"), b"13", 0o644)
    assert (tmp_path / "etc/new").read_bytes() == b"13"


def test_a_link_of_root_to_a_learners_folder_ends_the_trust(home, secret, tmp_path):
    (tmp_path / "short").symlink_to(home)
    (home / "link").symlink_to(secret)
    with pytest.raises(UnsafePathError):
        read_file(str(tmp_path / "short/link"))
    (home / "root-made").mkdir(mode=0o755)
    (home / "root-made" / "link").symlink_to(secret)
    with pytest.raises(UnsafePathError):
        read_file(str(tmp_path / "short/root-made/link"))


def test_a_way_up_out_of_a_learners_folder_is_trusted_again(home, secret, tmp_path):
    (tmp_path / "link").symlink_to(secret)
    assert read_file(f"{home}/../link") == b"the secret"


def test_links_in_a_ring_end(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match="levels of symbolic links"):
        read_file(str(tmp_path / "a"))


@pytest.mark.parametrize("mode", [0o700, 0o755, 0o711])
def test_folders_that_only_their_owner_changes_are_trusted(tmp_path, mode):
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "file").write_text("content")
    (folder / "link").symlink_to(tmp_path / "file")
    folder.chmod(mode)
    assert read_file(str(folder / "link")) == b"content"


@pytest.mark.parametrize("mode", [0o775, 0o757, 0o1777])
def test_folders_that_others_change_are_not(tmp_path, mode):
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "file").write_text("content")
    (folder / "link").symlink_to(tmp_path / "file")
    folder.chmod(mode)
    with pytest.raises(UnsafePathError):
        read_file(str(folder / "link"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give folders away")
def test_folders_of_somebody_else_are_not(tmp_path, secret):
    folder = tmp_path / "learner"
    folder.mkdir(mode=0o755)
    os.chown(folder, 1001, 1001)
    (folder / "link").symlink_to(secret)
    with pytest.raises(UnsafePathError):
        read_file(str(folder / "link"))
    assert owner_of_folder(str(folder / "new")) == (1001, 1001)
    make_folder(str(folder / "new"), 0o755, owner_of_folder(str(folder / "new")))
    write_file(str(folder / "file"), b"", 0o640, owner_of_folder(str(folder / "file")))
    assert [(folder / name).stat().st_uid for name in ("new", "file")] == [1001, 1001]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give folders away")
def test_nothing_is_gained_by_exchanging_a_folder_meanwhile(tmp_path):
    """Two threads: one makes and settles the folder, the other puts a link in its place."""
    home, victim = tmp_path / "home", tmp_path / "victim"
    home.mkdir()
    home.chmod(0o777)
    victim.mkdir(mode=0o755)
    ended = threading.Event()

    def exchange():
        while not ended.is_set():
            for step in (
                (home / "docker").rmdir,
                lambda: (home / "docker").symlink_to(victim),
                (home / "docker").unlink,
            ):
                try:
                    step()
                except OSError:
                    continue

    attacker = threading.Thread(target=exchange)
    attacker.start()
    try:
        for _attempt in range(1500):
            try:
                make_folder(str(home / "docker"), 0o777)
                settle_folder(str(home / "docker"), 0o777)
            except (OSError, LabError):
                continue
    finally:
        ended.set()
        attacker.join()
    assert stat.S_IMODE(victim.stat().st_mode) == 0o755


def pipe(path):
    os.mkfifo(path)


def listening(path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (pipe, "a named pipe"),
        (listening, "a socket"),
        (lambda path: path.mkdir(), "a folder"),
        (lambda path: os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5)), "a device"),
    ],
    ids=["pipe", "socket", "folder", "device"],
)
@pytest.mark.parametrize("deed", [read_file, touch])
def test_what_is_no_file_is_refused_at_once(tmp_path, make, kind, deed):
    path = tmp_path / "Dockerfile"
    try:
        make(path)
    except PermissionError:
        pytest.skip("no rights to make one")
    with pytest.raises(LabError, match=kind):
        deed(str(path))


def test_a_large_file_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "large"
    with path.open("wb") as stream:
        stream.truncate(1 << 40)
    with pytest.raises(LabError, match="a larger file"):
        read_file(str(path))
    path.write_bytes(b"x" * 10)
    assert read_file(str(path), 10) == b"x" * 10
    with pytest.raises(LabError, match="at most 9 bytes"):
        read_file(str(path), 9)


def test_a_relative_path_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LabError, match="an absolute path"):
        read_file("file")


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755, 0o4755])
def test_a_written_file_has_exactly_its_mode(tmp_path, mode):
    previous = os.umask(0o077)
    try:
        write_file(str(tmp_path / "file"), b"content", mode)
    finally:
        os.umask(previous)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == mode
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize(
    "plant",
    [
        lambda path, secret: path.symlink_to(secret),
        lambda path, secret: path.write_text("left by a killed run"),
        lambda path, secret: os.link(secret, path),
        lambda path, secret: os.mkfifo(path),
        lambda path, secret: path.mkdir(),
        lambda path, secret: (path / "in it").mkdir(parents=True),
    ],
    ids=["link", "file", "hard link", "pipe", "folder", "full folder"],
)
def test_a_name_that_is_there_already_does_not_trick_the_writer(home, secret, plant):
    plant(home / ".hello.py.workshop.tmp", secret)
    write_file(str(home / "hello.py"), b"hello", 0o644)
    assert (home / "hello.py").read_bytes() == b"hello"
    assert secret.read_text() == "the secret"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600


def test_what_a_killed_writer_left_is_replaced(home):
    (home / ".file.workshop.tmp").write_text("half")
    write_file(str(home / "file"), b"whole", 0o644)
    assert os.listdir(home) == ["file"]


def test_a_failed_writer_leaves_the_old_file_and_nothing_else(tmp_path):
    write_file(str(tmp_path / "file"), b"old", 0o644)

    def fail():
        with replacing(str(tmp_path / "file"), 0o600) as stream:
            stream.write(b"new")
            raise OSError("full")

    with pytest.raises(OSError, match="full"):
        fail()
    assert (tmp_path / "file").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


def test_an_error_has_the_whole_path(tmp_path):
    with pytest.raises(FileNotFoundError) as error:
        write_file(str(tmp_path / "absent" / "file"), b"", 0o644)
    assert error.value.filename == str(tmp_path / "absent" / "file")


def test_a_folder_is_removed_only_when_it_is_empty(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "mine").touch()
    assert not remove_folder(str(tmp_path / "folder"))
    (tmp_path / "folder" / "mine").unlink()
    assert remove_folder(str(tmp_path / "folder"))
    assert not (tmp_path / "folder").exists()


def test_descriptors_are_closed(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    before = len(os.listdir("/proc/self/fd"))
    for _time in range(5):
        write_file(str(tmp_path / "a/b/file"), b"", 0o644)
        read_file(str(tmp_path / "a/b/../b/file"))
        status(str(tmp_path / "a/absent/file"))
    assert len(os.listdir("/proc/self/fd")) == before
