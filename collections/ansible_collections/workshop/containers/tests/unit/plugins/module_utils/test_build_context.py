# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a folder the builder sees, its digests, and the archive."""

from __future__ import annotations

import hashlib
import io
import os
import socket
import tarfile
import tracemalloc
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.workshop.containers.plugins.module_utils import build_context
from ansible_collections.workshop.containers.plugins.module_utils.build_context import Archive, ContentDigest, read_chunks
from ansible_collections.workshop.containers.plugins.module_utils.build_source import Source
from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError

MIB = 1024 * 1024


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "Dockerfile").write_text("FROM busybox\nCOPY hello goodbye /\n")
    (tmp_path / "hello").write_text("echo hello\n")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "link").symlink_to("../hello")
    return tmp_path


def digest(folder):
    return Source.read(str(folder)).digest()


def packed(source, buildkit=True):
    """The members of the archive by name, and their contents."""
    archive, name = source.archive(buildkit)
    with tarfile.open(fileobj=io.BytesIO(archive.read()), mode="r:") as tar:
        members = {member.name: (member, tar.extractfile(member).read() if member.isreg() else b"") for member in tar}
    return members, name


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
    lambda inner: st.dictionaries(st.text("ab.é", min_size=1, max_size=2).filter(lambda name: name.strip(".")), inner, max_size=4),
)


@given(st.dictionaries(st.sampled_from("abcd"), TREES, max_size=4), st.dictionaries(st.sampled_from("abcd"), TREES, max_size=4))
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


def test_a_second_name_of_a_file_is_packed_as_a_file(folder):
    os.link(folder / "hello", folder / "hello2")
    members, name = packed(Source.read(str(folder)))
    assert name == "Dockerfile"
    assert members["hello2"][0].isreg()
    assert members["hello2"][1] == members["hello"][1] == b"echo hello\n"
    assert members["sub/link"][0].linkname == "../hello"
    assert members["sub"][0].isdir()
    assert {member.uid for member, _content in members.values()} == {0}


def test_names_that_are_no_text_and_long_ones_are_packed(folder):
    long = "l" * 200
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff\n")).write_bytes(b"x")
    (folder / long).write_text("y")
    members, _name = packed(Source.read(str(folder)))
    assert members["\udcff\n"][1] == b"x"
    assert members[long][1] == b"y"


def test_links_to_nowhere_and_in_a_ring_are_kept_as_links(folder):
    (folder / "ring").symlink_to("ring")
    (folder / "lost").symlink_to("/nowhere")
    members, _name = packed(Source.read(str(folder)))
    assert members["ring"][0].linkname == "ring"
    assert members["lost"][0].linkname == "/nowhere"


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
    monkeypatch.setattr(os, "open", lambda path, *rest: real(path, *rest) if not bytes(path).endswith(b"hello") else refuse(path))
    with pytest.raises(LabError, match=r"hello to be readable; observed permission denied"):
        digest(folder)


def refuse(path, *_rest):
    raise PermissionError(13, "Permission denied", path)


def test_a_folder_that_may_not_be_read_matters_only_if_it_is_not_left_out(folder, monkeypatch):
    real = os.scandir
    monkeypatch.setattr(build_context.os, "scandir", lambda path: refuse(path) if bytes(path).endswith(b"/sub") else real(path))
    with pytest.raises(LabError, match=r"/sub to be readable"):
        digest(folder)
    (folder / ".dockerignore").write_text("sub\n!sub/link\n")
    digest(folder)


def test_a_file_that_vanishes_while_the_context_is_read(folder, monkeypatch):
    real = build_context.walk

    def walk(*given):
        yield from real(*given)
        (folder / "hello").unlink()

    monkeypatch.setattr(build_context, "walk", walk)
    with pytest.raises(LabError, match=r"hello to stay while the context is read; observed it vanished"):
        digest(folder)


@pytest.mark.parametrize(
    ("meanwhile", "words"),
    [
        (rewrite, "hello as it was when the build began"),
        (lambda folder: (folder / "hello").write_text("longer than it was\n" * 9), "hello as it was"),
        (lambda folder: (folder / "hello").write_text(""), "hello as it was"),
        (lambda folder: (folder / "hello").unlink(), "hello to stay"),
        (relink, "link .* as it was"),
        (lambda folder: ((folder / "hello").unlink(), os.mkfifo(folder / "hello")), "hello is a pipe"),
    ],
)
def test_what_changes_before_it_is_sent_is_not_sent(folder, meanwhile, words):
    archive, _name = Source.read(str(folder)).archive(True)
    meanwhile(folder)
    with pytest.raises(LabError, match=words):
        archive.read()


