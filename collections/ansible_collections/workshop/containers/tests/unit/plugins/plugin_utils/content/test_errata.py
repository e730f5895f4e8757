# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errata.

What `load` makes of them and what it refuses, and steps that do not belong to every machine.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ansible_collections.workshop.containers.plugins.plugin_utils.content.load import (
    ContentError,
    load,
)

ERRATA = """---
- id: E1
  steps: [greet.write]
  document: {en: Old, ru: Старое}
  reality: {en: Gone, ru: Ушло}
  text: {en: Take the new one, ru: Берите новое}
  fix: {en: New, ru: Новое}
  proof: {date_after: "2020-01-01"}

- id: E2
  steps: [serve.run, serve.stop]
  document: {en: Works, ru: Работает}
  reality: {en: Fails, ru: Отказ}
  text: {en: Do not, ru: Откажитесь}
  fix: {en: Leave it, ru: Обойтись}
  proof:
    - id: attempt
      title: {en: Try, ru: Попробовать}
      do:
        - file_write: {path: /tmp/demo, source: demo}
        - shell_run: {script: sh /tmp/demo}
      check:
        - output: {exit_code: 1}
    - id: remove
      title: {en: Tidy up, ru: Убрать}
      do:
        - shell_run: {script: rm /tmp/demo}
      check:
        - output: {exit_code: 0}
"""


@pytest.fixture
def errata(demo: Path) -> Path:
    """The demo workshop with errata; answers its errata.yml."""
    (demo / "errata.yml").write_text(ERRATA, encoding="utf-8")
    (demo / "errata/files").mkdir(parents=True)
    (demo / "errata/files/demo").write_text("exit 1\n", encoding="utf-8")
    return demo / "errata.yml"


def test_proofs_are_a_workshop_of_their_own(errata: Path) -> None:
    content = load(errata.parent, errata=True)
    assert (content["name"], content["until"]) == ("demo-errata", "E2.remove")
    assert [(step["id"], step["lesson"]) for step in content["steps"]] == [
        ("E2.attempt", "E2"),
        ("E2.remove", "E2"),
    ]
    assert list(content["files"]) == ["E2/demo"]


def test_what_is_said_of_each(errata: Path) -> None:
    found = load(errata.parent)["errata"]
    assert [(erratum["id"], erratum["date_after"], erratum["proof"]) for erratum in found] == [
        ("E1", "2020-01-01", []),
        ("E2", "", ["E2.attempt", "E2.remove"]),
    ]
    assert found[0]["text"] == {"en": "Take the new one", "ru": "Берите новое"}


def test_until_in_errata(errata: Path) -> None:
    assert load(errata.parent, "E2", errata=True)["until"] == "E2.remove"


def test_a_workshop_without_errata(demo: Path) -> None:
    assert load(demo)["errata"] == []
    with pytest.raises(ContentError, match=r"errata\.yml"):
        load(demo, errata=True)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "greet.write",
            "greet.wrte",
            "3: [0].steps[0]: 'greet.wrte' names no step; did you mean greet.write?",
        ),
        (
            "2020-01-01",
            "2999-01-01",
            "8: [0].proof.date_after: 2999-01-01 is still to come, so this is no erratum yet",
        ),
        (
            "2020-01-01",
            "2020-13-01",
            "8: [0].proof.date_after: '2020-13-01' is no date: month must be in 1..12",
        ),
        ("id: E2", "id: E1", "10: [1].id: line 10 repeats the number E1 of line 2"),
        (
            "id: E2",
            "id: e2",
            "10: [1].id: expected the number of an erratum, such as E4, found the text 'e2'",
        ),
        (
            "id: remove",
            "id: attempt",
            "24: [1].proof[1].id: line 24 repeats the id 'attempt' of the step on line 17",
        ),
        (
            "source: demo",
            "source: dmo",
            "20: [1].proof[0].do[0].file_write.source: there is no file 'dmo'",
        ),
        ("  fix: {en: Leave it, ru: Обойтись}\n", "", "10: [1].fix: missing key"),
        (
            "Take the new one, ru: Берите новое",
            "Take the new one",
            "6: [0].text.ru: missing translation",
        ),
        ('{date_after: "2020-01-01"}', "{}", "8: [0].proof.date_after: missing key"),
        (
            '{date_after: "2020-01-01"}',
            "[]",
            "8: [0].proof: expected a list of at least one step, or date_after, found an empty "
            "list",
        ),
        (
            "output: {exit_code: 1}",
            "container: {name: web}",
            "23: [1].proof[0].check[0].container.name: no step up to here runs",
        ),
    ],
)
def test_refused(
    errata: Path, old: str, new: str, message: str, refusal: Callable[[Path], list[str]]
) -> None:
    assert ERRATA.count(old) == 1
    errata.write_text(ERRATA.replace(old, new), encoding="utf-8")
    lines = refusal(errata.parent)
    assert any(line.startswith(f"demo/errata.yml:{message}") for line in lines), lines


