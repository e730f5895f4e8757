# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Contradictions between the steps of a workshop: the machines' fold, on the controller.

Each step is right by itself here: the schema has seen it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError
from ansible_collections.workshop.containers.plugins.module_utils.names import full_reference
from ansible_collections.workshop.containers.plugins.module_utils.workshop.fold import (
    Fold,
    FoldError,
    World,
)
from ansible_collections.workshop.containers.plugins.module_utils.workshop.operations import (
    Operation,
    operations_of,
)
from ansible_collections.workshop.containers.plugins.plugin_utils.content import rules
from ansible_collections.workshop.containers.plugins.plugin_utils.content.problems import (
    Problem,
    quoted,
    suggestion,
)
from ansible_collections.workshop.containers.plugins.plugin_utils.content.rules import Lesson
from ansible_collections.workshop.containers.plugins.plugin_utils.content.yaml_lines import Key

# What a machine may be: a step that applies to another kind is neither done nor judged there.
_KINDS = {"system": ("", "wsl"), "engine_source": ("", "docker", "distribution")}

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
# The checks whose `exists` speaks of a thing of the world, and the kind of that.
_EXISTS = {"container": "container", "image": "image"}


def contradictions(lessons: Sequence[Lesson], images: Iterable[str]) -> Iterator[Problem]:
    """Yield what no machine could do or find, each once; ``images`` are the base images."""
    files = {
        f"{lesson.name}/{source}": rules.read_source(lesson.folder, source)
        for lesson in lessons
        for _key, source in rules.sources(lesson)
    }
    base_images = {full_reference(image) for image in images}
    seen = set()
    for kind in itertools.product(*_KINDS.values()):
        machine = dict(zip(_KINDS, kind))
        for problem in _Reading(lessons, files, base_images, machine).problems():
            if problem not in seen:
                seen.add(problem)
                yield problem


class _Step:
    """A step, where it stands, and its operations; none for one that is not for this machine."""

    def __init__(self, lesson: Lesson, key: Key, full_id: str, data: dict[str, Any]) -> None:
        self.lesson = lesson
        self.key = key
        self.id = full_id
        self.data = data
        self.operations: list[Operation] = []

    def problem(self, part: str, number: int, parameter: str, what: str) -> Problem:
        """A problem with an item of ``do`` or ``check``, or with one parameter of it."""
        name = next(iter(self.data[part][number]))
        place = (*self.key, part, number, name)
        return self.lesson.document.problem((*place, parameter) if parameter else place, what)


