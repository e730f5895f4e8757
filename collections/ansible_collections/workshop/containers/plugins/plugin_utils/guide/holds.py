# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read what must hold after each step, as said in a workshop's document.yml, where it has one."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from ansible_collections.workshop.containers.plugins.plugin_utils.content import yaml_lines
from ansible_collections.workshop.containers.plugins.plugin_utils.content.problems import (
    ContentError,
    Problem,
    quoted,
)


def read(folder: Path, languages: Collection[str]) -> dict[str, dict[str, str]]:
    """By step the words in each language.

    Raises ContentError where a row is not as docs/authoring.md has it.
    """
    file = folder / "document.yml"
    if not file.exists():
        return {}
    document = yaml_lines.read(file)
    problems = [*document.problems, *_problems(document, languages)]
    if problems:
        raise ContentError(problems)
    return {row["id"]: row["holds"] for row in document.data}


def _problems(document: yaml_lines.Document, languages: Collection[str]) -> Iterator[Problem]:
    if not isinstance(document.data, list):
        yield document.problem((), "expected a list of rows, each with id and holds")
        return
    for index, row in enumerate(document.data):
        if not isinstance(row, dict) or not isinstance(row.get("id"), str):
            yield document.problem((index,), "expected a row with the id of a step, and holds")
            continue
        holds = row.get("holds")
        for language in languages:
            words = holds.get(language) if isinstance(holds, dict) else None
            if not isinstance(words, str):
                what = f"missing translation of what holds after {quoted(row['id'])}"
                yield document.problem((index, "holds", language), what)
