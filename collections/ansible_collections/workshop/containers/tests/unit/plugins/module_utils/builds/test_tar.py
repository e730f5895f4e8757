# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The archive that a builder gets of a context."""

from __future__ import annotations

import io
import os
import tarfile
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.workshop.containers.plugins.module_utils.builds.source import Source
from ansible_collections.workshop.containers.plugins.module_utils.builds.tar import (
    ContextTar,
    link_digests,
)
from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError

MIB = 1024 * 1024


def packed(source, buildkit=True):
    """The members of the archive by name, and their contents."""
    archive, name = source.context_tar(buildkit)
    with tarfile.open(fileobj=io.BytesIO(archive.read()), mode="r:") as tar:
        members = {
            member.name: (member, tar.extractfile(member).read() if member.isreg() else b"")
            for member in tar
        }
    return members, name


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


def relink(path, target):
    """Let a link lead elsewhere."""
    path.unlink()
    path.symlink_to(target)


def digests_in(folder):
    """What the classic builder gets beside names, modes and contents, by path, without the links'
    own.
    """
    members, _name = packed(Source.read(str(folder)), buildkit=False)
    return {
        name: member.linkname
        for name, (member, _content) in members.items()
        if member.linkname and not member.issym()
    }


def test_the_links_of_a_folder_are_in_its_entry_for_the_classic_builder_only(folder):
    """Its cache goes by what a link leads to; BuildKit's by the link."""
    assert not any(
        member.linkname
        for name, (member, _content) in packed(Source.read(str(folder)))[0].items()
        if name != "sub/link"
    )
    before = digests_in(folder)
    assert list(before) == ["sub"]
    relink(folder / "sub" / "link", "../sub/../hello")
    after = digests_in(folder)
    assert list(after) == ["sub"]
    assert before != after


def test_links_that_lead_to_what_the_other_led_to_have_another_mark(folder):
    (folder / "sub" / "other").symlink_to("../Dockerfile")
    before = digests_in(folder)
    relink(folder / "sub" / "link", "../Dockerfile")
    relink(folder / "sub" / "other", "../hello")
    assert digests_in(folder) != before


def test_links_in_the_context_itself_are_left_to_its_first_entry(folder):
    (folder / "Able").symlink_to("/nowhere")
    assert list(digests_in(folder)) == ["sub", "Dockerfile"]
    (folder / "Dockerfile").rename(folder / "sub" / "Dockerfile")
    assert list(link_digests(Source.read(str(folder), "sub/Dockerfile").entries)) == [
        b"hello",
        b"sub",
    ]


def test_a_context_of_nothing_but_links_is_not_to_be_cached(tmp_path):
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    (tmp_path / "link").symlink_to("/nowhere")
    (tmp_path / ".dockerignore").write_text("Dockerfile\n.dockerignore\n")
    assert not Source.read(str(tmp_path)).context_tar(False)[0].cacheable
    assert Source.read(str(tmp_path)).context_tar(True)[0].cacheable
    (tmp_path / "file").write_text("")
    assert Source.read(str(tmp_path)).context_tar(False)[0].cacheable


@pytest.mark.parametrize(
    ("meanwhile", "words"),
    [
        (
            lambda folder: (folder / "hello").write_text("echo Hello\n"),
            "hello as it was when the build began",
        ),
        (
            lambda folder: (folder / "hello").write_text("longer than it was\n" * 9),
            "hello as it was",
        ),
        (lambda folder: (folder / "hello").write_text(""), "hello as it was"),
        (lambda folder: (folder / "hello").unlink(), "hello to stay"),
        (lambda folder: relink(folder / "sub" / "link", "../Dockerfile"), "link .* as it was"),
        (
            lambda folder: ((folder / "hello").unlink(), os.mkfifo(folder / "hello")),
            "hello is a pipe",
        ),
    ],
)
def test_what_changes_before_it_is_sent_is_not_sent(folder, meanwhile, words):
    archive, _name = Source.read(str(folder)).context_tar(True)
    meanwhile(folder)
    with pytest.raises(LabError, match=words):
        archive.read()


def test_a_large_file_is_read_in_pieces(folder):
    with open(folder / "large", "wb") as stream:
        for _piece in range(24):
            stream.write(os.urandom(MIB))
    tracemalloc.start()
    source = Source.read(str(folder))
    archive = source.context_tar(True)[0]
    while archive.read(65536):
        pass
    assert tracemalloc.get_traced_memory()[1] < 12 * MIB
    tracemalloc.stop()


@given(st.lists(st.integers(1, 70000), max_size=5))
def test_an_archive_can_be_read_in_any_pieces(sizes):
    tar, whole = (ContextTar(".", [], {b"a": b"x" * 3000}, {}) for _ in range(2))
    pieces = [tar.read(size) for size in sizes]
    assert b"".join([*pieces, tar.read()]) == whole.read()


def test_no_block_of_an_archive_is_empty(tmp_path):
    """An HTTP client may take it for the end of all."""
    for size in (0, 1, 512):
        (tmp_path / f"{size}").write_bytes(bytes(size))
    (tmp_path / "Dockerfile").write_text("FROM scratch")
    source = Source.read(str(tmp_path))
    assert all(source.context_tar(False)[0])
    assert b"".join(source.context_tar(False)[0]) == source.context_tar(False)[0].read()


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


def test_a_rule_that_nobody_can_compile_does_not_reach_older_engines(tmp_path):
    """They would stop at it, and leave the added Dockerfile in the image."""
    (tmp_path / ".dockerignore").write_text("!*/[z-a]/\nDockerfile\n# a comment\n")
    (tmp_path / "Dockerfile").write_text("FROM scratch")
    archive, name = Source.read(str(tmp_path)).context_tar(False)
    with tarfile.open(fileobj=io.BytesIO(archive.read())) as tar:
        assert tar.extractfile(".dockerignore").read().decode().splitlines() == [
            "Dockerfile",
            "# a comment",
            name,
        ]
