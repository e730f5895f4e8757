# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shared parts of the modules for a Docker Engine: options, connection, errors as results."""

from __future__ import annotations

from typing import Any, Callable

from ansible.module_utils.basic import AnsibleModule, env_fallback, missing_required_lib

from ..errors import LabError
from .client import Engine
from .connection import DEFAULT_HOST, SDK_IMPORT_ERROR

ENGINE_OPTIONS: dict[str, dict[str, Any]] = {
    "docker_host": {
        "type": "str",
        "default": DEFAULT_HOST,
        "fallback": (env_fallback, ["DOCKER_HOST"]),
    },
}


def finish(module: AnsibleModule, work: Callable[[AnsibleModule], dict[str, Any]]) -> None:
    """Do the work and exit; a LabError becomes the module's failure."""
    if SDK_IMPORT_ERROR is not None:
        module.fail_json(
            msg=missing_required_lib("docker (python3-docker)"), exception=SDK_IMPORT_ERROR
        )
    try:
        result = work(module)
    except LabError as error:
        module.fail_json(**error.failure())
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)


def finish_with_engine(
    module: AnsibleModule, work: Callable[[AnsibleModule, Engine], dict[str, Any]]
) -> None:
    """The same with a connected engine, which is closed at the end."""

    def connected(module: AnsibleModule) -> dict[str, Any]:
        engine = Engine(module.params["docker_host"])
        try:
            return work(module, engine)
        finally:
            engine.close()

    finish(module, connected)
