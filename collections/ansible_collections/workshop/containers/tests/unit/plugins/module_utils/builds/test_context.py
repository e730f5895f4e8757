# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a folder the builder sees, its digests, and the archive."""

from __future__ import annotations

import hashlib
import os
import socket
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.workshop.containers.plugins.module_utils.builds import context
from ansible_collections.workshop.containers.plugins.module_utils.builds.context import (
    ContentDigest,
    read_chunks,
)
from ansible_collections.workshop.containers.plugins.module_utils.builds.source import Source
from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError

MIB = 1024 * 1024


def digest(folder):
    return Source.read(str(folder)).digest()


def rewrite(folder):
    (folder / "hello").write_text("echo Hello\n")


def rename(folder):
    (folder / "hello").rename(folder / "hallo")


def relink(folder):
    (folder / "sub" / "link").unlink()
    (folder / "sub" / "link").symlink_to("../Dockerfile")


def exclude(folder):
    (folder / "Dockerfile.dockerignore").write_text("sub\nDockerfile.dockerignore\n")


def turn_into_a_folder(folder):
    (folder / "hello").unlink()
    (folder / "hello").mkdir()


@pytest.mark.parametrize(
    "edit",
    [
        rewrite,
        rename,
        relink,
        exclude,
        turn_into_a_folder,
        lambda folder: (folder / "hello").chmod(0o755),
        lambda folder: (folder / "hello").chmod(0o4644),
        lambda folder: (folder / "sub").chmod(0o700),
        lambda folder: (folder / "empty").mkdir(),
        lambda folder: (folder / "empty").write_text(""),
        lambda folder: (folder / "sub" / "link").unlink(),
        lambda folder: (folder / "Dockerfile").write_text("FROM busybox\n"),
    ],
)
def test_what_reaches_the_image_changes_the_digest(folder, edit):
    before = digest(folder)
    edit(folder)
    assert digest(folder) != before


def test_an_edit_of_the_same_size_and_time_changes_the_digest(folder):
    path = folder / "hello"
    before, times = digest(folder), (path.stat().st_atime_ns, path.stat().st_mtime_ns)
    path.write_text("echo HELLO\n")
    os.utime(path, ns=times)
    assert digest(folder) != before


def test_time_place_and_mode_of_the_folder_do_not_change_the_digest(folder, tmp_path_factory):
    before = digest(folder)
    os.utime(folder / "hello", (0, 0))
    assert digest(folder) == before
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "moved"
    folder.rename(elsewhere)
    elsewhere.chmod(0o700)
    assert digest(elsewhere) == before


TREES = st.recursive(
    st.binary(max_size=8),
    lambda inner: st.dictionaries(
        st.text("ab.é", min_size=1, max_size=2).filter(lambda name: name.strip(".")),
        inner,
        max_size=4,
    ),
)


@given(
    st.dictionaries(st.sampled_from("abcd"), TREES, max_size=4),
    st.dictionaries(st.sampled_from("abcd"), TREES, max_size=4),
)
def test_equal_digests_are_equal_trees(tmp_path_factory, one, other):
    digests = []
    for tree in (one, other):
        folder = tmp_path_factory.mktemp("tree")
        (folder / "Dockerfile").write_text("FROM scratch")
        write(folder, tree)
        digests.append(digest(folder))
    assert (digests[0] == digests[1]) == (one == other)


def write(folder, tree):
    for name, content in tree.items():
        if isinstance(content, dict):
            (folder / name).mkdir()
            write(folder / name, content)
        else:
            (folder / name).write_bytes(content)


def test_a_socket_and_a_pipe_are_refused_by_name(folder):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "agent.sock"))
        with pytest.raises(LabError, match=r"agent\.sock is a socket.*name it in \.dockerignore"):
            digest(folder)
    (folder / ".dockerignore").write_text("*.sock\n")
    digest(folder)
    os.mkfifo(folder / "queue")
    with pytest.raises(LabError, match=r"queue is a pipe"):
        digest(folder)


def test_a_file_that_may_not_be_read_is_named(folder, monkeypatch):
    """Root may read everything, so the kernel's answer is played back."""
    real = os.open
    monkeypatch.setattr(
        os,
        "open",
        lambda path, *rest, **more: (
            refuse(path) if os.fsencode(path).endswith(b"hello") else real(path, *rest, **more)
        ),
    )
    with pytest.raises(LabError, match=r"hello to be readable, but found permission denied"):
        digest(folder)


def refuse(path, *_rest):
    raise PermissionError(13, "Permission denied", path)


def test_a_folder_that_may_not_be_read_matters_only_if_it_is_not_left_out(folder, monkeypatch):
    real = os.open
    monkeypatch.setattr(
        os,
        "open",
        lambda path, *rest, **more: (
            refuse(path) if os.fsencode(path) == b"sub" else real(path, *rest, **more)
        ),
    )
    with pytest.raises(LabError, match=r"/sub to be readable"):
        digest(folder)
    (folder / ".dockerignore").write_text("sub\n!sub/link\n")
    digest(folder)


