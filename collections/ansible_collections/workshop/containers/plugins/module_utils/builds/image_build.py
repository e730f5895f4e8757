# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build an image only when something that decides what it will be has changed.

The body of the module ``image_build`` and of the lessons' operation of that name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..engine.client import Engine
from ..names import checked_tag
from . import manifest as manifests
from .base_images import BaseImages, BaseImagesState
from .builder import build, choose
from .failure import explained
from .request import Build, Request, Secret
from .source import Source

DIGEST = "workshop.containers.build.digest"
MANIFEST = "workshop.containers.build.manifest"
# The options of the module, where they are left out.
DEFAULTS: dict[str, Any] = {
    "dockerfile": "Dockerfile",
    "builder": "auto",
    "args": {},
    "labels": {},
    "target": "",
    "platform": "",
    "pull": False,
    "no_cache": False,
    "force": False,
    "secrets": [],
    "ssh": [],
}


@dataclass(frozen=True)
class Judgement:
    """The decision whether an image must be built.

    ``changes`` are the reasons, in words; empty: it is up to date. ``digest`` covers all that
    decides what the image will be, ``lines`` name it (see manifest.py), ``old_lines`` are those of
    the last build.
    """

    digest: str
    lines: dict[str, str]
    old_lines: dict[str, str]
    bases: BaseImagesState
    changes: list[str]


class ImageBuild:
    """The build of an image. ``params`` are the options of the module image_build."""

    def __init__(
        self, engine: Engine, params: dict[str, Any], secrets: list[Secret] | None = None
    ) -> None:
        """Read the build context and its Dockerfile; raises LabError."""
        self.engine = engine
        self.params = params = {**DEFAULTS, **params}
        self.name = ":".join(checked_tag(params["name"]))
        self.secrets = secrets or []
        self.builder = choose(engine, params["builder"], bool(self.secrets or params["ssh"]))
        self.source = Source.read(params["path"], params["dockerfile"])
        self._bases = BaseImages(engine, self.source, params, self.builder)

    @property
    def base_names(self) -> list[str]:
        """The base images that it needs, in order."""
        return self._bases.names

    def judge(self) -> Judgement:
        """Compare the image with what would be built now; raises LabError."""
        image = self.engine.image(self.name)
        labels = self.engine.image_labels(image) if image is not None else {}
        old_lines = manifests.unpacked(labels.get(MANIFEST, ""))
        bases = self._bases.look(manifests.recorded_bases(old_lines))
        others = manifests.settings(self.params, bases.identities)
        digest = manifests.total_digest(self.source, others)
        lines = manifests.manifest(self.source, others)
        if image is None:
            changes = [f"no image {self.name}"]
        elif DIGEST not in labels:
            changes = [f"{self.name} was built by something else"]
        else:
            changes = self._changes(bases)
            if not changes and labels[DIGEST] != digest:
                changes = manifests.changes(old_lines, lines) or [
                    "something that the image's labels have no room to name"
                ]
            if not changes and self.params["force"]:
                changes = ["the option `force` is set"]
        return Judgement(digest, lines, old_lines, bases, changes)

    def _changes(self, bases: BaseImagesState) -> list[str]:
        # One that is missing is taken for what it was, unless the registries are to be asked.
        missing = bases.missing if self._bases.asked else []
        found = [f"base image {name} is not on this machine" for name in missing]
        newer = "its registry serves a newer one"
        return found + [f"base image {name}: {newer}" for name in bases.outdated]

    def fetch(self, judgement: Judgement) -> Judgement:
        """Pull the base images that are missing or outdated, and judge again; raises BuildError.

        Afterwards there may be nothing to build; otherwise the reasons remain.
        """
        wanted = [*judgement.bases.missing, *judgement.bases.outdated]
        self._bases.pull(wanted)
        if not wanted:
            return judgement
        again = self.judge()
        changes = judgement.changes if again.changes else []
        return Judgement(again.digest, again.lines, again.old_lines, again.bases, changes)

    def build(self, judgement: Judgement, labels: dict[str, str] | None = None) -> Build:
        """Build; raises LabError, with the builder's words if it fails.

        ``labels`` are added to the image and do not count as a change.
        """
        own = {DIGEST: judgement.digest, MANIFEST: manifests.packed(judgement.lines)}
        done = build(
            self.engine,
            Request(
                self.source,
                self.name,
                {**self.params["labels"], **(labels or {}), **own},
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


def diff(judgement: Judgement) -> dict[str, str]:
    """The differences, as before and after."""
    old, new = judgement.old_lines, judgement.lines
    if any(key.endswith("/") for key in old):
        depth = min(key.count("/") - 1 for key in old if key.endswith("/"))
        new = manifests.folded(new, depth)
    differing = [key for key in sorted({*old, *new}) if old.get(key) != new.get(key)]
    before, after = (
        [f"{key.lstrip('/')} {lines[key]}\n" for key in differing if key in lines]
        for lines in (old, new)
    )
    return {"before": "".join(before), "after": "".join(after)}
