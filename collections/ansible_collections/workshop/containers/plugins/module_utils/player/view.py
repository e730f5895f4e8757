# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The machine as the observer sees it: what is there now, and what was seen of its containers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ..builds.dockerfile import read_dockerfile
from ..builds.log import BuildStep
from ..names import full_reference, same_image
from ..workshop.fold import Maker
from ..workshop.operations.builds import ImageBuildOperation
from ..workshop.operations.containers import ContainerRun
from ..workshop.operations.web import serving_container
from ..workshop.view import Sighting, View
from .typed import commands

if TYPE_CHECKING:
    from ..engine.client import Engine
    from ..workshop.content import Content
    from ..workshop.ownership import Ownership
    from .memory import Memory

# The start of an id, as `docker ps` shows it
_ID = re.compile(r"(sha256:)?[0-9a-f]{3,64}$")
_TWO = 2  # an image, and the one that had its name before


class PlayerView(View):
    """A view in which the containers of steps are those that the ticks name.

    ``tried`` holds those that are being tried for the step that is judged, ``since`` the time from
    which on its traces count.
    """

    def __init__(
        self, engine: Engine, ownership: Ownership, content: Content, memory: Memory
    ) -> None:
        super().__init__(engine, ownership, content)
        self.memory = memory
        self.since = 0.0
        # Whether traces are to tell of the newest try, not of the first
        self.newest = False
        self.tried: dict[Maker, str] = {}

    def container(self, maker: Maker) -> Sighting | None:
        identity = self.tried.get(maker)
        tick = self.memory.ticks.get(maker.step)
        if identity is None and tick is not None:
            identity = tick.containers.get(maker)
        if identity is not None:
            return self.memory.seen(identity)
        made = self.ownership.container_of(maker)
        if made is not None:
            return Sighting.of(made, maker)
        # One that the lab has made and a person has removed was seen.
        seen = (each for each in self.memory.containers.values() if each.maker == maker)
        return max(seen, key=lambda each: each.created, default=None)

    def taken(self) -> set[str]:
        """The ids of the containers that ticks name."""
        return {
            identity for tick in self.memory.ticks.values() for identity in tick.containers.values()
        }

    def containers(self) -> list[Sighting]:
        ours = [self.memory.containers[each] for each in self.taken() | {*self.tried.values()}]
        made = [
            (self.engine.inspect(entry["Id"]), maker)
            for entry, maker in self.ownership.made_containers()
        ]
        of_lab = [Sighting.of(container, maker) for container, maker in made if container]
        return [seen for seen in ours if seen.exists] + of_lab

    def output(self, sighting: Sighting) -> str | None:
        printed = self.memory.printed.get(sighting.id)
        if printed is None:
            return super().output(sighting)
        text = printed.since(0.0)
        return text if text or printed.whole or sighting.running else None

    def printed(self, terminal: str) -> str | None:
        seen = self.terminal(terminal)
        printed = self.memory.printed.get(seen.id) if seen is not None else None
        if printed is None or self.terminal_command(terminal) is not None:
            return None
        return printed.since(self.since)

    def closed(self, terminal: str) -> bool | None:
        seen = self.terminal(terminal)
        if seen is None or seen.running is None:
            return None
        command = self.terminal_command(terminal)
        if command is not None and " ".join(command) not in seen.executed:
            return None
        return not seen.running

    def pulls(self, image: str) -> int | None:
        seen = self.container(self.maker_in(self.step))
        if seen is None:
            return None
        # `docker run` pulls right before it creates: what was pulled for another container is in
        # front of that one's creation.
        others = (each.created for each in self.memory.containers.values())
        since = max([self.since, *(at for at in others if at < seen.created)])
        return sum(
            1
            for at, action, name in self.memory.acts
            if action == "pull" and since < at <= seen.created and same_image(name, image)
        )

    def outcome(self) -> dict[str, Any] | None:
        operations = self.steps[self.index].operations
        if not operations or not isinstance(operations[-1], ContainerRun):
            return None  # what other operations print goes to a shell, and nobody reads along
        seen = self.container(operations[-1].maker)
        if seen is None or seen.exit_code is None:
            return None
        return {"exit_code": seen.exit_code, "stdout": self.output(seen) or ""}

    def built(self) -> list[BuildStep] | None:
        """By the histories of the image and of the one that had its name before: what has the same
        time came from the cache.
        """
        operations = self.steps[self.index].operations
        build = next((each for each in operations if isinstance(each, ImageBuildOperation)), None)
        if build is None:
            return None
        known = list(self.memory.histories.get(full_reference(build.params["name"]), []))
        if len(known) != _TWO or known[-1][0] <= self.since:
            return None
        (at, before), (_, now) = known
        source = read_dockerfile(build.params["path"], build.params.get("dockerfile", "Dockerfile"))
        # The history begins with its newest entry, and words them in its own way.
        written = [f"{each.word} {each.rest}" for each in reversed(source.instructions)]
        # What a cache holds twice may come from an older build than the one before. Of files that
        # were copied it counts whether they are others than before, wherever the builder has them.
        return [
            BuildStep(
                instruction,
                entry in before or (instruction.startswith("RUN") and float(entry[1]) < int(at)),
            )
            for instruction, entry in zip(written, now)
        ]

    # What traces ask

    def named(self, name: str) -> Sighting | None:
        """The container that a step up to here gave this name."""
        maker = self.maker(name)
        return self.container(maker) if maker is not None else None

    def terminal(self, name: str) -> Sighting | None:
        """The container in which a terminal was opened last, maybe by this very step."""
        operations = self.steps[self.index].operations
        opened = (
            each.maker
            for each in operations
            if isinstance(each, ContainerRun) and each.terminal == name
        )
        maker = next(opened, None) or self.terminal_container(name)
        return self.container(maker) if maker is not None else None

    def meant(self, word: str, at: float) -> str:
        """The meaning of a word of a command at a time: a container's or an image's id, or itself.

        What lists one container or image means that: `docker ps -ql`, `docker images -q greeting`.
        """
        there = [
            seen
            for seen in sorted(self.memory.containers.values(), key=lambda seen: seen.created)
            if seen.created <= at and self.memory.destroyed.get(seen.id, at) >= at
        ]
        if word[:1] in ("`", "$"):
            listed = commands(word.strip("`$()"))[0]
            if listed.start == ("docker", "images") and len(listed.arguments) == 1:
                return self.meant(listed.arguments[0], at)
            if listed.start != ("docker", "ps"):
                return word
            if not listed.options & {"all", "latest"}:
                there = [seen for seen in there if seen.running]
            one = "latest" in listed.options or len(there) == 1
            return there[-1].id if there and one else word
        for seen in reversed(there):
            if word == seen.name or (_ID.match(word) and seen.id.startswith(word)):
                return seen.id
        try:
            image = self.engine.image(word) or (
                self.engine.image_by_id(word) if _ID.match(word) else None
            )
        except ValueError:
            return word  # nothing that an image is called
        return image["Id"] if image is not None else word

    def serving(self, url: str) -> Sighting | None:
        """The container that serves an address at this step."""
        world = self.fold.worlds[self.index + 1].values()
        thing = serving_container([each for each in world if each.key[0] == "container"], url)
        return self.container(thing.made_by.maker) if thing is not None else None

    def candidates(self, run: ContainerRun) -> list[Sighting]:
        """The containers that may be what an operation of this step runs, the oldest first.

        Made since the step could be done, by a person, for no other step, and with the same command
        where neither name nor check tells what is meant.
        """
        told = "name" in run.params or any(
            each.name == "output"
            or (each.name == "container" and each.params.keys() & {"command", "output"})
            for each in self.steps[self.index].checks
        )
        taken = self.taken() | {*self.tried.values()}
        command = run.params.get("command")
        return [
            seen
            for seen in sorted(self.memory.containers.values(), key=lambda seen: seen.created)
            if seen.created > self.since
            and seen.maker is None
            and seen.id not in taken
            and run.params.get("name") in (None, seen.name)
            and self.is_of(seen, run.image)
            and (seen.tty or not run.terminal)
            and (told or command is None or seen.command == command)
        ]

    def is_of(self, seen: Sighting, image: str) -> bool:
        """True if a container was made from this image, by whatever name or id."""
        if same_image(seen.image, image):
            return True
        found = self.engine.image(image)
        return found is not None and found["Id"] == self.memory.image_ids.get(seen.id)
