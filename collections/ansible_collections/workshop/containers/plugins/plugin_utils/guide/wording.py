# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide's own texts, and checks in words; in each language that it knows."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent
# Parameters that are patterns, or lists of them.
_PATTERNS = {
    *(
        "body",
        "cached",
        "instructions",
        "matches",
        "not_matches",
        "on_offer",
        "output",
        "ran",
        "url",
    )
}
# Parameters that say which thing a check speaks of, and stand in its first words.
_OF_HEAD = {"apt_key": {"path"}, "apt_source": {"path"}, "http": {"url"}, "login": {"registry"}}
_NAMING = {"name", "step", "path"}
_ESCAPED = re.compile(r"\\(\W)")


def words(language: str) -> dict[str, str]:
    """The guide's own words, in English where it has none in this language."""
    return _of(language, "words.json")


def code(text: str) -> str:
    """Text as code in Markdown, whatever stands in it.

    >>> code("a")
    '`a`'
    >>> code("a`b")
    '``a`b``'
    """
    text = " ".join(text.split("\n"))
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    blank = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{blank}{text}{blank}{fence}"


def in_words(check: dict[str, Any], language: str) -> str:
    """One check of a step as a sentence in Markdown."""
    said = _of(language, "check_words.json")
    [(name, params)] = check.items()
    known = said[name]
    head = known["head"].format(who=_who(params, said), **_named(params))
    shown = {key: value for key, value in params.items() if key not in _of_head(name, known)}
    clauses = [_clause(known[key], key, value, said) for key, value in shown.items()]
    return f"{head} {', '.join(clauses) or known.get('none', said['none'])}"


def _of(language: str, file: str) -> dict[str, Any]:
    known = json.loads((_FOLDER / file).read_text(encoding="utf-8"))
    return known.get(language, known["en"])


def _of_head(name: str, known: dict[str, Any]) -> set[str]:
    return _OF_HEAD.get(name, _NAMING - known.keys())


def _who(params: dict[str, Any], said: dict[str, Any]) -> str:
    """The container that a check speaks of."""
    if "name" in params:
        return code(params["name"])
    if "step" in params:
        return said["of_step"].format(step=code(params["step"]))
    return said["of_this_step"]


def _named(params: dict[str, Any]) -> dict[str, str]:
    named = {key: code(str(value)) for key, value in params.items()}
    return {**named, "terminal": str(params.get("name", ""))}


def _clause(pattern: str | list[str], key: str, value: Any, said: dict[str, Any]) -> str:
    if isinstance(pattern, list):
        return pattern[bool(value)]
    if value == {} and key == "ports":
        return said["no_port"]
    return pattern.format(value=_value(key, value, said))


def _value(key: str, value: Any, said: dict[str, Any]) -> str:
    if key in _PATTERNS:
        patterns = value if isinstance(value, list) else [value]
        return ", ".join(_sought(each, said) for each in patterns)
    if key in ("command", "same_as") and not isinstance(value, str):
        return code(" ".join(value or []))
    if key == "ports":
        return ", ".join(f"{code(str(out))} → {code(inside)}" for inside, out in value.items())
    if key == "env":
        return ", ".join(code(f"{name}={text}") for name, text in value.items())
    if isinstance(value, (dict, list)):
        return ", ".join(code(str(each)) for each in value)
    return str(value) if isinstance(value, int) else code(str(value))


def _sought(pattern: str, said: dict[str, Any]) -> str:
    """The aim of a pattern: the text itself where it is no more than that."""
    plain = _ESCAPED.sub("", pattern.removeprefix("^").removesuffix("$"))
    if not re.search(r"[\\^$.|?*+()\[\]{}]", plain):
        return code(_ESCAPED.sub(r"\1", pattern.removeprefix("^").removesuffix("$")))
    return said["pattern"].format(pattern=code(pattern))
