#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: wsl_boot
short_description: Add a command to those that WSL runs at boot
version_added: 0.1.0
author:
  - The workshop lab contributors (@workshop-lab)
description:
  - Changes the section C([boot]) of C(/etc/wsl.conf) and leaves all else as it is, with line ends
    of Windows as well.
  - M(community.general.ini_file) reads the file in another way than WSL does, which takes names
    without regard to case, ends a value at a C(#) or a CR, and stops at a line that it cannot read.
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  platform:
    platforms: posix
options:
  command:
    description: The command. Another one that is there stays, and runs before it.
    type: str
    required: true
  state:
    description: Whether WSL runs O(command) at boot.
    type: str
    choices: [present, absent]
    default: present
  systemd:
    description: Whether systemd is turned on as well. V(false) leaves it as it is.
    type: bool
    default: false
  path:
    description: The file.
    type: path
    default: /etc/wsl.conf
"""

EXAMPLES = r"""
- name: Start ssh with the machine
  workshop.containers.wsl_boot:
    command: service ssh start
"""

RETURN = r"""
"""

import os
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError
from ansible_collections.workshop.containers.plugins.module_utils.files import write_file
from ansible_collections.workshop.containers.plugins.module_utils.machine import wsl_conf


def wanted(text: str, params: dict[str, Any]) -> str:
    """The file's text as the options want it, from the text that it has. Raises LabError."""
    if params["state"] == "absent":
        return wsl_conf.remove_command(text, params["command"])
    text = wsl_conf.add_command(text, params["command"])
    return wsl_conf.enable_systemd(text) if params["systemd"] else text


def read(path: str) -> str:
    """The bytes of a file as Latin-1; nothing if it does not exist."""
    if not os.path.exists(path):
        return ""
    with open(path, encoding="latin-1", newline="") as stream:
        return stream.read()


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(
        argument_spec={
            "command": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "systemd": {"type": "bool", "default": False},
            "path": {"type": "path", "default": "/etc/wsl.conf"},
        },
        supports_check_mode=True,
    )
    path = os.path.realpath(module.params["path"])
    try:
        before = read(path)
        after = wanted(before, module.params)
        if after != before and not module.check_mode:
            write_file(path, after.encode("latin-1"), 0o644)
    except LabError as error:
        module.fail_json(**error.failure())
    diff = {"before_header": path, "after_header": path, "before": before, "after": after}
    module.exit_json(changed=after != before, diff=diff)


if __name__ == "__main__":
    main()
