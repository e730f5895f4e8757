# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller's side of `workshop.containers.grade`.

Validates the workshop, then asks the machine.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.workshop.containers.plugins.plugin_utils.workshop_action import (
    WorkshopAction,
)


class ActionModule(WorkshopAction):
    """Runs the module grade with the workshop's content."""

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        super().run(tmp, task_vars)
        content = self.content()
        return self.with_texts(self.run_module(task_vars or {}, content=content), content)
