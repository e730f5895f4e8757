#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: machine_info
short_description: Gather files, packages, services, ports and users in one task
version_added: 0.1.0
author:
  - The workshop lab contributors (@workshop-lab)
description:
  - Returns what a role needs to know about files, packages, services, ports, users and HTTP
    addresses, in one task. Changes nothing.
  - It takes the time of one M(ansible.builtin.stat), and replaces M(ansible.builtin.slurp),
    M(ansible.builtin.package_facts), M(ansible.builtin.service_facts), M(ansible.builtin.getent),
    M(ansible.builtin.uri) and M(community.general.listen_ports_facts). A role can then skip the
    tasks that have nothing to do.
  - For machines with C(dpkg), and services of systemd or SysV scripts.
options:
  paths:
    description: Files and folders. A shell pattern stands for all paths that match it.
    type: list
    elements: str
    default: []
  contents:
    description: Text files to read into RV(contents). Never name a secret here.
    type: list
    elements: str
    default: []
  packages:
    description: Names of packages.
    type: list
    elements: str
    default: []
  documents:
    description: JSON files to read into RV(documents). Never name a secret here.
    type: list
    elements: str
    default: []
  keyrings:
    description: Keyrings of apt.
    type: list
    elements: str
    default: []
  space:
    description: Folders whose free space is returned.
    type: list
    elements: str
    default: []
  locks:
    description: Files whose locks are returned.
    type: list
    elements: str
    default: []
  processes:
    description: Names of programs whose processes are returned.
    type: list
    elements: str
    default: []
  services:
    description: Names of services, without the suffix C(.service).
    type: list
    elements: str
    default: []
  ports:
    description: TCP ports whose listeners are returned.
    type: list
    elements: int
    default: []
  users:
    description: Names of users.
    type: list
    elements: str
    default: []
  requests:
    description: HTTP requests to send. They use no proxy.
    type: list
    elements: dict
    default: []
    suboptions:
      url:
        description: Address.
        type: str
        required: true
      name:
        description: Key of the answer in RV(answers). Defaults to O(requests[].url).
        type: str
      unix_socket:
        description: Unix socket to connect to, instead of the host in O(requests[].url).
        type: path
      method:
        description: HTTP method.
        type: str
        choices: [GET, HEAD]
        default: GET
      headers:
        description: HTTP headers.
        type: dict
        default: {}
      username:
        description: User name for basic authentication.
        type: str
      password_file:
        description: File on the machine with the password of O(requests[].username). The password
          is not returned.
        type: path
      listener:
        description:
          - The user as whom the server on this machine has to run. Where somebody else listens on
            the port, nothing is sent, and the answer has the status 0.
          - A password is to be sent to a server on the machine with this only, for any user can
            listen on a port that is free.
        type: str
      timeout:
        description: Timeout in seconds.
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
- name: Read the state of the machine
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
  description: Whether the machine is an instance of the Windows Subsystem for Linux. A container on
    one is not.
  returned: always
  type: bool
distribution:
  description: The distribution, and Debian's name of the architecture.
  returned: always
  type: dict
  sample: {id: debian, version: "12", codename: bookworm, architecture: amd64}
engine_origin:
  description:
    - Where the machine's engine came from. V(docker) is Docker's repository, V(distribution) the
      package docker.io, V(moby) the package moby-engine, V(unpacked) no package.
    - With V(desktop), Docker Desktop lends its engine to an instance of WSL; with V(elsewhere) one
      answers of which nothing is on this machine. Empty where there is none.
  returned: always
  type: str
  sample: distribution
files:
  description: Type, access and link target of each of O(paths), by path; null if it does not exist.
    Links are followed.
  returned: always
  type: dict
  sample: {/etc/hostname: {type: file, access: "root:root 0644", link: ""}, /etc/absent: null}
contents:
  description: The text of each of O(contents), by path; empty if the file does not exist.
  returned: always
  type: dict
  sample: {/etc/hostname: "lab\n", /etc/absent: ""}
packages:
  description: The state of each of O(packages), by name; null if it is not installed.
  returned: always
  type: dict
  sample: {docker.io: {version: 20.10.24+dfsg1-1, held: false, complete: true}, docker-ce: null}
documents:
  description: The value of each of O(documents), by path; or why it could not be read, in
    C(problem). C(marked) says whether a byte-order mark is in front of it.
  returned: always
  type: dict
  sample: {/etc/docker/daemon.json: {value: {log-driver: local}, problem: "", marked: false}}
