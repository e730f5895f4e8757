# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that the modules on workshops share."""

from __future__ import annotations


class ModuleDocFragment:
    """Fragment ``workshop.containers.workshop``."""

    DOCUMENTATION = r"""
options:
  workshop:
    description:
      - The folder of the workshop, on the controller.
      - It is read and validated before the machine is touched; what is wrong in it is told with
        file, line and key.
    type: path
    required: true
  until:
    description:
      - The last step to reach, as C(lesson.step), or a lesson for its last step.
      - Left out, it is the last step of the workshop.
    type: str
  language:
    description:
      - The language of titles and hints in the result, one of the workshop's.
    type: str
    default: en
  state_path:
    description:
      - The folder on the machine that holds the progress record and the lock of each workshop.
    type: path
    default: /var/lib/workshop
  content:
    description:
      - The validated content of the workshop.
      - It is filled in from O(workshop) on the controller; do not set it.
    type: dict
  progress_file:
    description:
      - A file on the machine to which a line is written as each step begins and ends.
      - It is filled in on the controller, which shows the lines while the module works; do not set
        it.
    type: path
"""

    RETURN = r"""
workshop:
  description: The name of the workshop.
  returned: always
  type: str
  sample: containers
until:
  description: The last step that was asked for.
  returned: always
  type: str
  sample: network-service.stop
engine:
  description: The version of the machine's engine.
  returned: always
  type: str
  sample: 26.1.5+dfsg1
texts:
  description:
    - The titles of the workshop, its lessons, steps and errata by id, in each of its languages, as
      a report shows them.
  returned: always
  type: dict
steps:
  description: One entry for each step up to O(until), in the order of the workshop.
  returned: always
  type: list
  elements: dict
  contains:
    id:
      description: The step.
      type: str
      sample: network-service.run
    lesson:
      description: The lesson that the step belongs to.
      type: str
      sample: network-service
    title:
      description: What the step is about, in O(language).
      type: str
      sample: Start a web server in the background
    status:
      description:
        - V(passed), V(failed), or V(blocked) because a step that it needs has failed, or the run
          ended before it; RV(steps[].observed) says which.
        - V(not_here) where the step does not belong to this machine; RV(steps[].observed) says why.
        - V(unknown) where it cannot be known (grading only), V(planned) where it would be done
          (check mode only).
      type: str
      sample: passed
    changed:
      description: Whether the step changed the machine, or would.
      type: bool
    seconds:
      description: How long it took.
      type: float
      sample: 0.412
    expected:
      description: The statement that was checked; when it passed, of grading only.
      type: str
    observed:
      description: What was found instead.
      type: str
    remedy:
      description: What to do about it.
      type: str
    evidence:
      description: What the verdict rests on.
      type: str
      sample: the engine's events
    output:
      description:
        - The end of what the step printed, when it was done in this run; of a terminal, with what
          was typed. At most 4000 characters.
      type: str
base_images:
  description: The workshop's base images that are on the machine.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: The image.
      type: str
      sample: busybox:latest
    stand_in:
      description: What it is a local stand-in made from; empty for the real image.
      type: str
      sample: busybox 1:1.35.0-4+b3 from Debian bookworm
    digest:
      description: The digest under which it was pulled.
      type: str
record:
  description: The progress record on the machine.
  returned: always
  type: str
  sample: /var/lib/workshop/containers/progress.json
"""
