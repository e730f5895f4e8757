#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: archive_info
short_description: Read the ids and labels of images in archives, without an engine
version_added: 0.1.0
author:
  - The workshop lab contributors (@workshop-lab)
description:
  - Reads archives of C(docker save), or OCI image layouts in tar files. Changes nothing.
  - M(community.docker.docker_image_info) needs an engine that has the image already.
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  platform:
    platforms: posix
options:
  paths:
    description: The archives, on the machine that the module runs on. Each holds one image.
    type: list
    elements: path
    required: true
  platform:
    description:
      - The platform that the images must be for, as V(linux/arm64). Defaults to the machine's own.
    type: str
    default: ""
seealso:
  - module: workshop.containers.archive_push
"""

EXAMPLES = r"""
- name: Read the archive of busybox
  workshop.containers.archive_info:
    paths: [/srv/kit/images/busybox-latest.tar]
  register: archives
"""

RETURN = r"""
images:
  description: The image's id, which is the digest of its config, and its labels, by path.
  returned: success
  type: dict
  sample:
    /srv/kit/images/busybox-latest.tar:
      id: sha256:081445f43c2375383968825855b143c27367ad4e45089eeced7e7a5e664ad74b
      labels: {maintainer: "learner@lab.example"}
"""

import json
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError
from ansible_collections.workshop.containers.plugins.module_utils.images.archive import opened


def describe(path: str, platform: str) -> dict[str, Any]:
    """``{id, labels}`` of the image in an archive; raises LabError if it holds none."""
    with opened(path, platform) as archive:
        image = archive.image()
        with archive.open(image.blobs[0].member) as stream:
            config = json.load(stream)
    return {"id": image.id, "labels": (config.get("config") or {}).get("Labels") or {}}


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(
        argument_spec={
            "paths": {"type": "list", "elements": "path", "required": True},
            "platform": {"type": "str", "default": ""},
        },
        supports_check_mode=True,
    )
    try:
        images = {
            path: describe(path, module.params["platform"]) for path in module.params["paths"]
        }
    except LabError as error:
        module.fail_json(**error.failure())
    module.exit_json(changed=False, images=images)


if __name__ == "__main__":
    main()
