# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: replay
short_description: Type a workshop into terminals as its lessons say
version_added: 0.1.0
description:
  - Types every step verbatim into real terminals on the machine, two where the lessons have two,
    and edits files with the editor that they name.
  - After each step the observer of the machine must have seen it, and nothing that was not typed.
    That is the proof that the written workshop, the lessons' checks and the observer agree.
  - It is for machines with the role C(learner) whose shells are followed, on which nothing of the
    workshop has been done yet.
  - There is no counterpart in C(community.docker).
extends_documentation_fragment:
  - workshop.containers.engine
  - workshop.containers.workshop
options:
  patience:
    description:
      - How many seconds after a step's last prompt the observer may see it. How many it took is in
        RV(typed[].late).
    type: float
    default: 30.0
  recordings:
    description:
      - A folder on the controller for the recordings of each step, as asciicast v2 and as text.
      - Left out, none are kept.
    type: path
attributes:
  check_mode:
    support: none
    details: There is no typing without doing.
  diff_mode:
    support: none
"""

EXAMPLES = r"""
- name: Type the workshop, and keep what the terminals showed
  workshop.containers.replay:
    workshop: workshops/containers
    recordings: report/replay/{{ inventory_hostname }}
"""

RETURN = r"""
typed:
  description: The steps that were typed, in order.
  returned: always
  type: list
  elements: dict
  contains:
    id:
      description: The step.
      type: str
    seconds:
      description: How long its commands took.
      type: float
    late:
      description:
        - How many seconds after its last prompt the observer had seen it; nothing where it had not.
      type: float
    early:
      description: Steps that were seen by then although nobody had typed them.
      type: list
      elements: str
"""

import os
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError
from ansible_collections.workshop.containers.plugins.module_utils.player.journal import NAME, read
from ansible_collections.workshop.containers.plugins.module_utils.player.memory import Memory
from ansible_collections.workshop.containers.plugins.module_utils.player.replay import (
    Typed,
    need_followed_shells,
    recording,
    replay,
    shown,
)
from ansible_collections.workshop.containers.plugins.module_utils.workshop.module import (
    WORKSHOP_OPTIONS,
    Lab,
    finish,
)


def work(module: AnsibleModule) -> dict[str, Any]:
    """The module's result; raises LabError."""
    lab = Lab(module)
    journal = os.path.join(lab.folder, NAME)
    _refuse(lab, journal)
    typed = replay(lab.content, lab.engine, journal, module.params["patience"])
    unseen = [each.step for each in typed if each.late is None]
    early = sorted({step for each in typed for step in each.early})
    problems = [f"not seen: {', '.join(unseen)}"] if unseen else []
    problems += [f"seen, and not typed: {', '.join(early)}"] if early else []
    titles = {step.id: lab.content.text(step.data["title"]) for step in lab.content.steps}
    return {
        "changed": True,
        "failed": bool(problems),
        "msg": "; ".join(problems),
        "typed": [_result_of(each) for each in typed],
        "recordings": {
            each.step: {"cast": recording(each, titles[each.step]), "txt": shown(each)}
            for each in typed
        },
    }


def _refuse(lab: Lab, journal: str) -> None:
    """Raise LabError where nobody observes, or where something has been done already."""
    memory = Memory(read(journal))
    need_followed_shells(memory, journal)
    done = [step for step, tick in memory.ticks.items() if not tick.found]
    if done or lab.record.steps:
        raise LabError(
            "a machine on which nothing of the workshop has been done",
            f"{(done or list(lab.record.steps))[0]} has been done",
            "begin anew: `./lab reset`",
        )


def _result_of(each: Typed) -> dict[str, Any]:
    late = None if each.late is None else round(each.late, 3)
    return {"id": each.step, "seconds": round(each.seconds, 3), "late": late, "early": each.early}


def main() -> None:
    """Run as an Ansible module."""
    options = {
        **WORKSHOP_OPTIONS,
        "patience": {"type": "float", "default": 30.0},
        "recordings": {"type": "path"},
    }
    finish(AnsibleModule(argument_spec=options), work)


if __name__ == "__main__":
    main()
