# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `load` answers for a good workshop, and how its digests behave."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.workshop.containers.plugins.plugin_utils.content.load import (
    ContentError,
    load,
)


def test_shape(demo: Path) -> None:
    content = load(demo)
    assert {
        name: content[name] for name in ("name", "title", "languages", "base_images", "until")
    } == {
        "name": "demo",
        "title": {"en": "Demo", "ru": "Образец"},
        "languages": ["en", "ru"],
        "base_images": ["docker.io/library/busybox:latest"],
        "until": "serve.stop",
    }
    assert [step["id"] for step in content["steps"]] == [
        "greet.write",
        "greet.shell",
        "serve.run",
        "serve.stop",
    ]
    assert content["files"] == {
        "greet/hello": base64.b64encode(b"#!/bin/sh\necho hello\n").decode()
    }
    assert json.loads(json.dumps(content)) == content


def test_name_is_that_of_the_folder_however_it_is_reached(
    demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(demo)
    assert load(".")["name"] == "demo"


def test_step(demo: Path) -> None:
    step = load(demo)["steps"][1]
    assert {name: step[name] for name in ("id", "lesson", "command", "where", "title")} == {
        "id": "greet.shell",
        "lesson": "greet",
        "command": "docker run -it busybox sh\nps",
        "where": "A",
        "title": {"en": "Look", "ru": "Взглянуть"},
    }
    assert step["do"][1] == {"terminal_type": {"terminal": "A", "input": "ps", "expect": "sh"}}
    assert step["check"][0] == {"container": {"running": True}}


def test_a_learner_types_on_the_machine_unless_said_otherwise(demo: Path) -> None:
    assert load(demo)["steps"][0]["where"] == "host"


def test_a_step_may_leave_everything_to_the_learner(demo: Path) -> None:
    change(demo / "serve/lesson.yml", lambda lesson: lesson["steps"][1].pop("do"))
    assert load(demo)["steps"][3]["do"] == []


@pytest.mark.parametrize(
    ("until", "reached"),
    [
        (None, "serve.stop"),
        ("", "serve.stop"),
        ("serve", "serve.stop"),
        ("greet", "greet.shell"),
        ("greet.write", "greet.write"),
    ],
)
def test_until(demo: Path, until: str | None, reached: str) -> None:
    content = load(demo, until)
    assert content["until"] == reached
    assert len(content["steps"]) == 4, (
        "a machine is given every step: what comes later may already be there"
    )


@pytest.mark.parametrize(
    ("until", "message"),
    [
        (
            "serve.rn",
            "until: 'serve.rn' names no lesson and no step of demo; did you mean serve.run?",
        ),
        ("serv", "until: 'serv' names no lesson and no step of demo; did you mean serve?"),
        ("stop", "until: 'stop' names no lesson and no step of demo"),
        (
            "serve.run\n",
            "until: 'serve.run\\n' names no lesson and no step of demo; did you mean serve.run?",
        ),
    ],
)
def test_until_that_names_nothing(demo: Path, until: str, message: str) -> None:
    with pytest.raises(ContentError) as caught:
        load(demo, until)
    assert str(caught.value).startswith(message)


def change(file: Path, edit: Any) -> None:
    """Apply a change to the data of a YAML file."""
    data = yaml.safe_load(file.read_text(encoding="utf-8"))
    edit(data)
    file.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")


def digests(workshop: Path) -> dict[str, str]:
    """The digest of each step, and that of the workshop under an empty name."""
    content = load(workshop)
    return {"": content["digest"], **{step["id"]: step["digest"] for step in content["steps"]}}


def test_digest_does_not_depend_on_the_order_of_keys_or_on_the_notation(demo: Path) -> None:
    before = digests(demo)
    change(demo / "serve/lesson.yml", lambda _lesson: None)
    assert digests(demo) == before


def words(lesson: dict[str, Any]) -> None:
    """Reword all that only people read."""
    lesson["title"]["en"] = lesson["text"]["ru"] = "other words"
    for step in lesson["steps"]:
        step["title"]["en"] = step["text"]["ru"] = step["hint"]["en"] = "other words"
        step["command"] = step["differs"] = "other words"


@pytest.mark.parametrize("lesson", ["greet", "serve"])
def test_digest_does_not_depend_on_words(demo: Path, lesson: str) -> None:
    before = digests(demo)
    change(demo / lesson / "lesson.yml", words)
    assert digests(demo) == before


def do_otherwise(step: dict[str, Any], **parameters: Any) -> None:
    """Change the step's first operation, not what is typed."""
    [operation] = step["do"][0].values()
    operation.update(parameters)
    step["differs"] = "Only what is done counts here."


@pytest.mark.parametrize(
    ("edit", "changed"),
    [
        (
            lambda lesson: do_otherwise(lesson["steps"][0], command=["httpd", "-vv"]),
            "serve.run",
        ),
        (
            lambda lesson: do_otherwise(lesson["steps"][1], timeout=1),
            "serve.stop",
        ),
        (lambda lesson: lesson["steps"][0]["check"].pop(), "serve.run"),
        (
            lambda lesson: lesson["steps"][1]["check"][0]["container"].update(exit_code=0),
            "serve.stop",
        ),
    ],
)
def test_digest_depends_on_what_is_done_and_checked(demo: Path, edit: Any, changed: str) -> None:
    before = digests(demo)
    change(demo / "serve/lesson.yml", edit)
    assert differing(before, digests(demo)) == {"", changed}


def test_digest_depends_on_the_content_of_files(demo: Path) -> None:
    before = digests(demo)
    (demo / "greet/files/hello").write_text("#!/bin/sh\necho Hello\n", encoding="utf-8")
    assert differing(before, digests(demo)) == {"", "greet.write"}


def differing(before: dict[str, str], after: dict[str, str]) -> set[str]:
    """The names under which the digests are not the same."""
    return {name for name in before if before[name] != after[name]}


def test_with_one_language_plain_text_is_in_it(demo: Path) -> None:
    for file in (demo / "workshop.yml", *demo.glob("*/lesson.yml")):
        change(file, in_english)
    change(demo / "workshop.yml", lambda workshop: workshop.update(languages=["en"]))
    content = load(demo)
    assert content["title"] == {"en": "Demo"}
    assert content["steps"][0]["title"] == {"en": "Write"}
    assert content["steps"][0]["hint"] == {"en": "Save it."}


def in_english(data: Any) -> None:
    """Let every text be plain, and English."""
    for key, value in data.items():
        if isinstance(value, dict) and set(value) == {"en", "ru"}:
            data[key] = value["en"]
    for step in data.get("steps", ()):
        in_english(step)


def test_an_id_is_the_name_in_place_of_the_folders(demo: Path) -> None:
    change(demo / "workshop.yml", lambda workshop: workshop.update(id="another-demo"))
    assert load(demo)["name"] == "another-demo"
    assert load(demo)["path"] == str(demo.resolve())
