# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks on what the step's own operation printed."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

from ...step_result import FAILED, PASSED, UNKNOWN
from .base import Check, Finding

if TYPE_CHECKING:
    from ..view import View


class OutputCheck(Check):
    """Exit code and output of the last operation of the step."""

    name = "output"
    settled = True

    def observe(self, view: View, past: bool) -> Finding:
        wanted, words = self.params, []
        if "exit_code" in wanted:
            words.append(f"exit code {wanted['exit_code']}")
        if "matches" in wanted:
            words.append(f"output that matches /{wanted['matches']}/")
        if "not_matches" in wanted:
            words.append(f"no output that matches /{wanted['not_matches']}/")
        if "same_as" in wanted:
            words.append(f"what `{' '.join(wanted['same_as'])}` prints on the machine")
        expected = " and ".join(words)
        outcome = view.outcome()
        if outcome is None:
            return Finding(UNKNOWN, expected, "what it printed is not known any more")
        printed = str(outcome.get("stdout", ""))
        good = (
            outcome.get("exit_code", 0) == wanted.get("exit_code", outcome.get("exit_code", 0))
            and re.search(wanted.get("matches", ""), printed, re.MULTILINE) is not None
            and not (
                "not_matches" in wanted and re.search(wanted["not_matches"], printed, re.MULTILINE)
            )
            and ("same_as" not in wanted or printed.strip() == _on_machine(wanted["same_as"]))
        )
        observed = f"exit code {outcome.get('exit_code', 0)}, output {printed.strip()[-300:]!r}"
        return Finding(PASSED if good else FAILED, expected, observed, "the command's output")


def _on_machine(argv: list[str]) -> str:
    done = subprocess.run(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return done.stdout.decode(errors="replace").strip()
