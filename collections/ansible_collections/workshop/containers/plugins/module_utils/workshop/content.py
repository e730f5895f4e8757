# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The validated content of a workshop, as the controller hands it to a machine."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from .applies import why_not_here
from .checks import Check, checks_of
from .fold import Fold
from .operations import Operation, operations_of

NOT_HERE = "not_here"


@dataclass
class Step:
    """A step with its operations and checks. ``absent`` says why it does not belong to this machine; "": it does."""

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

    ``data`` is what ``plugin_utils/content/load.py`` makes; ``until`` the index of the last step that is wanted.
    """

    def __init__(self, data: dict[str, Any], language: str) -> None:
        self.name: str = data["name"]
        self.base_images: list[str] = data["base_images"]
        self.files = {path: base64.b64decode(text) for path, text in data["files"].items()}
        self.data: list[dict[str, Any]] = data["steps"]
        self._errata: list[dict[str, Any]] = data["errata"]
        self.steps = [self._step(step) for step in self.data]
        self.fold = Fold(step.operations for step in self.steps)
        self.until = next(
            index for index, step in enumerate(self.steps) if step.id == data["until"]
        )
        self._language = language

    def _step(self, data: dict[str, Any]) -> Step:
        absent = why_not_here(data.get("applies") or {})
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
        """The result of a step: always the same keys (see the RETURN of the module checkpoint)."""
        step = self.data[index]
        result = {
            "id": step["id"],
            "lesson": step["lesson"],
            "title": self.text(step["title"]),
            "status": status,
            "changed": False,
            "seconds": 0.0,
            "expected": "",
            "observed": "",
            "action": "",
            "evidence": "",
            "output": "",
        }
        result.update(more)
        return result

    def not_here(self, index: int) -> dict[str, Any]:
        """The result of a step that does not belong to this machine."""
        return self.result(index, NOT_HERE, observed=self.steps[index].absent)

    def hint(self, index: int) -> str:
        """What helps at a step, and what to know where the written workshop is wrong there."""
        step = self.data[index]
        errata = [erratum for erratum in self._errata if step["id"] in erratum["steps"]]
        return "\n".join(
            [
                self.text(step.get("hint")),
                *(f"{erratum['id']}: {self.text(erratum['text'])}" for erratum in errata),
            ]
        )
