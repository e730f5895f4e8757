# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: archive_push
short_description: Push an image from an archive to a registry, without an engine
version_added: 0.1.0
author:
  - The workshop lab contributors (@workshop-lab)
description:
  - Reads an archive that C(docker save) has written, or an OCI image layout in a tar file, and sends what the registry lacks of it.
    Layers go as they are, so one that is compressed in the archive costs no time.
  - No engine has a part in it, so it works where none runs, and leaves no image and no name behind on the machine.
  - A tag is set when all that it needs has arrived. Broken off, it begins again with what is missing.
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
attributes:
  check_mode:
    support: full
    details:
      - The registry is asked, and nothing is sent.
  diff_mode:
    support: full
  platform:
    platforms: posix
options:
  path:
    description:
      - The archive, on the machine that the module runs on. It holds one image.
      - In an OCI layout with an image for each of several platforms, the one for O(platform) counts.
    type: path
    required: true
  name:
    description:
      - What the registry is to serve it as, C(REGISTRY/REPOSITORY[:TAG]). Names inside the archive do not count.
    type: str
    required: true
  platform:
    description:
      - The platform that the image must be for, as V(linux/arm64). Left out, it is the machine's own.
      - An image for another one is refused, for it would end in C(exec format error).
    type: str
    default: ""
  scheme:
    description:
      - How the registry is spoken to. It is reached without a proxy and without a login.
    type: str
    choices: [https, http]
    default: https
seealso:
  - module: workshop.containers.image_push
  - module: community.docker.docker_image_load
"""

EXAMPLES = r"""
- name: Let the machine's own registry serve busybox
  workshop.containers.archive_push:
    path: /srv/kit/images/busybox-latest.tar
    name: 127.0.0.1:5000/library/busybox:latest
    scheme: http
"""

RETURN = r"""
id:
  description: The image's id, the digest of its config.
  returned: success
  type: str
  sample: sha256:081445f43c2375383968825855b143c27367ad4e45089eeced7e7a5e664ad74b
before:
  description: The id of what the registry served before; null where it served nothing or several images.
  returned: success
  type: str
  sample: null
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError
from ansible_collections.workshop.containers.plugins.module_utils.images.archive import opened
from ansible_collections.workshop.containers.plugins.module_utils.images.archive_push import (
    ArchivePush,
)


def work(module: AnsibleModule) -> dict[str, Any]:
    """The module's result; raises LabError."""
    name = module.params["name"]
    with opened(module.params["path"], module.params["platform"]) as archive:
        push = ArchivePush(archive, name, module.params["scheme"])
        before, after = push.served(), push.image.id
        if before != after and not module.check_mode:
            push.send()
    diff = {"before": f"{name} {before or 'not there'}\n", "after": f"{name} {after}\n"}
    return {"changed": before != after, "id": after, "before": before, "diff": diff}


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "name": {"type": "str", "required": True},
            "platform": {"type": "str", "default": ""},
            "scheme": {"type": "str", "choices": ["https", "http"], "default": "https"},
        },
        supports_check_mode=True,
    )
    try:
        result = work(module)
    except LabError as error:
        module.fail_json(**error.failure())
    module.exit_json(**result)


if __name__ == "__main__":
    main()
