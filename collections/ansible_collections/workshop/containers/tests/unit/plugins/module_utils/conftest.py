# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What several of these tests share."""

from __future__ import annotations

import pytest


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "Dockerfile").write_text("FROM busybox\nCOPY hello goodbye /\n")
    (tmp_path / "hello").write_text("echo hello\n")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "link").symlink_to("../hello")
    return tmp_path
