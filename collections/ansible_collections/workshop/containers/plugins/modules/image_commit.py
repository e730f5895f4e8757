# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: image_commit
short_description: Make an image from what a container holds
version_added: 0.1.0
description:
  - Does what C(docker commit) does, if the container or the options have changed since the image
    was made.
  - A digest decides. It covers the container's image, its settings, its changes to the file system
    (names, types, modes, owners and contents; never times) and the options of this module. It is
    stored as a label of the image.
  - There is no counterpart in C(community.docker).
extends_documentation_fragment:
  - workshop.containers.engine
attributes:
  idempotent:
    support: partial
    details: A container that keeps writing to its files, such as a log, is different each time.
options:
  container:
    description:
      - The name of the container, running, paused or stopped. One that restarts again and again
        causes an error.
      - Volumes are no part of the image.
    type: str
    required: true
  name:
    description:
      - The image, as C([REGISTRY/]REPOSITORY[:TAG]). An existing tag moves; RV(previous) is the
        image that had it.
    type: str
    required: true
  changes:
    description:
      - Instructions to apply, as a Dockerfile has them.
      - V(CMD), V(ENTRYPOINT), V(ENV), V(EXPOSE), V(HEALTHCHECK), V(LABEL), V(ONBUILD),
        V(STOPSIGNAL), V(USER), V(VOLUME) and V(WORKDIR) are possible. A list that is not valid
        JSON, such as one without double quotes, is refused.
    type: list
    elements: str
    default: []
  author:
    description:
      - Who made the image.
    type: str
    default: ""
  comment:
    description:
      - What was changed, which C(docker commit) calls the message; it stands in the history of the
        image.
    type: str
    default: ""
  pause:
    description:
      - Whether to pause the container while its files are read, so that they do not change
        meanwhile.
    type: bool
    default: true
seealso:
  - module: workshop.containers.container_copy
  - module: workshop.containers.image_push
"""

EXAMPLES = r"""
- name: Keep what was tried out in a container
  workshop.containers.image_commit:
    container: session
    name: greeting:latest
    changes:
      - CMD ["/hello"]
      - ENV GREETING=hello
    author: A. Learner
    comment: Says hello
"""

RETURN = r"""
image:
  description: The image's id; null in check mode where it would be made.
  returned: success
  type: str
  sample: sha256:01731819e9e90f1f2e64fcb5e8af92a12e61c6b5a2c1f2b6a4f70b8e02d2a8f4
previous:
  description: The id of the image that had the name before; null where there was none.
  returned: success
  type: str
  sample: sha256:26bc6056b9922b5b2f4b7a8cf9f1c2d47ab6b1d8d2f6a7f9b0b6c1d2e3f4a5b6
digest:
  description: The digest of all that decides what the image is.
  returned: success
  type: str
  sample: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
container_changes:
  description: How many paths the container has added, changed or deleted.
  returned: success
  type: dict
  sample: {"A": 1, "C": 0, "D": 0}
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.workshop.containers.plugins.module_utils.containers.commit import (
    COMMIT,
    check_change,
    commit,
    content_digest,
    follows,
    refuse_restarting,
)
from ansible_collections.workshop.containers.plugins.module_utils.engine.client import Engine
from ansible_collections.workshop.containers.plugins.module_utils.engine.module import (
    ENGINE_OPTIONS,
    finish_with_engine,
)
from ansible_collections.workshop.containers.plugins.module_utils.names import (
    checked_container_name,
    checked_tag,
)


def work(module: AnsibleModule, engine: Engine) -> dict[str, Any]:
    """The module's result; raises LabError."""
    params = module.params
    name = ":".join(checked_tag(params["name"]))
    checked_container_name(params["container"])
    for change in params["changes"]:
        check_change(change)
    container = engine.need_container(params["container"])
    refuse_restarting(container, "to make an image from")
    request = {key: params[key] for key in ("changes", "author", "comment")}
    present = engine.image(name)
    digest = content_digest(engine, container, request)
    kept = (
        engine.image_labels(present).get(COMMIT, "")
        if present is not None and follows(engine, name, container)
        else ""
    )
    changed = kept != digest
    image = present["Id"] if present is not None and not changed else None
    if changed and not module.check_mode:
        options = {
            "author": params["author"],
            "comment": params["comment"],
            "pause": params["pause"],
        }
        image = commit(
            engine, container["Id"], name, params["changes"], {COMMIT: digest}, **options
        )
    kinds = list(engine.changes(container["Id"]).values())
    return {
        "changed": changed,
        "image": image,
        "previous": present["Id"] if present is not None else None,
        "digest": digest,
        "container_changes": {kind: kinds.count(kind) for kind in "ACD"},
        "diff": {
            "before": f"{name} {_origin(kept, present)}\n",
            "after": f"{name} {_origin(digest, container)}\n",
        },
    }


def _origin(digest: str, thing: dict[str, Any] | None) -> str:
    if thing is None:
        return "not there"
    return (
        f"from content {digest[:12]}"
        if digest
        else f"not made by this module ({thing['Id'][7:19]})"
    )


def main() -> None:
    """Run as an Ansible module."""
    options = {
        **ENGINE_OPTIONS,
        "container": {"type": "str", "required": True},
        "name": {"type": "str", "required": True},
        "changes": {"type": "list", "elements": "str", "default": []},
        "author": {"type": "str", "default": ""},
        "comment": {"type": "str", "default": ""},
        "pause": {"type": "bool", "default": True},
    }
    finish_with_engine(AnsibleModule(argument_spec=options, supports_check_mode=True), work)


if __name__ == "__main__":
    main()