def test_what_is_done_on_windows_needs_no_check(
    demo: Path, spoil: Callable[[Path, str, str], None]
) -> None:
    before = load(demo)["steps"][0]
    spoil(
        demo / "greet/lesson.yml",
        "    check:\n      - file: {path: /srv/hello, source: hello}\n",
        "    applies: {system: windows}\n    check: []\n",
    )
    step = load(demo)["steps"][0]
    assert (step["applies"], step["check"]) == ({"system": "windows"}, [])
    assert (before["applies"], before["digest"] != step["digest"]) == ({}, True)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "timeout: 0\n",
            "timeout: 0\n    applies: {system: linux}\n",
            "33: steps[1].applies.system: expected windows or wsl, found the text",
        ),
        (
            "timeout: 0\n",
            "timeout: 0\n    applies: {}\n",
            "33: steps[1].applies: expected exactly one of system",
        ),
        (
            "      - container:\n          step: serve.run\n          running: false\n",
            "      []\n",
            "33: steps[1].check: expected a list of at least one check, found an empty list",
        ),
        (
            "container:\n          step: serve.run\n          running: false\n",
            "container_changes: {name: web}\n",
            "34: steps[1].check[0].container_changes: expected at least one of added, deleted",
        ),
        (
            "container:\n          step: serve.run\n          running: false\n",
            "build: {cached: [RUN]}\n",
            "34: steps[1].check[0].build: this step builds no image",
        ),
        (
            "container:\n          step: serve.run\n          running: false\n",
            "output: {exit_code: 0}\n",
            "34: steps[1].check[0].output: no operation of this step prints anything",
        ),
        (
            "container_stop:\n          name: web\n          timeout: 0",
            "image_remove: {name: hello}",
            "30: steps[1].do[0].image_remove.name: no step up to here leaves an image named "
            "'hello'",
        ),
        (
            "container_stop:\n          name: web\n          timeout: 0",
            "file_touch: {path: /srv/helo}",
            "30: steps[1].do[0].file_touch.path: no step up to here writes the file '/srv/helo'; "
            "did you mean /srv/hello?",
        ),
        (
            "container_stop:\n          name: web\n          timeout: 0",
            "container_copy: {container: wb, source: /srv/hello, path: /hello}",
            "30: steps[1].do[0].container_copy.container: no step up to here leaves a container "
            "named 'wb'; did you mean web?",
        ),
        (
            "container_stop:\n          name: web\n          timeout: 0",
            "container_run: {image: busybox, cpus: 0}",
            "30: steps[1].do[0].container_run.cpus: expected a number of processors above 0, such "
            "as 0.5, found 0",
        ),
    ],
)
def test_refused_in_lessons(
    demo: Path,
    old: str,
    new: str,
    message: str,
    refusal: Callable[[Path], list[str]],
    spoil: Callable[[Path, str, str], None],
) -> None:
    spoil(demo / "serve/lesson.yml", old, new)
    lines = refusal(demo)
    assert any(line.startswith(f"demo/serve/lesson.yml:{message}") for line in lines), lines
