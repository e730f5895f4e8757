# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The screen beside the terminal: the step, what to type, what is missing, the tick as it comes."""

from __future__ import annotations

import os
import re
import select
import sys
import termios
import time
import tty
from contextlib import suppress
from typing import Any, Iterator

from rich.console import Console
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from ..safe_text import safe_text
from .choices import choose_language
from .lesson_view import HINTS, MARKS, AskedWronglyError, LessonView
from .orders import ASKS, Order, give
from .player import DONE, OPEN

_STYLES = {DONE: "green", OPEN: "bold"}
# Seconds between two looks at the journal, and at what may be wrong with the machine
_PAUSE = 0.3
_LONG_PAUSE = 2.0
# Lines of the screen that are not of the step
_AROUND = 4
_END = 1000
# What a terminal sends at one press of a key
_KEY = re.compile(r"\x1b(?:\[[0-9;]*[A-Za-z~]|O[A-Za-z])|.", re.DOTALL)
_ARROWS = {"A": "up", "B": "down", "C": "right", "D": "left"}
# What keys are, too: arrows, and the same places on a Russian keyboard
_SAME = {
    **{"up": "k", "down": "j", "right": "n", "left": "p", "\n": "\r", ".": "/"},
    **dict(zip("тзрдгДйол", "nphluLqjk")),
}
# What is to be typed, in a text
_TYPED = re.compile(r"`([^`\n]+)`")
_YES = ("y", "Y", "д", "Д")
_ESCAPE, _ENDS = "\x1b", ("\x03", "\x04")


class Stack:
    """Things to be drawn, one after the other.

    Rich has a class for this from version 10 on; Debian 11 has 9.11.
    """

    def __init__(self, *parts: Any) -> None:
        self._parts = parts

    def __rich_console__(self, _console: Any, _options: Any) -> Iterator[Any]:
        yield from self._parts


