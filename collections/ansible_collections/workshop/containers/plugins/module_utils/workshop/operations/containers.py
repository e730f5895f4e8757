# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers: run, copy into, stop, remove."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...containers import lifecycle
from ...containers.copy import copy_into
from ...containers.terminals import await_prompt
from ...errors import ClashError, EngineError, LabError
from ...retry import retry
from ..fold import FoldError, Maker
from ..ownership import CONTAINER
from .base import Operation, Outcome
from .effects import end_container, newest_container, present_image

if TYPE_CHECKING:
    from ..context import Context
    from ..fold import Scene, Thing


class ContainerRun(Operation):
    """``docker run``: to its end, detached, or with a terminal that stays open for later steps."""

    name = "container_run"

    def prepare(self) -> None:
        self.image = self.params["image"]
        self.terminal = self.params.get("terminal", "A") if self.params.get("tty") else None
        self.detach = self.params.get("detach", False)
        self.auto_remove = self.params.get("auto_remove", False)  # `--rm`
        self.ports = {
            port.inside: port.outside for port in lifecycle.published(self.params.get("ports", []))
        }
        self.foreground = not (self.detach or self.terminal)

    @property
    def key(self) -> str:
        """The name of the container in the world.

        Its own, or its maker's where Docker invents one.
        """
        return self.params.get("name") or str(self.maker)

    def simulate(self, scene: Scene) -> None:
        image = present_image(scene, self.maker, self.image)
        if scene.read("container", self.key) is not None:
            raise FoldError(f"an earlier step leaves a container named {self.key!r}", "name")
        if self.terminal and scene.read("terminal", self.terminal) is not None:
            raise FoldError(f"terminal {self.terminal} is open already", "terminal")
        for holder in scene.of_kind("container"):
            taken = {*self.ports.values()} & {*holder.attrs["ports"].values()}
            if taken and holder.attrs["running"]:
                raise FoldError(
                    f"the container {holder.key[1]} has port {min(taken)} already", "ports"
                )
        if self.foreground and self.auto_remove:
            return
        scene.make(
            "container",
            self.key,
            running=not self.foreground,
            auto_remove=self.auto_remove,
            ports=self.ports,
            image=image.attrs["identity"],
        )
        if self.terminal:
            scene.make("terminal", self.terminal, container=self.key, command=None)

    def apply(self, context: Context) -> Outcome:
        engine = context.engine
        self._make_room(context)
        pulled = engine.image(self.image) is None and context.pull(self.image)
        labels = context.ownership.labels_for(self.maker, CONTAINER)
        container_id = lifecycle.create(
            engine,
            self.params,
            labels,
            bool(self.terminal),
            self.auto_remove and not self.foreground,
        )
        context.record.note_container(container_id, self.maker)
        context.started[self.maker] = container_id
        context.named[self.key] = self.maker
        try:
            detail = self._start(context, container_id)
        except (EngineError, ClashError):
            engine.remove_container(container_id)
            raise
        return Outcome(changed=True, detail={"pulled": pulled, **detail})

    def holds(self, context: Context, thing: Thing) -> bool:
        if thing.key[0] == "image":
            return context.engine.image(self.image) is not None
        container = context.ownership.container_of(self.maker)
        return container is not None and container["State"]["Running"] == thing.attrs["running"]

    def _make_room(self, context: Context) -> None:
        """Remove what an interrupted run of this left; refuse where the name is somebody else's."""
        engine = context.engine
        for entry in context.ownership.containers_of(self.maker):
            engine.remove_container(entry["Id"])
        name = self.params.get("name")
        holder = engine.container_named(name) if name else None
        if holder is None:
            return
        if context.ownership.has_container(holder):
            engine.remove_container(holder["Id"])
        else:
            context.set_aside_container(holder, f"no container named {name} but the lab's own")

    def _start(self, context: Context, container_id: str) -> dict[str, Any]:
        engine = context.engine
        if self.terminal:
            terminal = context.attach(self.terminal, container_id)
        lifecycle.start(engine, container_id, self.key, self.ports.values())
        if self.terminal:
            await_prompt(terminal, self.terminal, context.patience)
        if not self.foreground:
            return {}
        ended = lifecycle.end(engine, container_id, self.key)
        detail = {
            "exit_code": ended.exit_code,
            "stdout": engine.logs(container_id),
            "oom_killed": ended.oom_killed,
        }
        if self.auto_remove:
            engine.remove_container(container_id)
        return detail


class ContainerCopy(Operation):
    """``docker cp``: a file of the machine into a container, running or stopped."""

    name = "container_copy"

    def simulate(self, scene: Scene) -> None:
        scene.read("file", self.params["source"])
        scene.alter(scene.need("container", self.params["container"], "container"))

    def apply(self, context: Context) -> Outcome:
        engine, name = context.engine, self.params["container"]
        container = engine.inspect(context.container_id(name))
        if container is None:
            raise LabError(
                f"the container {name}", "it is gone", "run again: the lab makes it anew"
            )
        return Outcome(
            changed=bool(
                copy_into(engine, container, self.params["source"], self.params["path"]).paths
            )
        )


class ContainerStop(Operation):
    """``docker stop``."""

    name = "container_stop"

    def simulate(self, scene: Scene) -> None:
        end_container(scene, scene.need("container", self.params["name"], "name"))

    def apply(self, context: Context) -> Outcome:
        name, engine = self.params["name"], context.engine
        container = engine.container_named(name)
        if container is None or not container["State"]["Running"]:
            return Outcome(changed=False)
        if not context.ownership.has_container(container):
            raise context.ownership.foreign_container(container, f"the lab's own container {name}")
        with engine.speaking(f"the container {name} to stop"):
            engine.api.stop(container["Id"], timeout=self.params.get("timeout", 10))
        if container["HostConfig"]["AutoRemove"]:
            retry(
                lambda: engine.inspect(container["Id"]),
                lambda found: found is None,
                context.patience,
            )
        return Outcome(changed=True)


class ContainerRemove(Operation):
    """``docker rm``.

    By name, the newest (``docker ps -ql``), or all that are stopped (``docker ps -aq``).
    """

    name = "container_remove"

    def prepare(self) -> None:
        # Filled by `simulate`: which containers these are follows from the steps before.
        self.removes: list[Maker] = []

    def simulate(self, scene: Scene) -> None:
        victims = self._victims(scene)
        for thing in victims:
            if thing.attrs["running"]:
                raise FoldError(
                    f"the container {thing.key[1]} still runs: stop it first", *self.params
                )
        self.removes = [thing.made_by.maker for thing in victims]
        for thing in victims:
            scene.drop(thing)

    def _victims(self, scene: Scene) -> list[Thing]:
        if "name" in self.params:
            return [scene.need("container", self.params["name"], "name")]
        if "newest" in self.params:
            return [newest_container(scene, "newest")]
        stopped = [thing for thing in scene.of_kind("container") if not thing.attrs["running"]]
        if not stopped:
            raise FoldError("no step up to here leaves a stopped container", "stopped")
        return stopped

    def apply(self, context: Context) -> Outcome:
        engine = context.engine
        removed = [
            engine.remove_container(entry["Id"])
            for entry, maker in context.ownership.made_containers()
            if maker in self.removes
            and not (self.params.get("stopped") and self._runs(context, entry["Id"]))
        ]
        return Outcome(changed=any(removed), detail={"removed": sum(removed)})

    def _runs(self, context: Context, container_id: str) -> bool:
        # Inspected, because the engine's list may lag behind for a moment.
        container = context.engine.inspect(container_id)
        return container is not None and container["State"]["Running"]
