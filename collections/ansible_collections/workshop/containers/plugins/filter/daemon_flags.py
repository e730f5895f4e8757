# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of daemon.json that an engine is started with as flags."""

from __future__ import annotations

DOCUMENTATION = r"""
name: daemon_flags
short_description: Name the options that an engine is started with as flags
version_added: 0.1.0
author:
  - The workshop lab contributors (@workshop-lab)
description:
  - Names them as C(daemon.json) does, from the arguments of C(dockerd), long or short.
  - An engine does not start with an option both there and as a flag. It says so at its next start,
    when it is too late.
options:
  _input:
    description: The arguments, without the name of the program.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
# [storage-driver, group, dns]
both: "{{ ['-s', 'overlay2', '-G', 'lab', '--dns=192.0.2.1'] | workshop.containers.daemon_flags }}"
"""

RETURN = r"""
_value:
  description: Names of options, each once.
  type: list
  elements: str
"""

from typing import Any, Callable, Iterable

_SHORT = {
    "b": "bridge",
    "D": "debug",
    "g": "data-root",
    "G": "group",
    "H": "hosts",
    "l": "log-level",
    "p": "pidfile",
    "s": "storage-driver",
}
# Others are named alike. Where the file has a list, a flag names one of it.
_LONG = {
    "add-runtime": "runtimes",
    "authorization-plugin": "authorization-plugins",
    "default-address-pool": "default-address-pools",
    "default-ulimit": "default-ulimits",
    "dns-opt": "dns-opts",
    "exec-opt": "exec-opts",
    "graph": "data-root",
    "host": "hosts",
    "insecure-registry": "insecure-registries",
    "label": "labels",
    "log-opt": "log-opts",
    "registry-mirror": "registry-mirrors",
    "storage-opt": "storage-opts",
}
# Of the short ones, those behind which another may stand at once
_SWITCHES = "D"


def daemon_flags(arguments: Iterable[str]) -> list[str]:
    """The options of daemon.json that ``arguments`` name."""
    found: dict[str, None] = {}
    for argument in arguments:
        if argument.startswith("--"):
            name = argument[2:].partition("=")[0]
            found[_LONG.get(name, name)] = None
        elif argument.startswith("-"):
            letters = argument[1:]
            while letters:
                found[_SHORT.get(letters[0], letters[0])] = None
                letters = letters[1:] if letters[0] in _SWITCHES else ""
    return [name for name in found if name]


class FilterModule:
    """The filter, for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"daemon_flags": daemon_flags}
