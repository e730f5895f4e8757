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
  - Reads an archive that C(docker save) has written, or an OCI image layout in a tar file, and
    sends the parts that the registry lacks. Layers are sent as they are, so a compressed one costs
    no time.
  - It uses no engine, so it works without one, and leaves no image or tag on the machine.
  - The tag is set last. After an interruption, only the missing parts are sent.
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
      - In an OCI layout with an image for each of several platforms, the one for O(platform)
        counts.
    type: path
    required: true
  name:
    description:
      - Name of the image at the registry, C(REGISTRY/REPOSITORY[:TAG]). Names inside the archive
        are ignored.
    type: str
    required: true
  platform:
    description:
      - The platform that the image must be for, as V(linux/arm64). Defaults to the machine's own.
      - An image for another platform is refused, because it would fail with C(exec format error).
    type: str
    default: ""
  scheme:
    description:
      - Protocol of the registry, which is reached without a proxy and without a login.
    type: str
    choices: [https, http]
    default: https
  storage:
    description:
      - Folder of the images of the registry, where its service runs on this machine and takes no
        pushes. The image is then sent to another registry on the same folder, which runs as the
        owner of the folder, can be reached by root and that owner only, and ends with the module.
      - The service is still asked what it serves.
    type: path
  record:
    description:
      - JSON file in which the digest of the manifest is noted under O(name) after the push, for
        later comparison with the image that is served.
    type: path
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

- name: Fill a registry that takes no pushes
  workshop.containers.archive_push:
    path: /srv/kit/images/busybox-latest.tar
    name: 127.0.0.1:5000/library/busybox:latest
    scheme: http
    storage: /var/lib/docker-registry
    record: /etc/workshop/base-images.json
"""

RETURN = r"""
id:
  description: The image's id, the digest of its config.
  returned: success
  type: str
  sample: sha256:081445f43c2375383968825855b143c27367ad4e45089eeced7e7a5e664ad74b
before:
  description: The id of what the registry served before; null where it served nothing or several
    images.
  returned: success
  type: str
  sample: null
digest:
  description: The digest of the manifest that the tag names when the image has been sent.
  returned: success
  type: str
  sample: sha256:62ffc2ed7554e4c6d360bce40bbcf196573dd27c4ce080641a2c59867e732dee
"""

import hashlib
from contextlib import nullcontext
from typing import Any, ContextManager

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError
from ansible_collections.workshop.containers.plugins.module_utils.images.archive import opened
from ansible_collections.workshop.containers.plugins.module_utils.images.archive_push import (
    ArchivePush,
)
from ansible_collections.workshop.containers.plugins.module_utils.images.mirror import (
    filling,
    note,
    noted,
)


def work(module: AnsibleModule) -> dict[str, Any]:
    """The module's result; raises LabError."""
    name, record = module.params["name"], module.params["record"]
    with opened(module.params["path"], module.params["platform"]) as archive:
        push = ArchivePush(archive, name, module.params["scheme"])
        before, after = push.served(), push.image.id
        digest = f"sha256:{hashlib.sha256(push.image.manifest).hexdigest()}"
        changed = before != after or bool(record and noted(record).get(name) != digest)
        if changed and not module.check_mode:
            _send(push, module.params["storage"])
            if record:
                note(record, name, digest)
    diff = {"before": f"{name} {before or 'not there'}\n", "after": f"{name} {after}\n"}
    return {"changed": changed, "id": after, "before": before, "digest": digest, "diff": diff}


def _send(push: ArchivePush, storage: str | None) -> None:
    """Send the image to the registry that listens, or to one of the module's own."""
    place: ContextManager[str | None] = filling(storage) if storage else nullcontext()
    with place as unix_socket:
        push.send(unix_socket)


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "name": {"type": "str", "required": True},
            "platform": {"type": "str", "default": ""},
            "scheme": {"type": "str", "choices": ["https", "http"], "default": "https"},
            "storage": {"type": "path"},
            "record": {"type": "path"},
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
