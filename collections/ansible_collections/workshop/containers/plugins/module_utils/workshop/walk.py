# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bringing a machine to a checkpoint."""

from __future__ import annotations

import errno
import json
import time
from typing import Any

from ..errors import LabError
from ..retry import retry
from ..step_result import BLOCKED, FAILED, PASSED, PLANNED
from .checks import Finding
from .content import Content, Step
from .context import Context
from .fold import Key, Thing
from .operations.images import ImagePrune
from .view import LiveView

# Characters of what a step printed that its result keeps: the end says what came of it.
OUTPUT_LIMIT = 4000


class Walk:
    """One run of a workshop's steps on a machine.

    ``results`` holds one result per step up to the wanted one (see ``Content.result``), ``failure``
    the message of the step that failed. ``progress_file`` gets a JSON line as each step begins and
    ends.
    """

    def __init__(
        self, content: Content, context: Context, progress_file: str | None = None
    ) -> None:
        self.content = content
        self.context = context
        self.view = LiveView(context, content)
        self.results: list[dict[str, Any]] = []
        self.failure = ""
        self._progress_file = progress_file

    @property
    def changed(self) -> bool:
        """True if any step changed the machine, or would."""
        return any(result["changed"] for result in self.results)

    def plan(self) -> list[int]:
        """The indexes of the steps to do.

        Raises LabError where the machine is beyond the checkpoint.
        """
        content, record = self.content, self.context.record
        beyond = [
            step.id for step in content.steps[content.until + 1 :] if record.verified(step.data)
        ]
        wanted = content.steps[content.until].id
        if beyond:
            raise LabError(
                f"a machine that is at {wanted}, or before it",
                f"it is beyond: the step {beyond[-1]} was done on it",
                "go back by removing what the workshop made (`./lab reset`), then run again "
                f"until {wanted}",
            )
        done = self._done(content.until + 1)
        suspects = {
            index: self._untrue(index) for index in range(done) if not content.steps[index].absent
        }
        doubtful = {index for index, subjects in suspects.items() if subjects} | self._undone(done)
        doubted = set().union(*suspects.values())
        return content.fold.todo(
            done,
            content.until,
            lambda thing: thing.key not in doubted and self._holds(thing, done),
            doubtful,
        )

    def _done(self, steps: int) -> int:
        """Count the first steps that were verified before, without a gap."""
        for index, step in enumerate(self.content.steps[:steps]):
            if not step.absent and not self.context.record.verified(step.data):
                return index
        return steps

    def _holds(self, thing: Thing, done: int) -> bool:
        if self.content.fold.inputs_changed(thing, done):
            return thing.made_by.remains(self.context, thing)
        return thing.made_by.holds(self.context, thing)

    def _undone(self, done: int) -> set[int]:
        """The steps, of those that were done, that removed or stopped what is on the machine
        nevertheless.
        """
        fold = self.content.fold
        staying = {thing.made_by.maker for thing in fold.final(done) if thing.key[0] == "container"}
        undone: set[int] = set()
        for _entry, maker in self.context.ownership.made_containers():
            if maker not in staying:
                key = self.view.key_of(maker)
                undone.update(
                    index
                    for index in range(done)
                    if key in fold.effects[index].writes and key not in fold.worlds[index + 1]
                )
        return undone | self._pruned(done)

    def _pruned(self, done: int) -> set[int]:
        """The last step that removed untagged images, where there are some although no later step
        has made an image.
        """
        steps = self.content.steps[:done]
        pruned = [
            index
            for index, step in enumerate(steps)
            if any(isinstance(each, ImagePrune) for each in step.operations)
        ][-1:]
        if not pruned or self.content.fold.kind_written("image", pruned[0], done - 1):
            return set()
        return set(pruned) if self.context.ownership.untagged_images() else set()

    def _untrue(self, index: int) -> set[Key]:
        """The subjects of a step's checks that have changed, although no later step has
        changed it.
        """
        self.view.index = index
        untrue: set[Key] = set()
        for check in self.content.steps[index].checks:
            subjects = check.subjects(self.view)
            lasting = check.lasting(self.view, self.content.until)
            if lasting and check.judge(self.view, past=False).status == FAILED:
                untrue |= subjects
        return untrue

    def preview(self, todo: list[int]) -> None:
        """Say what would be done."""
        for index in range(self.content.until + 1):
            if self.content.steps[index].absent:
                self.results.append(self.content.not_here(index))
                continue
            planned = index in todo
            status = PLANNED if planned else PASSED
            changed = planned and bool(self.content.steps[index].operations)
            self.results.append(self.content.result(index, status, changed=changed))

    def do_steps(self, todo: list[int]) -> None:
        """Do the steps; stops at the first that fails."""
        first_new = self._done(self.content.until + 1)
        try:
            for index in range(self.content.until + 1):
                if self.content.steps[index].absent:
                    self.results.append(self.content.not_here(index))
                elif self.failure:
                    self.results.append(
                        self.content.result(index, BLOCKED, observed="the run ended before it")
                    )
                elif index in todo:
                    self._do(index, repair=index < first_new)
                else:
                    self.results.append(
                        self.content.result(index, PASSED, evidence="the progress record")
                    )
        finally:
            self.context.hang_up()
            self._report(event="finished")

    def _do(self, index: int, repair: bool) -> None:
        step = self.content.steps[index]
        self._report(event="begin", step=step.id, title=self.content.text(step.data["title"]))
        started = time.monotonic()
        changed = False
        printed = []
        self._enter(index)
        try:
            for operation in step.operations:
                outcome = operation.apply(self.context)
                changed = changed or outcome.changed
                printed.append(str(outcome.detail.get("stdout", "")))
                self.context.outcomes.setdefault(step.id, {}).update(outcome.detail)
                self.context.details[operation.maker] = outcome.detail
            findings = self._verify(index, step, repair)
            failed = next((finding for finding in findings if finding.status != PASSED), None)
            error = failed and LabError(failed.expected, failed.observed, self.content.hint(index))
        except LabError as found:
            error, findings = found, []
        except OSError as found:
            error, findings = _of_machine(found), []
        result = self.content.result(index, FAILED if error else PASSED, changed=changed)
        result["output"] = "".join(printed)[-OUTPUT_LIMIT:]
        result["seconds"] = round(time.monotonic() - started, 3)
        if error:
            result.update(
                expected=error.expected,
                observed=error.observed,
                remedy=error.remedy or self.content.hint(index),
            )
            self.failure = f"step {step.id}: {error}"
        else:
            result["evidence"] = findings[-1].evidence if findings else ""
            if not repair:  # a repair sees what lasts: the record keeps what was seen before
                self.context.record.verify(step.data, [finding.expected for finding in findings])
        self.results.append(result)
        keys = ("status", "changed", "seconds", "expected", "observed", "remedy")
        self._report(
            event="end", step=step.id, title=result["title"], **{key: result[key] for key in keys}
        )

    def _enter(self, index: int) -> None:
        """Make the context and the view those of this step."""
        worlds = self.content.fold.worlds
        self.context.world = {**worlds[index], **worlds[index + 1]}
        self.context.record.step = self.content.steps[index].id
        self.view.index = index
        self.view.since = time.time()
        for terminal in self.context.terminals.values():
            terminal.forget()

    def _verify(self, index: int, step: Step, repair: bool) -> list[Finding]:
        """The findings of the step's checks, up to the first that does not pass.

        A step that is done again while later ones have been done is judged by what lasts: the rest
        spoke of a moment.
        """
        findings = []
        for check in step.checks:
            if repair and not check.lasting(self.view, self.content.until):
                continue
            finding = retry(
                lambda check=check: check.judge(self.view, past=False),  # type: ignore[misc]
                lambda found: found.status == PASSED,
                0 if check.settled else self.context.patience,
            )
            findings.append(finding)
            if finding.status != PASSED:
                break
        return findings

    def _report(self, **event: Any) -> None:
        if self._progress_file:
            with open(self._progress_file, "a", encoding="utf-8") as stream:
                stream.write(json.dumps(event, ensure_ascii=False) + "\n")


def _of_machine(error: OSError) -> LabError:
    """Turn a refusal of the machine's operating system into an error of the step."""
    place = error.filename if isinstance(error.filename, str) else "the machine's files"
    remedy = "free some space" if error.errno in (errno.ENOSPC, errno.EDQUOT) else ""
    return LabError(f"{place} to be written", error.strerror or type(error).__name__, remedy)


def summary(results: list[dict[str, Any]], before: bool) -> str:
    """One line a step, for ``--diff``.

    The statuses before a run (all that changes is open) or after it.
    """
    lines = []
    for result in results:
        open_before = before and (
            result["changed"] or result["status"] in (PLANNED, FAILED, BLOCKED)
        )
        lines.append(f"{result['id']}: {'open' if open_before else result['status']}\n")
    return "".join(lines)
