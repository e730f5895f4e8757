# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judging a machine: read-only, by what is on it, whoever did the work."""

from __future__ import annotations

import time
from typing import Any

from ..engine.client import Engine
from ..step_result import FAILED, PASSED, UNKNOWN
from .checks import Check, Finding
from .content import Content
from .grade_view import GradeView
from .record import Record
from .tick import Tick

RECORD = "the progress record"


class Grading:
    """The verdict on each step up to the wanted one.

    Passed, failed, unknown, or blocked by the failure of a step that it needs.

    A step that was seen done (``ticks``, by step) has passed; what has been undone since, by no
    step, is told. A step that left nothing behind is judged by the engine's events, then by the
    progress record of the lab; what none of these knows is unknown, which is not a pass.
    """

    def __init__(
        self,
        content: Content,
        engine: Engine,
        record: Record,
        ticks: dict[str, Tick] | None = None,
    ) -> None:
        self.content = content
        self.record = record
        self.ticks = {
            step.id: tick
            for step in content.steps
            for tick in [(ticks or {}).get(step.id)]
            if tick is not None and tick.digest == step.data["digest"]
        }
        self.view = GradeView(engine, content, record, self.ticks)
        self.results: list[dict[str, Any]] = []
        # By step that failed, or is blocked: the one whose failure is why.
        self._causes: dict[int, int] = {}

    def grade(self) -> list[dict[str, Any]]:
        """The results of all steps (see ``Content.result``)."""
        for index in range(self.content.until + 1):
            if self.content.steps[index].absent:
                self.results.append(self.content.not_here(index))
                continue
            if self.content.steps[index].id in self.ticks:
                self.results.append(self._seen(index))
                continue
            causes = [
                self._causes[need] for need in self.content.needs[index] if need in self._causes
            ]
            if causes:
                self._causes[index] = min(causes)
                self.results.append(self.content.blocked(index, self._causes[index]))
                continue
            self.results.append(self._judge(index))
            if self.results[index]["status"] == FAILED:
                self._causes[index] = index
        return self.results

    def _seen(self, index: int) -> dict[str, Any]:
        """The result of a step that was seen done; ``observed`` is what has been undone since."""
        step = self.content.steps[index]
        tick = self.ticks[step.id]
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(tick.at))
        self.view.index = index
        undone = ""
        for check in step.checks:
            if not undone and check.lasting(self.view, self.content.until):
                finding = check.judge(self.view, past=False)
                if finding.status == FAILED:
                    undone = f"it was done, and undone since: {finding.observed}"
        return self.content.result(
            index,
            PASSED,
            observed=undone,
            evidence=f"{'found so' if tick.found else 'seen'} at {when}",
        )

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
            index, worst.status, expected=worst.expected, observed=worst.observed, remedy=hint
        )

    def _finding(self, index: int, check: Check) -> Finding:
        finding = check.judge(self.view, check.undone(self.view, self.content.until))
        if finding.absence and not self._was_there(index, check):
            finding = Finding(
                UNKNOWN,
                finding.expected,
                f"{finding.observed}, but nothing shows that it was ever different",
            )
        if finding.status == UNKNOWN and self.record.verified(self.content.data[index]):
            return Finding(PASSED, finding.expected, finding.observed, RECORD)
        return finding

    def _was_there(self, index: int, check: Check) -> bool:
        """True if the steps that made what this step took away have passed."""
        before = self.content.fold.worlds[index]
        makers = {
            step for key in check.subjects(self.view) if key in before for step in before[key].steps
        }
        return bool(makers) and all(self.results[maker]["status"] == PASSED for maker in makers)
