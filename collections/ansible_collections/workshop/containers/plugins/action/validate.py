# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`workshop.containers.validate`: reads and validates a workshop on the controller.

Touches no machine.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.workshop.containers.plugins.plugin_utils.workshop_action import (
    WorkshopAction,
)


class ActionModule(WorkshopAction):
    """Answers with the workshop's name, its last step and its steps' ids."""

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        super().run(tmp, task_vars)
        content = self.content(least=int(self._task.args.get("variants") or 0))
        return {
            "changed": False,
            "workshop": content["name"],
            "until": content["until"],
            "steps": [step["id"] for step in content["steps"]],
        }
