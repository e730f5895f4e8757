#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: image_layers_info
short_description: Return the history and layers of an image
version_added: 0.1.0
description:
  - Returns the history and the layers of an image, in one form for every builder and every image
    store of the engine.
  - Instructions read as in a Dockerfile, and each layer names the instruction that made it.
    C(community.docker.docker_image_info) has neither.
extends_documentation_fragment:
  - workshop.containers.engine
notes:
  - The classic builder keeps a digest of what C(COPY) and C(ADD) copied, and not its name.
  - Sizes are those of contents; from an engine with containerd's image store they are what contents
    take on the disk.
  - The engine does not say which instructions made no layer. If that is unknown,
    RV(history[].layer) is empty.
options:
  name:
    description:
      - The name of the image.
    type: str
    required: true
attributes:
  diff_mode:
    support: none
"""

EXAMPLES = r"""
- name: Look into the image
  workshop.containers.image_layers_info:
    name: app:1.4
  register: app

- name: Show which instruction makes the image large
  ansible.builtin.debug:
    msg: "{{ (app.layers | selectattr('size') | sort(attribute='size') | last).instruction }}"
"""

RETURN = r"""
exists:
  description: Whether there is such an image. The other values are there only if there is.
  returned: success
  type: bool
id:
  description: The id of the image; what it is a digest of depends on the store of the engine.
  returned: when the image exists
  type: str
  sample: sha256:26bc6056b9927f4c4f8b1a1b9a0b1d3c5e7f90817263544536271809fedcba98
tags:
  description: All names that the image has.
  returned: when the image exists
  type: list
  elements: str
  sample: ["app:1.4"]
digests:
  description: The digests under which registries are known to serve it.
  returned: when the image exists
  type: list
  elements: str
  sample: []
platform:
  description: Operating system, architecture and variant.
  returned: when the image exists
  type: str
  sample: linux/amd64
size:
  description: The size as the engine tells it, in bytes.
  returned: when the image exists
  type: int
  sample: 2204936
history:
  description: The instructions that made the image, the oldest first.
  returned: when the image exists
  type: list
  elements: dict
  contains:
    instruction:
      description: The instruction; of an image that was imported or committed, what the engine has
        instead.
      type: str
      sample: RUN echo hi
    builder:
      description: V(buildkit), V(classic), or empty for neither.
      type: str
      sample: buildkit
    created:
      description: When it ran, in UTC.
      type: str
      sample: "2026-03-01T08:51:00Z"
    size:
      description: How much it added, in bytes.
      type: int
      sample: 37
    comment:
      description: The comment, of a commit for example.
      type: str
    layer:
      description: The digest of the layer that it made; empty for none.
      type: str
      sample: sha256:29d5874314d7b1f00fb65b889c84c4c8bf38919effab1c19756a0a292efb5d30
layers:
  description: The layers of the image, the lowest first.
  returned: when the image exists
  type: list
  elements: dict
  contains:
    digest:
      description: The digest of its content.
      type: str
      sample: sha256:29d5874314d7b1f00fb65b889c84c4c8bf38919effab1c19756a0a292efb5d30
    size:
      description: Its size in bytes; not set if unknown.
      type: int
      sample: 37
    instruction:
      description: The instruction that made it; empty if unknown.
      type: str
      sample: COPY . /c
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.workshop.containers.plugins.module_utils.engine.client import Engine
from ansible_collections.workshop.containers.plugins.module_utils.engine.module import (
    ENGINE_OPTIONS,
    finish_with_engine,
)
from ansible_collections.workshop.containers.plugins.module_utils.images.layers import described
from ansible_collections.workshop.containers.plugins.module_utils.names import checked_reference


def work(module: AnsibleModule, engine: Engine) -> dict[str, Any]:
    """The module's result; raises LabError."""
    found = described(engine, checked_reference(module.params["name"]))
    return {"changed": False, "exists": found is not None, **(found or {})}


def main() -> None:
    """Run as an Ansible module."""
    options = {**ENGINE_OPTIONS, "name": {"type": "str", "required": True}}
    finish_with_engine(AnsibleModule(argument_spec=options, supports_check_mode=True), work)


if __name__ == "__main__":
    main()
