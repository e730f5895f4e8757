# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shared parts of the modules on workshops: options, and the lab that they work on."""

from __future__ import annotations

import os
from typing import Any, Callable

from ansible.module_utils.basic import AnsibleModule

from ..engine.client import Engine
from ..engine.module import ENGINE_OPTIONS
from ..engine.module import finish as finish_module
from .content import Content
from .context import Context
from .ownership import Ownership
from .record import Record

WORKSHOP_OPTIONS: dict[str, dict[str, Any]] = {
    "workshop": {"type": "path", "required": True},
    "until": {"type": "str"},
    "language": {"type": "str", "default": "en"},
    **ENGINE_OPTIONS,
    "state_path": {"type": "path", "default": "/var/lib/workshop"},
    "content": {"type": "dict"},
    "progress_file": {"type": "path"},
}


class Lab:
    """A machine, the content of a workshop, and where the lab keeps its state on the machine.

    ``judging``: nothing is to be done (see ``Content``).
    """

    def __init__(self, module: AnsibleModule, judging: bool = False) -> None:
        params = module.params
        self.content = Content(params["content"], params["language"], judging)
        self.folder = os.path.join(params["state_path"], self.content.name)
        self.engine = Engine(params["docker_host"])
        self.record = Record(
            os.path.join(self.folder, "progress.json"), self.content.identity, self.engine.has
        )
        if self.record.distrusted:
            module.warn(
                f"What the record of the lab says does not count: {self.record.distrusted}."
            )
        self.context = Context(
            self.engine,
            Ownership(self.engine, self.content.name, self.record),
            self.record,
            self.content.files,
            params.get("take_over", False),
        )

    def answer(self, results: list[dict[str, Any]]) -> dict[str, Any]:
        """The part of the result that all modules on workshops have."""
        return {
            "workshop": self.content.name,
            "until": self.content.steps[self.content.until].id,
            "steps": results,
            "base_images": self.context.stand_ins(self.content.base_images),
            "engine": self.engine.version(),
            "record": self.record.path,
        }


def finish(module: AnsibleModule, work: Callable[[AnsibleModule], dict[str, Any]]) -> None:
    """Do the work and leave; a LabError becomes the module's failure."""
    if not module.params["content"]:
        module.fail_json(
            msg=(
                "This module got no content of a workshop, which its action plugin reads. What to "
                "do: call this module as an Ansible task"
            )
        )
    finish_module(module, work)
