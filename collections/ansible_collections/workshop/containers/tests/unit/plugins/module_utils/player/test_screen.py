# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The screen beside the terminal, as it is drawn and as it takes keys."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from ansible_collections.workshop.containers.plugins.module_utils.player import screen as screens
from ansible_collections.workshop.containers.plugins.module_utils.player.lesson_view import (
    AskedWronglyError,
    LessonView,
)
from ansible_collections.workshop.containers.plugins.module_utils.player.screen import (
    Screen,
    keys_of,
)

STEPS = [
    (
        f"s{number}",
        [{"container_run": {"image": "busybox", "command": [str(number)]}}],
        [{"container": {"command": [str(number)]}}],
    )
    for number in range(30)
]


@pytest.fixture
def screen(tmp_path, content, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    data = content(*STEPS)
    data["languages"] = ["en", "ru"]
    for step in data["steps"]:
        step.update(command="docker run busybox", where="A", text={"en": "About it. " * 40})
    view = LessonView(data, {"state_path": str(tmp_path), "run_path": str(tmp_path)}, "en")
    return Screen(view)


def drawn(screen, width=80, height=24):
    console = Console(
        file=io.StringIO(), width=width, height=height, force_terminal=True, color_system=None
    )
    console.print(screen.draw(console))
    return console.file.getvalue().splitlines()


def said(screen):
    """The lines between head and keys, but for empty ones."""
    return [line.strip() for line in drawn(screen)[2:-1] if line.strip()]


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (40, 10)])
@pytest.mark.parametrize("keys", ["", "h", "hhh", "l", "nn", "L", "Ll", "u"])
def test_it_fits(screen, width, height, keys):
    for key in keys:
        screen.key(key)
    lines = drawn(screen, width, height)
    assert len(lines) <= height
    assert all(len(line) <= width for line in lines)
    assert lines[0].startswith("Demo")
    assert lines[0].endswith(("0 of 30 steps done", "сделано шагов: 0 из 30"))


def test_it_shows_what_to_type_and_where(screen):
    lines = "\n".join(drawn(screen))
    assert "▸ lesson.s0 · s0" in lines
    assert "Type in terminal A:" in lines
    assert "docker run busybox" in lines


def test_what_is_to_be_typed_is_bold_in_a_text_and_code_stands_as_it_is(screen):
    text = "`-d` detaches, `-p`\nopens.\n    RUN echo `date`"
    screen.view.data["steps"][0]["text"] = {"en": text}
    console = Console(file=io.StringIO(), width=80, height=24, force_terminal=True, no_color=True)
    console.print(screen.draw(console))
    shown = console.file.getvalue()
    assert "\x1b[1m-d\x1b[0m detaches, \x1b[1m-p\x1b[0m" in shown
    assert "    RUN echo `date`" in shown


def test_hints_come_one_by_one_and_go_again(screen):
    seen = []
    for _ in range(4):
        screen.key("h")
        text = "\n".join(drawn(screen, 80, 60))
        seen.append(("the hint of s0" in text, "What to type:" in text, "The solution:" in text))
    assert seen == [
        (True, False, False),
        (True, True, False),
        (True, True, True),
        (False, False, False),
    ]


def test_keys_go_back_and_forth_and_to_the_current_step(screen):
    for key in "nnnp":
        screen.key(key)
    assert (screen.index, screen.follows) == (2, False)
    screen.key("\r")
    assert (screen.index, screen.follows) == (0, True)
    screen.key("p")
    assert screen.index == 0
    assert not screen.key("q")


def test_keys_are_where_they_are_on_a_russian_keyboard(screen):
    for key in "ттз":
        screen.key(key)
    assert screen.index == 1
    screen.key("р")  # noqa: RUF001
    assert screen.hints == 1
    assert not screen.key("й")


def test_the_language_goes_round_and_is_kept(screen, tmp_path):
    screen.key("L")
    assert "Введите в терминале A:" in "\n".join(drawn(screen))
    assert (tmp_path / "config/workshop/language").read_text() == "ru\n"
    screen.key("L")
    assert "Type in terminal A:" in "\n".join(drawn(screen))


