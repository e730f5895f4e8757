# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A workshop as it is read in one language. Texts are Markdown."""

from __future__ import annotations

import base64
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.workshop.containers.plugins.plugin_utils.content import rules
from ansible_collections.workshop.containers.plugins.plugin_utils.guide import wording
from ansible_collections.workshop.containers.plugins.plugin_utils.guide.recordings import Recording

# Where pictures lie, seen from the folder of the guide.
PICTURES = "pictures"


@dataclass(frozen=True)
class Written:
    """A file that a step writes; ``shown`` tells whether its text or command has it as well."""

    path: str
    text: str
    shown: bool


@dataclass(frozen=True)
class Erratum:
    """A mistake of the written workshop at a step."""

    id: str
    document: str
    reality: str
    text: str
    fix: str


@dataclass(frozen=True)
class Step:
    """A step as it is read; ``number`` counts lessons and steps from 1, such as 3.2."""

    id: str
    number: str
    title: str
    text: str
    command: str
    place: str
    applies: str
    holds: str
    checks: Sequence[str]
    hint: str
    variants: Sequence[str]
    files: Sequence[Written]
    errata: Sequence[Erratum]
    recordings: Sequence[Recording]


@dataclass(frozen=True)
class Lesson:
    """A lesson as it is read."""

    id: str
    number: int
    title: str
    text: str
    steps: Sequence[Step]


@dataclass(frozen=True)
class Guide:
    """A workshop in one language; ``titles`` has its title in all of them."""

    name: str
    language: str
    titles: Mapping[str, str]
    lessons: Sequence[Lesson]
    words: Mapping[str, str]

    @property
    def title(self) -> str:
        """The title in the guide's language."""
        return self.titles[self.language]

    @property
    def recorded(self) -> bool:
        """True if any step was recorded."""
        return any(step.recordings for lesson in self.lessons for step in lesson.steps)


def guide(
    content: dict[str, Any],
    language: str,
    holds: Mapping[str, dict[str, str]],
    recordings: Mapping[str, Sequence[Recording]],
) -> Guide:
    """The guide to a workshop that was loaded with its ways (plugin_utils/content/load.py).

    ``holds`` has by step what must hold afterwards in a few words, where the workshop tells it.
    """
    lessons = []
    for number, (name, title) in enumerate(content["lessons"].items(), start=1):
        own = [step for step in content["steps"] if step["lesson"] == name]
        lessons.append(
            Lesson(
                name,
                number,
                title[language],
                _below_pictures(content["about"][name][language], name),
                [
                    _step(step, f"{number}.{index}", content, language, holds, recordings)
                    for index, step in enumerate(own, start=1)
                ],
            )
        )
    return Guide(content["name"], language, content["title"], lessons, wording.words(language))


def pictures(content: dict[str, Any]) -> dict[str, bytes]:
    """The pictures of all texts, by their place in the folder of the guide."""
    texts = [(lesson, text) for lesson, text in content["about"].items()]
    texts += [(step["lesson"], step[key]) for step in content["steps"] for key in ("text", "hint")]
    folder = Path(content["path"])
    return {
        f"{PICTURES}/{lesson}/{picture}": rules.read_source(folder / lesson, picture)
        for lesson, in_languages in texts
        for text in in_languages.values()
        for picture in rules.pictures(text)
    }


def _step(
    step: dict[str, Any],
    number: str,
    content: dict[str, Any],
    language: str,
    holds: Mapping[str, dict[str, str]],
    recordings: Mapping[str, Sequence[Recording]],
) -> Step:
    words = wording.words(language)
    applies = next(iter(step["applies"].values()), "")
    place = words[f"on_{'windows' if applies == 'windows' else step['where']}"]
    return Step(
        id=step["id"],
        number=number,
        title=step["title"][language],
        text=_below_pictures(step["text"][language], step["lesson"]),
        command=step["command"].strip("\n"),
        place=place,
        applies=words[f"applies_{applies}"] if applies else "",
        holds=holds.get(step["id"], {}).get(language, ""),
        checks=[wording.in_words(check, language) for check in step["check"]],
        hint=_below_pictures(step["hint"].get(language, ""), step["lesson"]),
        variants=[way["command"] for way in step["variants"] if way["command"] != step["command"]],
        files=list(_files(step, content["files"])),
        errata=[
            Erratum(
                each["id"], *(each[key][language] for key in ("document", "reality", "text", "fix"))
            )
            for each in content["errata"]
            if step["id"] in each["steps"]
        ],
        recordings=recordings.get(step["id"], ()),
    )


def _files(step: dict[str, Any], files: dict[str, str]) -> Iterator[Written]:
    for item in step["do"]:
        written = item.get("file_write")
        if written:
            raw = base64.b64decode(files[f"{step['lesson']}/{written['source']}"])
            text = raw.decode("utf-8", errors="replace").rstrip("\n")
            told = next(iter(step["text"].values()))
            shown = text in step["command"] or textwrap.indent(text, "    ") in told
            yield Written(written["path"], text, shown)


def _below_pictures(text: str, lesson: str) -> str:
    """A text whose pictures are named as they lie in the folder of the guide."""
    for picture in set(rules.pictures(text)):
        text = text.replace(f"({picture}", f"({PICTURES}/{lesson}/{picture}")
    return text
