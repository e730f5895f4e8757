# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a learner has the lab do, by root or through the service."""

from __future__ import annotations

import io
import json
import os
from types import SimpleNamespace

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.errors import EngineError
from ansible_collections.workshop.containers.plugins.module_utils.player import orders
from ansible_collections.workshop.containers.plugins.module_utils.player.control import BUSY
from ansible_collections.workshop.containers.plugins.module_utils.player.lesson_view import (
    AskedWronglyError,
)
from ansible_collections.workshop.containers.plugins.module_utils.player.orders import (
    ASKS,
    ERROR,
    NOT_DONE,
    Order,
    carry_out,
    give,
    obey,
    unpacked,
)
from ansible_collections.workshop.containers.plugins.module_utils.player.taking_back import (
    SET_ASIDE,
    TakingBack,
)
from ansible_collections.workshop.containers.plugins.module_utils.workshop.said import Said

RUN = {"image": "busybox", "name": "web", "command": ["sleep", "9"], "detach": True}
STEPS = [
    ("run", [{"container_run": RUN}], [{"container": {"name": "web", "running": True}}]),
    (
        "stop",
        [{"container_stop": {"name": "web"}}],
        [{"container": {"name": "web", "running": False}}],
    ),
]


@pytest.fixture
def data(api, content):
    return {**content(*STEPS), "languages": ["en", "ru"]}


@pytest.fixture
def settings(tmp_path):
    return {
        "state_path": str(tmp_path / "state"),
        "run_path": str(tmp_path / "run"),
        "docker_host": "tcp://nowhere",
    }


@pytest.fixture
def carried(data, settings):
    """Carries out an order; its code and what is said."""

    def carried(command, step="", language="en", sure=False):
        said = []
        return carry_out(Order(command, step, language, sure), data, settings, said.append), said

    return carried


def test_solve_goto_and_undo(carried, api):
    assert carried("goto", "lesson.stop") == (
        0,
        [
            "Steps to do: 1. Ctrl-C stops; another time it goes on from there.",
            "lesson.run: done",
        ],
    )
    assert carried("solve", "lesson.run") == (0, ["Nothing is left to be done for that."])
    assert carried("undo", "lesson.run") == (
        0,
        [
            "removed: container web",
            "not done any more: lesson.run",
        ],
    )
    assert api.named("web") is None
    assert carried("undo", "lesson.run")[0] == NOT_DONE


def test_a_step_of_other_machines_is_not_done(data, settings):
    data["steps"][1]["applies"] = {"system": "windows"}
    said = []
    order = Order("solve", "lesson.stop", "en", False)
    assert carry_out(order, data, settings, said.append) == NOT_DONE
    assert said == ["lesson.stop does not belong to this machine."]


def test_undo_asks_where_something_else_goes_with_it(carried, api):
    carried("solve", "lesson.stop")
    code, said = carried("undo", "lesson.run", "ru")
    assert (code, said) == (
        ASKS,
        ["Вместе с ним не сделанными станут: lesson.stop", "Отменить lesson.run?"],  # noqa: RUF001
    )
    assert api.named("web") is not None
    code, said = carried("undo", "lesson.run", "ru", sure=True)
    assert (code, said[0]) == (0, "удалено: контейнер web")
    assert api.named("web") is None


def test_undo_asks_where_something_of_theirs_is_touched(carried, monkeypatch):
    carried("solve", "lesson.run")
    theirs = [(SET_ASIDE, Said("container {name}", name="mine"))]
    monkeypatch.setattr(TakingBack, "look", lambda *_args, **_options: theirs)
    assert carried("undo", "lesson.run", "ru") == (
        ASKS,
        ["ваше, откладывается под другим именем: контейнер mine", "Отменить lesson.run?"],
    )


def test_reset_always_asks(carried, api):
    carried("solve", "lesson.run")
    for lesson in ("", "lesson"):
        code, said = carried("reset", lesson)
        assert code == ASKS
        assert said[-1].startswith("Begin the ")
    code, said = carried("reset", "lesson", sure=True)
    assert (code, said) == (
        0,
        ["removed: container web", "You can begin anew."],
    )


def test_an_engine_that_does_not_run_is_told(data, settings, api, monkeypatch):
    def silent(**_):
        raise EngineError("an answer", "none")

    monkeypatch.setattr(api, "containers", silent)
    said = []
    nowhere = {**settings, "docker_host": "unix:///nowhere"}
    assert carry_out(Order("reset", "", "ru", True), data, nowhere, said.append) == ERROR
    assert said == ["Docker Engine не работает. От имени root: service docker start"]


def test_an_error_is_said_in_the_language_as_far_as_it_can_be(carried, api, monkeypatch):
    monkeypatch.setattr(api, "pull", lambda *_a, **_o: iter([{"error": "no space left on device"}]))
    code, said = carried("solve", "lesson.run", "ru")
    assert code == ERROR
    assert said[-1].startswith("Ожидалось: ")
    assert "Что делать: " in said[-1]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b"\xff\n",
        b'{"command": "solve"}\n',
        *(
            json.dumps({**Order("solve", "lesson.run", "en", False)._asdict(), **wrong}).encode()
            for wrong in (
                {"command": "observe"},
                {"command": ["solve"]},
                {"step": "../../etc"},
                {"step": None},
                {"step": []},
                {"language": "de"},
                {"language": {}},
                {"sure": "yes"},
                {"path": "/etc/shadow"},
            )
        ),
    ],
)
def test_nothing_but_orders_of_this_workshop_are_taken(data, line):
    with pytest.raises((ValueError, TypeError)):
        unpacked(line, data)


def test_the_service_answers_in_lines(data, settings, monkeypatch, capsys):
    order = Order("undo", "lesson.run", "en", False)
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(order.packed())))
    assert obey(data, settings) == NOT_DONE
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert told == [
        {"say": "lesson.run is not done, so there is nothing to undo."},
        {"code": NOT_DONE},
    ]


@pytest.mark.parametrize("line", [b"rm -rf /\n", b"[" * 1000, b"\xff\n", b""])
def test_the_service_takes_nothing_else(data, settings, monkeypatch, capsys, line):
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(line)))
    assert obey(data, settings) == ERROR
    assert capsys.readouterr().out == f'{{"code": {ERROR}}}\n'


class TestThroughTheService:
    @pytest.fixture(autouse=True)
    def learner(self, monkeypatch):
        monkeypatch.setattr(os, "geteuid", lambda: 1000)

    @pytest.fixture
    def given(self, data, settings, monkeypatch):
        def given(answer):
            monkeypatch.setattr(orders, "send", answer)
            said = []
            return give(
                Order("solve", "lesson.run", "en", False), data, settings, said.append
            ), said

        return given

    def test_what_it_says_commands_no_terminal(self, given):
        assert given(lambda _path, _order, say: say("\x1b[2J") or 3) == (3, [r"\x1b[2J"])

    @pytest.mark.parametrize(
        ("error", "said"),
        [
            (PermissionError, "join the group docker"),
            (FileNotFoundError, "service docker-workshop start"),
            (ConnectionRefusedError, "service docker-workshop start"),
            (BlockingIOError, "try again in a moment"),
            (EOFError, "broke off"),
            (ConnectionResetError, "broke off"),
        ],
    )
    def test_where_it_cannot_be_reached_that_is_said(self, given, error, said):
        def answer(*_):
            raise error

        with pytest.raises(AskedWronglyError, match=said):
            given(answer)

    def test_where_it_is_busy_that_is_said(self, given):
        with pytest.raises(AskedWronglyError, match="try again in a moment"):
            given(lambda *_: BUSY)
