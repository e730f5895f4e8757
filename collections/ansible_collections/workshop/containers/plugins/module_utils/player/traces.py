# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the traces of a person who does what an operation stands for.

Of the engine's events, the output of containers and the times of files: enough to tell that a step
was done, and not that its result was there before.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, Callable, Sequence
from urllib.parse import urlsplit

from ..names import full_reference
from ..workshop.operations import Operation
from ..workshop.operations.builds import ImageBuildOperation
from ..workshop.operations.containers import (
    ContainerCopy,
    ContainerRemove,
    ContainerStop,
)
from ..workshop.operations.files import DirectoryCreate, FileTouch, FileWrite
from ..workshop.operations.images import (
    ImageCommit,
    ImagePrune,
    ImagePull,
    ImagePush,
    ImageRemove,
    ImageTag,
)
from ..workshop.operations.terminals import ContainerExec, TerminalType
from ..workshop.operations.web import HttpRequest
from .typed import SUCCESS, commands, own_lines, same

if TYPE_CHECKING:
    from ..workshop.content import Step
    from .view import PlayerView

Trace = Callable[["PlayerView", Any, float], "float | None"]


def _act(view: PlayerView, since: float, actions: Sequence[str], name: str = "") -> float | None:
    """The time of the first such act since a time, on the thing of this name if there is one.

    Of the last one, where the view wants the newest try.
    """
    acts = [
        at
        for at, action, found in view.memory.acts
        if at > since and action in actions and name in ("", found)
    ]
    return acts[-1 if view.newest else 0] if acts else None


def _image(*actions: str, parameter: str = "name") -> Trace:
    def trace(view: PlayerView, operation: Operation, since: float) -> float | None:
        name = full_reference(operation.params[parameter])
        return _act(view, since, actions, name) if _is_known(view, actions, name) else None

    return trace


def _is_known(view: PlayerView, actions: Sequence[str], name: str) -> bool:
    """True if the image that checks would see by this name is the one of which was told last.

    What was done a moment ago may be there already, and not be told yet.
    """
    tagged = view.memory.tagged.get(name, "") if "tag" in actions else ""
    image = view.engine.image(name) if tagged else None
    return image is None or image["Id"] == tagged


def _committed(view: PlayerView, operation: Operation, since: float) -> float | None:
    """The time when the image got its name last, if the right container was committed then."""
    name = full_reference(operation.params["name"])
    tags = [at for at, act, tagged in view.memory.acts if (act, tagged) == ("tag", name)]
    seen = view.named(operation.params["container"])
    if not _is_known(view, ("tag",), name):
        return None
    if not tags or tags[-1] <= since or seen is None:
        return tags[-1] if tags and tags[-1] > since else None
    commits = [(at, identity) for at, act, identity in view.memory.acts if act == "commit"]
    # The engine tells of both at once, in whatever order.
    nearest = min(commits, key=lambda commit: abs(commit[0] - tags[-1]), default=(0.0, ""))
    return tags[-1] if nearest[1] == seen.id else None


def _container(*actions: str, parameter: str) -> Trace:
    def trace(view: PlayerView, operation: Operation, since: float) -> float | None:
        name = operation.params.get(parameter)
        if not isinstance(name, str) or name == "newest":
            return _act(view, since, actions)
        seen = view.named(name)
        return _act(view, since, actions, seen.id) if seen is not None else None

    return trace


def _file(view: PlayerView, operation: Operation, since: float) -> float | None:
    """The time when the file was changed last, if that is no older."""
    try:
        changed = os.stat(operation.params["path"]).st_ctime
    except OSError:
        return None
    # The clock of file systems ticks more coarsely than that of processes.
    return max(changed, since) if changed >= since - 0.1 else None


def _typed(view: PlayerView, operation: Operation, since: float) -> float | None:
    """The time when the terminal's container printed something, or ended."""
    seen = view.terminal(operation.params["terminal"])
    if seen is None:
        return None
    if operation.params.get("exits"):
        return _act(view, since, ("die", "exec_die"), seen.id)
    if seen.id not in view.tried.values() and view.terminal_command(operation.params["terminal"]):
        return None  # what another shell in the container prints is seen by nobody
    printed = view.memory.printed.get(seen.id)
    return printed.last if printed is not None and printed.last > since else None


def _asked(view: PlayerView, operation: Operation, since: float) -> float | None:
    """The time when the container at an address logged a request for its path."""
    seen = view.serving(operation.params["url"])
    printed = view.memory.printed.get(seen.id) if seen is not None else None
    path = re.escape(urlsplit(operation.params["url"]).path or "/")
    return (
        printed.matched_at(rf"(?:url:|[A-Z] ){path}(?=\s|$)", since)
        if printed is not None
        else None
    )


def _removed(view: PlayerView, operation: Operation, since: float) -> float | None:
    """The time when an image lost a name (engines tell its id only), or this was refused."""
    if "refused" in operation.params:
        return typed(view, view.steps[view.index], since, refused="rmi")
    return _act(view, since, ("untag",))


TRACES: dict[type[Operation], Trace] = {
    ContainerCopy: _container("extract-to-dir", parameter="container"),
    ContainerStop: _container("die", parameter="name"),
    ContainerRemove: _container("destroy", parameter="name"),
    ContainerExec: _container("exec", parameter="container"),
    TerminalType: _typed,
    HttpRequest: _asked,
    ImagePull: _image("pull"),
    ImageBuildOperation: _image("tag"),
    ImageCommit: _committed,
    ImageTag: _image("tag", parameter="target"),
    ImagePush: _image("push"),
    ImageRemove: _removed,
    ImagePrune: lambda view, _operation, since: _act(view, since, ("prune",)),
    FileTouch: _file,
    FileWrite: _file,
    DirectoryCreate: _file,
}


def typed(view: PlayerView, step: Step, since: float, refused: str = "") -> float | None:
    """The time when one of the step's commands succeeded in a shell that is followed.

    Of one that is meant to fail, ``refused`` is docker's verb.
    """
    own = [
        command
        for line in own_lines(step)
        for command in commands(line)
        if refused in ("", command.verb)
    ]
    found = (
        at
        for at, line, exit_code in view.memory.commands
        if at > since
        and (exit_code not in SUCCESS) == bool(refused)
        and any(
            same(each, command, lambda word, at=at: view.meant(word, at))  # type: ignore[misc]
            for each in commands(line)
            for command in own
        )
    )
    return next(found, None)
