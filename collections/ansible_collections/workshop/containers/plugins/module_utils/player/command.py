# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command `workshop` on a learner's machine."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
import textwrap
from typing import Any, NoReturn

from ..errors import LabError
from ..safe_text import safe_text
from .choices import choose_language, hints_told, spoken, tell_hint
from .lesson_view import HINTS, MARKS, AskedWronglyError, LessonView
from .orders import ASKS, COMMANDS, ERROR, NOT_DONE, Order, explained, give, obey
from .program import CONTENT, SETTINGS, load
from .texts import texts

# Answers that mean yes, in any language
_YES = ("y", "yes", "д", "да")


def main(program: str, arguments: list[str] | None = None) -> int:
    """Run the command; its exit code."""
    words = texts("en")
    try:
        data, settings = load(program, CONTENT), load(program, SETTINGS)
        words = texts(spoken(data, settings))
        return _carry_out(program, data, settings, _parser(words).parse_args(arguments))
    except LabError as error:
        return _fail(explained(error, words))
    except AskedWronglyError as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        print()
        return 130
    except BrokenPipeError:
        # Nobody reads on: not even that the rest could not be written.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except OSError as error:
        place = error.filename or "workshop"
        return _fail(f"{place}: {error.strerror}. {words['free_some_space']}")
    except ModuleNotFoundError:
        return _fail(words["need_rich"])


def _fail(said: str) -> int:
    print(safe_text(f"workshop: {said}"), file=sys.stderr)
    return ERROR


