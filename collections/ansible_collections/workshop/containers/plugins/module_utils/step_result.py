# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of a step, from the module that did or judged it to the report."""

from __future__ import annotations

from typing import Any

PASSED = "passed"
FAILED = "failed"
# An earlier step failed.
BLOCKED = "blocked"
# Nothing on the machine tells.
UNKNOWN = "unknown"
# It would be done (check mode).
PLANNED = "planned"
# It is for another kind of machine.
NOT_HERE = "not_here"
STATUSES = (PASSED, FAILED, BLOCKED, UNKNOWN, PLANNED, NOT_HERE)

# Every field, and what it holds where nothing is to be said.
FIELDS: dict[str, Any] = {
    "id": "",
    "lesson": "",
    "title": "",
    "status": "",
    "changed": False,
    "seconds": 0.0,
    "expected": "",
    "observed": "",
    "remedy": "",
    "evidence": "",
    "output": "",
}


def step_result(step: str, title: str, status: str, **more: Any) -> dict[str, Any]:
    """The record of a step (its full id); raises KeyError for a field that it does not have."""
    unknown = set(more) - set(FIELDS)
    if unknown:
        raise KeyError(f"a step's result has no {', '.join(sorted(unknown))}")
    lesson = step.partition(".")[0]
    return {**FIELDS, "id": step, "lesson": lesson, "title": title, "status": status, **more}
