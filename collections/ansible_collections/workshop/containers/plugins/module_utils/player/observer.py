# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judging the steps that can be done now, each time something has happened."""

from __future__ import annotations

import time
from typing import Any, Callable

from ..names import same_image
from ..step_result import FAILED, PASSED
from ..workshop.checks import Finding
from ..workshop.content import Content, Step
from ..workshop.operations.containers import ContainerCopy, ContainerRun
from ..workshop.operations.files import FileWrite
from ..workshop.operations.terminals import TerminalType
from ..workshop.record import Record
from ..workshop.view import Sighting
from .attempts import alike, attempt
from .memory import Memory
from .player import OPEN, WAITING, State, current, states
from .traces import TRACES, typed
from .view import PlayerView

# Kinds of things that no engine tells of: a step that makes only these may be found done.
_STATES = ("directory", "file", "login")
# The time of what was never tried: before anything that was
_BEFORE = 1e-6


class Observer:
    """Turns what is known into ticks; ``add`` takes the events that come of it.

    It changes nothing on the machine.
    """

    def __init__(
        self,
        content: Content,
        view: PlayerView,
        record: Record,
        add: Callable[[dict[str, Any]], None],
    ) -> None:
        self.content = content
        self.view = view
        self.record = record
        self.memory: Memory = view.memory
        self._add = add
        # What open steps lack, by their ids, as the last judgement found it, and when it was tried
        self.misses: dict[str, tuple[float, Finding]] = {}
        # Whether what is tried for a step was meant for it, as far as one can tell
        self._alike = True
        # Whether what is tried was removed by hand
        self._over = False
        # Whether something that the step needs was not seen: that something is not there proves
        # nothing then.
        self._waits = False

    def judge(self) -> None:
        """Tick every step that is done, and what becomes open by that; raises EngineError."""
        self.misses = {}
        again = True
        while again:
            again = False
            found = states(self.content, self.memory, self.record)
            for index, state in enumerate(found):
                self._waits = state.status == WAITING
                if state.status == OPEN or (self._waits and self._may_go_on(index, found)):
                    again = self._judge(index) or again
        self._explain(found)

    def _explain(self, found: list[State]) -> None:
        """Note what was done instead of the step that comes next, where its checks cannot tell."""
        index = current(found)
        step = self.content.steps[index]
        if found[index].status != OPEN:
            return
        self._waits = False
        self._enter(index)
        missed = self.misses.get(step.id)
        if self._makes_states(index):
            lacking = self._lacking(step)
            missed = missed or ((_BEFORE, lacking) if lacking else None)
        tried = attempt(self.view, step, missed[0] if missed else 0.0)
        if tried is not None:
            missed = tried.at, Finding(FAILED, tried.expected, tried.observed)
        if missed:
            self.misses[step.id] = missed

    def _may_go_on(self, index: int, found: list[State]) -> bool:
        """True if a step may be done although something that it needs was not seen.

        Whoever looked at nothing in a container has skipped nothing that matters, and a file that
        was copied into one may have been written anywhere: what is in the container tells.
        """
        steps = self.content.steps
        copies = all(isinstance(each, ContainerCopy) for each in steps[index].operations)
        kinds = (TerminalType, FileWrite) if copies else (TerminalType,)
        return all(
            all(isinstance(each, kinds) for each in steps[need].operations)
            for need in self.content.needs[index]
            if found[need].status in (OPEN, WAITING)
        )

    def _judge(self, index: int) -> bool:
        """True if a step is done by now."""
        view, step = self.view, self.content.steps[index]
        self._enter(index)
        runs = [each for each in step.operations if isinstance(each, ContainerRun)]
        self._alike, self._over = True, False
        if not runs:
            traced = self._traced(step)
            return traced is not None and self._holds(step, traced)
        candidates = view.candidates(runs[-1])
        for seen in candidates:
            view.tried = {}
            # Of one that was removed after a try nobody needs to hear, once there is another.
            self._over = not seen.exists and not seen.auto_remove
            over = self._over and seen is not candidates[-1]
            self._alike = alike(runs[-1], seen) and not over
            for run in runs[:-1]:
                others = [each for each in view.candidates(run) if each.id != seen.id]
                if others:
                    view.tried[run.maker] = others[0].id
            view.tried[runs[-1].maker] = seen.id
            traced = self._traced(step)
            if (
                len(view.tried) == len(runs)
                and traced is not None
                and self._in_order(step, runs[-1], seen)
                and self._holds(step, max(traced, seen.created))
            ):
                return True
        return False

    def _enter(self, index: int) -> None:
        """Make the view that of a step."""
        self.view.index, self.view.tried = index, {}
        self.view.since = self._opened(index)

    def _opened(self, index: int) -> float:
        """From when on traces of a step count: what it needs has been done."""
        undone = self.memory.undone.get(self.content.steps[index].id, 0.0)
        opened = max(self.memory.since, undone)
        for need in self.content.needs[index]:
            step = self.content.steps[need].id
            if step in self.memory.ticks:
                opened = max(opened, self.memory.ticks[step].after)
            elif step in self.record.steps:
                opened = max(opened, self.record.steps[step]["at"])
        return opened

    def _traced(self, step: Step) -> float | None:
        """The time of the last trace of the step's operations; None: not all left one.

        A step that does nothing is done by who looks: in a shell that is followed, or, where it is
        about the machine's own state, by whoever brought that about.
        """
        view = self.view
        others = [each for each in step.operations if not isinstance(each, ContainerRun)]
        if not step.operations:
            seen = typed(view, step, view.since)
            # One that was taken back has to be done anew, where that can be seen.
            again = step.id in self.memory.undone and self.memory.follows_shells
            if seen is None and not again and not self.content.needs[view.index]:
                return view.since
            return seen
        found = [
            TRACES[type(each)](view, each, view.since) for each in others if type(each) in TRACES
        ]
        if None not in found:
            return max([view.since, *(at for at in found if at is not None)])
        alone = not self.content.needs[view.index]
        return view.since if alone and self._makes_states(view.index) else None

    def _last_try(self, step: Step) -> float:
        """The time of the last try of what is judged; if it was removed since, of its start."""
        created = [self.memory.containers[each].created for each in self.view.tried.values()]
        self.view.newest = True
        traced = None if self._over else self._traced(step)
        self.view.newest = False
        return max([*created, traced or 0.0])

    def _in_order(self, step: Step, run: ContainerRun, seen: Sighting) -> bool:
        """True if an image was made or pulled before a container was run from it."""
        for each in step.operations:
            if each is run:
                return True
            trace = TRACES.get(type(each))
            made = each.params.get("name", "")
            if trace and isinstance(made, str) and same_image(made, run.image):
                at = trace(self.view, each, self.view.since)
                if at is None or at > seen.created:
                    return False
        return True

    def _makes_states(self, index: int) -> bool:
        """True if a step makes only what no engine tells of."""
        return all(key[0] in _STATES for key in self.content.fold.effects[index].writes)

    def _lacking(self, step: Step) -> Finding | None:
        """The first finding that does not let a step pass."""
        for check in step.checks:
            finding = check.judge(self.view, past=False)
            if finding.status != PASSED or (self._waits and finding.absence):
                return finding
        return None

    def _holds(self, step: Step, at: float) -> bool:
        """Ask the checks; where all hold the step is done, else what is missing is noted."""
        asks = any(check.name == "http" for check in step.checks)
        lacking = self._lacking(step)
        if lacking is not None:
            if self._alike and not self._waits:
                self.misses[step.id] = self._last_try(step), lacking
            return False
        containers = [[*maker, identity] for maker, identity in self.view.tried.items()]
        self._tell(
            event="tick",
            at=at,
            step=step.id,
            digest=step.data["digest"],
            # Its own requests are in the log of who serves, too.
            after=time.time() if asks else at,
            containers=containers,
            found=at <= self.memory.since,
        )
        return True

    def tell_misses(self) -> None:
        """Tell what open steps lack, where that is news."""
        for step, (_at, finding) in list(self.misses.items()):
            known = self.memory.missing.get(step)
            said = finding.expected, finding.observed
            if known is None or (known.expected, known.observed) != said:
                self._tell(
                    event="missing",
                    at=time.time(),
                    step=step,
                    expected=finding.expected,
                    observed=finding.observed,
                )
        self.misses = {}

    def _tell(self, **event: Any) -> None:
        self.misses.pop(event["step"], None)
        self.memory.take(event)
        self._add(event)
