# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variants and near misses: what is refused, how many are wanted, and what is packed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ansible_collections.workshop.containers.plugins.plugin_utils.content.load import (
    ContentError,
    load,
)

VARIANT = "      - name: long options\n        command: docker container stop web\n"
NEAR_MISS = """\
      - name: another name
        command: docker stop wbe
        names: no such container
"""
WAYS = f"    variants:\n{VARIANT}    near_misses:\n{NEAR_MISS}"


@pytest.fixture
def write(demo: Path, spoil: Callable[[Path, str, str], None]) -> Callable[[str], Path]:
    """Give the step that stops a server these ways; the workshop."""

    def write(ways: str) -> Path:
        before = "    hint: {en: Use its name."
        spoil(demo / "serve/lesson.yml", before, f"{ways}{before}")
        return demo

    return write


def test_they_are_packed_where_they_are_asked_for(write: Callable[[str], Path]) -> None:
    workshop = write(f"    where: B\n{WAYS}        where: A\n        clear: docker ps\n")
    stop = load(workshop, ways=True)["steps"][-1]
    assert stop["variants"] == [
        {
            "name": "long options",
            "command": "docker container stop web",
            "where": "B",
            "files": {},
            "clear": "",
            "names": "",
        }
    ]
    assert [(way["names"], way["where"], way["clear"]) for way in stop["near_misses"]] == [
        ("no such container", "A", "docker ps")
    ]
    assert load(workshop, ways=True)["steps"][0]["variants"] == []


def test_a_machine_that_does_not_type_them_does_not_get_them(
    demo: Path, write: Callable[[str], Path]
) -> None:
    before = load(demo)
    assert load(write(WAYS)) == before


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("names: no such", "name_s: no such", "near_misses[0].names: missing key"),
        ("names: no such", "says: no such", "near_misses[0].says: unknown key"),
        (
            "command: docker container stop web",
            "command: x\n        names: y",
            "variants[0].names: unknown key; did you mean name?",
        ),
        ("name: another name", "name: long options", "line 38 has the name 'long options' already"),
        (
            "command: docker stop wbe",
            "command: vim x\n        files: {x: [1]}",
            "near_misses[0].files.x: expected the content of a file, found a list",
        ),
        (
            "command: docker stop wbe",
            "command: x\n        where: C",
            "near_misses[0].where: expected host, A or B",
        ),
    ],
)
def test_what_is_wrong_is_refused(
    write: Callable[[str], Path],
    refusal: Callable[[Path], list[str]],
    old: str,
    new: str,
    message: str,
) -> None:
    assert WAYS.count(old) == 1
    assert any(message in line for line in refusal(write(WAYS.replace(old, new))))


def test_fewer_than_wanted_are_a_problem(write: Callable[[str], Path]) -> None:
    workshop = write(WAYS)
    with pytest.raises(ContentError) as caught:
        load(workshop, least=2)
    found = [line.partition(": ")[2] for line in str(caught.value).splitlines()]
    assert "steps[1].variants: expected at least 2 other right ways to be tried, found 1" in found
    assert "steps[1].near_misses: expected at least 2 wrong ways to be tried, found 1" in found
    assert (
        "steps[0].variants: expected at least 2 other right ways to be tried, found none" in found
    )


def test_a_step_that_has_enough_or_no_check_is_none(
    write: Callable[[str], Path], spoil: Callable[[Path, str, str], None]
) -> None:
    workshop = write(WAYS)
    windows = "    applies: {system: windows}\n    check: []\n    hint: {en: Try again."
    lesson = workshop / "serve/lesson.yml"
    text = lesson.read_text(encoding="utf-8")
    start, end = text.index("    do:"), text.index("    hint: {en: Try again.")
    lesson.write_text(text[:start] + text[end:], encoding="utf-8")
    spoil(lesson, "    hint: {en: Try again.", windows)
    with pytest.raises(ContentError) as caught:
        load(workshop, least=1)
    assert "expected at least 1" in str(caught.value)
    assert "serve/lesson.yml" not in str(caught.value)
