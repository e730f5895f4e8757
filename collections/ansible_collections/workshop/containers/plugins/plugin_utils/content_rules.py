# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must hold between the steps of a workshop and for its files, beyond what a schema can say."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ansible_collections.workshop.containers.plugins.plugin_utils.content_problems import Problem, quoted, suggestion
from ansible_collections.workshop.containers.plugins.plugin_utils.content_yaml import LARGEST, Document, Key

FILES = "files"


@dataclasses.dataclass(frozen=True)
class Lesson:
    """A lesson as it was read. It may break any rule: what is not shaped as expected is passed over, the schema has reported it."""

    name: str
    folder: Path
    document: Document

    def steps(self) -> Iterator[tuple[Key, str, dict[str, Any]]]:
        """The key, the full id and the data of each step."""
        for index, step in _mappings(self.document.data, "steps"):
            if isinstance(step.get("id"), str):
                yield ("steps", index), f"{self.name}.{step['id']}", step


def items(step: dict[str, Any], part: str) -> Iterator[tuple[Key, str, dict[str, Any]]]:
    """The key within the step, the name and the parameters of each operation (``do``) or check (``check``)."""
    for index, item in _mappings(step, part):
        for name, parameters in item.items():
            if isinstance(parameters, dict):
                yield (part, index, name), name, parameters


def _mappings(data: Any, key: str) -> Iterator[tuple[int, dict[str, Any]]]:
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
            for place, _name, parameters in items(step, part):
                if isinstance(parameters.get("source"), str):
                    yield (*key, *place, "source"), parameters["source"]


def read_source(lesson_folder: Path, source: str) -> bytes:
    """The content of a lesson's file. Raises ValueError with what is wrong with it."""
    folder = lesson_folder / FILES
    path = folder / source
    try:
        if not path.resolve().is_relative_to(folder.resolve()):
            raise ValueError(f"{quoted(source)} leads out of the lesson's files folder")
        if not path.exists():
            raise ValueError(f"there is no file {quoted(source)} in the lesson's files folder{suggestion(source, _files(folder))}")
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
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def dangling_references(lessons: Sequence[Lesson]) -> Iterator[Problem]:
    """Steps, containers and terminals are mentioned only where an earlier step, or the same one, has brought them about."""
    scene = _Scene({full_id for lesson in lessons for _key, full_id, _step in lesson.steps()})
    for lesson in lessons:
        for key, full_id, step in lesson.steps():
            scene.reached.add(full_id)
            for place, name, parameters in items(step, "do"):
                for parameter, what in scene.operation(full_id, name, parameters):
                    yield lesson.document.problem((*key, *place, parameter), what)
            for place, name, parameters in items(step, "check"):
                for parameter, what in scene.check(full_id, name, parameters):
                    where = (*key, *place, parameter) if parameter else (*key, *place)
                    yield lesson.document.problem(where, what)


@dataclasses.dataclass
class _Scene:
    """What the steps so far have brought about."""

    steps: set[str]
    reached: set[str] = dataclasses.field(default_factory=set)
    containers: set[str] = dataclasses.field(default_factory=set)
    running_steps: set[str] = dataclasses.field(default_factory=set)
    terminals: set[str] = dataclasses.field(default_factory=set)

    def operation(self, step: str, name: str, parameters: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """What is wrong with an operation, by parameter; then its effects become part of the scene."""
        if name == "container_exec" and parameters["container"] != "newest":
            yield from self._container("container", parameters)
        elif name in ("container_stop", "container_remove"):
            yield from self._container("name", parameters)
        elif name == "terminal_type":
            yield from self._terminal("terminal", parameters)
        if name == "container_run":
            self.running_steps.add(step)
            self.containers.update({parameters["name"]} if "name" in parameters else ())
        if name in ("container_run", "container_exec"):
            self.terminals.update({parameters["terminal"]} if "terminal" in parameters else ())

    def check(self, step: str, name: str, parameters: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """What is wrong with a check, by parameter; an empty one means the check as a whole."""
        if name == "terminal":
            yield from self._terminal("name", parameters)
        if name in ("container", "container_log"):
            yield from self._container("name", parameters)
            yield from self._step("step", parameters)
            if "name" not in parameters and "step" not in parameters and step not in self.running_steps:
                yield "", "this step runs no container; say which one is meant with name or step"

    def _container(self, parameter: str, parameters: dict[str, Any]) -> Iterator[tuple[str, str]]:
        name = parameters.get(parameter)
        if name is not None and name not in self.containers:
            yield parameter, f"no step up to here runs a container named {quoted(name)}{suggestion(name, self.containers)}"

    def _terminal(self, parameter: str, parameters: dict[str, Any]) -> Iterator[tuple[str, str]]:
        name = parameters[parameter]
        if name not in self.terminals:
            yield parameter, f"no step up to here opens terminal {name}; container_run and container_exec do, with terminal: {name}"

    def _step(self, parameter: str, parameters: dict[str, Any]) -> Iterator[tuple[str, str]]:
        step = parameters.get(parameter)
        if step is None or step in self.running_steps:
            return
        if step not in self.steps:
            yield parameter, f"{quoted(step)} names no step{suggestion(step, self.steps)}"
        elif step not in self.reached:
            yield parameter, f"the step {quoted(step)} comes later"
        else:
            yield parameter, f"the step {quoted(step)} runs no container{suggestion(step, self.running_steps)}"
