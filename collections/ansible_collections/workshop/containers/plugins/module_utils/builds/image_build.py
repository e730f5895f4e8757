# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Building an image only when something that decides what it will be has changed."""

from __future__ import annotations

from typing import Any

from ..engine.client import Engine
from ..errors import LabError
from ..names import checked_tag
from . import manifest as manifests
from .base_images import Bases
from .builders import Build, Request, Secret, build, choose
from .digest_cache import DigestMemory
from .failure import explained
from .source import Source

DIGEST = "workshop.containers.build.digest"
HISTORY = "workshop.containers.build.history"
MANIFEST = "workshop.containers.build.manifest"
# The classic builder makes an entry of history for each label.
_OWN_LABELS = 3


class ImageBuild:
    """An image to be built. ``params`` are the options of the module image_build, defaults filled in.

    ``changes`` says why the image must be built, in words; empty: it is what it should be.
    """

    def __init__(
        self,
        engine: Engine,
        params: dict[str, Any],
        secrets: list[Secret],
        memory: DigestMemory | None = None,
    ) -> None:
        self.engine = engine
        self.params = params
        self.name = ":".join(checked_tag(params["name"]))
        self.builder = choose(engine, params["builder"], bool(secrets or params["ssh"]))
        self.secrets = secrets
        self.source = Source.read(params["path"], params["dockerfile"], memory)
        self.bases = Bases(engine, self.source, params, self.builder)
        self.before, self._marks = self._look()
        self._weigh()

    def _look(self) -> tuple[dict[str, Any] | None, dict[str, str]]:
        image = self.engine.image(self.name)
        return image, self.engine.image_labels(image) if image is not None else {}

    def _weigh(self) -> None:
        """Work out digest, manifest and changes."""
        self.old_lines = manifests.unpacked(self._marks.get(MANIFEST, ""))
        others = manifests.settings(
            self.params, self.bases.identities(manifests.recorded_bases(self.old_lines))
        )
        self.digest = manifests.total_digest(self.source, others)
        self.lines = manifests.manifest(self.source, others)
        self.changes = self._changes()

    def _changes(self) -> list[str]:
        if self.before is None:
            return [f"no image {self.name}"]
        if DIGEST not in self._marks:
            return [f"{self.name} was built by something else"]
        if self._was_made_over():
            return [f"{self.name} was made from what was built here, by a commit or another build"]
        # One that is missing is taken for what it was, unless the registries are to be asked.
        found = [
            f"base image {name} is not on this machine"
            for name in self.bases.missing
            if self.bases.asked
        ]
        found += [
            f"base image {name}: its registry serves a newer one" for name in self.bases.outdated
        ]
        if not found and self._marks[DIGEST] != self.digest:
            found = manifests.changes(self.old_lines, self.lines) or [
                "something that the image's labels are too small to name"
            ]
        return found or (["a build was asked for"] if self.params["force"] else [])

    def _was_made_over(self) -> bool:
        """Whether the image was made from ours: a commit and a build keep the labels, and make the history longer."""
        return self._marks.get(HISTORY) != str(len(self.engine.history(self.name)))

    def fetch(self) -> None:
        """Pull the base images that are missing or outdated. Afterwards there may be nothing to build. Raises BuildError."""
        why = self.changes
        if self.bases.pull():
            self._weigh()
            self.changes = why if self.changes else []

    def run(self) -> Build:
        """Build; raises LabError, with the builder's words where it failed."""
        length = self.bases.history_length() + (
            len(self.params["labels"]) + _OWN_LABELS if self.builder == "classic" else 0
        )
        done = self._build(length, self.params["no_cache"])
        found = len(self.engine.history(self.name))
        if found != length:
            self._correct(found, done)
        return done

    def _correct(self, length: int, done: Build) -> None:
        """Build with another length of its history: all but that label comes from the builder's cache."""
        first = self.engine.image(self.name)
        try:
            self._build(length, False)
        except LabError as error:
            done.warning = f"How long the history of {self.name} is could not be noted, so that it will be built again: {error.observed}"
            return
        second = self.engine.image(self.name)
        if first and second and first["Id"] != second["Id"]:
            self.engine.remove_image(first["Id"])

    def _build(self, length: int, no_cache: bool) -> Build:
        marks = {DIGEST: self.digest, HISTORY: str(length), MANIFEST: manifests.packed(self.lines)}
        done = build(
            self.engine,
            Request(
                self.source,
                self.name,
                {**self.params["labels"], **marks},
                args=self.params["args"],
                target=self.params["target"],
                platform=self.params["platform"],
                no_cache=no_cache,
                secrets=self.secrets,
                ssh=self.params["ssh"],
            ),
            self.builder,
        )
        if done.failure:
            raise explained(done, self.source, self.name)
        return done

    def diff(self) -> dict[str, str]:
        """What differs, as before and after."""
        keys = sorted({*self.old_lines, *self.lines})
        new = self.lines
        if any(key.endswith("/") for key in self.old_lines):
            depth = min(key.count("/") - 1 for key in self.old_lines if key.endswith("/"))
            new = manifests.folded(self.lines, depth)
            keys = sorted({*self.old_lines, *new})
        differing = [key for key in keys if self.old_lines.get(key) != new.get(key)]
        sides = [
            [f"{key.lstrip('/')} {lines[key]}\n" for key in differing if key in lines]
            for lines in (self.old_lines, new)
        ]
        return {"before": "".join(sides[0]), "after": "".join(sides[1])}
