# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a workshop, refuses what is wrong with it, and packs it for a machine."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ansible_collections.workshop.containers.plugins.plugin_utils import content_rules, content_schema, content_yaml
from ansible_collections.workshop.containers.plugins.plugin_utils.content_problems import ContentError, Problem, quoted, suggestion
from ansible_collections.workshop.containers.plugins.plugin_utils.content_rules import Lesson
from ansible_collections.workshop.containers.plugins.plugin_utils.content_yaml import Document

__all__ = ["ContentError", "load"]


def load(path: str | os.PathLike[str], until: str | None = None) -> dict[str, Any]:
    """Read the workshop in this folder, up to but not cut at ``until``: a step's full id, a lesson (its last step) or nothing (the end).

    Returns what a machine is given, all of it fit for JSON:
      name, title: {language: text}, languages: [str], base_images: [str], until: full id, digest: sha256 of all that is done and checked,
      steps: [{id (full), lesson, title, text, hint: {language: text}, type, where, do: [{operation: {…}}], check: [{check: {…}}], digest}],
      files: {"lesson/source": base64}.
    Raises ContentError with everything that is wrong in any file.
    """
    folder = Path(path)
    workshop = content_yaml.read(folder / "workshop.yml")
    languages = _languages(workshop)
    problems = [*workshop.problems, *content_schema.problems(workshop, "workshop", languages)]
    lessons: list[Lesson] = []
    for index, name in _lesson_names(workshop):
        try:
            lessons.append(_lesson(folder, name, workshop, index))
        except ContentError as error:
            problems += error.problems
    for lesson in lessons:
        problems += _lesson_problems(lesson, languages)
    problems = problems or list(content_rules.dangling_references(lessons))
    name = folder.resolve().name
    reached, until_problems = _until(until, lessons, name)
    if problems or until_problems:
        raise ContentError([*problems, *until_problems])
    return _packed(name, workshop.data, lessons, reached)


def _languages(workshop: Document) -> tuple[str, ...]:
    """The languages that every text must have; none when their list is wrong itself, which would make every text wrong."""
    found = workshop.data.get("languages") if isinstance(workshop.data, dict) else None
    wrong = any(problem.key.startswith("languages") for problem in content_schema.problems(workshop, "workshop"))
    return () if wrong or not found else tuple(found)


def _lesson_names(workshop: Document) -> Iterator[tuple[int, str]]:
    """The lessons of the list that may be the name of a folder, each once; the schema has reported the others."""
    found = workshop.data.get("lessons") if isinstance(workshop.data, dict) else None
    names = found if isinstance(found, list) else []
    for index, name in enumerate(names):
        if isinstance(name, str) and name.replace("-", "").isalnum() and name not in names[:index]:
            yield index, name


def _lesson(folder: Path, name: str, workshop: Document, index: int) -> Lesson:
    file = folder / name / "lesson.yml"
    if not file.exists():
        present = [found.parent.name for found in folder.glob("*/lesson.yml")]
        what = f"there is no {content_yaml.shown_path(file)}{suggestion(name, present)}"
        raise ContentError([workshop.problem(("lessons", index), what)])
    return Lesson(name, folder / name, content_yaml.read(file))


def _lesson_problems(lesson: Lesson, languages: tuple[str, ...]) -> list[Problem]:
    problems = [*lesson.document.problems, *content_schema.problems(lesson.document, "lesson", languages)]
    reported = {problem.key for problem in problems}
    found = [*content_rules.repeated_ids(lesson), *content_rules.unreadable_sources(lesson)]
    return problems + [problem for problem in found if problem.key not in reported]


def _until(until: str | None, lessons: Iterable[Lesson], workshop: str) -> tuple[str, list[Problem]]:
    """The full id of the last step to reach, or what is wrong with the wish."""
    ids = [full_id for lesson in lessons for _key, full_id, _step in lesson.steps()]
    last_of = {full_id.split(".", 1)[0]: full_id for full_id in ids}
    known = {full_id: full_id for full_id in ids} | last_of
    if not until:
        return (ids[-1] if ids else ""), []
    if until in known:
        return known[until], []
    what = f"{quoted(until)} names no lesson and no step of {workshop}{suggestion(until, known)}"
    return "", [Problem("", 0, "until", what)]


def _packed(name: str, workshop: dict[str, Any], lessons: list[Lesson], until: str) -> dict[str, Any]:
    files: dict[str, bytes] = {}
    for lesson in lessons:
        for _place, source in content_rules.sources(lesson):
            files[f"{lesson.name}/{source}"] = content_rules.read_source(lesson.folder, source)
    steps = [_step(lesson.name, full_id, step, files) for lesson in lessons for _key, full_id, step in lesson.steps()]
    content = {
        "name": name,
        "title": workshop["title"],
        "languages": workshop["languages"],
        "base_images": workshop["base_images"],
        "until": until,
        "steps": steps,
        "files": {file: base64.b64encode(data).decode("ascii") for file, data in files.items()},
    }
    digest = _digest([content["base_images"], [[step["id"], step["digest"]] for step in steps]])
    return {**content, "digest": digest}


def _step(lesson: str, full_id: str, step: dict[str, Any], files: dict[str, bytes]) -> dict[str, Any]:
    do, check = step.get("do", []), step["check"]
    named = {
        parameters["source"]: hashlib.sha256(files[f"{lesson}/{parameters['source']}"]).hexdigest()
        for part in ("do", "check")
        for _place, _name, parameters in content_rules.items(step, part)
        if "source" in parameters
    }
    return {
        "id": full_id,
        "lesson": lesson,
        "title": step["title"],
        "text": step["text"],
        "type": step["type"],
        "where": step.get("where", "host"),
        "hint": step["hint"],
        "do": do,
        "check": check,
        "digest": _digest([do, check, named]),
    }


def _digest(value: object) -> str:
    """The sha256 of a value, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode("ascii")).hexdigest()
