# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small valid workshop, to be copied and spoiled."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ansible_collections.workshop.containers.plugins.plugin_utils.content.load import (
    ContentError,
    load,
)

DEMO = Path(__file__).parent / "demo"


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the demo workshop in the current directory."""
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(DEMO, tmp_path / "demo"))


@pytest.fixture
def spoil() -> Callable[[Path, str, str], None]:
    """Replace a passage that stands in a file exactly once."""

    def spoil(file: Path, old: str, new: str) -> None:
        text = file.read_text(encoding="utf-8")
        assert text.count(old) == 1
        file.write_text(text.replace(old, new), encoding="utf-8")

    return spoil


@pytest.fixture
def refusal() -> Callable[[Path], list[str]]:
    """The lines of the error that a workshop causes."""

    def refusal(workshop: Path) -> list[str]:
        with pytest.raises(ContentError) as caught:
            load(workshop)
        return str(caught.value).splitlines()

    return refusal
