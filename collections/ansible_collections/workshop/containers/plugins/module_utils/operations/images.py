# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images: pull, build."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

from .. import labels
from ..build_context import archive, context_digest
from ..dockerfile import base_images
from ..errors import EngineError, LabError
from ..names import familiar_reference, full_reference
from .base import Operation, Outcome

if TYPE_CHECKING:
    from ..context import Context
    from ..model import Scene, Thing

_STEP = re.compile(r"Step (\d+)/\d+ : (.*)")


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


class ImageBuild(Operation):
    """``docker build``: only when the folder, the Dockerfile or a base image changed since the image was built."""

    name = "image_build"

    def prepare(self) -> None:
        self.path = self.params["path"]
        self.dockerfile = self.params.get("dockerfile", "Dockerfile")

    def simulate(self, scene: Scene) -> None:
        for thing in scene.of_kind("file"):
            if thing.key[1].startswith(f"{self.path}/"):
                scene.read(*thing.key)
        recipe = scene.read("file", f"{self.path}/{self.dockerfile}")
        text = recipe.attrs["content"].decode(errors="replace") if recipe else ""
        for image in base_images(text):
            reference = full_reference(image)
            if scene.read("image", reference) is None:
                scene.make("image", reference)
        scene.make("image", full_reference(self.params["name"]))

    def apply(self, context: Context) -> Outcome:
        engine, name = context.engine, self.params["name"]
        spec = self._content_spec(context)
        present = engine.image(name)
        if present is not None and engine.image_labels(present).get(labels.SPEC) == spec:
            return Outcome(changed=False)
        if present is not None and engine.image_labels(present).get(labels.WORKSHOP) != context.workshop:
            context.set_aside_image(name, present)
        return Outcome(changed=True, detail={"stdout": self._build(context)})

    def holds(self, context: Context, thing: Thing) -> bool:
        image = context.engine.image(self.params["name"])
        if thing.key[1] != full_reference(self.params["name"]):
            return context.engine.image(thing.key[1]) is not None
        if image is None:
            return False
        try:
            return context.engine.image_labels(image).get(labels.SPEC) == self._content_spec(context)
        except LabError:
            return False

    def _content_spec(self, context: Context) -> str:
        """The digest of all that decides what the image will be; raises LabError."""
        try:
            with open(os.path.join(self.path, self.dockerfile), encoding="utf-8", errors="replace") as stream:
                bases = base_images(stream.read())
        except OSError as error:
            raise LabError(
                f"a {self.dockerfile} in {self.path}",
                error.strerror or type(error).__name__,
                f"write {self.path}/{self.dockerfile}, or build in the folder that holds it",
            ) from None
        found = {image: context.engine.image(image) for image in bases}
        return labels.digest(
            {
                "params": self.params,
                "context": context_digest(self.path),
                "bases": {image: base["Id"] if base else None for image, base in found.items()},
            }
        )

    def _build(self, context: Context) -> str:
        engine = context.engine
        for image in base_images(self._recipe()):
            if engine.image(image) is None:
                context.record.own("image", full_reference(image))
                engine.pull(image)
        expected = f"the image {self.params['name']} built from {self.path}"
        messages: list[dict[str, Any]] = []
        with archive(self.path) as stream, engine.speaking(expected, "see that the engine runs, then run again"):
            answer = engine.api.build(
                fileobj=stream,
                custom_context=True,
                dockerfile=self.dockerfile,
                tag=familiar_reference(self.params["name"]),
                labels=labels.own(context.workshop, self.step, self._content_spec(context)),
                rm=True,
                forcerm=True,
                decode=True,
            )
            for message in answer:
                messages.append(message)
        log = "".join(message.get("stream", "") for message in messages)
        failure = next((message["error"] for message in messages if "error" in message), None)
        if failure is not None:
            raise self._explained(expected, failure.strip(), log)
        return log

    def _recipe(self) -> str:
        with open(os.path.join(self.path, self.dockerfile), encoding="utf-8", errors="replace") as stream:
            return stream.read()

    def _explained(self, expected: str, failure: str, log: str) -> EngineError:
        steps = _STEP.findall(log)
        at = f" at step {steps[-1][0]}, `{steps[-1][1].strip()}`" if steps else ""
        tail = " | ".join(line for line in log.splitlines()[-5:] if line.strip())
        return EngineError(
            expected, f"{failure}{at}. Its last output: {tail}", f"mend {self.path}/{self.dockerfile}, then run again"
        )
