# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The look of a step on a terminal; shared by the live progress and the report."""

from __future__ import annotations

import sys

from ansible import constants as C
from ansible.utils.display import Display, get_text_width

from ansible_collections.workshop.containers.plugins.module_utils.step_result import (
    BLOCKED,
    FAILED,
    NOT_HERE,
    PASSED,
    PLANNED,
    UNKNOWN,
)

# Asked once, in the controller's main process, which imports this: the workers that run tasks have
# no terminal.
ON_TERMINAL = sys.stdout.isatty()
UNICODE = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"

WIDTH = min(100, Display().columns) if ON_TERMINAL else 100  # columns of a line
ELLIPSIS = "…" if UNICODE else "..."

_MARKS = {
    PASSED: "✔",
    FAILED: "✘",
    BLOCKED: "⊘",
    UNKNOWN: "?",
    PLANNED: "+",
    NOT_HERE: "-",
    "working": "…",
}
_PLAIN_MARKS = {
    PASSED: "ok",
    FAILED: "XX",
    BLOCKED: "--",
    UNKNOWN: "??",
    PLANNED: "++",
    NOT_HERE: "--",
    "working": "..",
}


def sign(status: str) -> str:
    """Sign of a status, two columns at most; an unknown word gets the sign of `unknown`."""
    marks = _MARKS if UNICODE else _PLAIN_MARKS
    return marks.get(status, marks[UNKNOWN])


def color(status: str, changed: bool = False) -> str:
    """Ansible's colour name (as a person has set it) of a status."""
    if status == PASSED:
        return str(C.COLOR_CHANGED if changed else C.COLOR_OK)
    return str({FAILED: C.COLOR_ERROR, PLANNED: C.COLOR_CHANGED}.get(status, C.COLOR_SKIP))


def fit(text: str, width: int) -> str:
    """`text` in exactly `width` columns: padded with spaces, or cut and ended by an ellipsis."""
    if get_text_width(text) > width:
        while text and get_text_width(text) > width - len(ELLIPSIS):
            text = text[:-1]
        text = text.rstrip() + ELLIPSIS
    return text + " " * (width - get_text_width(text))


def seconds(value: float | None) -> str:
    """Seconds in seven columns, or spaces when there is nothing to say."""
    return f"{value:5.1f} s" if value else " " * 7
