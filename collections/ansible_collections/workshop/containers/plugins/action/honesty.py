# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller's side of `workshop.containers.honesty`.

Validates the workshop, runs one pass after the other, and adds up what they found.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ansible.utils.display import Display

from ansible_collections.workshop.containers.plugins.plugin_utils.workshop_action import (
    WorkshopAction,
)


class ActionModule(WorkshopAction):
    """Runs the module honesty once for each pass that the lessons' variants need."""

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        super().run(tmp, task_vars)
        content = self.content(ways=True)
        lesson = self._task.args.get("lesson")
        results = self._task.args.pop("results", None)
        found: dict[str, Any] = {"changed": True, "tried": [], "spoiled": {}}
        problems: list[str] = []
        for number in range(self._passes(content["steps"], lesson)):
            keep = {"keep": found["keep"]} if number else {}
            result = self.run_module(task_vars or {}, content=content, number=number, **keep)
            if "tried" not in result:
                return {**found, **result}
            self._show(number, result, (task_vars or {}).get("inventory_hostname", ""))
            problems += [f"pass {number}: {line}" for line in result["msg"].splitlines()]
            tried, spoiled = found["tried"] + result["tried"], result["spoiled"]
            found = {**result, **found, "tried": tried, "spoiled": found["spoiled"] | spoiled}
        found = {**found, "failed": bool(problems), "msg": "\n".join(problems)}
        if results and not int(self._task.args.get("passes") or 0):
            _write(Path(os.path.expanduser(results)), found, lesson or "")
        return found

    def _passes(self, steps: list[dict[str, Any]], lesson: str | None) -> int:
        """The number of passes: one, and one for each variant of the step that has most."""
        variants = [len(each["variants"]) for each in steps if lesson in (None, "", each["lesson"])]
        wanted = 1 + max(variants, default=0)
        limit = int(self._task.args.get("passes") or 0)
        return min(wanted, limit) if limit else wanted

    def _show(self, number: int, result: dict[str, Any], host: str) -> None:
        wrong = len(result["msg"].splitlines())
        count = len(result["tried"])
        Display().display(f"    {host}: pass {number}, {count} ways typed, {wrong} problems")


def _write(path: Path, found: dict[str, Any], lesson: str) -> None:
    """Keep what was found; of one lesson in place of what was known of it, if all were typed."""
    kept = {key: value for key, value in found.items() if key not in ("invocation", "keep", "msg")}
    if lesson:
        if not path.exists():
            return
        before = json.loads(path.read_text(encoding="utf-8"))
        others = [each for each in before["tried"] if not each["step"].startswith(f"{lesson}.")]
        kept = {
            **before,
            "tried": others + kept["tried"],
            "fresh": [each for each in before["fresh"] if each != lesson] + kept["fresh"],
            "spoiled": {**before["spoiled"], **kept["spoiled"]},
        }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")
