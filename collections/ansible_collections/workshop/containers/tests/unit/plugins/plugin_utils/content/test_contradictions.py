# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps that contradict each other are refused on the controller, with file, line and key, once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.workshop.containers.plugins.plugin_utils.content.load import (
    ContentError,
    load,
)

SLEEP = {"image": "busybox", "command": ["sleep", "1000"]}
BOX = {"container_run": {**SLEEP, "name": "box", "detach": True}}
DONE = {"container_run": {"image": "busybox", "command": ["date"], "name": "box"}}
SHELL = {"container_run": {"image": "busybox", "command": ["sh"], "name": "box", "tty": True}}
DATE = {"container_run": {"image": "busybox", "command": ["date"]}}
STOP = {"container_stop": {"name": "box"}}
REMOVE = {"container_remove": {"name": "box"}}
EXIT = {"terminal_type": {"terminal": "A", "input": "exit", "exits": True}}
TYPE = {"terminal_type": {"terminal": "A", "input": "ls"}}
EXEC = {"container_exec": {"container": "box", "command": ["sh"], "terminal": "B"}}
COMMIT = {"image_commit": {"container": "box", "name": "made"}}
FROM_MADE = {"container_run": {"image": "made", "name": "user"}}
RMI = {"image_remove": {"name": "made"}}


def on_port(name: str) -> dict[str, Any]:
    return {"container_run": {**SLEEP, "name": name, "detach": True, "ports": ["8080:80"]}}


