# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide as pages that open from disk, without a network."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from ansible_collections.workshop.containers.plugins.plugin_utils.guide import templates
from ansible_collections.workshop.containers.plugins.plugin_utils.guide.model import Guide, Lesson

_ASSETS = Path(__file__).parent / "assets"


def render(guides: Sequence[Guide]) -> dict[str, bytes]:
    """The files of the site, by their place in its folder; a guide for each language."""
    files = {
        f"assets/{path.relative_to(_ASSETS).as_posix()}": path.read_bytes()
        for path in sorted(_ASSETS.glob("**/*"))
        if path.is_file() and path.name != "book.css"
    }
    files["index.html"] = templates.html("languages.html", guides=guides).encode()
    for guide in guides:
        for name, text in _pages(guide, guides):
            files[f"{guide.language}/{name}"] = text.encode()
    return files


def _pages(guide: Guide, guides: Sequence[Guide]) -> Iterator[tuple[str, str]]:
    shared = {"guide": guide, "guides": guides, "words": guide.words, "root": "../"}
    yield "index.html", templates.html("contents.html", page="index.html", **shared)
    yield "search.js", f"window.guideIndex = {_embedded(_index(guide))};\n"
    # Before and after the lessons nothing comes.
    around = [None, *guide.lessons, None]
    for before, lesson, after in zip(around, guide.lessons, around[2:], strict=False):
        name = f"{lesson.id}.html"
        casts = {
            f"{step.id}-{number}": recording.cast
            for step in lesson.steps
            for number, recording in enumerate(step.recordings)
        }
        yield (
            name,
            templates.html(
                "lesson.html",
                page=name,
                lesson=lesson,
                before=before,
                after=after,
                casts=_embedded(casts),
                **shared,
            ),
        )


def _index(guide: Guide) -> list[dict[str, str]]:
    """The index for the search: a row for each step."""
    return [_row(lesson, index) for lesson in guide.lessons for index in range(len(lesson.steps))]


def _row(lesson: Lesson, index: int) -> dict[str, str]:
    step = lesson.steps[index]
    return {
        "address": f"{lesson.id}.html#{step.id}",
        "id": step.id,
        "title": step.title,
        "lesson": lesson.title,
        "command": step.command,
        "text": " ".join([step.text, step.holds, step.hint]),
    }


def _embedded(value: object) -> str:
    """JSON that ends no element of HTML, whatever stands in it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
