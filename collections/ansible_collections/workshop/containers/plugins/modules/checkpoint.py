# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: checkpoint
short_description: Bring a machine to a step of a workshop, or remove the workshop from it
version_added: 0.1.0
description:
  - Does what a learner would type, step by step, and verifies each step.
  - The steps fold into one final state, so a second run has nothing to do, also where later steps
    removed what earlier ones made; a run that was interrupted goes on where it stopped.
  - Only what stands in the workshop's progress record on the machine is ever changed or removed.
    What somebody commits or builds from it, or runs from that, is theirs.
  - There is no counterpart in C(community.docker), whose modules know single objects and not the
    way there.
extends_documentation_fragment:
  - workshop.containers.engine
  - workshop.containers.workshop
options:
  state:
    description:
      - V(present) brings the machine to O(until).
      - V(absent) removes all that the workshop made, and nothing else. Files that were edited since
        stay.
    type: str
    choices: [present, absent]
    default: present
  errata:
    description:
      - Take the proofs of the workshop's errata instead of its lessons. Each shows that the written
        workshop is still wrong there.
      - They have labels, a lock and a progress record of their own.
    type: bool
    default: false
  take_over:
    description:
      - Set aside what is in the way and was not made by the lab, instead of failing.
      - Containers are stopped and renamed with a date, files and folders renamed with a date,
        images keep a dated tag.
    type: bool
    default: false
  lock_timeout:
    description:
      - How many seconds to wait for another run on the same machine before failing with the name of
        its holder.
    type: int
    default: 60
"""

EXAMPLES = r"""
- name: Bring the machine to the end of the lesson on Dockerfiles
  workshop.containers.checkpoint:
    workshop: workshops/containers
    until: dockerfile

- name: Stop where a container can be committed
  workshop.containers.checkpoint:
    workshop: workshops/containers
    until: network-service.run
    language: ru

- name: Remove all that the workshop made
  workshop.containers.checkpoint:
    workshop: workshops/containers
    state: absent
"""

RETURN = r"""
removed:
  description: What was removed, or would be.
  returned: when O(state=absent)
  type: list
  elements: str
  sample: ["container httpd", "image greeting:latest"]
kept:
  description: What stays, and why. Somebody else made it, out of the workshop's things or not, or
    needs it.
  returned: when O(state=absent)
  type: list
  elements: dict
  contains:
    what:
      description: The container, image, file or folder.
      type: str
      sample: image greeting:latest
    why:
      description: Why it stays.
      type: str
      sample: the container mine uses it
"""

import os
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.workshop.containers.plugins.module_utils.player.journal import NAME, read
from ansible_collections.workshop.containers.plugins.module_utils.player.memory import Memory
from ansible_collections.workshop.containers.plugins.module_utils.player.player import counting
from ansible_collections.workshop.containers.plugins.module_utils.workshop.lock import locked
from ansible_collections.workshop.containers.plugins.module_utils.workshop.module import (
    WORKSHOP_OPTIONS,
    Lab,
    finish,
)
from ansible_collections.workshop.containers.plugins.module_utils.workshop.reset import Reset
from ansible_collections.workshop.containers.plugins.module_utils.workshop.walk import (
    Walk,
    summary,
)


def work(module: AnsibleModule) -> dict[str, Any]:
    """The module's result; raises LabError."""
    lab = Lab(module)
    act = _remove if module.params["state"] == "absent" else _reach
    if module.check_mode:
        return act(module, lab)
    purpose = (
        f"{module.params['state']}: {lab.content.name} until "
        f"{lab.content.steps[lab.content.until].id}"
    )
    with locked(os.path.join(lab.folder, "lock"), purpose, module.params["lock_timeout"]):
        lab.record.load()
        return act(module, lab)


def _reach(module: AnsibleModule, lab: Lab) -> dict[str, Any]:
    walk = Walk(lab.content, lab.context, module.params["progress_file"])
    todo = walk.plan()
    if module.check_mode:
        walk.preview(todo)
    else:
        walk.do_steps(todo)
    return {
        "changed": walk.changed,
        "failed": bool(walk.failure),
        "msg": walk.failure,
        "diff": {
            "before": summary(walk.results, before=True),
            "after": summary(walk.results, before=False),
        },
        **lab.answer(walk.results),
    }


def _remove(module: AnsibleModule, lab: Lab) -> dict[str, Any]:
    memory = Memory(read(os.path.join(lab.folder, NAME)))
    seen = bool(counting(memory, lab.record))
    reset = Reset(lab.content, lab.context, module.check_mode, seen)
    reset.remove_made()
    for each in reset.kept:
        module.warn(f"It stays: {each}.")
    before = "".join(f"{name}\n" for name in reset.removed)
    return {
        "changed": bool(reset.removed),
        "removed": reset.removed,
        "kept": [each._asdict() for each in reset.kept],
        "diff": {"before": before, "after": ""},
        **lab.answer([]),
    }


def main() -> None:
    """Run as an Ansible module."""
    options = {
        **WORKSHOP_OPTIONS,
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "errata": {"type": "bool", "default": False},
        "take_over": {"type": "bool", "default": False},
        "lock_timeout": {"type": "int", "default": 60},
    }
    finish(AnsibleModule(argument_spec=options, supports_check_mode=True), work)


if __name__ == "__main__":
    main()
