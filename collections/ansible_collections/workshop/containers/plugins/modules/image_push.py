# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: image_push
short_description: Push images to their registries, where those do not serve them already
version_added: 0.1.0
description:
  - Asks the registry in each name which digest it serves for the tag, and pushes unless that is the
    image on the machine.
  - It stands beside C(community.docker.docker_image_push) because it knows whether anything
    changed, in check mode, too. A new tag on layers that the registry has is a change, and so is an
    image of which only the settings differ.
  - An error in the middle of a push is a failure. The message names the cause, such as the
    login, the name, the network, the certificate, the user's rights or the space at the registry.
extends_documentation_fragment:
  - workshop.containers.engine
attributes:
  check_mode:
    support: partial
    details:
      - The registry is asked, and nothing is sent.
      - An engine knows the digest of an image once it has pulled it from, or pushed it to, that
        repository. For an image of another origin, such as an archive, check mode reports a push,
        even if the registry turns out to have it.
options:
  name:
    description:
      - The images, as C([REGISTRY/]REPOSITORY[:TAG]). All names are verified before the first is
        pushed.
    type: list
    elements: str
    required: true
  username:
    description:
      - User name for the registry. Defaults to the credentials that C(docker login) stored.
    type: str
  password:
    description:
      - The password, or a token, of O(username). It is sent to the engine only.
    type: str
seealso:
  - module: community.docker.docker_login
  - module: workshop.containers.image_commit
"""

EXAMPLES = r"""
- name: Share an image under two tags
  workshop.containers.image_push:
    name:
      - registry.example.com:5000/greeting:latest
      - registry.example.com:5000/greeting:1.4

- name: Push with credentials of its own
  workshop.containers.image_push:
    name: registry.example.com:5000/greeting
    username: learner
    password: "{{ registry_password }}"
"""

RETURN = r"""
images:
  description: One entry for each name, in order. When one fails, those before it.
  returned: unless the engine does not answer, or a name is none
  type: list
  elements: dict
  contains:
    name:
      description: The name with its tag.
      type: str
      sample: registry.example.com:5000/greeting:latest
    changed:
      description: Whether the registry serves something else than before, or would.
      type: bool
      sample: true
    before:
      description: The digest that the registry served before; null where it served none.
      type: str
      sample: sha256:081445f43c2375383968825855b143c27367ad4e45089eeced7e7a5e664ad74b
    digest:
      description: The digest that it serves now; null in check mode where that only a push could
        tell.
      type: str
      sample: sha256:e58224f9a1622f78fa44e681e9efe2aacb321cea32739a763fdbcb7bdd687ec9
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.workshop.containers.plugins.module_utils.engine.client import Engine
from ansible_collections.workshop.containers.plugins.module_utils.engine.module import (
    ENGINE_OPTIONS,
    finish_with_engine,
)
from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError
from ansible_collections.workshop.containers.plugins.module_utils.images.push import Push, push
from ansible_collections.workshop.containers.plugins.module_utils.names import checked_tag


def work(module: AnsibleModule, engine: Engine) -> dict[str, Any]:
    """The module's result; raises LabError."""
    names, credentials = module.params["name"], None
    if module.params["username"] is not None:
        credentials = {"username": module.params["username"], "password": module.params["password"]}
    for name in names:
        checked_tag(name)
    done: list[Push] = []
    failure: dict[str, Any] = {}
    for name in names:
        try:
            done.append(push(engine, name, credentials, module.check_mode))
        except LabError as error:
            failure = {"failed": True, **error.failure()}
            break
    return {
        **failure,
        "changed": any(each.changed for each in done),
        "images": [
            {
                "name": each.name,
                "changed": each.changed,
                "before": each.before,
                "digest": each.after,
            }
            for each in done
        ],
        "diff": {
            "before": "".join(f"{each.name} {each.before or 'not there'}\n" for each in done),
            "after": "".join(f"{each.name} {each.after or 'what is here'}\n" for each in done),
        },
    }


def main() -> None:
    """Run as an Ansible module."""
    options = {
        **ENGINE_OPTIONS,
        "name": {"type": "list", "elements": "str", "required": True},
        "username": {"type": "str"},
        "password": {"type": "str", "no_log": True},
    }
    together = [("username", "password")]
    finish_with_engine(
        AnsibleModule(argument_spec=options, required_together=together, supports_check_mode=True),
        work,
    )


if __name__ == "__main__":
    main()
