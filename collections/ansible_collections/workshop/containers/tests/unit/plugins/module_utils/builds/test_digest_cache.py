# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is remembered of a file is used only where the kernel vouches for it."""

from __future__ import annotations

import os
import random
import time

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.builds import (
    context,
    digest_cache,
)
from ansible_collections.workshop.containers.plugins.module_utils.builds.digest_cache import (
    DigestMemory,
)
from ansible_collections.workshop.containers.plugins.module_utils.builds.source import Source

HOUR = 3600 * 10**9


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A context on a file system that counts as one of the kernel's, and whose files were left alone for an hour."""
    root = tmp_path / "context"
    root.mkdir()
    (root / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    for name in ("one", "two"):
        (root / name).write_text(f"{name} of them\n")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(digest_cache, "WORTH", 1)
    monkeypatch.setattr(digest_cache, "_devices", lambda: {os.stat(root).st_dev})
    monkeypatch.setattr(context, "now", lambda: time.time_ns() + HOUR)
    return root


@pytest.fixture
def read(monkeypatch):
    """The names of the files whose contents were read."""
    names = []
    read_chunks = context.read_chunks

    def watched(path):
        names.append(os.fsdecode(os.path.basename(path)))
        return read_chunks(path)

    monkeypatch.setattr(context, "read_chunks", watched)
    return names


def digest(folder, save=True):
    memory = DigestMemory(str(folder))
    found = Source.read(str(folder), memory=memory).digest()
    if save:
        memory.save()
    return found


def honest(folder):
    return Source.read(str(folder)).digest()


def test_what_is_as_it_was_is_not_read_again(folder, read):
    first = digest(folder)
    assert sorted(read) == ["Dockerfile", "one", "two"]
    read.clear()
    assert digest(folder) == first == (read == [] and honest(folder))


def test_nothing_is_written_unless_told_to(folder, tmp_path):
    digest(folder, save=False)
    assert not (tmp_path / "cache").exists()


def test_nothing_is_remembered_of_a_small_context(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(digest_cache, "WORTH", 10**6)
    digest(folder)
    assert not (tmp_path / "cache").exists()


def test_an_edit_that_keeps_size_and_time_is_seen(folder):
    """Two hundred of them, on names that are links to one file as well."""
    os.link(folder / "one", folder / "link")
    chance = random.Random(0)
    digest(folder)
    for number in range(200):
        name = chance.choice(["one", "two", "link"])
        before = os.stat(folder / name)
        (folder / name).write_text(
            f"{number:03} of them\n"[: before.st_size].ljust(before.st_size, ".")
        )
        os.utime(folder / name, ns=(before.st_atime_ns, before.st_mtime_ns))
        while (
            os.stat(folder / name).st_ctime_ns == before.st_ctime_ns
        ):  # the kernel's clock ticks every few milliseconds
            os.utime(folder / name, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert digest(folder) == honest(folder)


def test_another_file_in_its_place_is_seen(folder):
    digest(folder)
    before = os.stat(folder / "one")
    (folder / "new").write_text("ONE of them\n")
    os.utime(folder / "new", ns=(before.st_atime_ns, before.st_mtime_ns))
    os.replace(folder / "new", folder / "one")
    assert digest(folder) == honest(folder)


def test_a_file_that_was_touched_a_moment_ago_is_read_again(folder, read, monkeypatch):
    monkeypatch.setattr(context, "now", time.time_ns)
    digest(folder)
    read.clear()
    digest(folder)
    assert sorted(read) == ["Dockerfile", "one", "two"]


def test_a_file_system_of_somebody_else_is_read_again(folder, read, monkeypatch):
    digest(folder)
    read.clear()
    monkeypatch.setattr(digest_cache, "_devices", set)
    digest(folder)
    assert sorted(read) == ["Dockerfile", "one", "two"]


@pytest.mark.parametrize("text", ["", "[]", "{", '{"6f6e65": null}', '{"6f6e65": []}', "null"])
def test_a_memory_that_is_none_is_as_good_as_nothing(folder, tmp_path, text):
    right = digest(folder)
    [path] = (tmp_path / "cache").glob("*/*/*.json")
    path.write_text(text)
    assert digest(folder) == right
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_file_systems_that_count(tmp_path, monkeypatch):
    mounts = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n23 22 0:20 / /tmp rw - tmpfs tmpfs rw\n"
    mounts += (
        "24 22 0:31 / /mnt/c rw - 9p drvfs rw\n25 22 8:2 / /srv rw - xfs /dev/sda2 rw\nnonsense\n"
    )
    (tmp_path / "mountinfo").write_text(mounts)
    monkeypatch.setattr(digest_cache, "_MOUNTS", str(tmp_path / "mountinfo"))
    assert digest_cache._devices() == {os.makedev(8, 1), os.makedev(8, 2)}
