# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The schemas are sound, and what they allow is what is implemented and documented."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ansible_collections.workshop.containers.plugins.module_utils.workshop.checks import CHECKS
from ansible_collections.workshop.containers.plugins.module_utils.workshop.operations import (
    OPERATIONS,
)
from ansible_collections.workshop.containers.plugins.plugin_utils.content.load import load, schema

SCHEMAS = Path(schema.__file__).parent / "schemas"
GUIDE = (Path(__file__).parents[9] / "docs" / "authoring.md").read_text(encoding="utf-8")


def definitions(name: str) -> dict[str, Any]:
    """The operations or checks of a schema file."""
    return dict(json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))["$defs"])


@pytest.mark.parametrize("file", ["values", "operations", "checks", "lesson", "workshop", "errata"])
def test_is_a_json_schema(file: str) -> None:
    jsonschema.Draft202012Validator.check_schema(
        json.loads((SCHEMAS / f"{file}.json").read_text(encoding="utf-8"))
    )


def test_every_operation_is_implemented() -> None:
    assert sorted(schema.operations()) == sorted(OPERATIONS)


def test_every_check_is_implemented() -> None:
    assert sorted(schema.checks()) == sorted(CHECKS)


@pytest.mark.parametrize(
    ("name", "definition"),
    [*definitions("operations").items(), *definitions("checks").items()],
)
def test_is_documented_with_its_parameters(name: str, definition: dict[str, Any]) -> None:
    required = definition.get("required", ())
    row = next(
        cells
        for cells in re.findall(r"^\| `(\w+)` \|(.*?) \|", GUIDE, re.MULTILINE)
        if cells[0] == name
    )
    assert sorted(filter(None, row[1].strip().split(", "))) == sorted(
        f"**`{key}`**" if key in required else f"`{key}`" for key in definition["properties"]
    )


def test_the_example_is_a_valid_lesson(demo: Path) -> None:
    example = re.search(r"^```yaml\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    assert example
    (demo / "greet/lesson.yml").write_text(example[1], encoding="utf-8")
    (demo / "greet/files/index.html").write_text("<h1>Hello</h1>", encoding="utf-8")
    assert list(load(demo)["files"]) == ["greet/index.html"]
