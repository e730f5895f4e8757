# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credit by lesson, as CSV: a row for each machine, a share of passed steps for each lesson."""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import Any

from ansible_collections.workshop.containers.plugins.module_utils.step_result import (
    NOT_HERE,
    PASSED,
)

_FORMULA = ("=", "+", "-", "@", "\t")


def render(results: dict[str, Any]) -> str:
    """The table of results as results.schema.json describes them.

    A share is between 0 and 1, of the steps that belong to the machine; empty where none does.
    """
    hosts = results["hosts"]
    lessons = list(
        dict.fromkeys(step["lesson"] for entry in hosts.values() for step in entry["steps"])
    )
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["machine", "workshop", "status", "reached", "credit", *lessons])
    for name, entry in hosts.items():
        counted = [step for step in entry["steps"] if step["status"] != NOT_HERE]
        of = Counter(step["lesson"] for step in counted)
        passed = Counter(step["lesson"] for step in counted if step["status"] == PASSED)
        words = [name, entry["workshop"], entry["status"], entry["reached"] or ""]
        shares = [_share(passed[lesson], of[lesson]) for lesson in lessons]
        writer.writerow([*map(_text, words), _share(passed.total(), of.total()), *shares])
    return table.getvalue()


def _share(passed: int, of: int) -> str:
    return f"{passed / of:.2f}" if of else ""


def _text(text: str) -> str:
    """A text that no program takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
