# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures that several of these tests use."""

from __future__ import annotations

import os

import pytest

from ansible_collections.workshop.containers.plugins.module_utils import files


@pytest.fixture(autouse=True)
def _trusted_above(tmp_path, monkeypatch):
    """Trust the folders above the test's own: /tmp is open to all, so nothing in it would be."""
    real = files._is_trusted
    above = {(os.stat(path).st_dev, os.stat(path).st_ino) for path in (tmp_path, *tmp_path.parents)}
    monkeypatch.setattr(
        files, "_is_trusted", lambda info: (info.st_dev, info.st_ino) in above or real(info)
    )


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "Dockerfile").write_text("FROM busybox\nCOPY hello goodbye /\n")
    (tmp_path / "hello").write_text("echo hello\n")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "link").symlink_to("../hello")
    return tmp_path
