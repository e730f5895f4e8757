# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules for the steps of a workshop and its files that a schema cannot express."""

from __future__ import annotations

import dataclasses
import datetime
import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from ansible_collections.workshop.containers.plugins.plugin_utils.content.problems import (
    Problem,
    quoted,
    suggestion,
)
from ansible_collections.workshop.containers.plugins.plugin_utils.content.yaml_lines import (
    LARGEST,
    Document,
    Key,
)

FILES = "files"
# ![words](file), as Markdown has it
_PICTURE = re.compile(r"!\[[^\]]*\]\(\s*<?([^)\s>]+)")


@dataclasses.dataclass(frozen=True)
class Lesson:
    """A lesson as it was read, or an erratum, whose proof is much like one.

    Its steps lie under ``key`` of the document.

    It may break any rule: what is not shaped as expected is passed over, the schema has reported
    it.
    """

    name: str
    folder: Path
    document: Document
    key: Key = ("steps",)

    def steps(self) -> Iterator[tuple[Key, str, dict[str, Any]]]:
        """The key, the full id and the data of each step."""
        holder = self.document.data
        for part in self.key[:-1]:
            holder = holder[part]
        for index, step in _mappings(holder, self.key[-1]):
            if isinstance(step.get("id"), str):
                yield (*self.key, index), f"{self.name}.{step['id']}", step


def errata(folder: Path, document: Document) -> list[Lesson]:
    """The errata of a document, each with the steps of its proof."""
    found = document.data if isinstance(document.data, list) else []
    return [
        Lesson(erratum["id"], folder, document, (index, "proof"))
        for index, erratum in enumerate(found)
        if isinstance(erratum, dict) and isinstance(erratum.get("id"), str)
    ]


def items(step: dict[str, Any], part: str) -> Iterator[tuple[Key, str, dict[str, Any]]]:
    """The key within the step, the name and the parameters of each operation (``do``) or check
    (``check``).
    """
    for index, item in _mappings(step, part):
        for name, parameters in item.items():
            if isinstance(parameters, dict):
                yield (part, index, name), name, parameters


def _mappings(data: Any, key: str | int) -> Iterator[tuple[int, dict[str, Any]]]:
    found = data.get(key) if isinstance(data, dict) else None
    for index, item in enumerate(found if isinstance(found, list) else ()):
        if isinstance(item, dict):
            yield index, item


def repeated_ids(lesson: Lesson) -> Iterator[Problem]:
    """An id names one step of a lesson only."""
    first: dict[str, int] = {}
    for key, full_id, _step in lesson.steps():
        place: Key = (*key, "id")
        if full_id in first:
            line = lesson.document.line(place)
            what = (
                f"line {line} repeats the id {quoted(full_id.split('.', 1)[1])} of the step on "
                f"line {first[full_id]}"
            )
            yield lesson.document.problem(place, what)
        else:
            first[full_id] = lesson.document.line(place)


def untried(lesson: Lesson, least: int) -> Iterator[Problem]:
    """A step with a check has so many variants and near misses.

    What is done on Windows cannot be tried on a lab machine.
    """
    for key, _id, step in lesson.steps():
        if step.get("applies") == {"system": "windows"}:
            continue
        for part, words in (("variants", "other right ways"), ("near_misses", "wrong ways")):
            found = len(step.get(part, ()))
            if step.get("check") and found < least:
                what = f"expected at least {least} {words} to be tried, found {found or 'none'}"
                yield lesson.document.problem((*key, part), what)


def repeated_names(lesson: Lesson) -> Iterator[Problem]:
    """A name stands for one way of doing a step."""
    for key, _id, step in lesson.steps():
        first: dict[str, int] = {}
        for part in ("variants", "near_misses"):
            for index, script in _mappings(step, part):
                place: Key = (*key, part, index, "name")
                name, line = script.get("name"), lesson.document.line(place)
                if isinstance(name, str) and first.setdefault(name, line) != line:
                    what = f"line {first[name]} has the name {quoted(name)} already"
                    yield lesson.document.problem(place, what)


def full_id(lesson: str, need: str) -> str:
    """The full id of a step that a step of this lesson names, by its full id or its own."""
    return need if "." in need else f"{lesson}.{need}"


def unknown_needs(lessons: Sequence[Lesson]) -> Iterator[Problem]:
    """A step needs only steps that come before it."""
    steps = [(lesson, *step) for lesson in lessons for step in lesson.steps()]
    ids = [own_id for _lesson, _key, own_id, _step in steps]
    for number, (lesson, key, own_id, step) in enumerate(steps):
        for index, need in enumerate(step.get("needs", ())):
            wanted = full_id(lesson.name, need)
            if wanted in ids[:number]:
                continue
            what = f"{quoted(need)} names no step{suggestion(wanted, ids[:number])}"
            if wanted in ids:
                what = f"{quoted(need)} does not come before {own_id}"
            yield lesson.document.problem((*key, "needs", index), what)


