# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Building an image only when something that decides what it will be has changed."""

from __future__ import annotations

from typing import Any

from . import build_manifest as manifests
from .build_failure import explained
from .build_source import Source
from .builders import Build, Request, Secret, build, choose
from .digest_memory import DigestMemory
from .engine import Engine
from .errors import LabError
from .names import checked_tag

DIGEST = "workshop.containers.build.digest"
MANIFEST = "workshop.containers.build.manifest"
# What the builders write into the history; who commits a container over an image writes something else.
_BY_BUILDKIT = "buildkit.dockerfile"
_BY_CLASSIC = "/bin/sh -c #(nop)  LABEL "


class ImageBuild:
    """An image to be built. ``params`` are the options of the module image_build, defaults filled in.

    ``changes`` says why the image must be built, in words; empty: it is what it should be.
    """

    def __init__(self, engine: Engine, params: dict[str, Any], secrets: list[Secret], memory: DigestMemory | None = None) -> None:
        self.engine = engine
        self.params = params
        self.name = ":".join(checked_tag(params["name"]))
        self.builder = choose(engine, params["builder"], bool(secrets or params["ssh"]))
        self.secrets = secrets
        self.source = Source.read(params["path"], params["dockerfile"], memory)
        self.bases = self.source.recipe.base_images(params["args"], params["target"])
        self.before, self._marks = self._look()
        self._weigh()

    def _look(self) -> tuple[dict[str, Any] | None, dict[str, str]]:
        image = self.engine.image(self.name)
        return image, self.engine.image_labels(image) if image is not None else {}

    def _weigh(self) -> None:
        """Work out digest, manifest and changes."""
        found = {name: self.engine.image(name) for name in self.bases}
        self.missing = [name for name, image in found.items() if image is None]
        self.outdated = [name for name, image in found.items() if image is not None and self.params["pull"] and self._is_old(name, image)]
        others = manifests.settings(self.params, {name: image["Id"] if image else "" for name, image in found.items()})
        self.digest = manifests.total_digest(self.source, others)
        self.lines = manifests.manifest(self.source, others)
        self.old_lines = manifests.unpacked(self._marks.get(MANIFEST, ""))
        self.changes = self._changes()

    def _changes(self) -> list[str]:
        if self.before is None:
            return [f"no image {self.name}"]
        if DIGEST not in self._marks:
            return [f"{self.name} was built by something else"]
        if self._was_committed_over():
            return [f"{self.name} was committed from a container since"]
        found = [f"base image {name} is not on this machine" for name in self.missing]
        found += [f"base image {name}: its registry serves a newer one" for name in self.outdated]
        if not found and self._marks[DIGEST] != self.digest:
            found = manifests.changes(self.old_lines, self.lines) or ["something that the image's labels are too small to name"]
        return found or (["a build was asked for"] if self.params["force"] else [])

    def _is_old(self, name: str, image: dict[str, Any]) -> bool:
        served = self.engine.registry_digest(name)
        return served is not None and not any(each.endswith(f"@{served}") for each in image.get("RepoDigests") or ())

    def _was_committed_over(self) -> bool:
        """A commit keeps the labels: only the last entry of the history tells."""
        last = self.engine.history(self.name)[0]
        if (last.get("Comment") or "").startswith(_BY_BUILDKIT) or (last.get("CreatedBy") or "").startswith(_BY_CLASSIC):
            return False
        # BuildKit adds no entry for a Dockerfile of nothing but FROM.
        keys = ("Created", "CreatedBy", "Comment")
        bases = [self.engine.history(name)[0] for name in self.bases if name not in self.missing]
        return not any(all(last.get(key) == base.get(key) for key in keys) for base in bases)

    def run(self) -> Build:
        """Build; raises LabError, with the builder's words where it failed."""
        for name in self.missing + self.outdated:
            self._pull(name)
        if self.missing or self.outdated:
            self._weigh()
        marks = {DIGEST: self.digest, MANIFEST: manifests.packed(self.lines)}
        done = build(
            self.engine,
            Request(
                self.source,
                self.name,
                {**self.params["labels"], **marks},
                args=self.params["args"],
                target=self.params["target"],
                platform=self.params["platform"],
                no_cache=self.params["no_cache"],
                secrets=self.secrets,
                ssh=self.params["ssh"],
            ),
            self.builder,
        )
        if done.failure:
            raise explained(done, self.source, self.name)
        return done

    def _pull(self, name: str) -> None:
        try:
            self.engine.pull(name)
        except LabError as error:
            recipe = self.source.recipe
            line = next((each.line for each in recipe.instructions if name in each.rest.replace("=", " ").replace(",", " ").split()), 1)
            expected = f"the base image {name} ({recipe.path}:{line}) from its registry"
            raise LabError(expected, f"{error.observed}\n{recipe.excerpt(line)}", f"correct its name; or {error.action}") from error

    def diff(self) -> dict[str, str]:
        """What differs, as before and after."""
        keys = sorted({*self.old_lines, *self.lines})
        new = self.lines
        if any(key.endswith("/") for key in self.old_lines):
            depth = min(key.count("/") - 1 for key in self.old_lines if key.endswith("/"))
            new = manifests.folded(self.lines, depth)
            keys = sorted({*self.old_lines, *new})
        differing = [key for key in keys if self.old_lines.get(key) != new.get(key)]
        sides = [[f"{key.lstrip('/')} {lines[key]}\n" for key in differing if key in lines] for lines in (self.old_lines, new)]
        return {"before": "".join(sides[0]), "after": "".join(sides[1])}
