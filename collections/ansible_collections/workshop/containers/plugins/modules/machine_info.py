#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: machine_info
short_description: Look at a machine once, at all that a role wants to know
version_added: 0.1.0
author:
  - The workshop lab contributors (@workshop-lab)
description:
  - Answers a role's questions about files, packages, services, ports, users and HTTP addresses in one task. Changes nothing.
  - A role that knows what is right already can skip what would find that out task by task. One task here takes the time of one
    M(ansible.builtin.stat), and stands for M(ansible.builtin.slurp), M(ansible.builtin.package_facts), M(ansible.builtin.service_facts),
    M(ansible.builtin.getent), M(ansible.builtin.uri) and M(community.general.listen_ports_facts).
  - Machines with C(dpkg); services of systemd and SysV scripts.
options:
  paths:
    description: Files and folders to look for. A pattern of the shell stands for all that match.
    type: list
    elements: str
    default: []
  contents:
    description: Text files to read, see RV(contents). Never name a secret here.
    type: list
    elements: str
    default: []
  packages:
    description: Packages to look for.
    type: list
    elements: str
    default: []
  documents:
    description: JSON files to read, see RV(documents). Never name a secret here.
    type: list
    elements: str
    default: []
  keyrings:
    description: Keyrings of apt to read, see RV(keyrings).
    type: list
    elements: str
    default: []
  space:
    description: Folders of which RV(space) says how much can still be written there.
    type: list
    elements: str
    default: []
  locks:
    description: Files of which RV(locks) says who has locked them.
    type: list
    elements: str
    default: []
  processes:
    description: Names of programs of which RV(processes) says how they were started.
    type: list
    elements: str
    default: []
  services:
    description: Services to look for, without the suffix C(.service).
    type: list
    elements: str
    default: []
  ports:
    description: TCP ports; RV(listeners) says who listens there.
    type: list
    elements: int
    default: []
  users:
    description: Users to look for.
    type: list
    elements: str
    default: []
  requests:
    description: HTTP requests to make, past all proxies.
    type: list
    elements: dict
    default: []
    suboptions:
      url:
        description: Address.
        type: str
        required: true
      name:
        description: Key of the answer in RV(answers); by default O(requests[].url).
        type: str
      unix_socket:
        description: Socket at which to ask, instead of the host of O(requests[].url).
        type: path
      method:
        description: Method of the request.
        type: str
        choices: [GET, HEAD]
        default: GET
      headers:
        description: Headers of the request.
        type: dict
        default: {}
      username:
        description: Whom to ask as (basic authentication).
        type: str
      password_file:
        description: File of the machine with the password of O(requests[].username). The module reads it, and tells nobody what it says.
        type: path
      timeout:
        description: Seconds to wait for an answer.
        type: int
        default: 5
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  platform:
    platforms: debian
"""

EXAMPLES = r"""
- name: Look at the machine
  workshop.containers.machine_info:
    contents: [/etc/docker/daemon.json]
    packages: [docker.io, docker-ce]
    services: [docker]
    requests:
      - url: http://localhost/version
        unix_socket: /var/run/docker.sock
  register: machine

- name: Start the engine
  ansible.builtin.service:
    name: docker
    state: started
  when: [not machine.services.docker.running]
"""

RETURN = r"""
init:
  description: Name of the program that is PID 1.
  returned: always
  type: str
  sample: systemd
wsl:
  description: Whether the machine is the Windows Subsystem for Linux.
  returned: always
  type: bool
distribution:
  description: Which distribution it is, and Debian's name for its architecture.
  returned: always
  type: dict
  sample: {id: debian, version: "12", codename: bookworm, architecture: amd64}
files:
  description: What is at each of O(paths), by path; null where there is nothing. Links are followed.
  returned: always
  type: dict
  sample: {/etc/hostname: {type: file, access: "root:root 0644", link: ""}, /etc/absent: null}
contents:
  description: The text of each of O(contents), by path; empty where there is no such file.
  returned: always
  type: dict
  sample: {/etc/hostname: "lab\n", /etc/absent: ""}
packages:
  description: What is installed of O(packages), by name; null where it is not.
  returned: always
  type: dict
  sample: {docker.io: {version: 20.10.24+dfsg1-1+deb12u1, held: false, complete: true}, docker-ce: null}
documents:
  description: What is in each of O(documents), by path; C(problem) says what is wrong with it.
  returned: always
  type: dict
  sample: {/etc/docker/daemon.json: {value: {log-driver: local}, problem: ""}}
