# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks in words, and words in each language."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ansible_collections.workshop.containers.plugins.plugin_utils.content import schema
from ansible_collections.workshop.containers.plugins.plugin_utils.guide import wording

GUIDE = Path(wording.__file__).parent
CHECKS = json.loads((Path(schema.__file__).parent / "schemas/checks.json").read_text())["$defs"]
SAID = json.loads((GUIDE / "check_words.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("check", CHECKS)
def test_every_parameter_of_every_check_has_words(check: str, language: str) -> None:
    said = SAID[language][check]
    named = {"name", "step", "path"} | {"url", "registry"}
    assert set(CHECKS[check]["properties"]) - named <= set(said) - {"head", "none"}


@pytest.mark.parametrize("file", ["words.json", "check_words.json"])
def test_languages_have_the_same_words(file: str) -> None:
    known = json.loads((GUIDE / file).read_text(encoding="utf-8"))
    keys = {
        language: {(key, *(said if isinstance(said, dict) else ())) for key, said in words.items()}
        for language, words in known.items()
    }
    assert {frozenset(map(frozenset, each)) for each in keys.values()} == {
        frozenset(map(frozenset, keys["en"]))
    }


@pytest.mark.parametrize(
    ("check", "words"),
    [
        (
            {"container": {"name": "web", "running": True, "ports": {"80/tcp": 8080}}},
            "The container `web` is running, forwards `8080` → `80/tcp`",
        ),
        ({"container": {"exists": False}}, "The container of this step is gone"),
        (
            {"container": {"step": "a.b", "ports": {}}},
            "The container of `a.b` opens no port of the machine",
        ),
        ({"image": {"name": "busybox"}}, "The image `busybox` is there"),
        ({"images": {"untagged": 0}}, "Of the workshop's images 0 have no name"),
        ({"http": {"url": "http://a/", "status": 404}}, "The address `http://a/` answers 404"),
        (
            {"file": {"path": "/a", "has": {"FROM busybox": "x"}}},
            "The file `/a` has `FROM busybox`",
        ),
        ({"terminal": {"name": "A", "closed": True}}, "Terminal A is closed"),
        (
            {"output": {"same_as": ["uname", "-r"]}},
            "The command prints the same as `uname -r` on the machine",
        ),
    ],
)
def test_a_check_in_words(check: dict[str, object], words: str) -> None:
    assert wording.in_words(check, "en") == words


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("^Hello$", "`Hello`"),
        (r"a\.b", "`a.b`"),
        (r"\d+", r"what matches `\d+`"),
        ("a|b", "what matches `a|b`"),
        ("tick`", "`` tick` ``"),
    ],
)
def test_a_plain_pattern_is_the_text_that_it_finds(pattern: str, words: str) -> None:
    check = {"container_log": {"name": "web", "matches": pattern}}
    assert wording.in_words(check, "en") == f"The log of the container `web` contains {words}"


def test_a_language_without_words_of_its_own_has_english_ones() -> None:
    assert wording.words("eo") == wording.words("en")
    assert wording.in_words({"engine": {"answers": True}}, "eo") == "The engine answers"