class _Reading:
    """The steps as one kind of machine would do them."""

    def __init__(
        self,
        lessons: Sequence[Lesson],
        files: dict[str, bytes],
        base_images: set[str],
        machine: dict[str, str],
    ) -> None:
        self._found: list[Problem] = []
        self._base_images = base_images
        self._steps = [
            _Step(lesson, key, full_id, data)
            for lesson in lessons
            for key, full_id, data in lesson.steps()
        ]
        for step in self._steps:
            applies = step.data.get("applies") or {}
            if all(machine[condition] == wanted for condition, wanted in applies.items()):
                step.operations = self._operations(step, files)
        self._fold = Fold((step.operations for step in self._steps), self._refuse)

    def problems(self) -> Iterator[Problem]:
        """Find what is wrong, with file, line and key."""
        yield from self._found
        for index, step in enumerate(self._steps):
            yield from self._unknown_images(index, step)
            for number, item in enumerate(step.data.get("check") or ()):
                for name, parameters in item.items():
                    for parameter, what in self._check(index, name, parameters):
                        yield step.problem("check", number, parameter, what)

    def _operations(self, step: _Step, files: dict[str, bytes]) -> list[Operation]:
        made = []
        for number, item in enumerate(step.data.get("do") or ()):
            try:
                made += operations_of({"id": step.id, "do": [{}] * number + [item]}, files)
            except LabError as error:
                self._found.append(
                    step.problem("do", number, "", f"expected {error.expected}: {error.observed}")
                )
        return made

    def _refuse(self, index: int, operation: Any, error: FoldError) -> None:
        hint = suggestion(error.word, error.known) if error.known else ""
        self._found.append(
            self._steps[index].problem(
                "do", operation.maker.number, error.parameter, f"{error}{hint}"
            )
        )

    def _unknown_images(self, index: int, step: _Step) -> Iterator[Problem]:
        """Images that no step makes and the workshop does not name, so that machines lack them."""
        for key, thing in self._fold.worlds[index + 1].items():
            if (
                thing.steps[0] == index
                and thing.attrs.get("pulled")
                and key[1] not in self._base_images
            ):
                number = thing.made_by.maker.number
                parameters = next(iter(step.data["do"][number].values()))
                parameter = next(
                    (each for each in ("image", "name") if _names(parameters, each, key[1])), ""
                )
                yield step.problem(
                    "do",
                    number,
                    parameter,
                    f"no step up to here makes the image {key[1]}, and base_images in workshop.yml"
                    " does not name it",
                )

    def _check(
        self, index: int, name: str, parameters: dict[str, Any]
    ) -> Iterator[tuple[str, str]]:
        """Find what is wrong with a check, by parameter; an empty one means all of it."""
        step = self._steps[index]
        done = {each for item in step.data.get("do") or () for each in item}
        if name in _OF_ITS_OWN and not _OF_ITS_OWN[name][0] & done:
            yield "", _OF_ITS_OWN[name][1]
        if name == "terminal":
            yield from self._terminal(index, parameters["name"])
        if name in _ONE_CONTAINER:
            yield from self._container(index, parameters)
        if name in _EXISTS and "name" in parameters:
            yield from self._state(index, _EXISTS[name], parameters)

    def _terminal(self, index: int, name: str) -> Iterator[tuple[str, str]]:
        if not any(("terminal", name) in world for world in self._fold.worlds[: index + 2]):
            opened = {
                operation.params.get("terminal") for operation in self._steps[index].operations
            }
            if name not in opened:
                yield "name", f"no step up to here opens terminal {name}"

    def _container(self, index: int, parameters: dict[str, Any]) -> Iterator[tuple[str, str]]:
        runs = {step.id: _containers(step) for step in self._steps[: index + 1] if step.operations}
        named = {name for names in runs.values() for name in names if name}
        running = {step for step, names in runs.items() if names}
        here = self._steps[index].id
        name, other = parameters.get("name"), parameters.get("step")
        if name is not None and name not in named and not self._elsewhere(index, name):
            hint = suggestion(name, named)
            yield "name", f"no step up to here runs a container named {quoted(name)}{hint}"
        if name is None and other is None and here not in running and self._applies(index):
            yield "", "this step runs no container; say which one is meant with name or step"
        if other is None or other in running:
            return
        ids = [step.id for step in self._steps]
        if other not in ids:
            yield "step", f"{quoted(other)} names no step{suggestion(other, ids)}"
        elif other not in ids[: index + 1]:
            yield "step", f"the step {quoted(other)} comes later"
        elif self._applies(ids.index(other)):
            hint = suggestion(other, running)
            yield "step", f"the step {quoted(other)} runs no container{hint}"

    def _applies(self, index: int) -> bool:
        """Say whether a step has been folded: on this kind of machine it is done."""
        step = self._steps[index]
        return bool(step.operations) or not step.data.get("do")

    def _scripted(self, index: int) -> bool:
        """Say whether a script has run by then: what it leaves behind is not known."""
        return any(
            operation.name == "shell_run"
            for step in self._steps[: index + 1]
            for operation in step.operations
        )

    def _elsewhere(self, index: int, name: str) -> bool:
        """Say whether a step that is not for this kind of machine runs a container of this name."""
        return any(
            item.get("container_run", {}).get("name") == name
            for position, step in enumerate(self._steps[: index + 1])
            if not self._applies(position)
            for item in step.data["do"]
        )

    def _state(
        self, index: int, kind: str, parameters: dict[str, Any]
    ) -> Iterator[tuple[str, str]]:
        """Yield where a check wants what the steps up to it have just undone, or the reverse."""
        world: World = self._fold.worlds[index + 1]
        name = parameters["name"]
        thing = world.get((kind, full_reference(name) if kind == "image" else name))
        if self._found or not self._applies(index) or self._scripted(index):
            return  # what the world is then is not known
        if thing is None and kind == "container":
            if parameters.get("exists") is True or "running" in parameters:
                wanted = "exists" if "exists" in parameters else "running"
                yield wanted, f"after this step there is no container {name}"
        elif thing is not None:
            if parameters.get("exists") is False:
                yield "exists", f"after this step the {kind} {name} is still there"
            running = thing.attrs.get("running")
            if kind == "container" and parameters.get("running", running) is not running:
                state = "runs" if running else "does not run"
                yield "running", f"after this step the container {name} {state}"


def _containers(step: _Step) -> list[str]:
    """The names of the containers that a step runs; empty for one that Docker names."""
    return [
        operation.params.get("name", "")
        for operation in step.operations
        if operation.name == "container_run"
    ]


def _names(parameters: dict[str, Any], parameter: str, reference: str) -> bool:
    return parameter in parameters and full_reference(parameters[parameter]) == reference
