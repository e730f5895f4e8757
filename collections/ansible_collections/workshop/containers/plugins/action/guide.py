# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`workshop.containers.guide`: writes the guide to a workshop, on the controller.

Touches no machine.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail

from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError
from ansible_collections.workshop.containers.plugins.plugin_utils.content.load import (
    ContentError,
)
from ansible_collections.workshop.containers.plugins.plugin_utils.guide import files, folder
from ansible_collections.workshop.containers.plugins.plugin_utils.workshop_action import (
    WorkshopAction,
)


class ActionModule(WorkshopAction):
    """Answers with the files that differed."""

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        super().run(tmp, task_vars)
        options = self._task.args
        if not options.get("path"):
            raise AnsibleActionFail("path is required: the folder of the guide, on the controller")
        path = _here(options["path"])
        content = self.content(ways=True)
        try:
            if options.get("form", "pages") == "markdown":
                wanted = folder.markdown(content)
            else:
                wanted = folder.site(content, _here(options.get("recordings") or os.devnull))
            written = files.write(path, wanted, self._task.check_mode)
        except (ContentError, LabError) as error:
            raise AnsibleActionFail(f"There is no guide.\n{error}") from error
        return {"changed": bool(written), "path": str(path), "files": written}


def _here(path: str) -> Path:
    """A path as seen from where Ansible was started."""
    return Path(os.path.abspath(os.path.expanduser(path)))
