# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The base class of all operations, and their outcomes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..fold import Maker

if TYPE_CHECKING:
    from ..context import Context
    from ..fold import Scene, Thing


@dataclass
class Outcome:
    """The outcome of an operation.

    ``detail`` is for the result and for the checks of the same step (output, exit code, …).
    """

    changed: bool
    detail: dict[str, Any] = field(default_factory=dict)


class Operation:
    """One way in which the automation does what a learner would type.

    Subclasses say what they mean for the world (``simulate``), do it (``apply``), and tell whether
    what they made is still there (``holds``). ``params`` are as the lesson has them, already
    validated.
    """

    name = ""

    def __init__(self, maker: Maker, params: dict[str, Any], files: dict[str, bytes]) -> None:
        self.maker = maker
        self.params = params
        self.files = files
        self.prepare()

    @property
    def step(self) -> str:
        """The id of the step."""
        return self.maker.step

    def prepare(self) -> None:
        """Take apart what needs it."""

    def simulate(self, scene: Scene) -> None:
        """Tell what this reads, makes, alters and drops."""
        raise NotImplementedError

    def apply(self, context: Context) -> Outcome:
        """Do it; raises LabError."""
        raise NotImplementedError

    def holds(self, context: Context, thing: Thing) -> bool:
        """True if the thing that this made is still there and right; never changes anything.

        What makes nothing that stays is not asked.
        """
        raise NotImplementedError

    def remains(self, context: Context, thing: Thing) -> bool:
        """True if the thing is still there, although what it was made from has changed since."""
        return self.holds(context, thing)
