# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: grade
short_description: Grade a machine's progress in a workshop, whoever did the work
version_added: 0.1.0
description:
  - Judges each step by what is on the machine, so that work done by hand counts. Changes nothing.
  - On a learner's machine a step that the observer saw done has passed; the evidence says when, and
    C(observed) what has been undone since by no step.
  - A step that leaves nothing behind is judged by the events that the engine remembers, then by the
    lab's progress record. What neither knows is unknown, which is not a pass.
  - In a WSL instance steps that are done on Windows are judged by what Windows answers. Where it
    cannot be asked, they are unknown. On other machines they are not here.
  - There is no counterpart in C(community.docker).
extends_documentation_fragment:
  - workshop.containers.engine
  - workshop.containers.workshop
attributes:
  diff_mode:
    support: none
    details: Nothing changes.
"""

EXAMPLES = r"""
- name: See how far the learner is
  workshop.containers.grade:
    workshop: workshops/containers
    language: ru
  register: grading

- name: Judge one lesson
  workshop.containers.grade:
    workshop: workshops/containers
    until: stopped-containers
"""

RETURN = r"""
passed:
  description: Whether every step that belongs to this machine passed. The module fails where a step
    failed.
  returned: always
  type: bool
"""

import os
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.workshop.containers.plugins.module_utils.errors import fact, message
from ansible_collections.workshop.containers.plugins.module_utils.player.journal import NAME, read
from ansible_collections.workshop.containers.plugins.module_utils.player.memory import Memory
from ansible_collections.workshop.containers.plugins.module_utils.player.player import counting
from ansible_collections.workshop.containers.plugins.module_utils.step_result import (
    FAILED,
    NOT_HERE,
    PASSED,
)
from ansible_collections.workshop.containers.plugins.module_utils.workshop.grading import Grading
from ansible_collections.workshop.containers.plugins.module_utils.workshop.module import (
    WORKSHOP_OPTIONS,
    Lab,
    finish,
)


def work(module: AnsibleModule) -> dict[str, Any]:
    """The module's result; raises LabError."""
    lab = Lab(module, judging=True)
    seen = Memory(read(os.path.join(lab.folder, NAME)))
    ticks = counting(seen, lab.record)
    results = Grading(lab.content, lab.engine, lab.record, ticks).grade()
    failed = next((result for result in results if result["status"] == FAILED), None)
    said = ""
    if failed:
        first = fact(failed["expected"], failed["observed"])
        said = f"step {failed['id']}: {message(first, failed['remedy'])}"
    return {
        "changed": False,
        "failed": failed is not None,
        "msg": said,
        "passed": all(result["status"] in (PASSED, NOT_HERE) for result in results),
        **lab.answer(results),
    }


def main() -> None:
    """Run as an Ansible module."""
    finish(AnsibleModule(argument_spec=dict(WORKSHOP_OPTIONS), supports_check_mode=True), work)


if __name__ == "__main__":
    main()
