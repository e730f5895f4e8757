# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judging a machine: read-only, by what is on it, whoever did the work."""

from __future__ import annotations

from typing import Any

from ..engine.client import Engine
from .checks import FAILED, PASSED, UNKNOWN, Check, Finding
from .content import Content
from .grade_view import GradeView
from .record import Record

RECORD = "the progress record"
BLOCKED = "blocked"


class Grading:
    """The verdict on each step up to the wanted one: passed, failed, blocked by an earlier failure, or unknown.

    A step that left nothing behind is judged by the engine's events, then by the progress record of the lab; what neither
    knows is unknown, which is not a pass.
    """

    def __init__(self, content: Content, engine: Engine, record: Record) -> None:
        self.content = content
        self.record = record
        self.view = GradeView(engine, content, record)
        self.results: list[dict[str, Any]] = []

    def run(self) -> list[dict[str, Any]]:
        """The results of all steps (see ``Content.result``)."""
        for index in range(self.content.until + 1):
            if self.content.steps[index].absent:
                self.results.append(self.content.not_here(index))
            elif any(result["status"] == FAILED for result in self.results):
                self.results.append(self.content.result(index, BLOCKED))
            else:
                self.results.append(self._judge(index))
        return self.results

    def _judge(self, index: int) -> dict[str, Any]:
        self.view.index = index
        findings = [self._finding(index, check) for check in self.content.steps[index].checks]
        worst = next(
            (each for status in (FAILED, UNKNOWN) for each in findings if each.status == status),
            None,
        )
        if worst is None:
            evidence = sorted({finding.evidence for finding in findings})
            expected = "; ".join(finding.expected for finding in findings)
            return self.content.result(
                index, PASSED, expected=expected, evidence=", ".join(evidence)
            )
        hint = self.content.hint(index)
        return self.content.result(
            index, worst.status, expected=worst.expected, observed=worst.observed, action=hint
        )

    def _finding(self, index: int, check: Check) -> Finding:
        finding = check.judge(self.view, check.undone(self.view, self.content.until))
        if finding.absence and not self._was_there(index, check):
            finding = Finding(
                UNKNOWN, finding.expected, "it is so, but nothing shows that it was ever otherwise"
            )
        if finding.status == UNKNOWN and self.record.verified(self.content.data[index]):
            return Finding(PASSED, finding.expected, finding.observed, RECORD)
        return finding

    def _was_there(self, index: int, check: Check) -> bool:
        """Whether the steps that made what this step took away have passed."""
        before = self.content.fold.worlds[index]
        makers = {
            step
            for key in check.subjects(self.view)
            if key in before
            for step in before[key].history
        }
        return bool(makers) and all(self.results[maker]["status"] == PASSED for maker in makers)
