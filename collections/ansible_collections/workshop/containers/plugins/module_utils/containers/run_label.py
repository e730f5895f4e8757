# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The label by which ``container_run`` knows its containers.

A container is kept as long as the options in its label are those of the task.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ..errors import ClashError, EngineError, describe_container, describe_restarting
from ..labels import PREFIX, digest

if TYPE_CHECKING:
    from ..engine.client import Engine

RUN = f"{PREFIX}run"
# The options that make a container what it is. The others say how to come to it, or what to expect
# of it.
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

# Lists whose order means nothing.
_UNORDERED = ("ports", "volumes")


def spec(params: dict[str, Any]) -> dict[str, str]:
    """A short digest of each option that is set.

    An option that a later release adds changes nothing where it is not used.
    """
    return {
        key: digest(sorted(params[key]) if key in _UNORDERED else params[key])[:16]
        for key in DEFINING
        if params.get(key) not in (None, False, "", [], {})
    }


def label_for(params: dict[str, Any]) -> dict[str, str]:
    """The label of a container that is made as ``params`` say."""
    return {RUN: json.dumps(spec(params), sort_keys=True)}


def is_own(engine: Engine, container: dict[str, Any]) -> bool:
    """True if ``container_run`` made an inspected container.

    If its image has the same label, the container inherited it: somebody committed one of our
    containers, and ran the image by hand. If the image no longer exists, the name that the
    container was run by decides.
    """
    label = (container["Config"]["Labels"] or {}).get(RUN)
    if not label:
        return False
    image = engine.image_by_id(container["Image"])
    if image is not None:
        return engine.image_labels(image).get(RUN) != label
    return _read(label).get("image") == spec({"image": container["Config"]["Image"]})["image"]


def _read(label: str) -> dict[str, str]:
    """The digests that :func:`label_for` wrote; empty for any other text."""
    try:
        found = json.loads(label)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def refuse_foreign(engine: Engine, container: dict[str, Any], replace: str | None) -> None:
    """Raise ClashError for a container that ``container_run`` did not make.

    Not if ``replace`` names it.
    """
    name = container["Name"].lstrip("/")
    if replace != name and not is_own(engine, container):
        raise ClashError(
            f"a container {name} that container_run made, or none",
            f"{describe_container(container)}, which it did not make",
            f"remove or rename it (`docker rename {name} OTHER`), choose another name, or allow "
            f"its removal with replace: {name}",
        )


def differences(engine: Engine, container: dict[str, Any], params: dict[str, Any]) -> list[str]:
    """The options in which one of our containers differs from ``params``.

    ``image``, too, if its name means another image now.
    """
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
    """Raise EngineError for a container that should run, but is paused or restarts for ever."""
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