apt_sources:
  description: The repositories in the sources of apt.
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
  description: The fingerprints of the keys in each of O(keyrings), by path; none if the file or
    C(gpg) does not exist.
  returned: always
  type: dict
  sample: {/etc/apt/keyrings/docker.gpg: [9DC858229FC7DD38854AE2D88D81803C0EBFCD88]}
space:
  description: Free space in each of O(space), by path, in bytes.
  returned: always
  type: dict
  sample: {/var: 18094492000}
locks:
  description: The processes that hold one of O(locks).
  returned: always
  type: list
  elements: dict
  sample: [{path: /var/lib/dpkg/lock-frontend, pid: 4711, command: apt-get upgrade}]
processes:
  description: The processes of each of O(processes), by name. Hard limits that are null are
    unlimited.
  returned: always
  type: dict
  sample: {dockerd: [{pid: 4711, arguments: [-H, "fd://"], limits: {nofile: 524288, nproc: null}}]}
clock:
  description: The machine's clock, in seconds since 1970.
  returned: always
  type: float
  sample: 1795510410.5
dpkg_interrupted:
  description: Whether dpkg was interrupted. apt may refuse to install anything until C(dpkg
    --configure -a) has run.
  returned: always
  type: bool
services:
  description: The state of each of O(services), by name.
  returned: always
  type: dict
  sample: {docker: {known: true, running: true, enabled: true}}
listeners:
  description: The processes that listen on one of O(ports).
  returned: always
  type: list
  elements: dict
  sample: [{port: 5000, address: 127.0.0.1, pid: 4711, name: registry, user: docker-registry}]
users:
  description: The entry of each of O(users), by name; null if the user does not exist.
  returned: always
  type: dict
  sample: {user: {home: /home/user, has_home: true, shell: /bin/bash, groups: [user]}}
answers:
  description: The answer to each of O(requests), by name or URL. If there was none, the status is 0
    and C(problem) names the reason. C(digest) is that of the text, of which 64 KiB are read.
  returned: always
  type: dict
  sample:
    http://localhost/version:
      status: 200
      json: {Version: 26.1.5}
      digest: sha256:081445f43c2375383968825855b143c27367ad4e45089eeced7e7a5e664ad74b
      problem: ""
"""

import time
from typing import Any
from urllib.parse import urlsplit

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.workshop.containers.plugins.module_utils.http_request import answer
from ansible_collections.workshop.containers.plugins.module_utils.machine import facts
from ansible_collections.workshop.containers.plugins.module_utils.machine.dpkg import Packages
from ansible_collections.workshop.containers.plugins.module_utils.machine.engine_origin import (
    engine_origin,
)
from ansible_collections.workshop.containers.plugins.module_utils.machine.listeners import (
    listeners,
    strangers,
)
from ansible_collections.workshop.containers.plugins.module_utils.machine.wsl import is_wsl

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


def gather(params: dict[str, Any]) -> dict[str, Any]:
    """The module's result, without ``changed``."""
    init = facts.init()
    packages = Packages()
    return {
        "init": init,
        "wsl": is_wsl(),
        "distribution": facts.distribution(),
        "engine_origin": engine_origin(),
        "files": facts.files(params["paths"]),
        "contents": facts.contents(params["contents"]),
        "packages": packages.find(params["packages"]),
        "documents": facts.documents(params["documents"]),
        "apt_sources": facts.apt_sources(),
        "keyrings": facts.keyrings(params["keyrings"]),
        "space": facts.free_space(params["space"]),
        "locks": facts.lock_holders(params["locks"]),
        "processes": facts.processes(params["processes"]),
        "clock": time.time(),
        "dpkg_interrupted": packages.is_interrupted(),
        "services": facts.services(params["services"], systemd=init == "systemd"),
        "listeners": listeners(params["ports"]),
        "users": facts.users(params["users"]),
        "answers": {
            question["name"] or question["url"]: _answer(question)
            for question in params["requests"]
        },
    }


def _answer(question: dict[str, Any]) -> dict[str, Any]:
    """The answer to one of the requests; none where somebody else listens."""
    if question["listener"]:
        others = strangers(urlsplit(question["url"]).port or 80, question["listener"])
        if others:
            problem = f"{', '.join(others)} listens there, not {question['listener']}"
            return {"status": 0, "json": None, "digest": "", "problem": problem}
    return answer(question)


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
        "listener": {"type": "str"},
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
    module.exit_json(changed=False, **gather(module.params))


if __name__ == "__main__":
    main()