def test_a_large_file_is_read_in_pieces(folder):
    with open(folder / "large", "wb") as stream:
        for _piece in range(24):
            stream.write(os.urandom(MIB))
    tracemalloc.start()
    source = Source.read(str(folder))
    archive = source.archive(True)[0]
    while archive.read(65536):
        pass
    assert tracemalloc.get_traced_memory()[1] < 12 * MIB
    tracemalloc.stop()


def test_a_hole_of_four_gigabytes_is_not_read(folder, monkeypatch):
    with open(folder / "sparse", "wb") as stream:
        stream.truncate(4096 * MIB)
        stream.seek(1000 * MIB)
        stream.write(b"an island")
    reads = []
    real = os.pread
    monkeypatch.setattr(build_context.os, "pread", lambda *given: reads.append(given) or real(*given))
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


@given(st.lists(st.integers(1, 70000), max_size=5))
def test_an_archive_can_be_read_in_any_pieces(sizes):
    archive = Archive(".", [], {b"a": b"x" * 3000})
    pieces = [archive.read(size) for size in sizes]
    assert b"".join([*pieces, archive.read()]) == Archive(".", [], {b"a": b"x" * 3000}).read()


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        (lambda path: None, "a folder at .*; observed nothing there on"),
        (lambda path: path.write_text("x"), "observed a file on .*give the folder that it is in"),
        (lambda path: path.symlink_to(path), "observed too many levels of symbolic links"),
        (lambda path: path.symlink_to(path.parent / "lost"), "observed nothing there on .*/lost"),
        (lambda path: path.mkdir(), "a Dockerfile in .*; observed none"),
    ],
)
def test_a_context_that_is_none(tmp_path, prepare, words):
    prepare(tmp_path / "context")
    with pytest.raises(LabError, match=words):
        Source.read(str(tmp_path / "context"))


def test_a_dockerfile_that_is_left_out_is_added_for_the_classic_builder_only(folder):
    (folder / ".dockerignore").write_text("Dockerfile\n")
    source = Source.read(str(folder))
    members, name = packed(source)
    assert name == ""
    assert "Dockerfile" not in members
    members, name = packed(source, buildkit=False)
    assert "Dockerfile" not in members
    assert members[name][1] == (folder / "Dockerfile").read_bytes()
    assert members[".dockerignore"][1] == b"Dockerfile\n%s\n" % name.encode()


def test_a_dockerfile_from_elsewhere(folder, tmp_path_factory):
    recipe = tmp_path_factory.mktemp("elsewhere") / "recipe"
    recipe.write_text("FROM scratch\n")
    source = Source.read(str(folder), str(recipe))
    assert source.dockerfile is None
    assert source.recipe.path == str(recipe)
    members, name = packed(source, buildkit=False)
    assert members[".dockerignore"][1] == b".dockerignore\n%s\n" % name.encode()


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
    assert [words in "\n".join(Source.read(str(folder)).warnings()) for words in ("Windows", ":2: CMD", "script", "4755")] == [True] * 4


def test_the_number_of_readers_does_not_change_the_digest(folder, monkeypatch):
    before = digest(folder)
    monkeypatch.setattr(build_context, "os", SimpleNamespace(**{**vars(os), "cpu_count": lambda: None}))
    assert digest(folder) == before


def test_no_block_of_an_archive_is_empty(tmp_path):
    """An HTTP client may take it for the end of all."""
    for size in (0, 1, 512):
        (tmp_path / f"{size}").write_bytes(bytes(size))
    (tmp_path / "Dockerfile").write_text("FROM scratch")
    source = Source.read(str(tmp_path))
    assert all(source.archive(False)[0])
    assert b"".join(source.archive(False)[0]) == source.archive(False)[0].read()


def test_a_rule_that_nobody_can_compile_does_not_reach_older_engines(tmp_path):
    """They would stop at it, and leave the added Dockerfile in the image."""
    (tmp_path / ".dockerignore").write_text("!*/[z-a]/\nDockerfile\n# a comment\n")
    (tmp_path / "Dockerfile").write_text("FROM scratch")
    archive, name = Source.read(str(tmp_path)).archive(False)
    with tarfile.open(fileobj=io.BytesIO(archive.read())) as tar:
        assert tar.extractfile(".dockerignore").read().decode().splitlines() == ["Dockerfile", "# a comment", name]
