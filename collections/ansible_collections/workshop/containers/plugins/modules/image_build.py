#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: image_build
short_description: Build an image, if anything that decides what it will be has changed
version_added: 0.1.0
description:
  - Computes a digest of the Dockerfile, the build context as the builder sees it, the arguments,
    labels, target and platform, and the base images, and stores it as a label of the image. While
    the digest stays the same, nothing is sent and nothing is built.
  - Of the context, names, types, modes, targets of links and contents count. Times, owners and
    extended attributes do not.
  - Lists what has changed, in check mode too. For that the image has a second label of at most 8
    KiB, with the names of the files in the context and shortened digests of them; of a large
    context it names folders only.
  - C(community.docker.docker_image_build) looks at the name of the image alone, so an edited file
    goes unnoticed, or every run is a change.
extends_documentation_fragment:
  - workshop.containers.engine
attributes:
  check_mode:
    support: partial
    details: With O(pull=true) a base image that is not on the machine, or for which its registry
      serves a new digest, is reported as a change, even if the image turns out identical.
  idempotent:
    support: partial
    details: Not with O(force=true).
notes:
  - B(.dockerignore) is read as BuildKit reads it, whichever builder is used, and so is
    C(DOCKERFILE.dockerignore) beside the Dockerfile, which takes precedence. The last rule that
    matches decides. A rule matches a path or any folder that it is in. C(*) and C(?) do not match a
    slash, C(**) matches any number of folders, C(!) includes again what earlier rules exclude, even
    within a folder that they exclude. Brackets, and what follows a backslash, mean what they do in
    Go's regular expressions, so C([!a]) is C(!) or C(a). A C(#) in the first column begins a
    comment. A rule that Docker refuses is an error with its line.
  - Contents decide, and nothing else does. A builder may serve an outdated file from its cache,
    because it compares size and time (BuildKit), or the name of a hard link and the content that a
    symbolic link leads to (the classic builder); this module does not.
  - Images inherit labels. An image that somebody committed or built from this one, under its name,
    looks like this one; use O(force) to replace it.
  - A file that changes between the digest and the build is an error. So are sockets, pipes and
    devices.
  - A Dockerfile that .dockerignore excludes, or that is outside the context, is not seen by
    C(COPY). With BuildKit this takes a temporary copy of the context on the disk.
  - A base image that is missing is pulled before a build, so that later changes of it are noticed.
    If the image was built before, a base image that was removed since counts as unchanged, and
    nothing is pulled. A base image whose name has a variable that is not an C(ARG) before the first
    C(FROM) cannot be followed.
  - What C(ADD) downloads from an address is not compared; name a version in the address, or use
    O(force).
  - With BuildKit, stages that O(target) does not need do not count. With BuildKit and O(platform),
    a base image that is not on the machine is not pulled; the digest that its registry serves
    counts when the image is first built, and with O(pull).