def repeated_numbers(errata_: Sequence[Lesson]) -> Iterator[Problem]:
    """A number names one erratum only."""
    first: dict[str, int] = {}
    for erratum in errata_:
        place: Key = (erratum.key[0], "id")
        line = erratum.document.line(place)
        if first.setdefault(erratum.name, line) != line:
            yield erratum.document.problem(
                place,
                f"line {line} repeats the number {erratum.name} of line {first[erratum.name]}",
            )


def wrong_errata(
    document: Document, steps: Collection[str], today: datetime.date
) -> Iterator[Problem]:
    """An erratum concerns steps that exist, and its date is not in the future."""
    for index, erratum in enumerate(document.data):
        for number, step in enumerate(erratum["steps"]):
            if step not in steps:
                yield document.problem(
                    (index, "steps", number),
                    f"{quoted(step)} names no step{suggestion(step, steps)}",
                )
        if isinstance(erratum["proof"], dict):
            place: Key = (index, "proof", "date_after")
            try:
                day = datetime.date.fromisoformat(erratum["proof"]["date_after"])
            except ValueError as error:
                yield document.problem(
                    place, f"{quoted(erratum['proof']['date_after'])} is no date: {error}"
                )
            else:
                if day >= today:
                    yield document.problem(
                        place, f"{day} is still to come, so this is no erratum yet"
                    )


def unreadable_sources(lesson: Lesson) -> Iterator[Problem]:
    """A source is a regular file of at most 1 MiB below the lesson's files folder."""
    for place, source in sources(lesson):
        try:
            read_source(lesson.folder, source)
        except ValueError as error:
            yield lesson.document.problem(place, str(error))


def sources(lesson: Lesson) -> Iterator[tuple[Key, str]]:
    """Every file that the lesson names, and where."""
    for key, _id, step in lesson.steps():
        for part in ("do", "check"):
            for place, name, parameters in items(step, part):
                if names_a_file(name, parameters):
                    yield (*key, *place, "source"), parameters["source"]


def missing_pictures(lesson: Lesson) -> Iterator[Problem]:
    """A picture in a text is a file of the lesson: what learners read needs no network."""
    for place, texts in _texts(lesson):
        for language, text in texts.items():
            for picture in pictures(text) if isinstance(text, str) else ():
                if ":" in picture:
                    what = f"the picture {quoted(picture)} is not a file of the lesson"
                    yield lesson.document.problem((*place, language), what)
                    continue
                try:
                    read_source(lesson.folder, picture)
                except ValueError as error:
                    yield lesson.document.problem((*place, language), str(error))


def pictures(text: str) -> list[str]:
    """The files that a text in Markdown shows as pictures, below the lesson's files folder."""
    return _PICTURE.findall(text)


def _texts(lesson: Lesson) -> Iterator[tuple[Key, dict[str, Any]]]:
    """The texts of a lesson and its steps, in all languages, and where."""
    holders: list[tuple[Key, Any]] = [((), lesson.document.data)]
    holders += [(key, step) for key, _id, step in lesson.steps()]
    for key, holder in holders:
        for name in ("text", "hint"):
            if isinstance(holder, dict) and isinstance(holder.get(name), dict):
                yield (*key, name), holder[name]


def names_a_file(name: str, parameters: dict[str, Any]) -> bool:
    """Say whether an operation or check names a file of the lesson.

    The ``source`` of container_copy is a file of the machine.
    """
    return name != "container_copy" and isinstance(parameters.get("source"), str)


def read_source(lesson_folder: Path, source: str) -> bytes:
    """The content of a lesson's file. Raises ValueError with what is wrong with it."""
    folder = lesson_folder / FILES
    path = folder / source
    try:
        inside = folder.resolve()
        if not inside.is_relative_to(lesson_folder.parent.resolve()):
            raise ValueError("the lesson's files folder leads out of the workshop")
        if not path.resolve().is_relative_to(inside):
            raise ValueError(f"{quoted(source)} leads out of the lesson's files folder")
        if not path.exists():
            raise ValueError(
                f"there is no file {quoted(source)} in the lesson's files "
                f"folder{suggestion(source, _files(folder))}"
            )
        if not path.is_file():
            raise ValueError(f"{quoted(source)} is not a regular file")
        with path.open("rb") as stream:
            content = stream.read(LARGEST + 1)
    except (OSError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "its symbolic links form a loop"
        raise ValueError(f"{quoted(source)} cannot be read: {reason}") from error
    if len(content) > LARGEST:
        raise ValueError(f"{quoted(source)} is larger than 1 MiB")
    return content


def _files(folder: Path) -> list[str]:
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )
