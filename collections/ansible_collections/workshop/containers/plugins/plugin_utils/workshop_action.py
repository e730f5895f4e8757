# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The base class of the action plugins.

The workshop is read and validated on the controller, and only then is a module run.
"""

from __future__ import annotations

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

    def content(self, least: int = 0, ways: bool = False) -> dict[str, Any]:
        """The validated workshop, ready to be sent to a machine.

        Its shape, ``least`` and ``ways`` are those of `load` in plugin_utils/content/load.py.
        """
        path = self._task.args.get("workshop")
        if not path:
            raise AnsibleActionFail(
                "workshop is required: the folder of a workshop, on the controller"
            )
        folder = self._folder(path)
        until = self._task.args.get("until") or None
        try:
            errata = boolean(self._task.args.get("errata") or False)
            if not os.path.exists(os.path.join(folder, "workshop.yml")):
                return load(
                    folder, until, errata
                )  # which says so; what else may lie there is not looked at
            wanted = (folder, until, errata, least, ways)
            return once_a_run([*wanted], folder, lambda: load(*wanted))
        except ContentError as error:
            raise AnsibleActionFail(
                f"The workshop is not valid; nothing was run on the machine.\n{error}"
            ) from error

    def _folder(self, path: str) -> str:
        """The workshop's folder.

        As seen from where Ansible was started, or else from the playbook.
        """
        here = os.path.abspath(os.path.expanduser(path))
        found = os.path.exists(os.path.join(here, "workshop.yml"))
        beside = self._loader.path_dwim(path)
        return here if found or not os.path.exists(beside) else beside

    def with_texts(self, result: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
        """A module's result with the titles of the workshop, in all its languages."""
        return {**result, "texts": _texts(content)} if "steps" in result else result

    def run_module(self, task_vars: dict[str, Any], **arguments: Any) -> dict[str, Any]:
        """Result of the module of this action's name, with the task's own arguments and these."""
        result = self._execute_module(
            module_args={**self._task.args, **arguments}, task_vars=task_vars
        )
        return without_content(result)


def _texts(content: dict[str, Any]) -> dict[str, Any]:
    """The texts of a workshop in a report: its title, and by id those of lessons, steps, errata."""
    return {
        "title": content["title"],
        "lessons": content["lessons"],
        "steps": {step["id"]: step["title"] for step in content["steps"]},
        "errata": {
            erratum["id"]: {"steps": erratum["steps"], "text": erratum["text"]}
            for erratum in content["errata"]
        },
    }


def without_content(result: dict[str, Any]) -> dict[str, Any]:
    """`result` without the copy of the workshop that Ansible keeps of a module's arguments."""
    result.get("invocation", {}).get("module_args", {}).pop("content", None)
    return result