options:
  name:
    description:
      - The name of the image, C([REGISTRY/]REPOSITORY[:TAG]). The tag defaults to C(latest).
    type: str
    required: true
  path:
    description:
      - The build context, a folder on the machine.
    type: path
    required: true
  dockerfile:
    description:
      - The Dockerfile, relative to O(path) or absolute.
    type: str
    default: Dockerfile
  builder:
    description:
      - V(buildkit) is C(docker buildx), with the builder that belongs to the engine. V(classic) is
        the engine's own, older one.
      - V(auto) is BuildKit with engine 23 and newer, if C(docker buildx) is installed. O(secrets)
        and O(ssh) require BuildKit.
    type: str
    choices: [auto, buildkit, classic]
    default: auto
  args:
    description:
      - Build arguments. They are visible in the history of the image, so never put secrets there.
      - Values are texts or whole numbers. Booleans and other numbers are refused without quotes,
        for V(1.10) would be C(1.1).
    type: dict
    default: {}
  labels:
    description:
      - Labels of the image. Values are as those of O(args).
    type: dict
    default: {}
  target:
    description:
      - The stage to build, by its name or number. Defaults to the last one.
    type: str
    default: ""
  platform:
    description:
      - The platform to build for, as V(linux/amd64).
    type: str
    default: ""
  pull:
    description:
      - Ask the registries whether they serve newer base images, and pull those. It is an error if
        one does not answer.
    type: bool
    default: false
  no_cache:
    description:
      - If there is something to build, build it without the builder's cache.
    type: bool
    default: false
  force:
    description:
      - Build even if nothing changed. Every run then reports a change.
    type: bool
    default: false
  secrets:
    description:
      - Secrets for C(RUN --mount=type=secret), with BuildKit only. They are in no label and not in
        the digest, so a new secret causes no build; if a command prints one, its lines of four
        characters and more are hidden in the log.
      - Each has one of O(secrets[].src), O(secrets[].env) and O(secrets[].value).
    type: list
    elements: dict
    default: []
    suboptions:
      id:
        description: The name by which the Dockerfile knows the secret.
        type: str
        required: true
      src:
        description: A file on the machine that holds it.
        type: path
      env:
        description: An environment variable of the task that holds it.
        type: str
      value:
        description: The secret itself.
        type: str
  ssh:
    description:
      - Agents and keys for C(RUN --mount=type=ssh), with BuildKit only, as V(default) or V(ID=PATH
        of a key or of an agent's socket).
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Build the image of the application
  workshop.containers.image_build:
    name: registry.example.com/app:1.4
    path: /srv/app
    args:
      VERSION: "1.4"

- name: Build one stage, with a password for the package index
  workshop.containers.image_build:
    name: app-test
    path: /srv/app
    dockerfile: docker/Dockerfile
    target: test
    secrets:
      - id: index
        value: "{{ index_password }}"
"""

RETURN = r"""
changes:
  description: Why the image was built, or would be.
  returned: success
  type: list
  elements: str
  sample: ["content of app.py", "mode of run.sh (0644, now 0755)", "notes.txt added", "argument
    VERSION", "base image busybox:latest"]
digest:
  description: The digest over all that decides what the image will be; in check mode without the
    base images that are still to be pulled.
  returned: success
  type: str
  sample: 4c0a3f0d6b3b4ac2bd3e0c9a0a5f5f1c8b2f4d7e6a1b0c9d8e7f6a5b4c3d2e1f
image:
  description: The id of the image; empty in check mode for one that is not there.
  returned: success
  type: str
  sample: sha256:26bc6056b9927f4c4f8b1a1b9a0b1d3c5e7f90817263544536271809fedcba98
builder:
  description: The builder that was used, or would be.
  returned: success
  type: str
  sample: buildkit
steps:
  description: The steps of the build. BuildKit tells of those only that make layers.
  returned: when something was built, also if that failed
  type: list
  elements: dict
  contains:
    instruction:
      description: The instruction.
      type: str
      sample: RUN make
    cached:
      description: Whether its result came from the builder's cache.
      type: bool
log:
  description: The end of the builder's log, at most 256 KiB.
  returned: when something was built, also if that failed
  type: str
  sample: "Step 1/2 : FROM busybox"
line:
  description: The line of the Dockerfile at which the build failed; not set where the builder does
    not tell.
  returned: when the build failed
  type: int
  sample: 3
output:
  description: The last lines that the failing command printed, at most 20.
  returned: when the build failed
  type: list
  elements: str
  sample: ["make: *** No targets.  Stop."]
"""

import os
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.workshop.containers.plugins.module_utils.builds.failure import (
    BuildError,
    failed_line,
)
from ansible_collections.workshop.containers.plugins.module_utils.builds.image_build import (
    ImageBuild,
    diff,
)
from ansible_collections.workshop.containers.plugins.module_utils.builds.request import (
    Build,
    Secret,
)
from ansible_collections.workshop.containers.plugins.module_utils.engine.client import Engine
from ansible_collections.workshop.containers.plugins.module_utils.engine.module import (
    ENGINE_OPTIONS,
    finish_with_engine,
)
from ansible_collections.workshop.containers.plugins.module_utils.engine.options import texts
from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError

SECRET = {
    "id": {"type": "str", "required": True},
    "src": {"type": "path"},
    "env": {"type": "str"},
    "value": {"type": "str", "no_log": True},
}


def work(module: AnsibleModule, engine: Engine) -> dict[str, Any]:
    """The module's result; raises LabError."""
    try:
        return _built(module, engine)
    except BuildError as error:
        return {
            "failed": True,
            **error.failure(),
            **_build_result(module, error.build),
            "line": failed_line(error.build),
            "output": error.build.output,
        }


def _built(module: AnsibleModule, engine: Engine) -> dict[str, Any]:
    params = {
        **module.params,
        "args": texts("args", module.params["args"]),
        "labels": texts("labels", module.params["labels"]),
    }
    image = ImageBuild(engine, params, [_secret(each) for each in params["secrets"]])
    for warning in image.source.warnings():
        module.warn(warning)
    judgement = image.judge()
    more: dict[str, Any] = {}
    if judgement.changes and not module.check_mode:
        judgement = image.fetch(judgement)
        more = _build_result(module, image.build(judgement)) if judgement.changes else {}
    now = engine.image(image.name)
    return {
        "changed": bool(judgement.changes),
        "builder": image.builder,
        "diff": diff(judgement),
        "changes": judgement.changes,
        **more,
        "digest": judgement.digest,
        "image": now["Id"] if now else "",
    }


def _build_result(module: AnsibleModule, build: Build) -> dict[str, Any]:
    if build.warning:
        module.warn(build.warning)
    return {"steps": [step._asdict() for step in build.steps], "log": build.log}


def _secret(given: dict[str, Any]) -> Secret:
    if given["env"] is None:
        return Secret(given["id"], given["src"] or "", given["value"] or "")
    if given["env"] not in os.environ:
        raise LabError(
            f"the secret {given['id']} in the variable {given['env']}",
            "no such variable",
            "set it with the task's `environment`",
        )
    return Secret(given["id"], value=os.environ[given["env"]])


def main() -> None:
    """Run as an Ansible module."""
    one = ["src", "env", "value"]
    options = {
        **ENGINE_OPTIONS,
        "name": {"type": "str", "required": True},
        "path": {"type": "path", "required": True},
        "dockerfile": {"type": "str", "default": "Dockerfile"},
        "builder": {"type": "str", "choices": ["auto", "buildkit", "classic"], "default": "auto"},
        "args": {"type": "dict", "default": {}},
        "labels": {"type": "dict", "default": {}},
        "target": {"type": "str", "default": ""},
        "platform": {"type": "str", "default": ""},
        "pull": {"type": "bool", "default": False},
        "no_cache": {"type": "bool", "default": False},
        "force": {"type": "bool", "default": False},
        "secrets": {
            "type": "list",
            "elements": "dict",
            "default": [],
            "no_log": False,
            "options": SECRET,
            "mutually_exclusive": [one],
            "required_one_of": [one],
        },
        "ssh": {"type": "list", "elements": "str", "default": []},
    }
    finish_with_engine(AnsibleModule(argument_spec=options, supports_check_mode=True), work)


if __name__ == "__main__":
    main()
