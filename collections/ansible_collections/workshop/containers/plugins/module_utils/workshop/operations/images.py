# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images: pull, tag, push, remove, prune; and make them from containers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...containers.commit import commit
from ...errors import EngineError
from ...images.push import push
from ...names import familiar_reference, full_reference
from ..fold import FoldError
from ..ownership import IMAGE
from .base import Operation, Outcome
from .effects import new_image, present_image

if TYPE_CHECKING:
    from ..context import Context
    from ..fold import Scene, Thing


class ImagePull(Operation):
    """``docker pull``."""

    name = "image_pull"

    def simulate(self, scene: Scene) -> None:
        present_image(scene, self.maker, self.params["name"])

    def apply(self, context: Context) -> Outcome:
        return Outcome(changed=context.pull(self.params["name"]))

    def holds(self, context: Context, thing: Thing) -> bool:
        return context.engine.image(self.params["name"]) is not None


class ImageCommit(Operation):
    """``docker commit``: an image from the state that a container has kept."""

    name = "image_commit"

    def simulate(self, scene: Scene) -> None:
        scene.need("container", self.params["container"], "container")
        new_image(scene, self.maker, self.params["name"])

    def apply(self, context: Context) -> Outcome:
        engine, name = context.engine, self.params["name"]
        context.set_aside_image(name, engine.image(name))
        context.record.claim("image", full_reference(name))
        labels = context.ownership.labels_for(self.maker, IMAGE)
        commit(
            engine,
            context.container_id(self.params["container"]),
            name,
            self.params.get("changes", []),
            labels,
        )
        context.note_image(name)
        return Outcome(changed=True)

    def holds(self, context: Context, thing: Thing) -> bool:
        image = context.engine.image(self.params["name"])
        return image is not None and context.ownership.has_image(image)


class ImageTag(Operation):
    """``docker tag``: another name for an image."""

    name = "image_tag"

    def simulate(self, scene: Scene) -> None:
        image = _needed(scene, self.params["name"])
        target = full_reference(self.params["target"])
        scene.make("image", target, identity=image.attrs["identity"])

    def apply(self, context: Context) -> Outcome:
        engine, name, target = context.engine, self.params["name"], self.params["target"]
        image, present = engine.image(name), engine.image(target)
        if image is None:
            raise EngineError(f"the image {name}", "no such image", "build it first")
        if present is not None and present["Id"] == image["Id"]:
            if context.record.has_claim("image", full_reference(target)):
                context.record.note_tag(full_reference(target), image["Id"])
            return Outcome(changed=False)
        context.set_aside_image(target, present)
        context.record.claim("image", full_reference(target))
        repository, _, tag = familiar_reference(target).rpartition(":")
        with engine.speaking(f"the image {name} tagged as {target}"):
            engine.api.tag(image["Id"], repository, tag)
        context.record.note_tag(full_reference(target), image["Id"])
        return Outcome(changed=True)

    def holds(self, context: Context, thing: Thing) -> bool:
        return context.engine.image(self.params["target"]) is not None


class ImagePush(Operation):
    """``docker push``, with the credentials that `docker login` stored."""

    name = "image_push"

    def simulate(self, scene: Scene) -> None:
        image = _needed(scene, self.params["name"])
        scene.make("served", image.key[1], identity=image.attrs["identity"])

    def apply(self, context: Context) -> Outcome:
        name = self.params["name"]
        pushed = push(context.engine, name)
        context.record.note_served(full_reference(name), pushed.after or "")
        return Outcome(changed=pushed.changed)

    def holds(self, context: Context, thing: Thing) -> bool:
        name = self.params["name"]
        # Later steps may remove the image here, or give its name to another one.
        pushed = context.record.served.get(full_reference(name))
        if pushed:
            return context.engine.registry_digest(name) == pushed
        return context.engine.is_served(name)


class ImageRemove(Operation):
    """``docker rmi``; or, with ``refused``, the attempt that the engine must refuse."""

    name = "image_remove"

    def simulate(self, scene: Scene) -> None:
        image = _needed(scene, self.params["name"])
        user = _only_user(scene, image)
        if "refused" in self.params:
            if user is None:
                raise FoldError(
                    "the engine would not refuse: no container needs this image", "refused"
                )
        elif user is not None:
            raise FoldError(f"the container {user.key[1]} uses this image: remove it first", "name")
        else:
            scene.drop(image)

    def apply(self, context: Context) -> Outcome:
        engine, name = context.engine, self.params["name"]
        reference = full_reference(name)
        image = engine.image(name)
        if "refused" in self.params:
            return self._attempt(context)
        if image is None:
            return Outcome(changed=False)
        if not context.ownership.has_tag(reference, image):
            error = context.ownership.foreign_image(name, image, f"the lab's own image {name}")
            error.remedy = error.remedy or f"`docker rmi {name}` by hand"
            raise error
        engine.remove_image(familiar_reference(name))
        context.record.drop_tag(reference)
        return Outcome(changed=True, detail={"exit_code": 0})

    def _attempt(self, context: Context) -> Outcome:
        engine, name = context.engine, self.params["name"]
        image = engine.image(name) or {}
        holders = [
            entry for entry in context.ownership.containers() if entry["ImageID"] == image.get("Id")
        ]
        if not holders:
            raise EngineError(
                f"a container that uses the image {name}", "none does", "run one first"
            )
        others = [tag for tag in engine.tags(image) if tag != familiar_reference(name)]
        if others:
            # The engine would take this name away, whoever gave it.
            raise EngineError(
                f"a refusal to remove the image {name}",
                f"it has another name, {others[0]}, and would only lose this one",
                f"remove the other name first: `docker rmi {others[0]}`",
            )
        try:
            engine.remove_image(familiar_reference(name))
        except EngineError as error:
            if re.search(self.params["refused"], error.observed):
                return Outcome(changed=False, detail={"exit_code": 1, "stdout": error.observed})
            raise
        raise EngineError(f"a refusal to remove the image {name}", "it was removed")


class ImagePrune(Operation):
    """``docker image prune``, limited to the workshop's own untagged images."""

    name = "image_prune"

    def simulate(self, scene: Scene) -> None:
        """Untagged images are no part of any state."""

    def apply(self, context: Context) -> Outcome:
        engine = context.engine
        untagged = context.ownership.untagged_images()
        for entry in untagged:
            engine.remove_image(entry["Id"])
        return Outcome(changed=bool(untagged), detail={"exit_code": 0})


def _needed(scene: Scene, name: str) -> Thing:
    return scene.need("image", full_reference(name), "name", name)


def _only_user(scene: Scene, image: Thing) -> Thing | None:
    """A container for whose sake an image stays; an image that has another name only loses one."""
    same = [
        other
        for other in scene.of_kind("image")
        if other.attrs["identity"] == image.attrs["identity"]
    ]
    users = [
        container
        for container in scene.of_kind("container")
        if container.attrs["image"] == image.attrs["identity"]
    ]
    return users[0] if users and len(same) == 1 else None
