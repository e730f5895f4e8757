# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the action plugins share: the workshop is read and validated on the controller, and only then is a module run."""

from __future__ import annotations

import gc
import os
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase

from ansible_collections.workshop.containers.plugins.plugin_utils.content.load import (
    ContentError,
    load,
)
from ansible_collections.workshop.containers.plugins.plugin_utils.once_a_run import once_a_run


class WorkshopAction(ActionBase):
    """Base of the action plugins that name a workshop's folder in their option `workshop`."""

    TRANSFERS_FILES = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Refuses what all actions refuse; an action begins with it."""
        # This process ends with its task, and what it inherits is all of Ansible: looking through that for garbage, again and again,
        # takes as long as packing a module.
        gc.disable()
        return super().run(tmp, task_vars)

    def content(self) -> dict[str, Any]:
        """The validated workshop, ready to be sent to a machine (the shape: `load` in plugin_utils/content/load.py)."""
        path = self._task.args.get("workshop")
        if not path:
            raise AnsibleActionFail(
                "workshop is required: the folder of a workshop, on the controller"
            )
        folder = self._loader.path_dwim(path)
        until = self._task.args.get("until") or None
        try:
            errata = boolean(self._task.args.get("errata") or False)
            if not os.path.exists(os.path.join(folder, "workshop.yml")):
                return load(
                    folder, until, errata
                )  # which says so; what else may lie there is not looked at
            return once_a_run([folder, until, errata], folder, lambda: load(folder, until, errata))
        except ContentError as error:
            raise AnsibleActionFail(
                f"The workshop is not valid; nothing was run on the machine.\n{error}"
            ) from error

    def run_module(self, task_vars: dict[str, Any], **arguments: Any) -> dict[str, Any]:
        """Result of the module of this action's name, with the task's own arguments and these."""
        result = self._execute_module(
            module_args={**self._task.args, **arguments}, task_vars=task_vars
        )
        return without_content(result)


def without_content(result: dict[str, Any]) -> dict[str, Any]:
    """`result` without the copy of the whole workshop that Ansible keeps of a module's arguments."""
    result.get("invocation", {}).get("module_args", {}).pop("content", None)
    return result
