# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The digest of all that decides what an image will be, and how a change is named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.workshop.containers.plugins.module_utils.builds.manifest import (
    LARGEST,
    changes,
    folded,
    manifest,
    packed,
    settings,
    total_digest,
    unpacked,
)
from ansible_collections.workshop.containers.plugins.module_utils.builds.source import Source

PARAMS = {"target": "", "platform": "", "args": {"A": "1"}, "labels": {"k": "v"}}
BASES = {"busybox": "sha256:1"}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "Dockerfile").write_text("FROM busybox\n")
    (tmp_path / "run.sh").write_text("run\n")
    (tmp_path / "run.sh").chmod(0o644)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text("app\n")
    (tmp_path / "link").symlink_to("run.sh")
    return tmp_path


def looked_at(folder, params=PARAMS, bases=BASES):
    source = Source.read(str(folder))
    others = settings(params, bases)
    return total_digest(source, others), manifest(source, others)


def relink(folder):
    (folder / "link").unlink()
    (folder / "link").symlink_to("src")


def turn(folder):
    (folder / "run.sh").unlink()
    (folder / "run.sh").mkdir(mode=0o755)


EDITS = [
    (lambda folder: (folder / "run.sh").write_text("RUN\n"), ["content of run.sh"]),
    (lambda folder: (folder / "run.sh").chmod(0o755), ["mode of run.sh (0644, now 0755)"]),
    (lambda folder: (folder / "run.sh").unlink(), ["run.sh removed"]),
    (lambda folder: (folder / "src" / "new\né").write_text(""), ["src/new\\né added"]),
    (lambda folder: Path(os.fsdecode(b"%s/\xff" % os.fsencode(folder))).touch(), ["\\udcff added"]),
    (relink, ["target of link"]),
    (turn, ["run.sh (was a file, now a folder)"]),
    (lambda folder: (folder / "Dockerfile").write_text("FROM other\n"), ["Dockerfile"]),
    (
        lambda folder: (folder / ".dockerignore").write_text("src\n.dockerignore\n"),
        ["src removed", "src/app.py removed"],
    ),
]


@pytest.mark.parametrize(("edit", "words"), EDITS)
def test_an_edit_is_named(folder, edit, words):
    digest, old = looked_at(folder)
    edit(folder)
    new_digest, new = looked_at(folder)
    assert digest != new_digest
    assert changes(unpacked(packed(old)), new) == words


@pytest.mark.parametrize(
    ("params", "bases", "words"),
    [
        ({**PARAMS, "args": {"A": "2"}}, BASES, ["argument A"]),
        ({**PARAMS, "args": {"A": "1", "B": ""}}, BASES, ["argument B added"]),
        ({**PARAMS, "args": {}}, BASES, ["argument A removed"]),
        ({**PARAMS, "labels": {"k": "w"}}, BASES, ["label k"]),
        ({**PARAMS, "target": "test"}, BASES, ["target test added"]),
        ({**PARAMS, "platform": "linux/arm64"}, BASES, ["platform linux/arm64 added"]),
        (PARAMS, {"busybox": "sha256:2"}, ["base image busybox"]),
    ],
)
def test_another_setting_is_named(folder, params, bases, words):
    digest, old = looked_at(folder)
    new_digest, new = looked_at(folder, params, bases)
    assert digest != new_digest
    assert changes(unpacked(packed(old)), new) == words


def test_values_of_arguments_are_not_kept(folder):
    text = repr(looked_at(folder, {**PARAMS, "args": {"A": "sesame"}}))
    assert "sesame" not in text


def test_of_a_large_context_folders_are_kept(folder):
    (folder / "many").mkdir()
    for number in range(2000):
        (folder / "many" / f"{number}").write_text(f"{number}")
    _digest, old = looked_at(folder)
    label = packed(old)
    assert len(label) <= LARGEST
    (folder / "many" / "7").write_text("seven")
    (folder / "run.sh").write_text("RUN\n")
    (folder / "src" / "app.py").chmod(0o700)
    _digest, new = looked_at(folder)
    assert changes(unpacked(label), new) == ["files in many", "content of run.sh", "files in src"]


def test_of_a_large_flat_context_it_is_said_that_files_changed(folder):
    for number in range(2000):
        (folder / f"{number}").write_text(f"{number}")
    label = packed(looked_at(folder)[1])
    assert len(label) <= LARGEST
    (folder / "7").unlink()
    assert changes(unpacked(label), looked_at(folder)[1]) == ["files in the context"]


LINES = st.dictionaries(
    st.text("ab/", min_size=1, max_size=6).filter(
        lambda text: "//" not in text and not text.endswith("/")
    ),
    st.sampled_from(["f 0644 aa", "f 0644 bb"]),
)


@given(LINES, LINES)
def test_there_are_changes_where_manifests_differ_and_only_there(old, new):
    assert unpacked(packed(old)) == old
    assert bool(changes(old, new)) == (old != new)


@given(LINES, st.integers(0, 4))
def test_folding_the_same_gives_the_same(lines, depth):
    assert changes(folded(lines, depth), lines) == []


@given(st.text())
def test_what_is_no_manifest_is_an_empty_one(text):
    assert unpacked(text) == {}
