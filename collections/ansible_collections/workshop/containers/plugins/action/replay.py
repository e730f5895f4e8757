# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller's side of `workshop.containers.replay`.

Validates the workshop, has it typed on the machine, and keeps the recordings.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ansible_collections.workshop.containers.plugins.plugin_utils.workshop_action import (
    WorkshopAction,
)


class ActionModule(WorkshopAction):
    """Runs the module replay, and writes what it recorded into `recordings` on the controller."""

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        super().run(tmp, task_vars)
        folder = self._task.args.pop("recordings", None)
        result = self.run_module(task_vars or {}, content=self.content())
        recordings = result.pop("recordings", {})
        if folder:
            _write(Path(os.path.expanduser(folder)), recordings)
        return result


def _write(folder: Path, recordings: dict[str, dict[str, str]]) -> None:
    """Write two files for each step: a recording for players, and a text for readers."""
    for step, forms in recordings.items():
        for suffix, text in forms.items():
            path = folder / f"{step}.{suffix}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
