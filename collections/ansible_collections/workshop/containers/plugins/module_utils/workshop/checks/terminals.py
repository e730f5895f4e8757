# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks on terminals."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...step_result import FAILED, PASSED, UNKNOWN
from ..view import EVENTS
from .base import Check, Finding

if TYPE_CHECKING:
    from ..fold import Key
    from ..outline import Outline
    from ..view import View


class TerminalCheck(Check):
    """A terminal printed this during the step, and is open or closed."""

    name = "terminal"

    def subjects(self, view: Outline) -> set[Key]:
        maker = view.terminal_container(self.params["name"])
        return {view.key_of(maker)} if maker else set()

    def observe(self, view: View, past: bool) -> Finding:
        name, wanted = self.params["name"], self.params
        words = [f"prints what matches /{wanted['matches']}/"] if "matches" in wanted else []
        words += (
            [f"prints nothing that matches /{wanted['not_matches']}/"]
            if "not_matches" in wanted
            else []
        )
        words += [("is closed" if wanted["closed"] else "is open")] if "closed" in wanted else []
        expected = f"terminal {name} {' and '.join(words)}"
        if "closed" in wanted:
            closed = view.closed(name)
            if past and not wanted["closed"] and view.was_opened(name):
                return Finding(PASSED, expected, "the terminal was open", EVENTS)
            if closed is None:
                return Finding(UNKNOWN, expected, "that terminal is not known any more")
            if closed != wanted["closed"]:
                return Finding(
                    UNKNOWN if past else FAILED,
                    expected,
                    "the terminal is closed" if closed else "the terminal is open",
                )
        if "matches" not in wanted and "not_matches" not in wanted:
            return Finding(
                PASSED, expected, f"the terminal is {'closed' if wanted['closed'] else 'open'}"
            )
        printed = view.printed(name)
        if printed is None:
            return Finding(UNKNOWN, expected, "what it printed is not known any more")
        good = re.search(wanted.get("matches", ""), printed, re.MULTILINE) is not None
        if "not_matches" in wanted and re.search(wanted["not_matches"], printed, re.MULTILINE):
            good = False
        return Finding(
            PASSED if good else FAILED, expected, f"it printed {printed.strip()[-300:]!r}"
        )
