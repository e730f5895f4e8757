# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Building images."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ...builds.builders import Build, Request, build, choose
from ...builds.dockerfile import Dockerfile
from ...builds.failure import explained
from ...builds.source import Source
from ...builds.stages import Stages
from ...engine.client import timestamp
from ...errors import EngineError, LabError
from ...labels import digest
from ...names import familiar_reference, full_reference
from ..ownership import IMAGE, SPEC
from .base import Operation, Outcome

if TYPE_CHECKING:
    from ..context import Context
    from ..fold import Scene, Thing


class ImageBuild(Operation):
    """``docker build``: only when the folder, the Dockerfile or a base image changed since the image was built."""

    name = "image_build"

    def prepare(self) -> None:
        self.path = self.params["path"]
        self.dockerfile = self.params.get("dockerfile", "Dockerfile")
        self.tag = self.params["name"]
        self.refused = self.params.get("refused")

    def simulate(self, scene: Scene) -> None:
        for thing in scene.of_kind("file"):
            if thing.key[1].startswith(f"{self.path}/"):
                scene.read(*thing.key)
        recipe = scene.read("file", f"{self.path}/{self.dockerfile}")
        content = recipe.attrs["content"] if recipe else b""
        for image in Stages(Dockerfile(self.dockerfile, content)).images():
            reference = full_reference(image)
            if scene.read("image", reference) is None:
                scene.make("image", reference)
        if not self.refused:
            scene.make("image", full_reference(self.tag))

    def apply(self, context: Context) -> Outcome:
        engine = context.engine
        source = Source.read(self.path, self.dockerfile)
        present = engine.image(self.tag)
        marks = engine.image_labels(present) if present is not None else {}
        if marks.get(SPEC) == self._spec(context, source) and not self.params.get("always"):
            return Outcome(changed=False)
        context.set_aside_image(self.tag, present)
        done = self._build(context, source)
        detail: dict[str, Any] = {
            "stdout": done.log,
            "exit_code": 1 if done.failure else 0,
            "build": done.steps,
        }
        if self.refused:
            if not re.search(self.refused, f"{done.log}\n{done.failure}"):
                raise EngineError(
                    f"a build that fails with /{self.refused}/", done.failure or "it succeeded"
                )
        elif done.failure:
            raise explained(done, source, self.tag)
        return Outcome(changed=True, detail=detail)

    def holds(self, context: Context, thing: Thing) -> bool:
        if thing.key[1] != full_reference(self.tag):
            return context.engine.image(thing.key[1]) is not None
        image = context.engine.image(self.tag)
        if image is None:
            return False
        try:
            source = Source.read(self.path, self.dockerfile)
            return context.engine.image_labels(image).get(SPEC) == self._spec(context, source)
        except LabError:
            return False

    def _spec(self, context: Context, source: Source) -> str:
        """The digest of all that decides what the image will be."""
        bases = {image: context.engine.image(image) for image in Stages(source.recipe).images()}
        return digest(
            {
                "params": self.params,
                "context": source.digest(),
                "bases": {image: base["Id"] if base else None for image, base in bases.items()},
            }
        )

    def _build(self, context: Context, source: Source) -> Build:
        engine = context.engine
        self._clear_interrupted(context, source)
        for image in Stages(source.recipe).images():
            if engine.image(image) is None:
                context.record.own("image", full_reference(image))
                engine.pull(image)
        marks = context.ownership.labels_for(self.step, self._spec(context, source), IMAGE)
        request = Request(source, familiar_reference(self.tag), marks)
        context.record.own("build", self.tag)
        done = build(engine, request, choose(engine, self.params.get("builder", "auto")))
        context.record.disown("build", self.tag)
        return done

    def _clear_interrupted(self, context: Context, source: Source) -> None:
        """Remove the containers that the classic builder left when the engine died during our last build of this image.

        They carry no label: they are known by their time, by the unnamed image they stand on, and by running one of our RUNs.
        """
        since = context.record.owned_since("build", self.tag)
        if since is None:
            return
        runs = source.recipe.run_commands()
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
        context.record.disown("build", self.tag)
