# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The base class of all checks, and their findings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...deadline import deadline
from ...errors import EngineError, LabError
from ...step_result import FAILED, PASSED, UNKNOWN
from ..view import MACHINE

if TYPE_CHECKING:
    from ..fold import Key
    from ..outline import Outline
    from ..view import View

# Seconds that a check may take.
LONGEST = 20.0
_SLOW = "see what the machine, its engine or the file in question waits for"


@dataclass
class Finding:
    """A check's answer: ``status`` is passed, failed or unknown.

    ``expected`` and ``observed`` are statements for a person.

    ``absence`` tells that it passed because something is not there, as on a machine on which
    nothing was done.
    """

    status: str
    expected: str
    observed: str = ""
    evidence: str = MACHINE
    absence: bool = False


class Check:
    """A read-only statement on a machine.

    ``past`` asks whether it held at the time of its step, where later steps have undone what it
    speaks of: what is gone then makes it unknown, not failed.
    """

    name = ""
    # What a step's own operation has printed does not change any more: there is nothing to wait
    # for.
    settled = False

    def __init__(self, step: str, params: dict[str, Any]) -> None:
        self.step = step
        self.params = params

    @property
    def of_absence(self) -> bool:
        """True if all that it says is that something is not there."""
        return self.params.keys() - {"name", "step"} == {"exists"} and not self.params["exists"]

    def subjects(self, view: Outline) -> set[Key]:
        """The keys of the things that it speaks of."""
        return set()

    def undone(self, view: View, until: int) -> bool:
        """True if a step up to ``until`` has since changed what it speaks of, or it came and went
        within its own step.
        """
        subjects = self.subjects(view)
        before, after = view.fold.worlds[view.index : view.index + 2]
        passing = any(key not in before and key not in after for key in subjects)
        return passing or view.fold.superseded(subjects, view.index, until)

    def lasting(self, view: Outline, until: int) -> bool:
        """True if what it speaks of is to be as it was after its step, there or not."""
        subjects = self.subjects(view)
        world = view.fold.worlds[view.index + 1]
        present = [key in world for key in subjects]
        return (
            bool(subjects)
            and (all(present) or (self.of_absence and not any(present)))
            and not view.fold.superseded(subjects, view.index, until)
        )

    def observe(self, view: View, past: bool) -> Finding:
        """Look at the machine.

        Raises EngineError, and LabError or OSError for what cannot be read.
        """
        raise NotImplementedError

    def judge(self, view: View, past: bool) -> Finding:
        """Look at the machine; what cannot be read there fails the check. Raises EngineError."""
        expected = f"the check `{self.name}` to be done"
        try:
            with deadline(LONGEST, expected, _SLOW):
                return self.observe(view, past)
        except EngineError:
            raise
        except LabError as error:
            return self.decide(False, past, error.expected, error.observed)
        except OSError as error:
            place = error.filename or self.params.get("path", "the machine")
            reason = error.strerror or type(error).__name__
            return self.decide(False, past, f"{place} to be readable", reason)

    def decide(self, good: bool, past: bool, expected: str, observed: str) -> Finding:
        """Passed when good; else failed, or unknown where later steps may be why."""
        if good:
            return Finding(PASSED, expected, observed)
        return Finding(UNKNOWN if past else FAILED, expected, observed)
