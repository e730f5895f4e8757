"""Facts about the repository that no other test would miss."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from pathlib import Path

import ansible
import pytest

from support import read_yaml

ROOT = Path(__file__).parent.parent
ROLES = sorted(path.parent.parent for path in ROOT.glob("roles/*/tasks/main.yml"))
PLAYBOOKS = sorted(ROOT.glob("playbooks/*.yml"))
SCENARIOS = {path.parent.name for path in ROOT.glob("molecule/*/molecule.yml")}


WORKSHOP = ROOT / "workshops/containers"
STEPS = {
    lesson: read_yaml(WORKSHOP / lesson / "lesson.yml")["steps"]
    for lesson in read_yaml(WORKSHOP / "workshop.yml")["lessons"]
}


def done_on_lab_machines(lesson: str) -> list[str]:
    """Full ids of a lesson's steps that belong to a machine with Linux and its distribution's
    engine.
    """
    here = ({}, {"engine_source": "distribution"})
    return [f"{lesson}.{step['id']}" for step in STEPS[lesson] if step.get("applies", {}) in here]


TESTED = [lesson for lesson in STEPS if done_on_lab_machines(lesson)]


def functions(scenario: str) -> list[ast.FunctionDef]:
    """The test functions of a scenario."""
    return [
        function
        for path in ROOT.glob(f"molecule/{scenario}/tests/test_*.py")
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef) and function.name.startswith("test_")
    ]


def named_steps(function: ast.FunctionDef) -> list[str]:
    """The steps that a test names."""
    return [
        ast.literal_eval(step)
        for mark in function.decorator_list
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.step"
        for step in mark.args
    ]


def reenacts(function: ast.FunctionDef) -> bool:
    """True if a test does a step once more, which proves nothing about the step that was done."""
    return any(ast.unparse(mark) == "pytest.mark.reenacts" for mark in function.decorator_list)


def pins(name: str) -> dict[str, str]:
    """{package: version} of a lock."""
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE))


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_role_documents_each_of_its_variables(role):
    options = read_yaml(role / "meta/argument_specs.yml")["argument_specs"]
    defaults = read_yaml(role / "defaults/main.yml")
    assert set(options["main"]["options"]) == set(defaults)
    assert all(set(point["options"]) <= set(defaults) for point in options.values())


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_role_has_a_readme_with_an_example(role):
    assert f"role: {role.name}" in (role / "README.md").read_text()


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_role_prefixes_its_variables(role):
    assert [
        name
        for name in read_yaml(role / "defaults/main.yml")
        if not name.startswith(f"{role.name}_")
    ] == []


@pytest.mark.parametrize("playbook", PLAYBOOKS, ids=lambda playbook: playbook.stem)
def test_playbook_lists_roles_and_nothing_else(playbook):
    for play in read_yaml(playbook):
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


def test_task_names_begin_with_what_is_done():
    """Not with what a person would do: a machine reads, checks and creates."""
    vague = {"Ask", "Forget", "Give", "Know", "Let", "Look", "Make", "Meet", "Say", "See", "Tell"}
    found = [
        f"{path.relative_to(ROOT)}: {name}"
        for folder in ("bench", "collections", "molecule", "playbooks", "roles")
        for path in ROOT.glob(f"{folder}/**/*.yml")
        for name in re.findall(r"^ *- name: (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert len(found) > 300
    assert [each for each in found if each.partition(": ")[2].split()[0] in vague] == []


def test_docstrings_name_the_thing_or_begin_with_a_verb():
    """Of the plugins, and of what tests use: not "What …" or "Whether …"."""
    paths = [
        *ROOT.glob("collections/*/*/*/plugins/**/*.py"),
        *(path for path in ROOT.glob("**/conftest.py") if ".venv" not in path.parts),
        *ROOT.glob("collections/*/*/*/tests/integration/**/*.py"),
        *ROOT.glob("bench/*.py"),
        ROOT / "tests/support.py",
    ]
    found = [
        f"{path.relative_to(ROOT)}: {text.splitlines()[0]}"
        for path in paths
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        for text in [ast.get_docstring(node) or ""]
        if re.match(r"(How|That|What|When|Where|Whether|Which|Who)\b", text)
    ]
    assert len(paths) > 150
    assert found == []


def test_a_name_means_one_class_in_all_rooms():
    """A newcomer who reads the name of a class need not ask which of two it is."""
    homes: dict[str, set[str]] = {}
    for path in ROOT.glob("collections/*/*/*/plugins/module_utils/**/*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes.setdefault(node.name, set()).add(str(path.relative_to(ROOT)))
    assert {name: sorted(paths) for name, paths in homes.items() if len(paths) > 1} == {}


def test_no_file_of_the_plugins_is_long():
    assert [
        str(path.relative_to(ROOT))
        for path in ROOT.glob("collections/*/*/*/plugins/**/*.py")
        if len(path.read_text(encoding="utf-8").splitlines()) > 400
    ] == []


def test_locks_agree():
    run, tests = pins("requirements.txt"), pins("requirements-test.txt")
    assert run.items() <= tests.items()


@pytest.mark.parametrize(
    "lock",
    [
        "requirements-uv.txt",
        "requirements.txt",
        "requirements-test.txt",
        "requirements-release.txt",
    ],
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
    read_yaml(ROOT / "requirements.yml")["collections"],
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
        collection["name"] for collection in read_yaml(ROOT / "requirements.yml")["collections"]
    }


def test_every_lesson_has_a_scenario_and_every_scenario_a_lesson():
    assert set(TESTED) ^ SCENARIOS == {"default", "errata", "honesty", "modules", "replay"}


@pytest.mark.parametrize("lesson", TESTED)
def test_every_step_is_proven_by_a_test(lesson):
    named = {
        step
        for function in functions(lesson)
        if not reenacts(function)
        for step in named_steps(function)
    }
    assert named == set(done_on_lab_machines(lesson))


def test_what_runs_a_container_of_its_own_says_that_it_reenacts():
    """A container that stays, or a build, is no look at what a lesson left."""
    own = re.compile("docker run (?!--rm )|docker build")
    fixtures = {"server", "probe", "visitor", "build"}  # that make such containers, or images
    assert [
        function.name
        for lesson in TESTED
        for function in functions(lesson)
        if not reenacts(function)
        and (own.search(ast.unparse(function)) or fixtures & {a.arg for a in function.args.args})
    ] == []


@pytest.mark.parametrize("lesson", TESTED)
def test_every_test_of_a_scenario_names_a_step(lesson):
    assert [function.name for function in functions(lesson) if not named_steps(function)] == []


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
    """With module_defaults one that is not would work on another engine than the others."""
    collection = ROOT / "collections/ansible_collections/workshop/containers"
    modules = {
        path.stem
        for path in collection.glob("plugins/modules/*.py")
        if "workshop.containers.engine" in path.read_text().split("EXAMPLES")[0]
    }
    assert set(read_yaml(collection / "meta/runtime.yml")["action_groups"]["engine"]) == modules


def test_every_proof_of_reliability_exists():
    text = (ROOT / "docs/reliability.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(test_\w+)::(test_\w+)`", text))
    there = {
        (path.stem, name)
        for folder in ("tests", "molecule", "collections")
        for path in ROOT.glob(f"{folder}/**/test_*.py")
        for name in re.findall(r"^ *def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert len(named) > 90
    assert sorted(named - there) == []


@pytest.mark.parametrize(
    "path",
    sorted(path for path in ROOT.rglob("*.md") if not {".venv", ".cache"} & set(path.parts)),
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_inline_code_is_on_one_line(path):
    """A command that is broken over two lines can be neither searched for nor copied."""
    prose = re.sub(r"^```.*?^```$", "", path.read_text(), flags=re.DOTALL | re.MULTILINE)
    broken = [
        code
        for paragraph in re.split(r"\n\s*\n", prose)
        for code in re.findall(r"(?<!`)`([^`]+)`(?!`)", paragraph)
        if "\n" in code
    ]
    assert not broken
