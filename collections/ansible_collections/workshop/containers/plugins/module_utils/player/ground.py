# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state from which a workshop is typed on a machine of tests: brought about, and spoiled.

All of this removes what others have made. It is for machines on which nobody else works.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from typing import Any, Collection, Iterator

from ..engine.client import Engine
from ..engine.credentials import forget_credentials
from ..errors import LabError
from ..names import familiar_reference
from ..workshop.content import Content
from ..workshop.fold import Key
from ..workshop.outline import Outline
from ..workshop.record import Record
from ..workshop.tick import Tick


def refuse_used(content: Content, engine: Engine, record: Record) -> list[str]:
    """The ids of the images that are here; raises LabError where somebody has worked."""
    found = [f"the container {entry['Names'][0].lstrip('/')}" for entry in engine.containers()]
    found += [f"{path}" for path in _paths(content) if os.path.lexists(path)]
    found += [f"the step {step}, which has been done" for step in record.steps]
    if found:
        raise LabError(
            "a machine on which nobody works: all that is made on it meanwhile is removed",
            f"there is {found[0]}",
            "take a fresh machine, or one that you have cleared by hand",
        )
    return [entry["Id"] for entry in engine.images()]


def clear(content: Content, engine: Engine, record: Record, keep: Collection[str]) -> None:
    """Remove all containers, images but those to ``keep``, and what the lessons write."""
    for entry in engine.containers():
        engine.remove_container(entry["Id"])
    for _attempt in range(2):  # what stands on another image goes first
        for entry in engine.images():
            if entry["Id"] not in keep:
                _remove_image(engine, entry["Id"])
    for path in _paths(content):
        _remove_path(path)
    for registry in _registries(content):
        forget_credentials(registry)
    record.start_over()


def spoil(content: Content, engine: Engine, last: int, ticks: dict[str, Tick]) -> list[str]:
    """Undo, as nobody's step, what the steps up to ``last`` have brought about for good.

    The ids of the steps that are no longer true by that; ``ticks`` tell whose a container is.
    """
    outline = Outline(content.steps, content.fold)
    world = content.fold.worlds[last + 1]
    steps, keys = [], set()
    for index, step in enumerate(content.steps[: last + 1]):
        if step.id not in ticks:
            continue
        outline.index = index
        subjects = {
            key
            for check in step.checks
            if check.lasting(outline, last)
            for key in check.subjects(outline)
            # A container that never had a name of its own cannot be brought back.
            if key in world or key[0] != "container" or "name" in check.params
        }
        keys |= subjects
        steps += [step.id] if subjects else []
    made = {maker: each for tick in ticks.values() for maker, each in tick.containers.items()}
    for key in sorted(keys, key=lambda key: (key in world, key[0] == "image")):
        if key in world and key[0] == "container":
            _remove_container(engine, made.get(world[key].made_by.maker), key[1])
        else:
            _spoil(content, engine, key, key in world)
    return steps


def _spoil(content: Content, engine: Engine, key: Key, present: bool) -> None:
    kind, name = key
    if present and kind == "image":
        _remove_image(engine, familiar_reference(name))
    elif present and kind == "login":
        forget_credentials(name)
    elif present:
        _remove_path(name)
    else:
        base = familiar_reference(content.base_images[0])
        if engine.image(base) is None:
            engine.pull(base)
        if kind == "container":
            engine.api.create_container(image=base, command=["true"], name=name)
        elif kind == "image":
            repository, _, tag = familiar_reference(name).rpartition(":")
            engine.api.tag(base, repository, tag)


def _remove_container(engine: Engine, identity: str | None, name: str) -> None:
    """Remove a container by its id, or by its name where the lab made it."""
    found = engine.container_named(name) if identity is None else {"Id": identity}
    if found is not None:
        engine.remove_container(found["Id"])


def _remove_image(engine: Engine, name: str) -> None:
    with suppress(LabError), engine.speaking(f"the image {name} to be removed"):
        engine.api.remove_image(name, force=True)


def _remove_path(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    else:
        with suppress(FileNotFoundError):
            os.unlink(path)


def _paths(content: Content) -> list[str]:
    """The files and folders that the lessons make."""
    names = ("file_write", "directory_create")
    return sorted({params["path"] for name, params in _operations(content) if name in names})


def _registries(content: Content) -> set[str]:
    return {params["registry"] for name, params in _operations(content) if name == "registry_login"}


def _operations(content: Content) -> Iterator[tuple[str, dict[str, Any]]]:
    for step in content.data:
        for item in step["do"]:
            yield from item.items()
