# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a workshop, refuses what is wrong with it, and packs it for a machine."""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ansible_collections.workshop.containers.plugins.plugin_utils.content import (
    rules,
    schema,
    yaml_lines,
)
from ansible_collections.workshop.containers.plugins.plugin_utils.content.contradictions import (
    contradictions,
)
from ansible_collections.workshop.containers.plugins.plugin_utils.content.drift.compare import (
    differences,
)
from ansible_collections.workshop.containers.plugins.plugin_utils.content.problems import (
    ContentError,
    Problem,
    quoted,
    suggestion,
)
from ansible_collections.workshop.containers.plugins.plugin_utils.content.rules import Lesson
from ansible_collections.workshop.containers.plugins.plugin_utils.content.yaml_lines import Document

__all__ = ["ContentError", "load"]

# The keys whose values are texts for learners.
_TEXTS = ("title", "text", "hint", "document", "reality", "fix")


def load(
    path: str | os.PathLike[str],
    until: str | None = None,
    errata: bool = False,
    least: int = 0,
    ways: bool = False,
) -> dict[str, Any]:
    """Read the workshop in this folder, up to but not cut at ``until``.

    A step's full id, a lesson (its last step) or nothing (the end).

    With ``errata`` the steps are those of the proofs in errata.yml: a workshop of their own, an
    erratum being a lesson. ``least`` is how many variants and near misses each step with a check
    must have; with ``ways`` these are packed, too.
    Returns what a machine is given, all of it fit for JSON:
      name, path, title: {language: text}, languages: [str], base_images: [str], until: full id,
      digest: sha256 of all that is done and checked, lessons: {id: title},
      about: {id of a lesson: its text},
      steps: [{id (full), lesson, title, text, hint: {language: text}, command, where,
        applies: {condition: value} or {}, needs: [full id], do: [{operation: {…}}],
        check: [{check: {…}}], digest, and with ``ways`` variants and near_misses:
        [{name, command, where, files: {name: text}, clear, names}]}],
      errata: [{id, steps: [full id], document, reality, text, fix: {language: text},
        date_after: day or "", proof: [full id]}],
      files: {"lesson/source": base64}.
    Raises ContentError with everything that is wrong in any file.

    """
    folder = Path(path)
    if not (folder / "workshop.yml").exists():
        place = yaml_lines.shown_path(folder)
        raise ContentError(
            [Problem(place, 0, "", "there is no workshop: a workshop.yml is missing")]
        )
    workshop = yaml_lines.read(folder / "workshop.yml")
    languages = _languages(workshop)
    _name_language(workshop, languages)
    problems = [*workshop.problems, *schema.problems(workshop, "workshop", languages)]
    lessons: list[Lesson] = []
    for index, name in _lesson_names(workshop):
        try:
            lessons.append(_lesson(folder, name, workshop, index))
        except ContentError as error:
            problems += error.problems
    for lesson in lessons:
        _name_language(lesson.document, languages)
        problems += _lesson_problems(lesson, languages)
        problems += rules.untried(lesson, least)
    proofs, errata_, errata_problems = _errata(folder, languages, wanted=errata)
    problems += errata_problems
    problems = problems or list(_contradictions(workshop, lessons, proofs, errata_))
    problems = problems or list(differences(lessons))
    name = _name(folder, workshop)
    chosen = proofs if errata else lessons
    reached, until_problems = _until(until, chosen, name)
    if problems or until_problems:
        raise ContentError([*problems, *until_problems])
    content = _packed(f"{name}-errata" if errata else name, workshop.data, chosen, reached)
    content["path"] = str(folder.resolve())
    if ways:
        _add_ways(content["steps"], chosen)
    return {
        **content,
        "errata": [_erratum(erratum) for erratum in (errata_.data if errata_ else ())],
    }


def _name(folder: Path, workshop: Document) -> str:
    """The name under which a machine knows the workshop: its id, else that of its folder."""
    found = workshop.data.get("id") if isinstance(workshop.data, dict) else None
    return found if isinstance(found, str) else folder.resolve().name


def _languages(workshop: Document) -> tuple[str, ...]:
    """The languages that every text must have.

    None when their list is wrong itself, which would make every text wrong.
    """
    found = workshop.data.get("languages") if isinstance(workshop.data, dict) else None
    wrong = any(
        problem.key.startswith("languages") for problem in schema.problems(workshop, "workshop")
    )
    return () if wrong or not found else tuple(found)


def _name_language(document: Document, languages: tuple[str, ...]) -> None:
    """Let plain text be a text in the workshop's language, where it has one only."""
    if len(languages) == 1:
        document.data = _named(document.data, languages[0])


def _named(data: Any, language: str) -> Any:
    if isinstance(data, list):
        return [_named(item, language) for item in data]
    if not isinstance(data, dict):
        return data
    return {
        key: {language: value}
        if key in _TEXTS and isinstance(value, str)
        else _named(value, language)
        for key, value in data.items()
    }


def _lesson_names(workshop: Document) -> Iterator[tuple[int, str]]:
    """The lessons of the list that may be the name of a folder, each once.

    The schema has reported the others.
    """
    found = workshop.data.get("lessons") if isinstance(workshop.data, dict) else None
    names = found if isinstance(found, list) else []
    for index, name in enumerate(names):
        if isinstance(name, str) and name.replace("-", "").isalnum() and name not in names[:index]:
            yield index, name


