# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commit a container to an image.

The changes that `docker commit` applies, and a digest of all that decides what the image will be.
"""

from __future__ import annotations

import json
import re
from functools import partial
from typing import Any

from ..engine.client import Engine
from ..engine.spelling import NO_TEXT, as_engine_spells
from ..errors import EngineError, LabError, describe_restarting
from ..labels import PREFIX, digest
from ..names import checked_tag, familiar_reference
from .trees import FOLDER, archived_head, archived_tree

COMMIT = f"{PREFIX}commit"
INSTRUCTIONS = (
    "CMD",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "HEALTHCHECK",
    "LABEL",
    "ONBUILD",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
)
_LISTS = ("CMD", "ENTRYPOINT", "VOLUME")
# `[ -f /x ]` runs the command named [; everything else in brackets is meant to be a list.
_TEST = re.compile(r"\[\s+[^\s'\",]")
# Made by the engine for each container, or by us for each purpose: no part of what a container is.
_PASSING = ("Hostname", "Domainname", "Image", "Labels")


def check_change(change: str) -> None:
    """Raise LabError for an instruction that a commit does not take, or would misread."""
    word, _, rest = change.strip().partition(" ")
    instruction, rest = word.upper(), rest.strip()
    if "\n" in change.strip():
        raise LabError(
            "one instruction in each change",
            f"{change!r}, which has several lines",
            "make each instruction an entry of its own",
        )
    if instruction not in INSTRUCTIONS:
        known = ", ".join(INSTRUCTIONS)
        raise LabError(
            f"a change that begins with one of {known}",
            f"{change!r}",
            "use one of these, or a Dockerfile",
        )
    if not rest:
        raise LabError(
            f"something after {instruction} in the change",
            f"{change!r}",
            "complete the instruction",
        )
    if (
        instruction in _LISTS
        and rest.startswith("[")
        and rest.endswith("]")
        and not _TEST.match(rest)
        and not _is_list(rest)
    ):
        # The engine would take it for a shell command, and the container would fail when it is run.
        raise LabError(
            f"a JSON list of strings after {instruction}",
            f"{rest}, which looks like a list but is not JSON",
            f'write it with double quotes: {instruction} ["…", "…"]',
        )


def _is_list(text: str) -> bool:
    try:
        found = json.loads(text)
    except ValueError:
        return False
    return isinstance(found, list) and all(isinstance(each, str) for each in found)


def content_digest(engine: Engine, container: dict[str, Any], request: dict[str, Any]) -> str:
    """sha256 (hex) of all that a commit would put into an image.

    An inspected container's image, settings and file-system changes, and what is asked for besides.
    Of a file its type, mode, owner and content count, never its times: a file that was only touched
    is no change.
    """
    config = {key: value for key, value in container["Config"].items() if key not in _PASSING}
    labels = {
        key: value
        for key, value in (container["Config"]["Labels"] or {}).items()
        if not key.startswith(PREFIX)
    }
    files = _file_system(engine, container["Id"])
    return digest(
        {
            "image": container["Image"],
            "config": config,
            "labels": labels,
            "files": files,
            "request": request,
        }
    )


def _file_system(engine: Engine, container_id: str) -> dict[str, list[Any]]:
    """The container's own layer: path to kind of change and what is there now.

    Volumes are no part of it.
    """
    changes = engine.changes(container_id)
    layer: dict[str, list[Any]] = {path: [kind] for path, kind in changes.items()}
    done: set[str] = set()
    for path in sorted(changes):
        if changes[path] == "D" or path in done:
            continue
        # What has no name to ask for is looked for in the folder that has one.
        place = path.partition(NO_TEXT)[0].rpartition("/")[0] or "/" if NO_TEXT in path else path
        if place == path:
            head = archived_head(engine, container_id, path)
            if head is None or (head.kind == FOLDER and changes[path] == "C"):
                layer[path].append(head)
                continue
        # A folder that is new has nothing in it that is not: one archive holds it all.
        for below, entry in archived_tree(
            engine, container_id, place, partial(_within, changes, place, place != path)
        ).items():
            layer[_join(place, below)] += (
                [below, entry] if NO_TEXT in as_engine_spells(below) else [entry]
            )
            done.add(_join(place, below))
    return layer


def _within(changes: dict[str, str], folder: str, nameless: bool, below: str) -> bool:
    path = _join(folder, below)
    return path in changes and (not nameless or NO_TEXT in path)


def _join(folder: str, below: str) -> str:
    return as_engine_spells(f"{folder.rstrip('/')}/{below}" if below else folder)


def commit(
    engine: Engine,
    container_id: str,
    name: str,
    changes: list[str],
    labels: dict[str, str],
    **options: Any,
) -> str:
    """Make an image from a container, as `docker commit` does; its id.

    ``labels`` are added to the image; ``options``: author, comment, pause, as the API has them.
    """
    repository, tag = checked_tag(name)
    for change in changes:
        check_change(change)
    instructions = [f"LABEL {key}={value}" for key, value in labels.items()]
    params = {
        "container": container_id,
        "repo": repository,
        "tag": tag,
        "changes": "\n".join([*changes, *instructions]),
        **options,
    }
    with engine.speaking(f"the image {familiar_reference(name)} from a container"):
        # The SDK's own commit knows `pause` from 7.1 on only.
        answer = engine.api.post(engine.api._url("/commit"), params=params, json={})
        return engine.api._result(answer, True)["Id"]


def follows(engine: Engine, name: str, container: dict[str, Any]) -> bool:
    """True if an image may be a commit of an inspected container.

    It has one entry of history more than the container's image. An image that was built or
    committed from a commit has its labels, too, but more entries. True as well if the container's
    image no longer exists.
    """
    before = engine.history_by_id(container["Image"])
    return before is None or len(engine.history(name)) == len(before) + 1


def refuse_restarting(container: dict[str, Any], purpose: str) -> None:
    """Raise EngineError for a container that the engine restarts again and again.

    Its content at any moment is chance.
    """
    observed = describe_restarting(container)
    if observed:
        name = container["Name"].lstrip("/")
        raise EngineError(
            f"the container {name} running or stopped, {purpose}",
            observed,
            f"see `docker logs {name}`, and stop or repair it",
        )
