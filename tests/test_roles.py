"""How roles and playbooks are written.

Short, flat, in imperative sentences. No machine takes part.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from support import read_yaml

ROOT = Path(__file__).parent.parent
ROLES = sorted(path.parent.parent for path in ROOT.glob("roles/*/tasks/main.yml"))
PLAYS = sorted(
    path
    for folder in ("playbooks", "molecule")
    for path in ROOT.glob(f"{folder}/**/*.yml")
    if "inventory" not in path.parts and isinstance(yaml.safe_load(path.read_text()), list)
)
# What a task does is the first word of its name.
VERBS = {
    "Add",
    "Apply",
    "Bring",
    "Build",
    "Check",
    "Commit",
    "Compare",
    "Configure",
    "Copy",
    "Create",
    "Destroy",
    "Enable",
    "Export",
    "Find",
    "Forbid",
    "Grade",
    "Import",
    "Install",
    "Prepare",
    "Prove",
    "Provide",
    "Provision",
    "Pull",
    "Push",
    "Reach",
    "Read",
    "Refuse",
    "Reload",
    "Remove",
    "Repair",
    "Replace",
    "Report",
    "Reset",
    "Restart",
    "Restore",
    "Run",
    "Save",
    "Set",
    "Spoil",
    "Start",
    "Stop",
    "Tag",
    "Test",
    "Update",
    "Validate",
    "Wait",
    "Walk",
    "Write",
}
INCLUDES = ("ansible.builtin.include_tasks", "ansible.builtin.import_tasks")
ROLE = pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)


def flat(tasks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Tasks, blocks and what is in them."""
    for task in tasks:
        yield task
        for part in ("block", "rescue", "always"):
            yield from flat(task.get(part, []))


def tasks_of(role: Path) -> list[dict[str, Any]]:
    """All tasks, blocks and handlers of a role."""
    files = sorted([*role.glob("tasks/*.yml"), *role.glob("handlers/*.yml")])
    return [task for path in files for task in flat(read_yaml(path))]


def included(path: Path) -> set[Path]:
    """The files of tasks that a file of tasks names; an expression stands for whatever fits."""
    named = [
        task[key]["file"] if isinstance(task[key], dict) else task[key]
        for task in flat(read_yaml(path))
        for key in INCLUDES
        if key in task
    ]
    patterns = [re.sub(r"{{.*?}}", "*", name) for name in named]
    return {
        other
        for other in path.parent.glob("*.yml")
        if any(fnmatch(other.name, each) for each in patterns)
    }


def named_in(path: Path) -> list[str]:
    """Names of the plays and tasks in a file.

    A play or task without one has the name of its file.
    """
    entries = read_yaml(path)
    parts = ("pre_tasks", "tasks", "post_tasks", "handlers")
    tasks = [task for entry in entries for part in parts for task in flat(entry.get(part, []))]
    return [entry.get("name", path.name) for entry in [*flat(entries), *tasks]]


def not_imperative(names: list[str]) -> list[str]:
    return [name for name in names if name.split()[0] not in VERBS]


@ROLE
def test_most_tasks_have_no_condition(role):
    tasks = tasks_of(role)
    assert sum("when" in task for task in tasks) <= 0.4 * len(tasks)


@ROLE
def test_variables_are_few(role):
    path = role / "vars/main.yml"
    assert not path.exists() or len(path.read_text().splitlines()) <= 80


@ROLE
def test_files_of_tasks_are_short(role):
    lengths = {path.name: len(path.read_text().splitlines()) for path in role.glob("tasks/*.yml")}
    assert {name for name, length in lengths.items() if length > 100} == set()


@ROLE
def test_names_of_tasks_are_imperative_and_unique(role):
    names = [task.get("name", "nameless") for task in tasks_of(role)]
    assert not_imperative(names) == []
    assert sorted({name for name in names if names.count(name) > 1}) == []


@ROLE
def test_no_file_of_tasks_comes_back_to_itself(role):
    for path in role.glob("tasks/*.yml"):
        reached: set[Path] = set()
        ahead = included(path)
        while ahead - reached:
            reached |= ahead
            ahead = {other for each in ahead for other in included(each)}
        assert path not in reached


@pytest.mark.parametrize("path", PLAYS, ids=lambda path: str(path.relative_to(ROOT)))
def test_names_of_plays_are_imperative(path):
    assert not_imperative(named_in(path)) == []