class Screen:
    """The screen: a step, or the list of all.

    ``follows`` tells whether it goes on to the next step by itself.
    """

    def __init__(self, view: LessonView) -> None:
        self.view = view
        self.index = view.current()
        self.follows = True
        self.listed = False
        self.hints = 0
        # What the list is searched for, and whether that is being typed
        self.wanted = ""
        self.searching = False
        # What is said instead of the step, whether that is a question, and what is to be done
        self.says: list[str] = []
        self.asks = False
        self.order: Order | None = None
        self.troubles = view.troubles()
        self._troubled = time.monotonic()
        # Lines above the screen, and as many as there could be
        self.scrolled = self._hidden = 0

    def key(self, key: str) -> bool:
        """Take a key; whether to go on."""
        if key in _ENDS:
            return False
        if self.says:
            self._answer(key)
        elif self.searching:
            self._search(key)
        else:
            key = _SAME.get(key, key)
            if key == "q":
                return False
            self._press(key)
        return True

    def _press(self, key: str) -> None:
        last = len(self.view.states) - 1
        if self.listed:
            key = {"j": "n", "k": "p"}.get(key, key)
        if key in ("n", "p"):
            self._go(min(last, self.index + 1) if key == "n" else max(0, self.index - 1))
            self.follows = False
        elif key == "\r" and self.listed:
            self.listed = False
        elif key == "\r":
            self.follows = True
            self._go(self.view.current())
        elif key == "h":
            self.hints = (self.hints + 1) % (HINTS + 1)
            self.scrolled = _END if self.hints else 0
        elif key in ("j", "k"):
            self.scrolled = max(0, self.scrolled + (1 if key == "j" else -1))
        elif key in ("l", "/"):
            self.listed = key == "/" or not self.listed
            self.searching, self.wanted = key == "/", ""
        elif key == "u":
            self._begin_undo(sure=False)
        elif key == "L":
            self._speak_next()

    def _speak_next(self) -> None:
        """Go on to the next language, and keep it."""
        languages = self.view.data["languages"]
        place = languages.index(self.view.language) if self.view.language in languages else -1
        self.view.speak(languages[(place + 1) % len(languages)])
        with suppress(OSError):
            choose_language(self.view.language)
        self.troubles = self.view.troubles()

    def _begin_undo(self, sure: bool) -> None:
        step = self.view.states[self.index].step
        self.order = Order("undo", step, self.view.language, sure)
        self.says, self.asks = [self.view.words["wait"]], False

    def work(self) -> None:
        """Have the order carried out that a key has given, if one has; this may take seconds."""
        if self.order is None:
            return
        said: list[str] = []
        order, self.order = self.order, None
        try:
            self.asks = give(order, self.view.data, self.view.settings, said.append) == ASKS
        except AskedWronglyError as error:
            said.append(str(error))
        end = self.view.words["yes_or_no" if self.asks else "any_key"]
        self.says = [*said, "", end]

    def _answer(self, key: str) -> None:
        """Take a key at a message, or at a question."""
        if self.order is None:
            self.says = []
            if self.asks and key in _YES:
                self._begin_undo(sure=True)

    def _search(self, key: str) -> None:
        """Take a key of what is searched for; Enter goes to the first step that is found."""
        if key in ("\r", "\n"):
            found = self._found()
            self.searching, self.listed, self.wanted = False, not found, ""
            if found:
                self._go(found[0])
                self.follows = False
        elif key == _ESCAPE:
            self.searching, self.wanted = False, ""
        elif key in ("\x7f", "\b"):
            self.wanted = self.wanted[:-1]
        elif len(key) == 1 and key.isprintable():
            self.wanted += key.lower()

    def _found(self) -> list[int]:
        """The numbers of the steps that have what is searched for in their id or title."""
        steps = ((index, self.view.step(index)) for index in range(len(self.view.states)))
        return [
            index for index, each in steps if self.wanted in f"{each.step} {each.title}".lower()
        ]

    def look(self) -> bool:
        """Read the journal anew; whether the screen has to be drawn again."""
        changed = self.view.look()
        if changed and self.follows and self.index != self.view.current():
            self._go(self.view.current())
        if time.monotonic() - self._troubled >= _LONG_PAUSE:
            before, self.troubles = self.troubles, self.view.troubles()
            self._troubled = time.monotonic()
            changed = changed or before != self.troubles
        return changed

    def _go(self, index: int) -> None:
        self.index, self.hints, self.scrolled = index, 0, 0

    def draw(self, console: Console) -> Stack:
        """The screen for a console of its size."""
        width, height = console.size
        done, every = self.view.progress()
        head = Table.grid(expand=True)
        head.add_column(ratio=1)
        head.add_column(justify="right")
        head.add_row(Text(self.view.title, style="bold"), Text(self.view.summary()))
        bar = Table.grid(expand=True)
        bar.add_row(ProgressBar(total=max(every, 1), completed=done))
        rows = height - _AROUND
        body = self._body(rows)
        lines = console.render_lines(body, console.options.update(width=width))
        self._hidden = max(0, len(lines) - rows)
        self.scrolled = min(self.scrolled, self._hidden)
        keys = self.view.words["keys_list" if self.listed else "keys"]
        if self.says:
            keys = ""
        elif self.searching:
            keys = f"/{self.wanted}"
        elif self._hidden:
            keys = f"{self.view.words['scroll']}  {keys}"
        shown = lines[self.scrolled : self.scrolled + rows]
        return Stack(
            head,
            bar,
            Stack(*(part for line in shown for part in [*line, Segment.line()])),
            Text(keys, style="dim", no_wrap=True, overflow="ellipsis"),
        )

    def _body(self, rows: int) -> Any:
        if self.says:
            return Stack(*(Text(line) for line in self.says))
        if self.listed:
            return self._list(rows)
        return Stack(*(Text(each, style="yellow") for each in self.troubles), self._step())

    def _list(self, rows: int) -> Stack:
        found = self._found()
        place = found.index(self.index) if self.index in found else 0
        first = max(0, min(place - rows // 2, len(found) - rows))
        lines = [] if found else [Text(self.view.words["nothing_found"])]
        for index in found[first : first + rows]:
            shown = self.view.step(index)
            here = ">" if index == self.index else " "
            line = f"{here} {MARKS[shown.status]} {shown.step}  {shown.title}"
            style = _STYLES.get(shown.status, "dim")
            lines.append(Text(line, style=style, no_wrap=True, overflow="ellipsis"))
        return Stack(*lines)

    def _step(self) -> Panel:
        shown, words = self.view.step(self.index), self.view.words
        parts: list[Any] = [_prose(shown.text), Text("")]
        if shown.command:
            parts.append(Text(words[f"type_{shown.where}"], style="dim"))
            parts += [Text(f"  {line}", style="bold cyan") for line in shown.command.splitlines()]
        about = [Text(safe_text(line)) for line in shown.lines]
        if about:
            about[0].stylize("green" if shown.status == DONE else "yellow")
            parts += [Text(""), *about]
        if self.hints:
            parts += [Text(""), *(_prose(each) for each in self.view.hint(self.index, self.hints))]
        title = f"{MARKS[shown.status]} {shown.step} · {shown.title}"
        style = "green" if shown.status == DONE else ""
        return Panel(
            Stack(*parts), title=Text(title), title_align="left", border_style=style or "none"
        )


def _prose(text: str) -> Text:
    """A text of a lesson, in which words between backticks are to be typed; lines that begin with
    four blanks are code as they stand.
    """
    prose = Text()
    for line in text.splitlines(keepends=True):
        words = [line] if line.startswith("    ") else _TYPED.split(line)
        for number, part in enumerate(words):
            prose.append(part, style="bold" if number % 2 else "")
    return prose


def keys_of(typed: bytes) -> list[str]:
    """The keys of what a terminal sent, arrows by their names; other sequences are nothing."""
    found = _KEY.findall(typed.decode(errors="replace"))
    keys = (_ARROWS.get(each[-1], "") if len(each) > 1 else each for each in found)
    return [key for key in keys if key]


def show(view: LessonView) -> int:
    """Show the screen until the person leaves it; an exit code."""
    console = Console(highlight=False, no_color="NO_COLOR" in os.environ)
    screen = Screen(view)
    keyboard = sys.stdin.fileno()
    before = termios.tcgetattr(keyboard)
    try:
        tty.setcbreak(keyboard)
        with Live(console=console, screen=True, auto_refresh=False) as live:
            size, looked = None, 0.0
            while True:
                if console.size != size:
                    size = console.size
                    live.update(screen.draw(console), refresh=True)
                if screen.order is not None:
                    screen.work()
                    size = None
                    continue
                ready, _, _ = select.select([keyboard], [], [], _PAUSE)
                if ready:
                    size = None
                    if not all(screen.key(key) for key in keys_of(os.read(keyboard, 64))):
                        return 0
                if time.monotonic() - looked >= _PAUSE:
                    looked = time.monotonic()
                    if screen.look():
                        size = None
    finally:
        termios.tcsetattr(keyboard, termios.TCSADRAIN, before)
