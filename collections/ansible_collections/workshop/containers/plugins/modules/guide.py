#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation only: the work is done on the controller, by the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: guide
short_description: Write the guide to a workshop, from its lessons
version_added: 0.1.0
author:
  - The workshop lab contributors (@workshop-lab)
description:
  - Writes what learners read in each language of a workshop, a site of plain files that opens from
    disk and a PDF, or the same as Markdown.
  - All of it comes from the lessons, so it cannot say anything else than what is done and checked.
  - Touches no machine. Files that are right already are left alone, and those of lessons that are
    gone are removed; nothing else in the folder is touched.
  - It stands beside community.docker because no module there knows what a lesson is.
options:
  workshop:
    description: Folder of the workshop, on the controller; relative to the playbook.
    type: path
    required: true
  path:
    description: Folder of the guide, on the controller; relative to where Ansible was started.
    type: path
    required: true
  form:
    description:
      - V(pages) is the site, which begins at C(index.html), and a PDF for each language, such as
        C(containers-en.pdf).
      - V(markdown) is a file for each lesson and language, and a README.md that lists them.
        Recordings are not in it.
    type: str
    choices: [pages, markdown]
    default: pages
  recordings:
    description:
      - Folder of what terminals showed, with a folder for each machine, as
        M(workshop.containers.replay) writes them.
      - A step without one has a gap in the pages that says so.
    type: path
requirements:
  - jinja2, markdown-it-py and weasyprint, on the controller
  - Pango, for the PDF
attributes:
  check_mode:
    description: Can run in check mode and say what would change.
    support: full
  diff_mode:
    description: Can show what would change.
    support: none
    details: RV(files) names the files.
  idempotent:
    description: A second run changes nothing.
    support: full
seealso:
  - module: workshop.containers.replay
  - module: workshop.containers.validate
"""

EXAMPLES = r"""
- name: Write what learners read
  workshop.containers.guide:
    workshop: ../workshops/containers
    path: guide
    recordings: report/replay

- name: Write it as Markdown
  workshop.containers.guide:
    workshop: ../workshops/containers
    path: docs/guide
    form: markdown
"""

RETURN = r"""
path:
  description: Folder of the guide.
  returned: success
  type: str
  sample: /home/teacher/guide
files:
  description: The files that differed, as seen from the folder.
  returned: success
  type: list
  elements: str
  sample: [en/network-service.html, containers-en.pdf]
"""