def _lesson(folder: Path, name: str, workshop: Document, index: int) -> Lesson:
    file = folder / name / "lesson.yml"
    if not file.exists():
        present = [found.parent.name for found in folder.glob("*/lesson.yml")]
        what = f"there is no {yaml_lines.shown_path(file)}{suggestion(name, present)}"
        raise ContentError([workshop.problem(("lessons", index), what)])
    return Lesson(name, folder / name, yaml_lines.read(file))


def _lesson_problems(lesson: Lesson, languages: tuple[str, ...]) -> list[Problem]:
    problems = [*lesson.document.problems, *schema.problems(lesson.document, "lesson", languages)]
    reported = {problem.key for problem in problems}
    found = [
        *rules.repeated_ids(lesson),
        *rules.repeated_names(lesson),
        *rules.unreadable_sources(lesson),
        *rules.missing_pictures(lesson),
    ]
    return problems + [problem for problem in found if problem.key not in reported]


def _errata(
    folder: Path, languages: tuple[str, ...], wanted: bool
) -> tuple[list[Lesson], Document | None, list[Problem]]:
    """The errata's proofs, their document and what is wrong with it.

    A workshop need not have any.
    """
    file = folder / "errata.yml"
    if not file.exists() and not wanted:
        return [], None, []
    try:
        document = yaml_lines.read(file)
    except ContentError as error:
        return [], None, error.problems
    _name_language(document, languages)
    proofs = rules.errata(folder / "errata", document)
    problems = [
        *document.problems,
        *schema.problems(document, "errata", languages),
        *rules.repeated_numbers(proofs),
    ]
    reported = {problem.key for problem in problems}
    for proof in proofs:
        found = [*rules.repeated_ids(proof), *rules.unreadable_sources(proof)]
        problems += [problem for problem in found if problem.key not in reported]
    return proofs, document, problems


def _contradictions(
    workshop: Document, lessons: list[Lesson], proofs: list[Lesson], errata: Document | None
) -> Iterator[Problem]:
    """Find what is wrong between parts that are right by themselves."""
    images = workshop.data["base_images"]
    yield from rules.unknown_needs(lessons)
    yield from rules.unknown_needs(proofs)
    yield from contradictions(lessons, images)
    yield from contradictions(proofs, images)
    if errata is not None:
        ids = [full_id for lesson in lessons for _key, full_id, _step in lesson.steps()]
        yield from rules.wrong_errata(errata, ids, datetime.date.today())


def _until(
    until: str | None, lessons: Iterable[Lesson], workshop: str
) -> tuple[str, list[Problem]]:
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


def _packed(
    name: str, workshop: dict[str, Any], lessons: list[Lesson], until: str
) -> dict[str, Any]:
    files: dict[str, bytes] = {}
    for lesson in lessons:
        for _place, source in rules.sources(lesson):
            files[f"{lesson.name}/{source}"] = rules.read_source(lesson.folder, source)
    steps = [
        _step(lesson.name, full_id, step, files)
        for lesson in lessons
        for _key, full_id, step in lesson.steps()
    ]
    content = {
        "name": name,
        "title": workshop["title"],
        "languages": workshop["languages"],
        "base_images": workshop["base_images"],
        "until": until,
        "lessons": {
            lesson.name: lesson.document.data["title"]
            for lesson in lessons
            if isinstance(lesson.document.data, dict)  # an erratum has no title
        },
        "about": {
            lesson.name: lesson.document.data["text"]
            for lesson in lessons
            if isinstance(lesson.document.data, dict)
        },
        "steps": steps,
        "files": {file: base64.b64encode(data).decode("ascii") for file, data in files.items()},
    }
    digest = _digest([content["base_images"], [[step["id"], step["digest"]] for step in steps]])
    return {**content, "digest": digest}


def _step(
    lesson: str, full_id: str, step: dict[str, Any], files: dict[str, bytes]
) -> dict[str, Any]:
    do, check, applies = step.get("do", []), step.get("check", []), step.get("applies", {})
    named = {
        parameters["source"]: hashlib.sha256(files[f"{lesson}/{parameters['source']}"]).hexdigest()
        for part in ("do", "check")
        for _place, name, parameters in rules.items(step, part)
        if rules.names_a_file(name, parameters)
    }
    return {
        "id": full_id,
        "lesson": lesson,
        "title": step["title"],
        "text": step.get("text", {}),
        "command": step.get("command", ""),
        "where": step.get("where", "host"),
        "hint": step.get("hint", {}),
        "applies": applies,
        "needs": [rules.full_id(lesson, need) for need in step.get("needs", [])],
        "do": do,
        "check": check,
        "digest": _digest([do, check, applies, named]),
    }


def _add_ways(steps: list[dict[str, Any]], lessons: list[Lesson]) -> None:
    """Add to packed steps the other ways of doing them, each with all of its keys."""
    written = [step for lesson in lessons for _key, _id, step in lesson.steps()]
    for packed, step in zip(steps, written, strict=True):
        empty = {"where": packed["where"], "files": {}, "clear": "", "names": ""}
        for part in ("variants", "near_misses"):
            packed[part] = [{**empty, **way} for way in step.get(part, ())]


def _erratum(erratum: dict[str, Any]) -> dict[str, Any]:
    proof = erratum["proof"]
    return {
        **{key: erratum[key] for key in ("id", "steps", "document", "reality", "text", "fix")},
        "date_after": proof["date_after"] if isinstance(proof, dict) else "",
        "proof": [f"{erratum['id']}.{step['id']}" for step in proof]
        if isinstance(proof, list)
        else [],
    }


def _digest(value: object) -> str:
    """The sha256 of a value, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode("ascii")).hexdigest()
