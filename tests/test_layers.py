"""Which part of the collection may use which: what an arrow of docs/architecture.md stands for.

A room is a folder of module_utils. Imports are read from the source, those for types as well.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PLUGINS = ROOT / "collections/ansible_collections/workshop/containers/plugins"
PACKAGE = "ansible_collections.workshop.containers.plugins"
# From the top floor down. What stands on one floor does not know each other.
FLOORS = [
    {"player"},
    {"workshop"},
    {"builds", "containers", "images"},
    {"engine"},
    {"machine"},
    {"files", "http_request", "names"},
    {"deadline"},
    {"command_line", "errors", "labels", "retry", "safe_text", "step_result"},
]
LEVEL = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}
# The only files beside the plugins themselves that know Ansible on a machine.
THIN = {"module_utils/engine/module.py", "module_utils/workshop/module.py"}
# What plugins on the controller may use of what modules use on machines: small files, and what
# the operations of a workshop mean, which is folded on both sides.
CONTROLLER = {
    "command_line",
    "errors",
    "names",
    "safe_text",
    "step_result",
    "workshop.fold",
    "workshop.operations",
}


def imports(path: Path) -> Iterator[str]:
    """The full names of the modules that a file imports, and of what it imports from them."""
    package = [PACKAGE, *path.relative_to(PLUGINS).parent.parts]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            yield from (f"{module}.{alias.name}" for alias in node.names)


def files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in PLUGINS.glob(f"{folder}/**/*.py"))


def rooms_used(path: Path) -> set[str]:
    """The rooms and small files of module_utils that a file imports from."""
    start = f"{PACKAGE}.module_utils."
    return {name[len(start) :].split(".")[0] for name in imports(path) if name.startswith(start)}


def name(path: Path) -> str:
    return str(path.relative_to(PLUGINS))


def room(path: Path) -> str:
    return path.relative_to(PLUGINS / "module_utils").parts[0].removesuffix(".py")


def test_every_room_has_its_floor():
    assert {room(path) for path in files("module_utils")} == set(LEVEL)


@pytest.mark.parametrize("path", files("module_utils"), ids=name)
def test_a_room_uses_what_is_below_it(path):
    here = room(path)
    assert [used for used in rooms_used(path) if used != here and LEVEL[used] <= LEVEL[here]] == []


def test_no_file_is_part_of_a_circle():
    every = {
        f"{PACKAGE}.{'.'.join(path.relative_to(PLUGINS).with_suffix('').parts)}": path
        for path in files("module_utils", "plugin_utils")
    }
    uses = {}
    for module, path in every.items():
        # Imports for types only are undone before anything runs.
        found = {used for used in imports(path) if used in every}
        found |= {used.rpartition(".")[0] for used in imports(path)} & set(every)
        uses[module] = {used for used in found - {module} if not _for_types_only(path, used)}
    while free := {module for module, used in uses.items() if not used & set(uses)}:
        uses = {module: used for module, used in uses.items() if module not in free}
    assert sorted(uses) == []


def _for_types_only(path: Path, module: str) -> bool:
    """True if a file imports a module under `if TYPE_CHECKING:` only."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    last = module.rpartition(".")[2]
    guarded = {
        node
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    named = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and (
            (node.module or "").split(".")[-1] == last
            or any(alias.name == last for alias in node.names)
        )
    ]
    return bool(named) and all(node in guarded for node in named)


@pytest.mark.parametrize("path", files("module_utils", "plugin_utils"), ids=name)
def test_only_thin_files_know_ansible_modules(path):
    found = {used for used in imports(path) if used.startswith("ansible.module_utils.basic")}
    assert not found or name(path) in THIN


@pytest.mark.parametrize("path", files("action", "callback", "filter", "plugin_utils"), ids=name)
def test_the_controller_touches_no_engine(path):
    start = f"{PACKAGE}.module_utils."
    used = {name[len(start) :] for name in imports(path) if name.startswith(start)}
    assert [
        name
        for name in sorted(used)
        if not any(f"{name}.".startswith(f"{allowed}.") for allowed in CONTROLLER)
    ] == []


def test_the_picture_shows_the_arrows_of_the_code():
    picture = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    drawn = set(re.findall(r"^  (\w+) --> (\w+)$", picture, re.MULTILINE))
    rooms = {path.name for path in (PLUGINS / "module_utils").iterdir() if path.is_dir()}
    found = {
        (room(path), used)
        for path in files("module_utils")
        for used in rooms_used(path) & rooms
        if used != room(path)
    }
    assert drawn == found
