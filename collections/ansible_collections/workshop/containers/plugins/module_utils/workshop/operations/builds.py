# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Building images."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ...builds.dockerfile import Dockerfile
from ...builds.failure import BuildError
from ...builds.image_build import ImageBuild
from ...builds.request import Build
from ...builds.stages import Stages
from ...engine.client import timestamp
from ...errors import EngineError, LabError
from ...names import full_reference
from ..ownership import IMAGE
from .base import Operation, Outcome
from .effects import new_image, present_image

if TYPE_CHECKING:
    from ..context import Context
    from ..fold import Scene, Thing


class ImageBuildOperation(Operation):
    """``docker build``.

    Only when the folder, the Dockerfile or a base image changed since the image was built.
    """

    name = "image_build"

    def prepare(self) -> None:
        self.path = self.params["path"]
        self.dockerfile = self.params.get("dockerfile", "Dockerfile")
        self.tag = self.params["name"]
        self.refused = self.params.get("refused")

    def simulate(self, scene: Scene) -> None:
        inputs = {}
        for thing in scene.of_kind("file"):
            if thing.key[1].startswith(f"{self.path}/"):
                scene.read(*thing.key)
                inputs[thing.key] = thing.steps
        recipe = scene.read("file", f"{self.path}/{self.dockerfile}")
        content = recipe.attrs["content"] if recipe else b""
        for image in Stages(Dockerfile(self.dockerfile, content)).images():
            present_image(scene, self.maker, image)
        if not self.refused:
            new_image(scene, self.maker, self.tag, inputs=inputs, folder=self.path)

    def apply(self, context: Context) -> Outcome:
        image = self._image(context, force=self.params.get("force", False))
        present = context.engine.image(self.tag)
        own = present is not None and context.ownership.has_image(present)
        if own and not image.judge().changes:
            return Outcome(changed=False)
        context.set_aside_image(self.tag, present)
        interrupted = context.record.claimed_since("build", self.tag)
        context.record.claim("build", self.tag)
        done = self._build(context, image)
        if interrupted is not None:
            _clear_interrupted(context, image, interrupted)
        context.record.release("build", self.tag)
        if self.refused and not re.search(self.refused, f"{done.log}\n{done.failure}"):
            raise EngineError(
                f"a build that fails with /{self.refused}/", done.failure or "it succeeded"
            )
        detail: dict[str, Any] = {
            "stdout": done.log,
            "exit_code": 1 if done.failure else 0,
            "build": done.steps,
        }
        return Outcome(changed=True, detail=detail)

    def holds(self, context: Context, thing: Thing) -> bool:
        if not self.remains(context, thing) or thing.key[1] != full_reference(self.tag):
            return self.remains(context, thing)
        try:
            return not self._image(context).judge().changes
        except LabError:
            return False

    def remains(self, context: Context, thing: Thing) -> bool:
        image = context.engine.image(thing.key[1])
        if thing.key[1] != full_reference(self.tag):
            return image is not None
        return image is not None and context.ownership.has_image(image)

    def _image(self, context: Context, force: bool = False) -> ImageBuild:
        """Prepare the build as the module of this name does; raises LabError."""
        params = {
            "name": self.tag,
            "path": self.path,
            "dockerfile": self.dockerfile,
            "builder": self.params.get("builder", "auto"),
            "force": force,
        }
        return ImageBuild(context.engine, params)

    def _build(self, context: Context, image: ImageBuild) -> Build:
        """Build; raises LabError where it fails and was not meant to."""
        for name in image.base_names:
            if context.engine.image(name) is None:
                context.pull(name)
        labels = context.ownership.labels_for(self.maker, IMAGE)
        context.record.claim("image", full_reference(self.tag))
        try:
            done = image.build(image.judge(), labels)
            context.note_image(self.tag)
        except BuildError as error:
            if not self.refused:
                raise
            done = error.build
        for short_id in made_on_the_way(done.log):
            made = context.engine.image_by_id(short_id)
            if made is not None:
                context.record.note_untagged(made["Id"])
        return done


def _clear_interrupted(context: Context, image: ImageBuild, since: float) -> None:
    """Remove the containers that the classic builder left when the engine died during our last
    build of this image, which began at ``since``.

    They carry no label: they are known by their time, by the unnamed image they stand on, and by
    running one of our RUNs. An engine that kept containers alive may have let one run on; now that
    its RUN has been done once more, it has ended, too. What runs is somebody's.
    """
    runs = image.source.recipe.run_commands()
    for entry in context.engine.containers():
        container = context.engine.inspect(entry["Id"])
        if (
            container is not None
            and not container["State"]["Running"]
            and container["Config"]["Image"].startswith("sha256:")
            and timestamp(container["Created"]) >= since
            and " ".join(container["Config"]["Cmd"] or ()).partition("/bin/sh -c ")[2] in runs
        ):
            context.engine.remove_container(container["Id"])


def made_on_the_way(log: str) -> list[str]:
    """The short ids of the images that the classic builder made, one for each instruction.

    Those of a stage that is not the last stay behind without a name and without a label. What came
    from the cache, or is a base image, was there before.
    """
    found = []
    for step in re.split(r"(?m)^Step \d+/\d+ : ", log)[1:]:
        image = re.search(r"(?m)^ ---> ([0-9a-f]{12})\s*$", step)
        if image and not step.upper().startswith("FROM") and "\n ---> Using cache" not in step:
            found.append(image[1])
    return found
