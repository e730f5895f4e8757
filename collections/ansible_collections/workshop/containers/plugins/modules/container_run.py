# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: container_run
short_description: Run a command in a container, to its end or in the background
version_added: 0.1.0
description:
  - Does what C(docker run) does, once. A container that was made with the same options, from the
    same image, and has come to the same end, or still runs when it should, is left alone; its
    output is returned again.
  - The options are kept as digests in a label of the container. RV(differences) lists those that
    differ.
  - It stands beside C(community.docker.docker_container), which compares a container's settings
    with the options but does not handle a command that ends, its output, or its input.
  - A container that it did not make is never replaced or removed, unless O(replace) names it.
extends_documentation_fragment:
  - workshop.containers.engine
attributes:
  check_mode:
    support: partial
    details: With O(pull=always), a new digest at the registry is reported as a change, even if the
      image turns out identical.
  idempotent:
    support: partial
    details: Not with O(recreate=true), not with O(auto_remove=true) and O(detach=false), for then
      no container remains to compare with, and not with O(detach=true) and a command that ends, for
      it is started again.
options:
  name:
    description: The name of the container, which is matched exactly.
    type: str
    required: true
  state:
    description:
      - V(present) runs the container, V(absent) removes it and its unnamed volumes.
    type: str
    choices: [present, absent]
    default: present
  image:
    description: The image. Required with O(state=present).
    type: str
  pull:
    description: When to pull the image; V(missing) pulls it if it is not on the machine.
    type: str
    choices: [missing, always, never]
    default: missing
  command:
    description: The command and its arguments, instead of the image's own, each word by itself.
    type: list
    elements: raw
  entrypoint:
    description: What to run the command with, instead of the image's own, each word by itself.
    type: list
    elements: raw
  detach:
    description: Leave it running in the background, instead of waiting for its end. A command that
      ends at once is not noticed.
    type: bool
    default: false
  auto_remove:
    description: Remove the container at its end.
    type: bool
    default: false
  recreate:
    description: Run it again even if nothing has changed.
    type: bool
    default: false
  replace:
    description: The container's O(name) once more, to allow its replacement or removal even if this
      module did not make it.
    type: str
  expected_exit_code:
    description: The exit code to expect; with another one the task fails. Without O(detach) only.
    type: int
    default: 0
  expected_output:
    description: A regular expression that must be found in the output, else the task fails. C(^)
      and C($) match at each line. Without O(detach) only.
    type: str
  timeout:
    description:
      - How many seconds the container may run without O(detach), and how many each wait of
        O(script) may last. V(0) sets no limit.
      - A container that takes longer is left running, and a later run waits for it again.
    type: int
    default: 600
  tty:
    description: Give it a terminal. O(script) does so, too.
    type: bool
    default: false
  script:
    description: What to type, each at a prompt. When all is typed the command must have ended, or
      O(detach=true).
    type: list
    elements: dict
    suboptions:
      input:
        description: The text; Enter is pressed at the end of each line.
        type: str
        required: true
      expect:
        description: A regular expression that must appear in answer. C(^) and C($) match at each
          line.
        type: str
  prompt:
    description: A regular expression for the end of what is printed when input is awaited.
    type: str
    default: '[#$] $'
  env:
    description: Variables of the environment. Values are texts or whole numbers; other numbers and
      booleans are refused without quotes.
    type: dict
  labels:
    description: Labels besides the module's own. Values are as those of O(env).
    type: dict
  ports:
    description: Ports to publish, as C(OUTSIDE:INSIDE), C(OUTSIDE:INSIDE/udp) or, at one address
      only, C(127.0.0.1:OUTSIDE:INSIDE).
    type: list
    elements: str
  volumes:
    description: Folders of the machine or volumes to mount, as C(SOURCE:PATH) or C(SOURCE:PATH:ro).
    type: list
    elements: str
  network:
    description: The network to join.
    type: str
  hostname:
    description: The name of the machine inside.
    type: str
  user:
    description: The user that runs the command.
    type: str
  working_dir:
    description: The folder to run the command in.
    type: str
  memory:
    description: How much memory it may use, without swapping, such as V(64m).
    type: str
  cpus:
    description: How many processors it may use.
    type: float
  pids_limit:
    description: How many processes it may have.
    type: int
  init:
    description: Run an init process that reaps orphans.
    type: bool
    default: false
  restart_policy:
    description: When the engine starts it again by itself.
    type: str
    choices: ["no", always, unless-stopped, on-failure]
