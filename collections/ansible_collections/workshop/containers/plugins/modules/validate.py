#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation only: the work is done on the controller, by the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: validate
short_description: Check the files of a workshop
version_added: 0.1.0
author:
  - The workshop lab contributors (@workshop-lab)
description:
  - Reads a workshop on the controller and refuses it when a file, a key, a translation or a step is
    wrong, naming file, line and key.
  - Touches no machine, so that a mistake in a lesson stops a run before anything is installed.
  - It stands beside community.docker because no module there knows what a lesson is.
options:
  workshop:
    description: Folder of the workshop, on the controller; relative to the playbook.
    type: path
    required: true
  until:
    description: A lesson or a step that must exist; empty for the end of the workshop.
    type: str
    default: ""
  variants:
    description:
      - How many variants (other right ways) and how many near misses (wrong ways) each step with a
        check has to have.
    type: int
    default: 0
attributes:
  check_mode:
    description: Can run in check mode and say what would change.
    support: full
  diff_mode:
    description: Can show what would change.
    support: none
    details: Nothing changes.
  idempotent:
    description: A second run changes nothing.
    support: full
seealso:
  - module: workshop.containers.checkpoint
"""

EXAMPLES = r"""
- name: The workshop's files are right
  workshop.containers.validate:
    workshop: ../workshops/containers
"""

RETURN = r"""
workshop:
  description: Name of the workshop.
  returned: success
  type: str
  sample: containers
until:
  description: Full id of the step that O(until) means.
  returned: success
  type: str
  sample: network-service.stop
steps:
  description: Full ids of all steps, in order.
  returned: success
  type: list
  elements: str
  sample: [first-container.run, first-container.run-again]
"""
