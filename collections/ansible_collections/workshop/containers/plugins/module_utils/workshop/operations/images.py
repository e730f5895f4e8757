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
from ..ownership import IMAGE, SPEC, WORKSHOP
from .base import Operation, Outcome

if TYPE_CHECKING:
    from ..context import Context
    from ..fold import Scene, Thing


class ImagePull(Operation):
    """``docker pull``."""

    name = "image_pull"

    def simulate(self, scene: Scene) -> None:
        reference = full_reference(self.params["name"])
        if scene.read("image", reference) is None:
            scene.make("image", reference)

    def apply(self, context: Context) -> Outcome:
        name = self.params["name"]
        if context.engine.image(name) is None:
            context.record.own("image", full_reference(name))
        return Outcome(changed=context.engine.pull(name))

    def holds(self, context: Context, thing: Thing) -> bool:
        return context.engine.image(self.params["name"]) is not None


class ImageCommit(Operation):
    """``docker commit``: an image from the state that a container has kept."""

    name = "image_commit"

    def simulate(self, scene: Scene) -> None:
        scene.need("container", self.params["container"])
        scene.make("image", full_reference(self.params["name"]))

    def apply(self, context: Context) -> Outcome:
        engine, name = context.engine, self.params["name"]
        context.set_aside_image(name, engine.image(name))
        marks = context.ownership.labels_for(self.step, self.spec, IMAGE)
        commit(
            engine,
            context.container_id(self.params["container"]),
            name,
            self.params.get("changes", []),
            marks,
        )
        return Outcome(changed=True)

    def holds(self, context: Context, thing: Thing) -> bool:
        image = context.engine.image(self.params["name"])
        return image is not None and context.engine.image_labels(image).get(SPEC) == self.spec


class ImageTag(Operation):
    """``docker tag``: another name for an image."""

    name = "image_tag"

    def simulate(self, scene: Scene) -> None:
        scene.need("image", full_reference(self.params["name"]))
        scene.make("image", full_reference(self.params["target"]))

    def apply(self, context: Context) -> Outcome:
        engine, name, target = context.engine, self.params["name"], self.params["target"]
        image, present = engine.image(name), engine.image(target)
        if image is None:
            raise EngineError(f"the image {name}", "no such image", "build it first")
        if present is not None and present["Id"] == image["Id"]:
            return Outcome(changed=False)
        context.set_aside_image(target, present)
        repository, _, tag = familiar_reference(target).rpartition(":")
        with engine.speaking(f"the image {name} tagged as {target}"):
            engine.api.tag(image["Id"], repository, tag)
        return Outcome(changed=True)

    def holds(self, context: Context, thing: Thing) -> bool:
        return context.engine.image(self.params["target"]) is not None


class ImagePush(Operation):
    """``docker push``, with the credentials that `docker login` stored."""

    name = "image_push"

    def simulate(self, scene: Scene) -> None:
        image = scene.need("image", full_reference(self.params["name"]))
        scene.make("served", image.key[1])

    def apply(self, context: Context) -> Outcome:
        return Outcome(changed=push(context.engine, self.params["name"]).changed)

    def holds(self, context: Context, thing: Thing) -> bool:
        return context.engine.is_served(self.params["name"])


class ImageRemove(Operation):
    """``docker rmi``; or, with ``refused``, the attempt that the engine must refuse."""

    name = "image_remove"

    def simulate(self, scene: Scene) -> None:
        image = scene.need("image", full_reference(self.params["name"]))
        if "refused" not in self.params:
            scene.drop(image)

    def apply(self, context: Context) -> Outcome:
        engine, name = context.engine, self.params["name"]
        reference = full_reference(name)
        image = engine.image(name)
        if "refused" in self.params:
            return self._attempt(context)
        if image is None:
            return Outcome(changed=False)
        owned = context.ownership.has_image(image) or context.record.owns("image", reference)
        if not owned:
            raise EngineError(
                f"the lab's own image {name}",
                "an image that the lab did not make",
                f"`docker rmi {name}` by hand",
            )
        engine.remove_image(familiar_reference(name))
        context.record.disown("image", reference)
        return Outcome(changed=True, detail={"exit_code": 0})

    def _attempt(self, context: Context) -> Outcome:
        engine, name = context.engine, self.params["name"]
        holders = [
            entry
            for entry in context.ownership.containers()
            if entry["ImageID"] == (engine.image(name) or {}).get("Id")
        ]
        if not holders:
            raise EngineError(
                f"a container that uses the image {name}", "none does", "run one first"
            )
        try:
            engine.remove_image(familiar_reference(name))
        except EngineError as error:
            if re.search(self.params["refused"], error.observed):
                return Outcome(changed=False, detail={"exit_code": 1, "stdout": error.observed})
            raise
        raise EngineError(f"a refusal to remove the image {name}", "it was removed")

    def holds(self, context: Context, thing: Thing) -> bool:
        return True


class ImagePrune(Operation):
    """``docker image prune``, limited to the workshop's own untagged images."""

    name = "image_prune"

    def simulate(self, scene: Scene) -> None:
        """Untagged images are no part of any state."""

    def apply(self, context: Context) -> Outcome:
        wanted = {"dangling": ["true"], "label": [f"{WORKSHOP}={context.ownership.workshop}"]}
        with context.engine.speaking("untagged images to be removed"):
            answer = context.engine.api.prune_images(filters=wanted)
        return Outcome(changed=bool(answer["ImagesDeleted"]), detail={"exit_code": 0})

    def holds(self, context: Context, thing: Thing) -> bool:
        return True
