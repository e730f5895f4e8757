# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which recordings of several machines are shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.workshop.containers.plugins.plugin_utils.guide import recordings
from ansible_collections.workshop.containers.plugins.plugin_utils.guide.recordings import (
    Recording,
)

CLASSIC, BUILDKIT = "Step 1/2 : FROM busybox", "#5 [internal] load build context"


def record(folder: Path, machine: str, **steps: str) -> None:
    (folder / machine).mkdir(exist_ok=True)
    for step, text in steps.items():
        (folder / machine / f"a.{step}.cast").write_text("{}\n", encoding="utf-8")
        (folder / machine / f"a.{step}.txt").write_text(f"{text}\n", encoding="utf-8")


def shown(folder: Path) -> dict[str, list[str]]:
    return {
        step: [f"{each.machine} {each.builder}".strip() for each in found]
        for step, found in recordings.read(folder).items()
    }


def test_of_machines_with_one_builder_the_first_is_shown(tmp_path: Path) -> None:
    record(tmp_path, "one", build=CLASSIC, run="id 12")
    record(tmp_path, "two", build=CLASSIC, run="something else")
    assert shown(tmp_path) == {"a.build": ["one classic"], "a.run": ["one classic"]}


def test_both_builders_are_shown_where_they_differ(tmp_path: Path) -> None:
    first = "0123456789ab at 12:00, About a minute ago\nroot@one:~#"
    second = "ba9876543210 at 13:01, 59 seconds ago\nroot@two-trixie:~#"
    record(tmp_path, "one", build=CLASSIC, run=first, history="hello 3")
    record(tmp_path, "two", build=BUILDKIT, run=second, history="hello buildkit")
    assert shown(tmp_path) == {
        "a.build": ["one classic", "two buildkit"],
        "a.run": ["one classic"],
        "a.history": ["one classic", "two buildkit"],
    }


def test_without_recordings_there_are_none(tmp_path: Path) -> None:
    assert recordings.read(tmp_path / "nothing") == {}


@pytest.mark.parametrize(
    ("cast", "text", "rows"),
    [
        ("", "one\ntwo", 6),
        ("", "line\n" * 9, 11),
        ("", "x" * 800, 12),
        ("", "line\n" * 90, 24),
        (r'[0, "o", "\u001b[?1049h"]', "short", 0),
    ],
)
def test_a_player_is_as_high_as_what_it_shows(cast: str, text: str, rows: int) -> None:
    assert Recording("one", cast, text).rows == rows
