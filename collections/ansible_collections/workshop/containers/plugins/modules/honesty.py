# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: honesty
short_description: Measure how often a workshop's checks are wrong about people
version_added: 0.1.0
description:
  - Types into real terminals what the lessons say, their variants, which are other right ways, and
    their near misses, which are plausible wrong ones.
  - A right way has to be seen done, a near miss must not, and what is said then has to name the
    mistake.
  - Before, grading must not pass a lesson; afterwards, what the lessons made is undone, and grading
    has to tell.
  - It needs a machine with the role C(learner) whose shells are followed, and on which nobody has
    worked. B(It removes all containers and images that are made on it meanwhile), whoever makes
    them.
  - There is no counterpart in C(community.docker).
extends_documentation_fragment:
  - workshop.containers.engine
  - workshop.containers.workshop
options:
  lesson:
    description:
      - The one lesson to type. The lab itself does those before it.
      - Left out, all are typed.
    type: str
  passes:
    description:
      - How many passes to make at most. In the first each step's near misses are typed before the
        lesson's own way, in the next ones variants in its place.
      - Left out, as many as the variants need.
    type: int
  patience:
    description: How many seconds the observer has to see something.
    type: float
    default: 10.0
  results:
    description:
      - A file on the controller for the result as JSON.
      - Of one lesson what is found takes the place of what the file has of it.
      - Left out, or where fewer passes are wanted, none is written.
    type: path
  number:
    description:
      - The number of the pass.
      - It is filled in on the controller; do not set it.
    type: int
    default: 0
  keep:
    description:
      - The images that were there at first.
      - It is filled in on the controller; do not set it.
    type: list
    elements: str
attributes:
  check_mode:
    support: none
    details: There is no typing without doing.
  diff_mode:
    support: none
"""

EXAMPLES = r"""
- name: Type one lesson in all its ways
  workshop.containers.honesty:
    workshop: workshops/containers
    lesson: dockerfile
"""

RETURN = r"""
tried:
  description: What was typed, in order.
  returned: always
  type: list
  elements: dict
  contains:
    step:
      description: The step.
      type: str
    kind:
      description: V(own), V(variant) or V(near_miss).
      type: str
    name:
      description: Its name in the lesson.
      type: str
    seconds:
      description: How long its commands took.
      type: float
    passed:
      description: Whether the step was ticked by it.
      type: bool
    said:
      description: What the observer said was missing.
      type: str
    wrong:
      description: What is not as it has to be; empty where all is.
      type: str
lessons:
  description: The lessons that were typed.
  returned: always
  type: list
  elements: str
there:
  description: The steps that were not typed, for the machine had them done already.
  returned: always
  type: list
  elements: str
fresh:
  description: The lessons of these that grading passed before anybody had done anything.
  returned: always
  type: list
  elements: str
spoiled:
  description: The steps whose results were undone in the end, each with whether grading told.
  returned: always
  type: dict
engine:
  description: The version of the engine.
  returned: always
  type: str
day:
  description: The day of the first pass.
  returned: always
  type: str
  sample: "2026-11-27"
builder:
  description: What C(docker build) uses there.
  returned: always
  type: str