def test_a_file_that_vanishes_while_the_context_is_read(folder, monkeypatch):
    real = context.walk

    def walk(*given):
        yield from real(*given)
        (folder / "hello").unlink()

    monkeypatch.setattr(context, "walk", walk)
    with pytest.raises(LabError, match=r"hello to stay while the context is read, but it vanished"):
        digest(folder)


def test_a_hole_of_four_gigabytes_is_not_read(folder, monkeypatch):
    with open(folder / "sparse", "wb") as stream:
        stream.truncate(4096 * MIB)
        stream.seek(1000 * MIB)
        stream.write(b"an island")
    reads = []
    real = os.pread
    monkeypatch.setattr(context.os, "pread", lambda *given: reads.append(given) or real(*given))
    entry = next(entry for entry in Source.read(str(folder)).entries if entry.path == b"sparse")
    assert entry.size == 4096 * MIB
    assert len(reads) < 20


@pytest.mark.parametrize("size", [0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB, 5 * MIB + 7])
def test_a_hole_has_the_digest_of_zeros(tmp_path, size):
    (tmp_path / "zeros").write_bytes(bytes(size))
    with open(tmp_path / "hole", "wb") as stream:
        stream.truncate(size)
    digests = set()
    for name in ("zeros", "hole"):
        content = ContentDigest()
        for chunk in read_chunks(bytes(tmp_path / name)):
            content.add(chunk)
        digests.add(content.hex())
    assert len(digests) == 1
    if size <= MIB:
        assert digests == {hashlib.sha256(bytes(size)).hexdigest()}


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        (lambda path: None, "a folder at .*, but found nothing at that path on"),
        (lambda path: path.write_text("x"), "but found a file on .*Name the folder that holds it"),
        (lambda path: path.symlink_to(path), "but found too many levels of symbolic links"),
        (
            lambda path: path.symlink_to(path.parent / "lost"),
            "but found nothing at that path on .*/lost",
        ),
        (lambda path: path.mkdir(), "a Dockerfile in .*, but found none"),
    ],
)
def test_a_context_that_is_none(tmp_path, prepare, words):
    prepare(tmp_path / "context")
    with pytest.raises(LabError, match=words):
        Source.read(str(tmp_path / "context"))


def test_the_rules_beside_the_dockerfile_win(folder):
    (folder / ".dockerignore").write_text("hello\n")
    exclude(folder)
    source = Source.read(str(folder))
    assert [entry.path for entry in source.entries] == [b".dockerignore", b"Dockerfile", b"hello"]
    assert source.ignore.name == "Dockerfile.dockerignore"


def test_warnings(folder):
    (folder / "Dockerfile").write_bytes(b"FROM busybox\r\nCMD ['/hello']\r\n")
    (folder / "hello").write_bytes(b"#!/bin/sh\r\necho\r\n")
    (folder / "hello").chmod(0o4755)
    assert [
        words in "\n".join(Source.read(str(folder)).warnings())
        for words in ("Windows", ":2: CMD", "script", "4755")
    ] == [True] * 4


def test_the_number_of_readers_does_not_change_the_digest(folder, monkeypatch):
    before = digest(folder)
    monkeypatch.setattr(context, "os", SimpleNamespace(**{**vars(os), "cpu_count": lambda: None}))
    assert digest(folder) == before


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        (os.mkfifo, "a named pipe"),
        (lambda path: path.symlink_to("/dev/zero"), "a device"),
        (lambda path: path.write_bytes(b"#" * (1024 * 1024 + 1)), "a larger file"),
    ],
)
def test_a_dockerignore_that_is_none(folder, prepare, words):
    prepare(folder / ".dockerignore")
    with pytest.raises(LabError, match=words):
        digest(folder)


def test_a_folder_that_became_a_link_is_not_followed(folder, tmp_path_factory, monkeypatch):
    """Somebody exchanges it between the moment it is listed and the moment it is read."""
    elsewhere = tmp_path_factory.mktemp("secret")
    (elsewhere / "link").write_text("a secret\n")
    real = context.walk

    def walk(*given):
        yield from real(*given)
        (folder / "sub/link").unlink()
        (folder / "sub").rmdir()
        (folder / "sub").symlink_to(elsewhere)

    monkeypatch.setattr(context, "walk", walk)
    with pytest.raises(LabError, match="sub/link"):
        digest(folder)


def test_a_context_behind_a_link_of_somebody_else_is_refused(folder, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0o777)
    (home / "app").symlink_to(folder)
    with pytest.raises(LabError, match="is a symbolic link, in a folder that others can change"):
        Source.read(str(home / "app"))
