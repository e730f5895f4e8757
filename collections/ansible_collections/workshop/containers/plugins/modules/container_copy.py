# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: container_copy
short_description: Copy files and folders into a container or out of it
version_added: 0.1.0
description:
  - Copies what differs in content or mode, into a container or out of it, whether it runs, is
    paused or is stopped.
  - Other files at the target stay. A folder is never replaced by a file, nor the other way round.
  - A symbolic link is copied as the link that it is. One that is in the way of a file is replaced,
    not followed.
  - It stands beside C(community.docker.docker_container_copy_into), which takes single files and
    one direction.
extends_documentation_fragment:
  - workshop.containers.engine
options:
  container:
    description:
      - The name of the container.
    type: str
    required: true
  path:
    description:
      - The file or folder in the container, absolute. It is the full path of the copy, not of a
        folder to put it into.
      - Its parent folder must exist.
    type: str
    required: true
  source:
    description:
      - The file or folder on the machine that is copied to O(path).
    type: path
  destination:
    description:
      - The file or folder on the machine that O(path) is copied to. It is the full path, too.
    type: path
  mode:
    description:
      - The mode that every copied file gets, such as V("0755"), in quotes. By default files keep
        theirs; folders always do.
    type: raw
  owner:
    description:
      - The user and group in the container that own what is copied into it, as numbers. Files that
        did not differ keep their owner.
    type: str
    default: "0:0"
seealso:
  - module: community.docker.docker_container_copy_into
  - module: workshop.containers.image_commit
"""

EXAMPLES = r"""
- name: Put a program into a container
  workshop.containers.container_copy:
    container: session
    source: /root/hello
    path: /hello
    mode: "0755"

- name: Fetch the logs of a container that has ended
  workshop.containers.container_copy:
    container: session
    path: /var/log
    destination: /root/session-logs
"""

RETURN = r"""
copied:
  description:
    - What was copied, or would be, relative to the thing itself; V(.) is the thing itself.
  returned: success
  type: list
  elements: str
  sample: [".", "etc/motd"]
"""

import os
import posixpath
import re
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.workshop.containers.plugins.module_utils.containers.copy import (
    Copy,
    copy_into,
    copy_out,
)
from ansible_collections.workshop.containers.plugins.module_utils.engine.client import Engine
from ansible_collections.workshop.containers.plugins.module_utils.engine.module import (
    ENGINE_OPTIONS,
    finish_with_engine,
)
from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError


def work(module: AnsibleModule, engine: Engine) -> dict[str, Any]:
    """The module's result; raises LabError."""
    params, path = module.params, module.params["path"]
    mode = _mode(params["mode"])
    if not re.fullmatch(r"[0-9]+:[0-9]+", params["owner"]):
        raise LabError(
            "an owner as UID:GID, in numbers", repr(params["owner"]), "correct the owner"
        )
    path = posixpath.normpath(path)
    if not path.startswith("/") or path.strip("/") == "":
        raise LabError(
            "an absolute path in the container, below /", repr(params["path"]), "correct the path"
        )
    container = engine.need_container(params["container"])
    if params["source"] is not None:
        source = os.path.abspath(params["source"])
        copy = copy_into(engine, container, source, path, mode, params["owner"], module.check_mode)
    else:
        copy = copy_out(
            engine, container, path, os.path.abspath(params["destination"]), mode, module.check_mode
        )
    return {
        "changed": bool(copy.paths),
        "copied": [each or "." for each in copy.paths],
        "diff": {"before": _listing(copy, copy.found), "after": _listing(copy, copy.wanted)},
    }


def _mode(text: str | int | None) -> int | None:
    if text is None:
        return None
    if not isinstance(text, str) or not re.fullmatch(r"[0-7]{3,4}", text):
        observed = (
            repr(text)
            if isinstance(text, str)
            else f"{text!r} (without quotes, 0644 is the number 420)"
        )
        raise LabError(
            "a mode of three or four octal digits, quoted", observed, 'write it like "0644"'
        )
    return int(text, 8)


def _listing(copy: Copy, tree: dict[str, Any]) -> str:
    return "".join(f"{path or '.'} {tree[path]}\n" for path in copy.paths if path in tree)


def main() -> None:
    """Run as an Ansible module."""
    options = {
        **ENGINE_OPTIONS,
        "container": {"type": "str", "required": True},
        "path": {"type": "str", "required": True},
        "source": {"type": "path"},
        "destination": {"type": "path"},
        "mode": {"type": "raw"},
        "owner": {"type": "str", "default": "0:0"},
    }
    sides = [("source", "destination")]
    module = AnsibleModule(
        argument_spec=options,
        mutually_exclusive=sides,
        required_one_of=sides,
        supports_check_mode=True,
    )
    finish_with_engine(module, work)


if __name__ == "__main__":
    main()
