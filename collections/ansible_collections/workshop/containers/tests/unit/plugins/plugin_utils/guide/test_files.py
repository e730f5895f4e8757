# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing a folder: what differs, and nothing of others."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError
from ansible_collections.workshop.containers.plugins.plugin_utils.guide import files


def test_what_is_right_is_left_alone(tmp_path: Path) -> None:
    assert files.write(tmp_path, {"en/a.html": b"1", "b.html": b"2"}) == ["b.html", "en/a.html"]
    assert files.write(tmp_path, {"en/a.html": b"1", "b.html": b"3"}) == ["b.html"]
    assert files.write(tmp_path, {"en/a.html": b"1", "b.html": b"3"}) == []
    assert (tmp_path / "b.html").read_bytes() == b"3"


def test_what_is_not_made_any_more_goes_and_what_others_made_stays(tmp_path: Path) -> None:
    files.write(tmp_path, {"old.html": b"1", "new.html": b"2"})
    (tmp_path / "mine.html").write_bytes(b"3")
    assert files.write(tmp_path, {"new.html": b"2"}) == ["old.html"]
    assert sorted(path.name for path in tmp_path.glob("*.html")) == ["mine.html", "new.html"]


def test_a_list_that_leads_elsewhere_removes_nothing(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.write_bytes(b"1")
    folder = tmp_path / "guide"
    files.write(folder, {"a": b"1"})
    (folder / files.LIST).write_text(f"../mine\n{mine}\n", encoding="utf-8")
    files.write(folder, {"a": b"1"})
    assert mine.exists()


def test_check_mode_writes_nothing(tmp_path: Path) -> None:
    assert files.write(tmp_path / "guide", {"a": b"1"}, check=True) == ["a"]
    assert not (tmp_path / "guide").exists()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "guide").write_bytes(b"a file")
    with pytest.raises(LabError, match=r"Expected the guide in .*guide_path"):
        files.write(tmp_path / "guide", {"a": b"1"})
