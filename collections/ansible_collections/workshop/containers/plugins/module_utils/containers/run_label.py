# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers that ``container_run`` made: known by a label, and kept for as long as they are what is asked for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ..errors import ClashError, EngineError, describe_container, describe_restarting
from ..labels import PREFIX, digest

if TYPE_CHECKING:
    from ..engine.client import Engine

RUN = f"{PREFIX}run"
# The options that make a container what it is. The others say how to come to it, or what to expect of it.
DEFINING = (
    "auto_remove",
    "command",
    "cpus",
    "detach",
    "entrypoint",
    "env",
    "hostname",
    "image",
    "init",
    "labels",
    "memory",
    "network",
    "pids_limit",
    "ports",
    "restart_policy",
    "script",
    "tty",
    "user",
    "volumes",
    "working_dir",
)


def spec(params: dict[str, Any]) -> dict[str, str]:
    """A short digest of each option that is set. An option that a later release adds changes nothing where it is not used."""
    return {
        key: digest(params[key])[:16]
        for key in DEFINING
        if params.get(key) not in (None, False, "", [], {})
    }


def marks(params: dict[str, Any]) -> dict[str, str]:
    """The label of a container that is made as ``params`` say."""
    return {RUN: json.dumps(spec(params), sort_keys=True)}


def is_own(engine: Engine, container: dict[str, Any]) -> bool:
    """Whether ``container_run`` made an inspected container.

    A label that its image has as well came from there: somebody committed one of our containers, and ran the image by hand. Where
    the image is gone, the name that it was run by tells.
    """
    mark = (container["Config"]["Labels"] or {}).get(RUN)
    if not mark:
        return False
    image = engine.image_by_id(container["Image"])
    if image is not None:
        return engine.image_labels(image).get(RUN) != mark
    return _read(mark).get("image") == spec({"image": container["Config"]["Image"]})["image"]


def _read(mark: str) -> dict[str, str]:
    """What :func:`marks` wrote; empty for what it did not write."""
    try:
        found = json.loads(mark)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def refuse_foreign(engine: Engine, container: dict[str, Any], replace: str | None) -> None:
    """Raise ClashError for a container that may not be touched: not made here, and not named in ``replace``."""
    name = container["Name"].lstrip("/")
    if replace != name and not is_own(engine, container):
        raise ClashError(
            f"no container {name} but one that container_run made",
            f"{describe_container(container)}, which it did not make",
            f"remove or rename that (`docker rename {name} OTHER`), take another name, or allow it with replace: {name}",
        )


def differences(engine: Engine, container: dict[str, Any], params: dict[str, Any]) -> list[str]:
    """The options in which a container of ours is not what ``params`` ask for; ``image``, too, when its name means another now."""
    before = _read((container["Config"]["Labels"] or {}).get(RUN, ""))
    if not before:
        return ["name"]
    after = spec(params)
    found = {key for key in {*before, *after} if before.get(key) != after.get(key)}
    image = engine.image(params["image"])
    if image is not None and image["Id"] != container["Image"]:
        found.add("image")
    return sorted(found)


def refuse_halted(container: dict[str, Any]) -> None:
    """Raise EngineError for a container that should run, and is paused or restarts again and again."""
    name, state = container["Name"].lstrip("/"), container["State"]
    if state.get("Paused"):
        raise EngineError(
            f"the container {name} to run",
            "somebody paused it",
            f"`docker unpause {name}`, or run with recreate: true",
        )
    observed = describe_restarting(container)
    if observed:
        raise EngineError(
            f"the container {name} to run",
            observed,
            f"see `docker logs {name}`, correct the command, and run again",
        )