@pytest.fixture
def problems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The lines with which a workshop of these steps is refused.

    Of each step `do`, then `check`.
    """
    monkeypatch.chdir(tmp_path)

    def problems(*steps: list[dict[str, Any]], checks: dict[int, list[Any]] | None = None):
        folder = tmp_path / "demo/one"
        folder.mkdir(parents=True)
        (folder / "files").mkdir()
        (folder / "files/x").write_text("x", encoding="ascii")
        workshop = {
            "title": "Demo",
            "languages": ["en"],
            "base_images": ["docker.io/library/busybox:latest"],
            "lessons": ["one"],
        }
        lesson = {
            "title": "One",
            "text": "Text.",
            "steps": [
                {
                    "id": f"s{number}",
                    "title": "Do",
                    "text": "Text.",
                    "command": "x",
                    **({"do": do, "differs": "Here only do counts."} if do else {}),
                    "check": (checks or {}).get(number, [{"file": {"path": "/etc/passwd"}}]),
                    "hint": "None.",
                }
                for number, do in enumerate(steps)
            ],
        }
        for path, data in ((folder / "../workshop.yml", workshop), (folder / "lesson.yml", lesson)):
            path.write_text(json.dumps(data, indent=1), encoding="utf-8")
        try:
            load(tmp_path / "demo")
        except ContentError as error:
            lines = str(error).splitlines()
            assert len(lines) == len(set(lines))
            assert all(line.startswith("demo/one/lesson.yml:") for line in lines)
            return [line.partition(": ")[2] for line in lines]
        return []

    return problems


@pytest.mark.parametrize(
    "steps",
    [
        ([BOX], [STOP], [REMOVE]),
        ([BOX, STOP, REMOVE], [BOX]),
        ([DATE, DATE], [{"container_remove": {"stopped": True}}]),
        ([SHELL], [EXEC], [TYPE], [EXIT], [REMOVE]),
        ([SHELL], [EXIT], [REMOVE], [SHELL]),
        (
            [DONE],
            [COMMIT],
            [FROM_MADE],
            [{"image_remove": {"name": "made", "refused": "conflict"}}],
        ),
        ([DONE], [COMMIT, {"image_tag": {"name": "made", "target": "other"}}], [FROM_MADE], [RMI]),
        ([on_port("one"), {"container_stop": {"name": "one"}}], [on_port("two")]),
        ([{"file_write": {"path": "/root/x", "source": "x"}}],),
        ([{"file_write": {"path": "/home/user/x", "source": "x"}}],),
        (
            [{"directory_create": {"path": "/a/b"}}],
            [{"file_write": {"path": "/a/x", "source": "x"}}],
        ),
        (
            [DONE],
            [COMMIT],
            [{"image_push": {"name": "made"}}, RMI],
            [{"image_pull": {"name": "made"}}],
        ),
    ],
)
def test_what_follows_from_each_other_is_accepted(problems, steps) -> None:
    assert problems(*steps) == []


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        (([BOX], [BOX]), "steps[1].do[0].container_run.name: an earlier step leaves a container"),
        (
            ([BOX, STOP, REMOVE], [STOP]),
            "steps[1].do[0].container_stop.name: no step up to here leaves a container named 'box'",
        ),
        (
            ([DONE], [{"container_remove": {"name": "bax"}}]),
            "steps[1].do[0].container_remove.name: no step up to here leaves a container named"
            " 'bax'; did you mean box?",
        ),
        (
            ([{"container_remove": {"newest": True}}],),
            "steps[0].do[0].container_remove.newest: no step up to here leaves a container",
        ),
        (
            ([BOX], [{"container_remove": {"stopped": True}}]),
            "steps[1].do[0].container_remove.stopped: no step up to here leaves a stopped "
            "container",
        ),
        (
            ([DONE, REMOVE], [REMOVE]),
            "steps[1].do[0].container_remove.name: no step up to here leaves a container",
        ),
        (
            ([{"container_run": {**DONE["container_run"], "auto_remove": True}}], [COMMIT]),
            "steps[1].do[0].image_commit.container: no step up to here leaves a container",
        ),
        (
            ([SHELL], [EXIT], [TYPE]),
            "steps[2].do[0].terminal_type.terminal: no step up to here leaves terminal A open;",
        ),
        (
            ([BOX], [STOP], [EXEC]),
            "steps[2].do[0].container_exec.container: the container box does not run",
        ),
        (
            ([BOX], [REMOVE]),
            "steps[1].do[0].container_remove.name: the container box still runs: stop it first",
        ),
        (
            ([on_port("one")], [on_port("two")]),
            "steps[1].do[0].container_run.ports: the container one has port 8080 already",
        ),
        (
            ([SHELL], [{"container_run": {**SHELL["container_run"], "name": "two"}}]),
            "steps[1].do[0].container_run.terminal: terminal A is open already",
        ),
        (
            ([BOX, EXEC], [EXEC]),
            "steps[1].do[0].container_exec.terminal: terminal B is open already",
        ),
        (
            ([DONE], [COMMIT], [FROM_MADE], [RMI]),
            "steps[3].do[0].image_remove.name: the container user uses this image: remove it first",
        ),
        (
            ([DONE], [COMMIT], [{"image_remove": {"name": "made", "refused": "x"}}]),
            "steps[2].do[0].image_remove.refused: the engine would not refuse:",
        ),
        (
            ([DONE, COMMIT], [RMI], [RMI]),
            "steps[2].do[0].image_remove.name: no step up to here leaves an image named 'made'",
        ),
        (
            ([{"image_tag": {"name": "busybox", "target": "made"}}],),
            "steps[0].do[0].image_tag.name: no step up to here leaves an image named 'busybox'",
        ),
        (
            ([{"image_push": {"name": "made"}}],),
            "steps[0].do[0].image_push.name: no step up to here leaves an image named 'made'",
        ),
        (
            ([{"container_run": {"image": "alpine"}}],),
            "steps[0].do[0].container_run.image: no step up to here makes the image"
            " docker.io/library/alpine:latest, and base_images in workshop.yml does not name it",
        ),
        (
            ([{"image_pull": {"name": "alpine:3"}}],),
            "steps[0].do[0].image_pull.name: no step up to here makes the image",
        ),
        (
            ([{"file_write": {"path": "/exercises/x", "source": "x"}}],),
            "steps[0].do[0].file_write.path: no step up to here makes the folder '/exercises'",
        ),
        (
            ([{"file_touch": {"path": "/root/x"}}],),
            "steps[0].do[0].file_touch.path: no step up to here writes the file '/root/x'",
        ),
        (
            ([DONE], [{"container_copy": {"container": "bx", "source": "/etc/x", "path": "/x"}}]),
            "steps[1].do[0].container_copy.container: no step up to here leaves a container",
        ),
    ],
)
def test_what_no_machine_can_do_is_refused(problems, steps, message) -> None:
    found = problems(*steps)
    assert any(line.startswith(message) for line in found), "\n".join(found)


@pytest.mark.parametrize(
    ("steps", "check", "message"),
    [
        (
            ([DONE], [REMOVE]),
            {"container": {"name": "box", "running": False}},
            "steps[1].check[0].container.running: after this step there is no container box",
        ),
        (
            ([DONE], [REMOVE]),
            {"container": {"name": "box", "exists": True}},
            "steps[1].check[0].container.exists: after this step there is no container box",
        ),
        (
            ([BOX], [STOP]),
            {"container": {"name": "box", "running": True}},
            "steps[1].check[0].container.running: after this step the container box does not run",
        ),
        (
            ([BOX], [DATE]),
            {"container": {"name": "box", "running": False}},
            "steps[1].check[0].container.running: after this step the container box runs",
        ),
        (
            ([BOX], [STOP]),
            {"container": {"name": "box", "exists": False}},
            "steps[1].check[0].container.exists: after this step the container box is still there",
        ),
        (
            ([DONE], [COMMIT]),
            {"image": {"name": "made", "exists": False}},
            "steps[1].check[0].image.exists: after this step the image made is still there",
        ),
        (
            ([], [DATE]),
            {"build": {"cached": ["x"]}},
            "steps[1].check[0].build: this step builds no image",
        ),
        (
            ([], [BOX, STOP, REMOVE, COMMIT][:0]),
            {"output": {"exit_code": 0}},
            "steps[1].check[0].output: no operation of this step prints anything",
        ),
    ],
)
def test_a_check_that_cannot_hold_is_refused(problems, steps, check, message) -> None:
    found = problems(*steps, checks={1: [check]})
    assert any(line.startswith(message) for line in found), "\n".join(found)
