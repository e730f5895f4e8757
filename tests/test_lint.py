"""What can be said of the sources without running them."""

from __future__ import annotations

import shutil
from pathlib import Path

import ansible_test
import pytest

ROOT = Path(__file__).parent.parent
COLLECTION = ROOT / "collections/ansible_collections/workshop/containers"
VALIDATE = (
    Path(ansible_test.__file__).parent / "_util/controller/sanity/validate-modules/validate.py"
)
PLUGINS = [
    (kind, path.stem)
    for folder, kind in (("modules", "module"), ("callback", "callback"))
    for path in sorted((COLLECTION / "plugins" / folder).glob("[a-z]*.py"))
]


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("ruff", ["ruff", "check"]),
        ("ruff-format", ["ruff", "format", "--check"]),
        ("yamllint", ["yamllint", "--strict", "."]),
        ("mypy", ["mypy", str(COLLECTION / "plugins/module_utils"), "release/collection.py"]),
        ("ansible-lint", ["ansible-lint", "--nocolor"]),
    ],
)
def test_linter(run, name, command):
    run(f"lint-{name}", *command)


@pytest.mark.parametrize(("kind", "name"), PLUGINS)
def test_plugin_is_documented(run, kind, name):
    assert name in run(
        f"doc-{kind}-{name}", "ansible-doc", "--type", kind, f"workshop.containers.{name}"
    )


@pytest.mark.parametrize("kind", ["module", "callback"])
def test_plugins_are_what_their_documentation_says(run, tmp_path, kind):
    """Ansible's own validate-modules, without the environment that ansible-test would download for
    it.
    """
    copy = tmp_path / "ansible_collections/workshop/containers"
    shutil.copytree(COLLECTION, copy, ignore=shutil.ignore_patterns("__pycache__"))
    folder = "modules" if kind == "module" else kind
    paths = [f"plugins/{folder}/{name}.py" for each, name in PLUGINS if each == kind]
    command = [
        "python",
        VALIDATE,
        "--arg-spec",
        "--collection",
        "ansible_collections/workshop/containers",
        "--plugin-type",
        kind,
        *paths,
    ]
    run(
        f"validate-{kind}",
        *command,
        cwd=copy,
        env={"ANSIBLE_COLLECTIONS_PATH": str(tmp_path), "PYTHONPATH": str(tmp_path)},
    )