"""

import os
import time
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.workshop.containers.plugins.module_utils.builds.builder import choose
from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError
from ansible_collections.workshop.containers.plugins.module_utils.player.ground import (
    clear,
    refuse_used,
    spoil,
)
from ansible_collections.workshop.containers.plugins.module_utils.player.honesty import (
    Trial,
    Watched,
)
from ansible_collections.workshop.containers.plugins.module_utils.player.journal import NAME, read
from ansible_collections.workshop.containers.plugins.module_utils.player.memory import Memory
from ansible_collections.workshop.containers.plugins.module_utils.player.replay import (
    need_followed_shells,
)
from ansible_collections.workshop.containers.plugins.module_utils.retry import retry
from ansible_collections.workshop.containers.plugins.module_utils.step_result import PASSED
from ansible_collections.workshop.containers.plugins.module_utils.workshop.grading import Grading
from ansible_collections.workshop.containers.plugins.module_utils.workshop.module import (
    WORKSHOP_OPTIONS,
    Lab,
    finish,
)
from ansible_collections.workshop.containers.plugins.module_utils.workshop.walk import Walk


def work(module: AnsibleModule) -> dict[str, Any]:
    """The module's result; raises LabError."""
    lab, params = Lab(module), module.params
    journal = os.path.join(lab.folder, NAME)
    need_followed_shells(Memory(read(journal)), journal)
    watched = Watched(journal)
    keep = params["keep"]
    if keep is None:
        keep = refuse_used(lab.content, lab.engine, lab.record)
    first, last = _steps(lab, params["lesson"], params["number"])
    clear(lab.content, lab.engine, lab.record, keep)
    _walk(lab, first - 1)
    _begin(lab, watched)
    lab.content.until = last
    lessons = _lessons(lab, first)
    fresh = _passing(lab, lessons) if params["number"] == 0 else []
    trial = Trial(lab.content, lab.engine, watched, params["number"], params["patience"])
    stopped, spoiled = "", {}
    try:
        trial.type_steps(first, last)
        if params["number"] == 0:
            spoiled = _spoiled(lab, watched, last)
    except LabError as error:
        stopped = str(error)
    finally:
        clear(lab.content, lab.engine, lab.record, keep)
        watched.close()
    tried = [vars(each) for each in trial.tried]
    problems = [f"{each['step']} ({each['name'] or 'own'}): {each['wrong']}" for each in tried]
    problems = [line for line, each in zip(problems, tried) if each["wrong"]]
    problems += [f"{lesson}: passed before anything was done" for lesson in fresh]
    problems += [f"{step}: undone, and not told" for step, told in spoiled.items() if not told]
    problems += [stopped] if stopped else []
    return {
        "changed": True,
        "failed": bool(problems),
        "msg": "\n".join(problems),
        "tried": tried,
        "lessons": lessons,
        "there": trial.there,
        "fresh": fresh,
        "spoiled": spoiled,
        "day": time.strftime("%Y-%m-%d"),
        "engine": lab.engine.version(),
        "builder": choose(lab.engine, "auto"),
        "keep": list(keep),
    }


def _steps(lab: Lab, lesson: str | None, number: int) -> tuple[int, int]:
    """The indexes of the first step to type, and of the last that has something for this pass."""
    found = [
        index
        for index, step in enumerate(lab.content.steps)
        if lesson in (None, "", step.data["lesson"])
    ]
    if not found:
        raise LabError(
            f"a lesson {lesson}",
            "there is none of that name",
            f"it may be one of {', '.join(_lessons(lab, 0))}",
        )
    wanted = [each for each in found if len(lab.content.data[each]["variants"]) >= number]
    return found[0], wanted[-1]


def _lessons(lab: Lab, first: int) -> list[str]:
    """The lessons from a step on, up to the wanted one, of which something is done here."""
    steps = lab.content.steps[first : lab.content.until + 1]
    here = [step for step in steps if not step.absent and step.checks]
    return list(dict.fromkeys(step.data["lesson"] for step in here))


def _walk(lab: Lab, until: int) -> None:
    """Have the lab do the steps up to one."""
    if until < 0:
        return
    lab.content.until = until
    walk = Walk(lab.content, lab.context)
    walk.do_steps(walk.plan())
    if walk.failure:
        raise LabError("the lessons before to be done", walk.failure, "do them by `./lab workshop`")


def _begin(lab: Lab, watched: Watched) -> None:
    """Wait until the observer has begun anew."""
    if not retry(lambda: watched.look().since >= lab.record.since, bool, 10):
        raise LabError(
            "the observer to begin anew after a reset",
            "it did not",
            "see whether it runs: `service docker-workshop status`",
        )
    watched.settle(10)


def _passing(lab: Lab, lessons: list[str]) -> list[str]:
    """The lessons whose every step that does something passes."""
    results = {each["id"]: each for each in Grading(lab.content, lab.engine, lab.record).grade()}
    passing = []
    for lesson in lessons:
        steps = [step for step in lab.content.steps if step.data["lesson"] == lesson]
        doing = [step.id for step in steps if step.operations]
        if doing and all(results[step]["status"] == PASSED for step in doing):
            passing.append(lesson)
    return passing


def _spoiled(lab: Lab, watched: Watched, last: int) -> dict[str, bool]:
    """By step whose results were undone by nobody's step, whether grading tells."""
    ticks = dict(watched.look().ticks)
    steps = spoil(lab.content, lab.engine, last, ticks)
    results = {
        each["id"]: each for each in Grading(lab.content, lab.engine, lab.record, ticks).grade()
    }
    return {
        step: results[step]["status"] != PASSED or bool(results[step]["observed"]) for step in steps
    }


def main() -> None:
    """Run as an Ansible module."""
    options = {
        **WORKSHOP_OPTIONS,
        "lesson": {"type": "str"},
        "passes": {"type": "int", "no_log": False},
        "patience": {"type": "float", "default": 10.0},
        "results": {"type": "path"},
        "number": {"type": "int", "default": 0},
        "keep": {"type": "list", "elements": "str"},
    }
    finish(AnsibleModule(argument_spec=options), work)


if __name__ == "__main__":
    main()
