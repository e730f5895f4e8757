# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The validated content of a workshop, as the controller hands it to a machine."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from ..errors import LabError
from ..step_result import BLOCKED, NOT_HERE, step_result
from .applies import why_not_here
from .checks import Check, checks_of
from .fold import Fold, FoldedOperation, FoldError
from .operations import Operation, operations_of
from .outline import needs
from .record import Identity


@dataclass
class Step:
    """A step with its operations and checks.

    ``absent`` says why it does not belong to this machine; "": it does.
    """

    data: dict[str, Any]
    absent: str
    operations: list[Operation]
    checks: list[Check]

    @property
    def id(self) -> str:
        """``lesson.step``."""
        return self.data["id"]


class Content:
    """The steps of a workshop, ready to be done or judged.

    ``data`` is what ``plugin_utils/content/load.py`` makes; ``until`` the index of the last step
    that is wanted; ``needs`` has by step the indexes of those that it depends on.
    ``judging``: nothing is to be done, so that steps done on Windows belong to a WSL instance,
    where they have checks.
    """

    def __init__(self, data: dict[str, Any], language: str, judging: bool = False) -> None:
        self._language = language
        self._judging = judging
        self.name: str = data["name"]
        self.identity = Identity(
            next(iter(data["title"].values())),
            data["path"],
            tuple(step["id"] for step in data["steps"]),
        )
        self.base_images: list[str] = data["base_images"]
        self.files = {path: base64.b64decode(text) for path, text in data["files"].items()}
        self.data: list[dict[str, Any]] = data["steps"]
        self._errata: list[dict[str, Any]] = data["errata"]
        self.steps = [self._step(step) for step in self.data]
        self.fold = Fold((step.operations for step in self.steps), self._refuse)
        self.needs = needs(self.steps, self.fold)
        self.until = next(
            index for index, step in enumerate(self.steps) if step.id == data["until"]
        )

    def _refuse(self, index: int, operation: FoldedOperation, error: FoldError) -> None:
        """Raise what the controller has validated, and an older one may not have seen."""
        raise LabError(
            "steps that follow from each other",
            f"{self.data[index]['id']}, operation {operation.maker.number + 1}: {error}",
            "correct the lesson: `./lab validate` names file and line",
        )

    def _step(self, data: dict[str, Any]) -> Step:
        absent = why_not_here(data.get("applies") or {}, self._judging and bool(data["check"]))
        return Step(
            data,
            absent,
            [] if absent else operations_of(data, self.files),
            [] if absent else checks_of(data),
        )

    def text(self, texts: dict[str, str] | None) -> str:
        """A text in the wanted language, else in the first that there is; "" for None."""
        if not texts:
            return ""
        return texts.get(self._language) or next(iter(texts.values()))

    def result(self, index: int, status: str, **more: Any) -> dict[str, Any]:
        """The record of a step, with its title in the wanted language."""
        step = self.data[index]
        return step_result(step["id"], self.text(step["title"]), status, **more)

    def not_here(self, index: int) -> dict[str, Any]:
        """The result of a step that does not belong to this machine."""
        return self.result(index, NOT_HERE, observed=self.steps[index].absent)

    def blocked(self, index: int, failed: int) -> dict[str, Any]:
        """The result of a step that cannot be judged, since one that it needs has failed."""
        return self.result(index, BLOCKED, observed=f"it needs {self.steps[failed].id}")

    def hint(self, index: int) -> str:
        """The help for a step, and the facts where the written workshop is wrong there."""
        step = self.data[index]
        errata = [erratum for erratum in self._errata if step["id"] in erratum["steps"]]
        return "\n".join(
            [
                self.text(step.get("hint")),
                *(f"{erratum['id']}: {self.text(erratum['text'])}" for erratum in errata),
            ]
        )
