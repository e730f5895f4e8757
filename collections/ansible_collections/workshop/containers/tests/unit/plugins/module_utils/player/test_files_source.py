# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether files have changed since somebody looked."""

from __future__ import annotations

from ansible_collections.workshop.containers.plugins.module_utils.player.files_source import (
    FilesSource,
)


def test_at_first_all_did(tmp_path):
    assert FilesSource([str(tmp_path / "none")]).changed()


def test_what_comes_changes_and_goes_is_told_once(tmp_path):
    path = tmp_path / "file"
    source = FilesSource([str(tmp_path / "none"), str(path)])
    source.changed()
    assert not source.changed()
    for change in (
        lambda: path.write_text("a"),
        lambda: path.write_text("ab"),
        lambda: path.chmod(0o600 if path.stat().st_mode & 0o077 else 0o640),
        lambda: path.rename(tmp_path / "elsewhere"),
    ):
        change()
        assert source.changed()
        assert not source.changed()