seealso:
  - module: community.docker.docker_container
  - module: workshop.containers.image_commit
"""

EXAMPLES = r"""
- name: See what the image says
  workshop.containers.container_run:
    name: greeting
    image: greeting:latest
    expected_output: ^Hello
  register: greeting

- name: Serve web pages in the background
  workshop.containers.container_run:
    name: httpd
    image: busybox
    command: [httpd, -f, -vv]
    ports: ["8080:80"]
    detach: true

- name: Work in a shell
  workshop.containers.container_run:
    name: session
    image: busybox
    script:
      - input: echo hello > /greeting
      - input: cat /greeting
        expect: ^hello
      - input: exit

- name: Remove a container that somebody else has made
  workshop.containers.container_run:
    name: web
    state: absent
    replace: web
"""

RETURN = r"""
container:
  description: The container's id, full; null where there is none, or only would be.
  returned: success
  type: str
  sample: 4f2a7d1c0a9b3e5f7d1c0a9b3e5f7d1c0a9b3e5f7d1c0a9b3e5f7d1c0a9b3e5f
differences:
  description:
    - The options in which a container that was there differs.
    - Other than options are V(state), where it does not run, or ended otherwise; V(recreate) and
      V(replace), where that option is the reason; and V(name), where its label cannot be read.
  returned: success
  type: list
  elements: str
  sample: [image, ports]
pulled:
  description: Whether the image was pulled, or would be, and is another than before.
  returned: success
  type: bool
  sample: false
exit_code:
  description: The command's exit code; in this run or, where nothing changed, when it ran.
  returned: when the command has ended
  type: int
  sample: 0
stdout:
  description:
    - What the command printed. Of more than 1 MiB the last, with a warning that says how much is
      left out.
    - Bytes that are not UTF-8 become U+FFFD, with a warning. With a terminal it holds all, and what
      was typed.
  returned: when the command has ended
  type: str
  sample: Hello
stderr:
  description: The same of the standard error.
  returned: when the command has ended
  type: str
  sample: ""
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.workshop.containers.plugins.module_utils.containers.run import work
from ansible_collections.workshop.containers.plugins.module_utils.engine.module import (
    ENGINE_OPTIONS,
    finish_with_engine,
)


def main() -> None:
    """Run as an Ansible module."""
    words = {"type": "list", "elements": "str"}
    typed = {"input": {"type": "str", "required": True}, "expect": {"type": "str"}}
    options = {
        **ENGINE_OPTIONS,
        "name": {"type": "str", "required": True},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "image": {"type": "str"},
        "pull": {"type": "str", "choices": ["missing", "always", "never"], "default": "missing"},
        "command": {"type": "list", "elements": "raw"},
        "entrypoint": {"type": "list", "elements": "raw"},
        "replace": {"type": "str"},
        "expected_exit_code": {"type": "int", "default": 0},
        "expected_output": {"type": "str"},
        "timeout": {"type": "int", "default": 600},
        "script": {"type": "list", "elements": "dict", "options": typed},
        "prompt": {"type": "str", "default": "[#$] $"},
        "env": {"type": "dict"},
        "labels": {"type": "dict"},
        "ports": words,
        "volumes": words,
        "cpus": {"type": "float"},
        "pids_limit": {"type": "int"},
        "restart_policy": {
            "type": "str",
            "choices": ["no", "always", "unless-stopped", "on-failure"],
        },
        **{
            key: {"type": "bool", "default": False}
            for key in ("detach", "auto_remove", "recreate", "tty", "init")
        },
        **{
            key: {"type": "str"} for key in ("network", "hostname", "user", "working_dir", "memory")
        },
    }
    module = AnsibleModule(
        argument_spec=options,
        required_if=[("state", "present", ["image"])],
        supports_check_mode=True,
    )
    finish_with_engine(module, work)


if __name__ == "__main__":
    main()
