# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: observer
short_description: Install the observer of a workshop and the command C(workshop) on a machine
version_added: 0.1.0
description:
  - Writes a copy of the collection's code that needs no Ansible, the validated content of the
    workshop, settings, and the command for learners.
  - The observer is a service, which the role C(learner) makes of C(workshop observe).
  - There is no counterpart in C(community.docker).
options:
  workshop:
    description:
      - The folder of the workshop, on the controller.
      - It is read and validated before the machine is touched.
    type: path
    required: true
  state:
    description: Whether the program is there.
    type: str
    choices: [present, absent]
    default: present
  path:
    description: The folder of the program.
    type: path
    default: /usr/local/lib/workshop
  command:
    description: Where the command is linked to.
    type: path
    default: /usr/local/bin/workshop
  language:
    description: The language in which learners are spoken to, until they choose another one.
    type: str
    default: en
  docker_host:
    description: The engine that is observed.
    type: str
    default: unix:///var/run/docker.sock
  state_path:
    description: The folder that holds the journal and the progress record of each workshop.
    type: path
    default: /var/lib/workshop
  follow_shells:
    description:
      - Whether commands of shells are received. The role C(learner) has shells send them.
    type: bool
    default: false
  content:
    description:
      - The validated content of the workshop.
      - It is filled in from O(workshop) on the controller; do not set it.
    type: dict
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  platform:
    platforms: debian
author:
  - The workshop lab contributors (@workshop-lab)
"""

EXAMPLES = r"""
- name: Install the observer and the command
  workshop.containers.observer:
    workshop: workshops/containers
    language: ru
"""

RETURN = r"""
paths:
  description: What was written or removed, or would be.
  returned: always
  type: list
  elements: str
"""

import os
from contextlib import suppress
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError
from ansible_collections.workshop.containers.plugins.module_utils.files import remove_file
from ansible_collections.workshop.containers.plugins.module_utils.player import (
    command,  # noqa: F401 - what is imported here is what Ansible packs
    program,
)

SETTINGS = ("language", "docker_host", "state_path", "follow_shells")


def work(module: AnsibleModule) -> dict[str, Any]:
    """The module's result; raises LabError."""
    params, check_mode = module.params, module.check_mode
    link = params["command"]
    target = os.path.join(params["path"], "workshop")
    if params["state"] == "absent":
        paths = program.remove(params["path"], check_mode)
        if _linked(link) == target:
            paths.append(link)
            if not check_mode:
                remove_file(link)
        return {"changed": bool(paths), "paths": paths}
    settings = {key: params[key] for key in SETTINGS}
    files = program.wanted(params["path"], params["content"], settings)
    paths = program.install(params["path"], files, check_mode)
    if _linked(link) != target:
        paths.append(link)
        if not check_mode:
            with suppress(FileNotFoundError):
                remove_file(link)
            os.symlink(target, link)
    return {"changed": bool(paths), "paths": paths}


def _linked(path: str) -> str:
    """The target of a link; "" for anything else."""
    return os.readlink(path) if os.path.islink(path) else ""


def main() -> None:
    """Run as an Ansible module."""
    options = {
        "workshop": {"type": "path", "required": True},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "path": {"type": "path", "default": "/usr/local/lib/workshop"},
        "command": {"type": "path", "default": "/usr/local/bin/workshop"},
        "language": {"type": "str", "default": "en"},
        "docker_host": {"type": "str", "default": "unix:///var/run/docker.sock"},
        "state_path": {"type": "path", "default": "/var/lib/workshop"},
        "follow_shells": {"type": "bool", "default": False},
        "content": {"type": "dict"},
    }
    module = AnsibleModule(argument_spec=options, supports_check_mode=True)
    try:  # without the engine's SDK, which a dry run does not install
        result = work(module)
    except LabError as error:
        module.fail_json(**error.failure())
    module.exit_json(**result)


if __name__ == "__main__":
    main()
