# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a machine's text safe to show: without control characters, and of limited length.

Everything that the report and the console show of a machine's answer goes through here.
"""

from __future__ import annotations

import re
from typing import Any, Callable

# Characters of one text. What a step printed is shorter already.
LONGEST = 4000
# C0 but for tabs and ends of lines, DEL, C1, and what changes the direction of writing.
_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)


def safe_text(text: str, longest: int = LONGEST) -> str:
    r"""Spell control characters out, and cut what is too long.

    >>> safe_text("\x1b[2Jgone")
    '\\x1b[2Jgone'
    """
    left_out = len(text) - longest
    if left_out > 0:
        text = f"{text[:longest]} … ({left_out} more characters)"
    text = text.replace("\r\n", "\n")
    return _CONTROL.sub(lambda found: ascii(found.group())[1:-1], text)


def safe(value: Any) -> Any:
    """The same of every text in lists and mappings, keys included."""
    return each_text(value, safe_text)


def each_text(value: Any, change: Callable[[str], str]) -> Any:
    """A copy of lists and mappings with every text in them changed, keys included."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {each_text(key, change): each_text(each, change) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [each_text(each, change) for each in value]
    return value
