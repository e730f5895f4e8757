"""The written document, the lessons and the errata of the workshop that ships belong together
without gaps.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.workshop.containers.plugins.plugin_utils.content.load import load

WORKSHOP = Path(__file__).parent.parent / "workshops/containers"
STEPS = {step["id"]: step for step in load(WORKSHOP)["steps"]}
PROOFS = load(WORKSHOP, errata=True)
ERRATA = {erratum["id"]: erratum for erratum in PROOFS["errata"]}
ROWS: list[dict[str, Any]] = yaml.safe_load((WORKSHOP / "document.yml").read_text(encoding="utf-8"))
OURS = {"delete-images", "isolation"}


def is_russian(words: str) -> bool:
    return bool(re.search("[а-я]", words))  # noqa: RUF001


def test_every_row_is_a_step_and_every_step_a_row() -> None:
    assert [row["id"] for row in ROWS] == list(STEPS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_row(row: dict[str, Any]) -> None:
    assert set(row) - {"ours"} == {"id", "holds"}
    assert set(row["holds"]) == {"en", "ru"}
    assert is_russian(row["holds"]["ru"])
    assert not is_russian(row["holds"]["en"])


def test_what_the_document_does_not_have() -> None:
    ours = [row["id"] for row in ROWS if row.get("ours")]
    assert [step for step in ours if step.split(".")[0] not in OURS] == ["system-packages.change"]
    assert [step for step in STEPS if step.split(".")[0] in OURS and step not in ours] == []


def test_every_folder_is_a_lesson_of_the_workshop() -> None:
    assert {file.parent.name for file in WORKSHOP.glob("*/lesson.yml")} == {
        step["lesson"] for step in STEPS.values()
    }


@pytest.mark.parametrize(
    "step", [step for step, data in STEPS.items() if data["applies"] != {"system": "windows"}]
)
def test_every_step_of_a_machine_has_a_check(step: str) -> None:
    assert STEPS[step]["check"]


def test_errata_are_numbered_without_gaps() -> None:
    assert list(ERRATA) == [f"E{number}" for number in range(1, len(ERRATA) + 1)]


@pytest.mark.parametrize("part", ["document", "reality", "text", "fix"])
@pytest.mark.parametrize("number", ERRATA)
def test_erratum_in_both_languages(number: str, part: str) -> None:
    assert is_russian(ERRATA[number][part]["ru"])
    assert not is_russian(ERRATA[number][part]["en"])


@pytest.mark.parametrize("number", ERRATA)
def test_erratum_has_a_proof(number: str) -> None:
    erratum = ERRATA[number]
    assert bool(erratum["proof"]) != bool(erratum["date_after"])


def test_every_proof_belongs_to_an_erratum() -> None:
    assert [step["id"] for step in PROOFS["steps"]] == [
        step for erratum in ERRATA.values() for step in erratum["proof"]
    ]


def test_proofs_make_nothing_under_names_that_lessons_or_learners_use() -> None:
    made = [
        parameters[key]
        for step in PROOFS["steps"]
        for item in step["do"]
        for parameters in item.values()
        for key in ("name", "path")
        if key in parameters
    ]
    assert [
        name
        for name in made
        if not name.startswith(("workshop-errata-", "/var/tmp/workshop-errata/"))
    ] == []


def test_flask_fails_as_the_document_has_it_and_works_as_the_lesson_has_it() -> None:
    lesson, proof = WORKSHOP / "flask-app/files", WORKSHOP / "errata/files/E11"
    fixed = (lesson / "Dockerfile").read_text(encoding="utf-8")
    assert (proof / "Dockerfile.fixed").read_text(encoding="utf-8") == fixed
    assert (proof / "Dockerfile").read_text(encoding="utf-8") == fixed.replace(" 'werkzeug<3'", "")
    assert (proof / "hello.py").read_bytes() == (lesson / "hello.py").read_bytes()
