# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copying: what is refused, and what a container may not do to the machine.

That it works is shown on real engines.
"""

from __future__ import annotations

import io
import json
import os
import socket
import tarfile

import pytest

ID = "4f" * 32
CONTAINER = {
    "Id": ID,
    "Name": "/session",
    "Config": {"Labels": {}, "Image": "busybox"},
    "State": {"Running": False},
}


def archive(*members):
    """An archive as the engine gives it.

    A member is a name with a content (bytes), a link text (str), a type, or None for a folder.
    """
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as tar:
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.mode = 0o644
            if content is None:
                member.type, member.mode = tarfile.DIRTYPE, 0o755
            elif isinstance(content, str):
                member.type, member.linkname = tarfile.SYMTYPE, content
            elif isinstance(content, tuple):
                member.type, member.linkname = content
            else:
                member.size = len(content)
            tar.addfile(member, io.BytesIO(content) if isinstance(content, bytes) else None)
    return target.getvalue()


@pytest.fixture
def copy(listening, run_module):
    """A function that runs the module on an engine whose container has this archive at the path, or
    nothing.
    """

    def run(found, /, **options):
        answers = {
            "/containers/json": (
                200,
                json.dumps([{"Id": ID, "Names": ["/session"], "Created": 1}]).encode(),
            ),
            f"/containers/{ID}/json": (200, json.dumps(CONTAINER).encode()),
            f"PUT /v1.41/containers/{ID}/archive": (200, b""),
            f"GET /v1.41/containers/{ID}/archive": (200, found)
            if found
            else (404, b'{"message": "Could not find the file"}'),
        }
        return run_module(
            "container_copy",
            docker_host=listening(**answers),
            **{"container": "session", "path": "/srv/hello", **options},
        )

    return run


def sent(listening):
    return any(request.startswith("PUT") for request in listening.requests)


def test_only_what_differs_is_sent(copy, listening, tmp_path):
    (tmp_path / "hello").write_bytes(b"hello")
    (tmp_path / "hello").chmod(0o644)
    assert copy(None, source=str(tmp_path / "hello"))["copied"] == ["."]
    assert sent(listening)
    assert copy(archive(("hello", b"hello")), source=str(tmp_path / "hello"))["copied"] == []
    assert not sent(listening)
    assert copy(archive(("hello", b"hello")), source=str(tmp_path / "hello"), mode="0600")[
        "changed"
    ]
    assert copy(
        archive(("hello", b"other")), source=str(tmp_path / "hello"), _ansible_check_mode=True
    )["changed"]
    assert not sent(listening)


def test_a_folder_is_never_replaced_by_a_file(copy, listening, tmp_path):
    """The engine itself would remove the folder with all that is in it."""
    (tmp_path / "hello").touch()
    result = copy(
        archive(("hello", None), ("hello/precious", b"1")), source=str(tmp_path / "hello")
    )
    assert (
        "Expected a file, or nothing, at session:/srv/hello, but found a folder. Remove it"
        in result["msg"]
    )
    assert not sent(listening)


def test_a_source_that_is_missing(copy, tmp_path):
    assert "no such file or folder" in copy(None, source=str(tmp_path / "none"))["msg"]
    assert (
        "Expected session:/srv/hello to copy, but found no such file or folder"
        in copy(None, destination=str(tmp_path / "x"))["msg"]
    )


def test_a_pipe_and_a_socket_are_refused_not_read(copy, listening, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(str(tmp_path / "socket"))
        for name in ("pipe", "socket"):
            assert "is a device, pipe or socket" in copy(None, source=str(tmp_path / name))["msg"]
    assert not sent(listening)


def test_links_are_copied_and_never_followed(copy, tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    assert copy(None, source=str(tmp_path / "loop"))["changed"]
    assert not copy(archive(("hello", "loop")), source=str(tmp_path / "loop"))["changed"]


def test_a_folder_comes_out_as_it_is(copy, tmp_path):
    found = archive(
        ("hello", None),
        ("hello/file", b"1"),
        ("hello/link", "file"),
        ("hello/second", (tarfile.LNKTYPE, "hello/file")),
        ("hello/deep", None),
    )
    target = tmp_path / "out"
    assert copy(found, destination=str(target), _ansible_check_mode=True)["changed"]
    assert not target.exists()
    assert copy(found, destination=str(target))["copied"] == [".", "deep", "file", "link", "second"]
    assert (target / "second").read_bytes() == b"1"
    assert os.readlink(target / "link") == "file"
    assert not copy(found, destination=str(target))["changed"]


def test_an_archive_cannot_leave_its_folder(copy, tmp_path):
    result = copy(
        archive(("hello", None), ("hello/../../escaped", b"1")), destination=str(tmp_path / "deep")
    )
    assert "an archive that stays in its folder" in result["msg"]
    assert not (tmp_path / "escaped").exists()


def test_a_link_on_the_machine_is_not_written_through(copy, tmp_path):
    (tmp_path / "victim").write_bytes(b"mine")
    (tmp_path / "out").symlink_to("victim")
    assert copy(archive(("hello", b"1")), destination=str(tmp_path / "out"))["changed"]
    assert (tmp_path / "victim").read_bytes() == b"mine"
    assert (tmp_path / "out").read_bytes() == b"1"


def test_a_folder_link_in_the_middle_is_no_way_out(copy, tmp_path):
    """What stands where the container has a folder is a link on the machine.

    It is not the same kind of thing.
    """
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out/deep").symlink_to(tmp_path / "elsewhere")
    result = copy(
        archive(("hello", None), ("hello/deep", None), ("hello/deep/file", b"1")),
        destination=str(tmp_path / "out"),
    )
    assert "Expected a folder, or nothing" in result["msg"]
    assert not (tmp_path / "elsewhere/file").exists()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"path": "hello"}, "an absolute path in the container"),
        ({"path": "/"}, "an absolute path in the container"),
        ({"path": "/srv/.."}, "below /, but found '/srv/..'"),
        ({"mode": "u+x"}, "four octal digits"),
        ({"mode": 0o644}, "but found 420 (without quotes, 0644 is the number 420)"),
        ({"owner": "root"}, "an owner as UID:GID"),
    ],
)
def test_options_that_cannot_be(copy, listening, options, told):
    assert told in copy(None, source="/etc/hostname", **options)["msg"]
    assert not sent(listening)


def test_one_direction_at_a_time(run_module):
    assert run_module("container_copy", container="session", path="/x")["failed"]
    assert run_module(
        "container_copy", container="session", path="/x", source="/a", destination="/b"
    )["failed"]


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ({"Tmpfs": {"/run": "size=1m"}}, "/run/hello"),
        ({"Tmpfs": {"/run/": ""}}, "/run"),
        ({"mounts": [{"Type": "tmpfs", "Destination": "/srv"}]}, "/srv/a/b"),
    ],
)
def test_a_tmpfs_is_refused(copy, listening, tmp_path, monkeypatch, settings, path):
    (tmp_path / "hello").touch()
    monkeypatch.setitem(CONTAINER, "Mounts", settings.pop("mounts", []))
    monkeypatch.setitem(CONTAINER, "HostConfig", settings)
    result = copy(None, source=str(tmp_path / "hello"), path=path)
    assert result["failed"]
    assert "is a tmpfs, which exists in memory only" in result["observed"]
    assert not any(request.startswith("PUT") for request in listening.requests)


def test_a_volume_and_a_name_that_begins_alike_are_no_tmpfs(copy, tmp_path, monkeypatch):
    (tmp_path / "hello").touch()
    monkeypatch.setitem(CONTAINER, "Mounts", [{"Type": "volume", "Destination": "/srv"}])
    monkeypatch.setitem(CONTAINER, "HostConfig", {"Tmpfs": {"/sr": "", "/srv/hello2": ""}})
    assert copy(None, source=str(tmp_path / "hello"))["changed"]
