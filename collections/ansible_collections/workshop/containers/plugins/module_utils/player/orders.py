# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A learner's orders: solve, goto, undo, reset; by root at once, else by the service."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any, Callable, NamedTuple

from ..errors import LabError
from ..safe_text import safe_text
from ..workshop.said import Said
from .control import BUSY, LONGEST_ORDER, control_path, send
from .lesson_view import AskedWronglyError, LessonView
from .player import DONE, NOT_HERE
from .texts import in_words, texts
from .troubles import engine_trouble

if TYPE_CHECKING:
    from .taking_back import TakingBack

COMMANDS = ("solve", "goto", "undo", "reset")
# Codes of an answer: not done, an error, and that a yes is wanted first
NOT_DONE, ERROR, ASKS = 1, 2, 3

Say = Callable[[str], None]


class Order(NamedTuple):
    """One order.

    ``step`` is the id of a step, for reset that of a lesson or nothing; ``sure`` tells that the
    person has said yes.
    """

    command: str
    step: str
    language: str
    sure: bool

    def packed(self) -> bytes:
        """As a line."""
        return json.dumps(self._asdict()).encode() + b"\n"


def unpacked(line: bytes, data: dict[str, Any]) -> Order:
    """The order in a line that anybody may have sent; raises ValueError for anything else."""
    found = json.loads(line)
    if not isinstance(found, dict) or found.keys() != set(Order._fields):
        raise ValueError("not an order")
    order = Order(**found)
    names = {each["id"] for each in data["steps"]} | {each["lesson"] for each in data["steps"]}
    if (
        order.command not in COMMANDS
        or order.step not in {*names, ""}
        or order.language not in data["languages"]
        or not isinstance(order.sure, bool)
    ):
        raise ValueError("not an order of this workshop")
    return order


def obey(data: dict[str, Any], settings: dict[str, Any]) -> int:
    """Carry out the order that stands in the input, for the service; the answer goes back."""

    def tell(**what: Any) -> None:
        print(json.dumps(what), flush=True)

    try:
        order = unpacked(sys.stdin.buffer.readline(LONGEST_ORDER), data)
    except (ValueError, TypeError, RecursionError):
        tell(code=ERROR)
        return ERROR
    code = carry_out(order, data, settings, lambda line: tell(say=line))
    tell(code=code)
    return code


def give(order: Order, data: dict[str, Any], settings: dict[str, Any], say: Say) -> int:
    """Have an order carried out; its code. Raises AskedWronglyError where nobody can."""
    if os.geteuid() == 0:
        return carry_out(order, data, settings, say)
    words = texts(order.language)
    try:
        code = send(control_path(settings), order.packed(), lambda line: say(safe_text(line)))
    except PermissionError:
        raise AskedWronglyError(words["no_permission"]) from None
    except BlockingIOError:
        raise AskedWronglyError(words["busy"]) from None
    except (EOFError, ConnectionResetError, BrokenPipeError):
        raise AskedWronglyError(words["broke_off"]) from None
    except OSError:
        raise AskedWronglyError(words["no_service"]) from None
    if code == BUSY:
        raise AskedWronglyError(words["busy"])
    return code


def carry_out(order: Order, data: dict[str, Any], settings: dict[str, Any], say: Say) -> int:
    """Carry an order out, as root; its code. What goes wrong is said."""
    words = texts(order.language)

    def tell(line: str) -> None:
        say(safe_text(line))

    try:
        return _CARRY_OUT[order.command](order, data, settings, tell)
    except LabError as error:
        engine = engine_trouble(settings["docker_host"])
        tell(words[engine] if engine else explained(error, words))
    except AskedWronglyError as error:
        tell(str(error))
    except OSError as error:
        tell(f"{error.filename or 'workshop'}: {error.strerror}. {words['free_some_space']}")
    return ERROR


def explained(error: LabError, words: dict[str, str]) -> str:
    """An error in a person's language, as far as it can be."""
    said = words["error"].format(expected=error.expected, observed=error.observed)
    said = said.replace("?.", "?")  # "did you mean …?" ends the sentence itself
    return f"{said} {words['remedy'].format(text=error.remedy)}" if error.remedy else said


def _solve(order: Order, data: dict[str, Any], settings: dict[str, Any], say: Say) -> int:
    from .solving import Solving  # needs the engine's SDK, which looking does not

    view = LessonView(data, settings, order.language)
    index = view.number(order.step)
    solving = Solving(data, settings, order.language)
    if view.states[index].status == NOT_HERE:
        say(view.words["never_here"].format(step=view.states[index].step))
        return NOT_DONE
    todo = solving.plan(index)
    if order.command == "solve" and view.states[index].status != DONE:
        todo.append(index)
    if not todo:
        say(view.words["nothing_to_do"])
        return 0
    say(view.words["doing"].format(number=len(todo)))
    solving.solve(todo, lambda step, status: say(f"{step}: {view.words.get(status, status)}"))
    return 0


def _undo(order: Order, data: dict[str, Any], settings: dict[str, Any], say: Say) -> int:
    from .taking_back import TakingBack

    view = LessonView(data, settings, order.language)
    index = view.number(order.step)
    taking = TakingBack(data, settings, order.language)
    steps = taking.depending(index)
    if not steps:
        say(view.words["not_done"].format(step=view.states[index].step))
        return NOT_DONE
    theirs = taking.look(steps, aside=True)
    others = [view.states[each].step for each in steps if each != index]
    if (theirs or others) and not order.sure:
        if others:
            say(view.words["undone_too"].format(steps=", ".join(others)))
        for fate, what in theirs:
            say(view.words[fate].format(what=in_words(order.language, what)))
        say(view.words["ask_undo"].format(step=view.states[index].step))
        return ASKS
    taking.take_back(steps, aside=True)
    _tell(taking, order, say)
    say(view.words["undone"].format(steps=", ".join(view.states[each].step for each in steps)))
    return 0


def _reset(order: Order, data: dict[str, Any], settings: dict[str, Any], say: Say) -> int:
    from .taking_back import TakingBack

    view = LessonView(data, settings, order.language)
    lesson = view.lesson(order.step) if order.step else ""
    steps = None
    if lesson:
        lessons = enumerate(data["steps"])
        steps = [index for index, step in lessons if step["lesson"] == lesson]
    taking = TakingBack(data, settings, order.language)
    if not order.sure:
        for fate, what in taking.look(steps, aside=False):
            say(view.words[fate].format(what=in_words(order.language, what)))
        ask = view.words["ask_reset_lesson"] if lesson else view.words["ask_reset"]
        say(ask.format(lesson=lesson))
        return ASKS
    taking.take_back(steps, aside=False)
    _tell(taking, order, say)
    say(view.words["anew"])
    return 0


def _tell(taking: TakingBack, order: Order, say: Say) -> None:
    """Say what is gone and what is there still."""
    words = texts(order.language)
    for what in taking.removed:
        say(words["removed"].format(what=in_words(order.language, what)))
    for each in taking.kept:
        what, why = (in_words(order.language, part) for part in each)
        moved = isinstance(each.why, Said) and each.why.values.get("path")
        say(words["moved" if moved else "stays"].format(what=what, why=why, path=moved))


_CARRY_OUT = {"solve": _solve, "goto": _solve, "undo": _undo, "reset": _reset}