apt_sources:
  description: The repositories that apt knows.
  returned: always
  type: list
  elements: dict
  sample:
    - file: /etc/apt/sources.list.d/docker.list
      url: https://download.docker.com/linux/debian
      suite: bookworm
      components: stable
      signed_by: /etc/apt/keyrings/docker.gpg
keyrings:
  description: The fingerprints of the keys in each of O(keyrings), by path; none where there is no such file or no C(gpg).
  returned: always
  type: dict
  sample: {/etc/apt/keyrings/docker.gpg: [9DC858229FC7DD38854AE2D88D81803C0EBFCD88]}
space:
  description: Bytes that can still be written to each of O(space), by path.
  returned: always
  type: dict
  sample: {/var: 18094492000}
locks:
  description: Who has locked which of O(locks).
  returned: always
  type: list
  elements: dict
  sample: [{path: /var/lib/dpkg/lock-frontend, pid: 4711, command: apt-get upgrade}]
processes:
  description: The processes of each of O(processes), by name; with their hard limits, of which null is unlimited.
  returned: always
  type: dict
  sample: {dockerd: [{pid: 4711, arguments: [-H, "fd://"], limits: {nofile: 524288, nproc: null}}]}
clock:
  description: What the machine's clock says, in seconds since 1970.
  returned: always
  type: float
  sample: 1795510410.5
dpkg_interrupted:
  description: Whether dpkg was stopped in the middle of its work, after which apt refuses to install anything.
  returned: always
  type: bool
services:
  description: The state of each of O(services), by name.
  returned: always
  type: dict
  sample: {docker: {known: true, running: true, enabled: true}}
listeners:
  description: Who listens on O(ports).
  returned: always
  type: list
  elements: dict
  sample: [{port: 5000, address: 127.0.0.1, pid: 4711, name: docker-registry}]
users:
  description: The entry of each of O(users), by name; null where there is no such user.
  returned: always
  type: dict
  sample: {user: {home: /home/user, has_home: true, shell: /bin/bash, groups: [user]}}
answers:
  description: The answer to each of O(requests), by name or URL. Status 0 means that there was none, and then C(problem) says why.
  returned: always
  type: dict
  sample: {"http://localhost/version": {status: 200, json: {Version: 26.1.5}, problem: ""}}
"""

import time
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.workshop.containers.plugins.module_utils.http_request import answer
from ansible_collections.workshop.containers.plugins.module_utils.machine import facts
from ansible_collections.workshop.containers.plugins.module_utils.machine.listeners import listeners

_LISTS = (
    "paths",
    "contents",
    "documents",
    "packages",
    "keyrings",
    "space",
    "locks",
    "processes",
    "services",
    "users",
)
_STRINGS = {
    "type": "list",
    "elements": "str",
    "default": [],
    "no_log": False,
}  # keyrings hold public keys


def look(params: dict[str, Any]) -> dict[str, Any]:
    """The module's result, without ``changed``."""
    init = facts.init()
    return {
        "init": init,
        "wsl": facts.is_wsl(),
        "distribution": facts.distribution(),
        "files": facts.files(params["paths"]),
        "contents": facts.contents(params["contents"]),
        "packages": facts.packages(params["packages"]),
        "documents": facts.documents(params["documents"]),
        "apt_sources": facts.apt_sources(),
        "keyrings": facts.keyrings(params["keyrings"]),
        "space": facts.free_space(params["space"]),
        "locks": facts.lock_holders(params["locks"]),
        "processes": facts.processes(params["processes"]),
        "clock": time.time(),
        "dpkg_interrupted": facts.dpkg_interrupted(),
        "services": facts.services(params["services"], systemd=init == "systemd"),
        "listeners": listeners(params["ports"]),
        "users": facts.users(params["users"]),
        "answers": {
            question["name"] or question["url"]: answer(question) for question in params["requests"]
        },
    }


def main() -> None:
    """Run as an Ansible module."""
    requests = {
        "url": {"type": "str", "required": True},
        "name": {"type": "str"},
        "username": {"type": "str"},
        "password_file": {"type": "path", "no_log": False},
        "unix_socket": {"type": "path"},
        "method": {"type": "str", "choices": ["GET", "HEAD"], "default": "GET"},
        "headers": {"type": "dict", "default": {}},
        "timeout": {"type": "int", "default": 5},
    }
    together = [["username", "password_file"]]
    module = AnsibleModule(
        argument_spec={
            **{name: dict(_STRINGS) for name in _LISTS},
            "ports": {"type": "list", "elements": "int", "default": []},
            "requests": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": requests,
                "required_together": together,
            },
        },
        supports_check_mode=True,
    )
    module.exit_json(changed=False, **look(module.params))


if __name__ == "__main__":
    main()