class TestUndo:
    @pytest.fixture
    def orders(self, monkeypatch):
        """The orders that are given; each is answered by a question until it is sure."""
        given = []

        def give(order, _data, _settings, say):
            given.append(order)
            say("gone" if order.sure else "Undo it?")
            return 0 if order.sure else screens.ASKS

        monkeypatch.setattr(screens, "give", give)
        return given

    def test_is_asked_for_done_and_told(self, screen, orders):
        screen.key("n")
        screen.key("u")
        assert "One moment …" in said(screen)
        screen.work()
        assert said(screen) == ["Undo it?", "[y/N]"]
        screen.key("y")
        screen.work()
        assert said(screen) == ["gone", "Any key goes on."]
        screen.key("q")
        assert "▸ lesson.s1 · s1" in "\n".join(drawn(screen))
        assert [(order.step, order.sure) for order in orders] == [
            ("lesson.s1", False),
            ("lesson.s1", True),
        ]

    @pytest.mark.parametrize("key", ["n", "\r", "н", " "])
    def test_is_not_done_without_a_yes(self, screen, orders, key):
        screen.key("u")
        screen.work()
        screen.key(key)
        assert (screen.order, screen.says, len(orders)) == (None, [], 1)

    def test_says_why_nobody_can(self, screen, monkeypatch):
        def give(*_):
            raise AskedWronglyError("nobody is there")

        monkeypatch.setattr(screens, "give", give)
        screen.key("u")
        screen.work()
        assert "nobody is there" in said(screen)


def test_the_list_is_around_the_step(screen):
    screen.key("l")
    for _ in range(20):
        screen.key("n")
    lines = drawn(screen)
    assert any(line.startswith("> ▸ lesson.s20") for line in lines)


def test_the_list_is_searched_while_one_types(screen):
    for key in "/s2":
        screen.key(key)
    lines = drawn(screen)
    assert lines[-1] == "/s2"
    assert [line.split()[-1] for line in lines[2:-1]] == ["s2", *(f"s2{n}" for n in range(10))]
    for key in ("7", "\x7f", "9", "\r"):
        assert screen.key(key)
    assert (screen.index, screen.listed, screen.searching) == (29, False, False)


def test_arrows_are_not_searched_for_and_escape_ends_a_search(screen):
    for key in ("/", "s", "down", "2", "\x1b"):
        assert screen.key(key)
    assert (screen.wanted, screen.searching, screen.listed) == ("", False, True)


def test_a_step_is_chosen_in_the_list(screen):
    for key in ("l", "j", "down", "k", "\r"):
        screen.key(key)
    assert (screen.index, screen.listed, screen.follows) == (1, False, False)


def test_a_search_that_finds_nothing_stays_in_the_list(screen):
    for key in "/none\r":
        screen.key(key)
    assert (screen.index, screen.listed) == (0, True)
    assert any(line.startswith("> ▸ lesson.s0  s0") for line in drawn(screen))


@pytest.mark.parametrize(
    ("typed", "keys"),
    [
        (b"nn", ["n", "n"]),
        (b"\x1b[C", ["right"]),
        (b"\x1bOA\x1b[B", ["up", "down"]),
        (b"\x1b[5~", []),
        (b"\x1b", ["\x1b"]),
        ("н".encode(), ["н"]),
    ],
)
def test_arrows_have_names_and_other_sequences_are_nothing(typed, keys):
    assert keys_of(typed) == keys


def test_what_does_not_fit_can_be_scrolled(screen):
    first = drawn(screen, 40, 12)
    assert first[-1].endswith("j k scroll") or "…" in first[-1]
    screen.key("j")
    assert drawn(screen, 40, 12) != first
    screen.key("k")
    assert drawn(screen, 40, 12) == first


def test_a_tick_moves_it_on_unless_somebody_reads_elsewhere(screen, tmp_path):
    def tick(number):
        step = screen.view.content.data[number]
        event = {
            "event": "tick",
            "at": 2.0,
            "after": 2.0,
            "step": step["id"],
            "digest": step["digest"],
            "containers": [],
            "found": False,
        }
        with (tmp_path / "demo/journal.jsonl").open("a") as stream:
            stream.write(json.dumps(event) + "\n")

    (tmp_path / "demo").mkdir()
    assert not screen.look()
    tick(0)
    assert screen.look()
    assert screen.index == 1
    screen.key("n")
    tick(1)
    assert screen.look()
    assert screen.index == 2
    tick(2)
    screen.look()
    assert screen.index == 2
    assert "3 of 30 steps done" in drawn(screen)[0]


def test_a_container_cannot_command_the_terminal(screen, tmp_path):
    (tmp_path / "demo").mkdir()
    event = {
        "event": "missing",
        "at": 1.0,
        "step": "lesson.s0",
        "expected": "x",
        "observed": "\x1b[2J",
    }
    (tmp_path / "demo/journal.jsonl").write_text(json.dumps(event) + "\n")
    screen.look()
    assert r"but: \x1b[2J" in "\n".join(drawn(screen))
