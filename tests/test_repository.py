"""Facts about the repository that no other test would miss."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from pathlib import Path

import ansible
import pytest
import yaml

ROOT = Path(__file__).parent.parent
ROLES = sorted(path.parent.parent for path in ROOT.glob("roles/*/tasks/main.yml"))
PLAYBOOKS = sorted(ROOT.glob("playbooks/*.yml"))
SCENARIOS = {path.parent.name for path in ROOT.glob("molecule/*/molecule.yml")}


def load(path: Path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


WORKSHOP = ROOT / "workshops/containers"
STEPS = {
    lesson: load(WORKSHOP / lesson / "lesson.yml")["steps"]
    for lesson in load(WORKSHOP / "workshop.yml")["lessons"]
}


def done_on_lab_machines(lesson: str) -> list[str]:
    """Full ids of a lesson's steps that belong to a machine with Linux and its distribution's engine."""
    here = ({}, {"engine_source": "distribution"})
    return [f"{lesson}.{step['id']}" for step in STEPS[lesson] if step.get("applies", {}) in here]


TESTED = [lesson for lesson in STEPS if done_on_lab_machines(lesson)]


def named_steps(scenario: str) -> dict[str, list[str]]:
    """{name of a test function: the steps that it names} of a scenario."""
    return {
        function.name: [
            ast.literal_eval(step)
            for mark in function.decorator_list
            if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.step"
            for step in mark.args
        ]
        for path in ROOT.glob(f"molecule/{scenario}/tests/test_*.py")
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef) and function.name.startswith("test_")
    }


def pins(name: str) -> dict[str, str]:
    """{package: version} of a lock."""
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE))


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_role_documents_each_of_its_variables(role):
    options = load(role / "meta/argument_specs.yml")["argument_specs"]
    defaults = load(role / "defaults/main.yml")
    assert set(options["main"]["options"]) == set(defaults)
    assert all(set(point["options"]) <= set(defaults) for point in options.values())


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_role_has_a_readme_with_an_example(role):
    assert f"role: {role.name}" in (role / "README.md").read_text()


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_role_prefixes_its_variables(role):
    assert [
        name for name in load(role / "defaults/main.yml") if not name.startswith(f"{role.name}_")
    ] == []


@pytest.mark.parametrize("playbook", PLAYBOOKS, ids=lambda playbook: playbook.stem)
def test_playbook_lists_roles_and_nothing_else(playbook):
    for play in load(playbook):
        if "ansible.builtin.import_playbook" not in play:
            assert set(play) - {"roles", "tasks"} <= {
                "name",
                "hosts",
                "gather_facts",
                "gather_subset",
            }
            assert all(
                set(task) == {"name", "ansible.builtin.import_role"}
                for task in play.get("tasks", [])
            )


@pytest.mark.parametrize("playbook", PLAYBOOKS, ids=lambda playbook: playbook.stem)
def test_playbook_says_in_its_first_line_what_it_is_for(playbook):
    first = playbook.read_text().splitlines()[0]
    assert re.fullmatch(r"# .{10,70}", first)


def test_locks_agree():
    run, tests = pins("requirements.txt"), pins("requirements-test.txt")
    assert run.items() <= tests.items()


@pytest.mark.parametrize(
    "lock", ["requirements-uv.txt", "requirements.txt", "requirements-test.txt"]
)
def test_lock_has_hashes_and_no_address(lock):
    text = (ROOT / lock).read_text()
    assert "://" not in text
    assert all(
        "--hash=sha256:" in block
        for block in re.split(r"^(?=[a-z])", text, flags=re.MULTILINE)
        if "==" in block
    )


@pytest.mark.parametrize(
    "collection",
    load(ROOT / "requirements.yml")["collections"],
    ids=lambda collection: collection["name"],
)
def test_collection_has_the_version_that_comes_with_ansible(collection):
    folder = (
        Path(ansible.__file__).parent.parent
        / "ansible_collections"
        / collection["name"].replace(".", "/")
    )
    assert (
        json.loads((folder / "MANIFEST.json").read_text())["collection_info"]["version"]
        == collection["version"]
    )


def test_third_party_collections_are_listed():
    """Modules, and what expressions name: filters, tests and lookups."""
    ours = {"ansible.builtin", "workshop.containers"}
    installed = {
        f"{path.parent.name}.{path.name}"
        for path in (Path(ansible.__file__).parent.parent / "ansible_collections").glob("*/*")
    }
    sources = [
        path.read_text(encoding="utf-8")
        for folder in ("roles", "playbooks")
        for path in ROOT.glob(f"{folder}/**/*")
        if path.suffix in (".yml", ".j2")
    ]
    named = {
        name
        for text in sources
        for name in re.findall(r"(?<![\w./-])([a-z_]+\.[a-z_]+)\.[a-z]", text)
    }
    used = (named & (installed | ours)) - ours
    assert used == {
        collection["name"] for collection in load(ROOT / "requirements.yml")["collections"]
    }


def test_every_lesson_has_a_scenario_and_every_scenario_a_lesson():
    assert set(TESTED) ^ SCENARIOS == {"default", "errata", "modules"}


@pytest.mark.parametrize("lesson", TESTED)
def test_every_step_is_named_by_a_test(lesson):
    named = {step for steps in named_steps(lesson).values() for step in steps}
    assert named == set(done_on_lab_machines(lesson))


@pytest.mark.parametrize("lesson", TESTED)
def test_every_test_of_a_scenario_names_a_step(lesson):
    assert [name for name, steps in named_steps(lesson).items() if not steps] == []


@pytest.mark.parametrize("lesson", TESTED)
def test_spoiled_step_is_one_of_the_lessons(lesson):
    spoiled = re.findall(
        r"spoiled_step: (\S+)", (ROOT / f"molecule/{lesson}/side_effect.yml").read_text()
    )
    assert spoiled
    assert set(spoiled) <= set(done_on_lab_machines(lesson))


@pytest.mark.parametrize("lesson", STEPS)
def test_every_step_is_checked(lesson):
    on_windows = {"system": "windows"}
    assert [
        step["id"]
        for step in STEPS[lesson]
        if not step.get("check") and step.get("applies") != on_windows
    ] == []


def test_every_test_file_has_its_place_in_the_order_of_all_tests():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    named = [path for path in settings["tool"]["pytest"]["testpaths"] if path.startswith("tests/")]
    assert sorted(named) == sorted(
        str(path.relative_to(ROOT)) for path in ROOT.glob("tests/test_*.py")
    )


def test_every_module_that_has_an_engine_is_in_its_action_group():
    """With module_defaults one that is not would work on another engine than the others of a play."""
    collection = ROOT / "collections/ansible_collections/workshop/containers"
    modules = {
        path.stem
        for path in collection.glob("plugins/modules/*.py")
        if "workshop.containers.engine" in path.read_text().split("EXAMPLES")[0]
    }
    assert set(load(collection / "meta/runtime.yml")["action_groups"]["engine"]) == modules
