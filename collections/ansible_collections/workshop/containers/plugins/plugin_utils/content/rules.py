# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must hold between the steps of a workshop and for its files, beyond what a schema can say."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ansible_collections.workshop.containers.plugins.module_utils.names import full_reference
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


@dataclasses.dataclass(frozen=True)
class Lesson:
    """A lesson as it was read, or an erratum, whose proof is much like one: its steps lie under ``key`` of the document.

    It may break any rule: what is not shaped as expected is passed over, the schema has reported it.
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
    """The key within the step, the name and the parameters of each operation (``do``) or check (``check``)."""
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
            what = f"line {line} repeats the id {quoted(full_id.split('.', 1)[1])} of the step on line {first[full_id]}"
            yield lesson.document.problem(place, what)
        else:
            first[full_id] = lesson.document.line(place)


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
    """An erratum concerns steps that exist, and its date has come."""
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


def names_a_file(name: str, parameters: dict[str, Any]) -> bool:
    """Whether an operation or check names a file of the lesson: the ``source`` of container_copy is a file of the machine."""
    return name != "container_copy" and isinstance(parameters.get("source"), str)


def read_source(lesson_folder: Path, source: str) -> bytes:
    """The content of a lesson's file. Raises ValueError with what is wrong with it."""
    folder = lesson_folder / FILES
    path = folder / source
    try:
        if not path.resolve().is_relative_to(folder.resolve()):
            raise ValueError(f"{quoted(source)} leads out of the lesson's files folder")
        if not path.exists():
            raise ValueError(
                f"there is no file {quoted(source)} in the lesson's files folder{suggestion(source, _files(folder))}"
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


def dangling_references(lessons: Sequence[Lesson], images: Iterable[str]) -> Iterator[Problem]:
    """Steps, containers, images, … are mentioned only where an earlier step, or the same one, has brought them about.

    ``images`` are there before the first step.
    """
    scene = _Scene({full_id for lesson in lessons for _key, full_id, _step in lesson.steps()})
    scene.images.update(_full(image) for image in images)
    for lesson in lessons:
        for key, full_id, step in lesson.steps():
            scene.enter(full_id)
            for place, name, parameters in items(step, "do"):
                for parameter, what in scene.operation(name, parameters):
                    yield lesson.document.problem((*key, *place, parameter), what)
            for place, name, parameters in items(step, "check"):
                for parameter, what in scene.check(name, parameters):
                    where = (*key, *place, parameter) if parameter else (*key, *place)
                    yield lesson.document.problem(where, what)


def _full(image: str) -> str:
    try:
        return full_reference(image)
    except ValueError:
        return image


# What a check speaks of that the step itself has to do, and how that is said.
_OF_ITS_OWN = {
    "build": ({"image_build"}, "this step builds no image"),
    "output": (
        {
            "container_run",
            "terminal_type",
            "image_build",
            "image_remove",
            "image_prune",
            "http_request",
            "shell_run",
        },
        "no operation of this step prints anything",
    ),
}
_ONE_CONTAINER = ("container", "container_log", "container_file", "container_changes", "namespaces")
_CONTAINERS_OF_OPERATIONS = {
    "container_exec": "container",
    "container_stop": "name",
    "container_remove": "name",
    "image_commit": "container",
    "container_copy": "container",
}


@dataclasses.dataclass
class _Scene:
    """What the steps so far have brought about."""

    steps: set[str]
    step: str = ""
    done: set[str] = dataclasses.field(default_factory=set)
    reached: set[str] = dataclasses.field(default_factory=set)
    containers: set[str] = dataclasses.field(default_factory=set)
    running_steps: set[str] = dataclasses.field(default_factory=set)
    terminals: set[str] = dataclasses.field(default_factory=set)
    images: set[str] = dataclasses.field(default_factory=set)
    files: set[str] = dataclasses.field(default_factory=set)

    def enter(self, step: str) -> None:
        """Go on to the next step."""
        self.step = step
        self.done = set()
        self.reached.add(step)

    def operation(self, name: str, parameters: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """What is wrong with an operation, by parameter; then its effects become part of the scene."""
        if name in _CONTAINERS_OF_OPERATIONS and parameters.get("container") != "newest":
            yield from self._container(_CONTAINERS_OF_OPERATIONS[name], parameters)
        elif name == "terminal_type":
            yield from self._terminal("terminal", parameters)
        elif name in ("image_tag", "image_push", "image_remove"):
            yield from self._image("name", parameters)
        elif name == "file_touch" and parameters["path"] not in self.files:
            yield (
                "path",
                f"no step up to here writes the file {quoted(parameters['path'])}{suggestion(parameters['path'], self.files)}",
            )
        self._add(name, parameters)

    def _add(self, name: str, parameters: dict[str, Any]) -> None:
        self.done.add(name)
        if name == "container_run":
            self.running_steps.add(self.step)
            self.containers.update({parameters["name"]} if "name" in parameters else ())
            self.images.add(_full(parameters["image"]))
        elif name in ("image_pull", "image_commit") or (
            name == "image_build" and "refused" not in parameters
        ):
            self.images.add(_full(parameters["name"]))
        elif name == "image_tag":
            self.images.add(_full(parameters["target"]))
        elif name == "image_remove" and "refused" not in parameters:
            self.images.discard(_full(parameters["name"]))
        elif name == "file_write":
            self.files.add(parameters["path"])
        if name in ("container_run", "container_exec"):
            self.terminals.update({parameters["terminal"]} if "terminal" in parameters else ())

    def check(self, name: str, parameters: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """What is wrong with a check, by parameter; an empty one means the check as a whole."""
        if name == "terminal":
            yield from self._terminal("name", parameters)
        if name in _OF_ITS_OWN and not _OF_ITS_OWN[name][0] & self.done:
            yield "", _OF_ITS_OWN[name][1]
        if name in _ONE_CONTAINER:
            yield from self._container("name", parameters)
            yield from self._step("step", parameters)
            if (
                "name" not in parameters
                and "step" not in parameters
                and self.step not in self.running_steps
            ):
                yield "", "this step runs no container; say which one is meant with name or step"

    def _container(self, parameter: str, parameters: dict[str, Any]) -> Iterator[tuple[str, str]]:
        name = parameters.get(parameter)
        if name is not None and name not in self.containers:
            yield (
                parameter,
                f"no step up to here runs a container named {quoted(name)}{suggestion(name, self.containers)}",
            )

    def _image(self, parameter: str, parameters: dict[str, Any]) -> Iterator[tuple[str, str]]:
        name = parameters[parameter]
        if _full(name) not in self.images:
            yield parameter, f"no step up to here leaves an image named {quoted(name)}"

    def _terminal(self, parameter: str, parameters: dict[str, Any]) -> Iterator[tuple[str, str]]:
        name = parameters[parameter]
        if name not in self.terminals:
            yield (
                parameter,
                f"no step up to here opens terminal {name}; container_run and container_exec do, with terminal: {name}",
            )

    def _step(self, parameter: str, parameters: dict[str, Any]) -> Iterator[tuple[str, str]]:
        step = parameters.get(parameter)
        if step is None or step in self.running_steps:
            return
        if step not in self.steps:
            yield parameter, f"{quoted(step)} names no step{suggestion(step, self.steps)}"
        elif step not in self.reached:
            yield parameter, f"the step {quoted(step)} comes later"
        else:
            yield (
                parameter,
                f"the step {quoted(step)} runs no container{suggestion(step, self.running_steps)}",
            )
