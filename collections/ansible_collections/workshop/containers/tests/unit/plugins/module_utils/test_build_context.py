# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The content digest of a build context."""

from __future__ import annotations

import os
import socket
import tarfile

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.build_context import archive, context_digest
from ansible_collections.workshop.containers.plugins.module_utils.dockerfile import base_images
from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "Dockerfile").write_text("FROM busybox\nCOPY hello goodbye /\n")
    (tmp_path / "hello").write_text("echo hello\n")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "link").symlink_to("../hello")
    return tmp_path


def rewrite(folder):
    (folder / "hello").write_text("echo Hello\n")


def rename(folder):
    (folder / "hello").rename(folder / "hallo")


def relink(folder):
    (folder / "sub" / "link").unlink()
    (folder / "sub" / "link").symlink_to("../Dockerfile")


@pytest.mark.parametrize(
    "edit",
    [
        rewrite,
        rename,
        relink,
        lambda folder: (folder / "hello").chmod(0o755),
        lambda folder: (folder / "empty").mkdir(),
        lambda folder: (folder / "empty").write_text(""),
        lambda folder: (folder / "sub" / "link").unlink(),
    ],
)
def test_what_reaches_the_image_changes_the_digest(folder, edit):
    before = context_digest(str(folder))
    edit(folder)
    assert context_digest(str(folder)) != before


def test_an_edit_of_the_same_size_and_time_changes_the_digest(folder):
    path = folder / "hello"
    before, times = context_digest(str(folder)), (path.stat().st_atime_ns, path.stat().st_mtime_ns)
    path.write_text("echo HELLO\n")
    os.utime(path, ns=times)
    assert context_digest(str(folder)) != before


def test_touch_and_place_do_not_change_the_digest(folder, tmp_path_factory):
    before = context_digest(str(folder))
    os.utime(folder / "hello", (0, 0))
    assert context_digest(str(folder)) == before
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "moved"
    folder.rename(elsewhere)
    assert context_digest(str(elsewhere)) == before


def test_a_second_name_of_a_file_is_packed_as_a_file(folder):
    os.link(folder / "hello", folder / "hello2")
    with archive(str(folder)) as stream, tarfile.open(fileobj=stream) as tar:
        members = {member.name: member for member in tar}
    assert members["hello2"].isreg()
    assert members["hello2"].size == members["hello"].size
    assert members["sub/link"].linkname == "../hello"
    assert {(member.uid, member.mtime) for member in members.values()} == {(0, 0)}


def test_a_socket_is_refused_by_name(folder):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "agent.sock"))
        with pytest.raises(LabError, match=r"agent\.sock is a socket"):
            context_digest(str(folder))


@pytest.mark.parametrize(
    ("text", "images"),
    [
        ("FROM busybox:latest\nCOPY a /\n", ["busybox:latest"]),
        ("from --platform=linux/amd64 fedora:35\n", ["fedora:35"]),
        ("FROM golang AS build\nFROM build AS test\nFROM scratch\nFROM busybox\n", ["golang", "busybox"]),
        ("ARG BASE=busybox\nFROM $BASE\n", []),
        ("# FROM nothing\n", []),
    ],
)
def test_the_images_that_a_dockerfile_starts_from(text, images):
    assert base_images(text) == images