def _parser(words: dict[str, str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="workshop", description=words["help"])
    parser.add_argument("--plain", action="store_true", help=words["help_plain"])
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    parts = {
        name: commands.add_parser(name, help=words[f"help_{name}"])
        for name in ("status", "check", "hint", *COMMANDS, "language", "observe", "obey")
    }
    parts["status"].add_argument("--json", action="store_true", help=words["help_json"])
    for name in ("check", "hint"):
        parts[name].add_argument("step", nargs="?", metavar="STEP", help=words["help_step"])
    levels = range(1, HINTS + 1)
    parts["hint"].add_argument("--level", type=int, choices=levels, help=words["help_level"])
    for name in COMMANDS:
        if name == "reset":
            parts[name].add_argument("step", nargs="?", default="", metavar="LESSON")
        else:
            parts[name].add_argument("step", metavar="STEP", help=words["help_step"])
        parts[name].add_argument("--yes", action="store_true", help=words["help_yes"])
    parts["language"].add_argument("language", nargs="?", metavar="LANGUAGE")
    return parser


def _carry_out(
    program: str, data: dict[str, Any], settings: dict[str, Any], wanted: argparse.Namespace
) -> int:
    if wanted.command == "observe":
        from .service import Service  # needs the engine's SDK, which the rest does not

        Service(data, settings, program).serve()
    if wanted.command == "obey":
        signal.signal(signal.SIGTERM, _interrupt)
        return obey(data, settings)
    if wanted.command == "language":
        return _language(data, settings, wanted.language)
    view = LessonView(data, settings, spoken(data, settings))
    if wanted.command in COMMANDS:
        return _order(view, wanted)
    if wanted.command is None and not wanted.plain and _has_screen():
        from .screen import show  # needs rich, which the rest does not

        return show(view)
    if wanted.command == "status" and wanted.json:
        print(json.dumps(_data(view), ensure_ascii=False, indent=1))
        return 0
    print("\n".join(_wrapped(safe_text(line)) for line in _lines(view, wanted)))
    return 0


def _wrapped(line: str) -> str:
    """A line in pieces that end with words, for a terminal; what is to be typed stays whole."""
    if not sys.stdout.isatty() or line.startswith(" ") or not line:
        return line
    columns = shutil.get_terminal_size().columns
    return "\n".join(textwrap.wrap(line, columns, break_long_words=False, break_on_hyphens=False))


def _has_screen() -> bool:
    named = os.environ.get("TERM", "") not in ("", "dumb", "unknown")
    return named and sys.stdout.isatty() and sys.stdin.isatty()


def _interrupt(*_signal: Any) -> NoReturn:
    raise KeyboardInterrupt


def _order(view: LessonView, wanted: argparse.Namespace) -> int:
    """Have the lab do something, and ask the person first where it wants a yes."""
    if wanted.command == "reset":
        step = view.lesson(wanted.step) if wanted.step else ""
    else:
        step = view.states[view.number(wanted.step)].step
    order = Order(wanted.command, step, view.language, wanted.yes)

    def say(line: str) -> None:
        print(_wrapped(line), flush=True)

    code = give(order, view.data, view.settings, say)
    if code != ASKS:
        return code
    print(view.words["yes_or_no"], end=" ", flush=True)
    if sys.stdin.readline().strip().lower() not in _YES:
        print(view.words["not_reset"])
        return NOT_DONE
    return give(order._replace(sure=True), view.data, view.settings, say)


def _lines(view: LessonView, wanted: argparse.Namespace) -> list[str]:
    found = view.troubles()
    lines = [*found, ""] if found else []
    if wanted.command == "status":
        return lines + _status(view)
    step = getattr(wanted, "step", None)
    index = view.number(step) if step else view.current()
    if wanted.command == "hint":
        return lines + _hint(view, index, wanted.level)
    shown = view.step(index)
    if wanted.command == "check":
        about = shown.lines or [view.words["nothing_yet"]]
        return [*lines, f"{MARKS[shown.status]} {shown.step}: {shown.title}", *about]
    return lines + plain(view, index)


def _hint(view: LessonView, index: int, level: int | None) -> list[str]:
    """The help of a level; without one, of the level after the one that was told last."""
    step = view.states[index].step
    level = level or min(HINTS, hints_told(step) + 1)
    tell_hint(step, level)
    more = [] if level == HINTS else ["", view.words["more_help"].format(step=step)]
    return [*view.hint(index, level), *more]


def plain(view: LessonView, index: int) -> list[str]:
    """The current step as lines that read well aloud."""
    shown = view.step(index)
    done, every = view.progress()
    if done == every:
        return [view.title, view.summary(), view.words["all_done"]]
    return [
        view.title,
        view.summary(),
        "",
        view.words["next"].format(step=f"{shown.step}. {shown.title}"),
        "",
        shown.text,
        "",
        view.words[f"type_{shown.where}"],
        *(f"    {line}" for line in shown.command.splitlines()),
        *(["", *shown.lines] if shown.lines else []),
    ]


def _status(view: LessonView) -> list[str]:
    shown = [view.step(index) for index in range(len(view.states))]
    width = max(len(each.step) for each in shown)
    word = max(len(view.words[each.status]) for each in shown)
    rows = [
        f"{MARKS[each.status]} {each.step:{width}}  {view.words[each.status]:{word}}  {each.title}"
        for each in shown
    ]
    return [view.title, *rows, view.summary()]


def _data(view: LessonView) -> dict[str, Any]:
    done, every = view.progress()
    steps = []
    for index, state in enumerate(view.states):
        shown = view.step(index)
        steps.append(
            {
                "id": state.step,
                "title": shown.title,
                "status": state.status,
                "at": state.at or None,
                "by_lab": state.by_lab,
                "waits_for": state.waits_for or None,
                "expected": state.missing.expected if state.missing else None,
                "observed": state.missing.observed if state.missing else None,
            }
        )
    return {
        "workshop": view.content.name,
        "observed": view.observed,
        "done": done,
        "of": every,
        "steps": steps,
    }


def _language(data: dict[str, Any], settings: dict[str, Any], wanted: str | None) -> int:
    now = spoken(data, settings)
    if wanted and wanted not in data["languages"]:
        names = ", ".join(data["languages"])
        said = texts(now)["no_language"]
        raise AskedWronglyError(said.format(language=wanted, languages=names))
    if wanted:
        choose_language(wanted)
    name = wanted or now
    print(texts(name)["language_is"].format(language=name))
    return 0
