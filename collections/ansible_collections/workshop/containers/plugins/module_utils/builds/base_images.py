# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The base images of a build: which of them are here, whether they are the newest, and how they come."""

from __future__ import annotations

from typing import Any

from ..engine.client import Engine
from ..errors import LabError
from ..names import full_reference
from .builders import Build
from .failure import BuildError
from .source import Source
from .stages import Stages

_SAME = {"x86_64": "amd64", "aarch64": "arm64"}


class Bases:
    """The base images of a Dockerfile. ``params`` are the options of the module image_build.

    ``missing`` and ``outdated`` are the names of those to be pulled before a build; ``asked`` tells that the registries are still to be
    asked. Raises BuildError for a name that is none.
    """

    def __init__(
        self, engine: Engine, source: Source, params: dict[str, Any], builder: str
    ) -> None:
        self.engine = engine
        self.recipe = source.recipe
        self.platform = params["platform"]
        self.asked = params["pull"]
        self.buildkit = builder == "buildkit"
        self.stages = Stages(
            source.recipe,
            params["args"],
            params["target"],
            self._known() if self.buildkit else None,
        )
        self.names = self.stages.images(skipping=self.buildkit)
        self._pulled = False
        for name in self.names:
            try:
                full_reference(name)
            except ValueError as error:
                raise self._refused(
                    f"the name of a base image in {self._place(name)}",
                    str(error),
                    "correct the name",
                    name,
                ) from None

    def _known(self) -> dict[str, str]:
        """The arguments that BuildKit knows by itself: https://docs.docker.com/reference/dockerfile/#automatic-platform-args-in-the-global-scope."""
        if b"TARGET" not in self.recipe.content and b"BUILD" not in self.recipe.content:
            return {}
        engine = "/".join(self.engine.platform())
        found = {}
        for side, platform in (("BUILD", engine), ("TARGET", self.platform or engine)):
            system, machine, variant = _parts(platform)
            found.update({f"{side}OS": system, f"{side}ARCH": machine, f"{side}VARIANT": variant})
            found[f"{side}PLATFORM"] = "/".join(part for part in (system, machine, variant) if part)
        return found

    def identities(self, recorded: dict[str, str]) -> dict[str, str]:
        """What each of them is, now: its id, or the digest that its registry serves; empty where that is unknown.

        ``recorded`` are those at the last build, by name: they hold for an image that is not here any more. Raises LabError.
        """
        found = {name: self._fitting(name, self.engine.image(name)) for name in self.names}
        self.missing = [
            name for name, image in found.items() if image is None and not self._fetched(name)
        ]
        self.outdated = [
            name
            for name, image in found.items()
            if image is not None and self.asked and self._is_old(name, image)
        ]
        return {
            name: self._identity(name, image, recorded.get(name, ""))
            for name, image in found.items()
        }

    def _wanted(self, name: str) -> str:
        return self.stages.platform(name) or self.platform

    def _fetched(self, name: str) -> bool:
        """Whether the builder takes it from its registry by itself: BuildKit does, for a platform, and leaves the machine's own alone."""
        return bool(self.buildkit and self._wanted(name))

    def _fitting(self, name: str, image: dict[str, Any] | None) -> dict[str, Any] | None:
        # What was pulled is what was asked for, even where the engine shows another of the same name.
        if image is None or not self._wanted(name) or self._pulled:
            return image
        return (
            image
            if (image.get("Os"), image.get("Architecture")) == _parts(self._wanted(name))[:2]
            else None
        )

    def _identity(self, name: str, image: dict[str, Any] | None, recorded: str) -> str:
        if image is not None:
            return recorded if recorded and _has_digest(image, recorded) else image["Id"]
        if self._fetched(name) and (self.asked or not recorded):
            return self._served(name) if self.asked else self.engine.registry_digest(name) or ""
        return recorded

    def _is_old(self, name: str, image: dict[str, Any]) -> bool:
        return not _has_digest(image, self._served(name))

    def _served(self, name: str) -> str:
        expected = f"the base image {name} ({self._place(name)}) from its registry, as `pull` wants"
        return self.engine.need_registry_digest(name, expected, "run without `pull`")

    def pull(self) -> bool:
        """Pull those that are missing or outdated; False where there is none. Raises BuildError."""
        for name in self.missing + self.outdated:
            try:
                self.engine.pull(name, self._wanted(name))
            except LabError as error:
                action = f"correct its name; or {error.action}"
                raise self._refused(
                    f"the base image {name} ({self._place(name)}) from its registry",
                    error.observed,
                    action,
                    name,
                ) from error
        self.asked, self._pulled = False, True
        return bool(self.missing + self.outdated)

    def _place(self, name: str) -> str:
        return f"{self.recipe.path}:{self.stages.line(name)}"

    def _refused(self, expected: str, observed: str, action: str, name: str) -> BuildError:
        line = self.stages.line(name)
        return BuildError(
            expected,
            observed,
            action,
            self.recipe.excerpt(line),
            Build("", failure=observed, line=line),
        )

    def history_length(self) -> int:
        """How many entries the history of an image that is built of them will have, without labels; 0 where that cannot be told."""
        name, length, triggers = self.stages.descent()
        # BuildKit makes no entry for what is set aside.
        length += 0 if self.buildkit else triggers
        if name == "scratch":
            return length
        base = self.engine.image(name) if name in self.names else None
        if base is None:
            return 0
        return (
            len(self.engine.history(name))
            + length
            + len((base.get("Config") or {}).get("OnBuild") or ())
        )


def _has_digest(image: dict[str, Any], digest: str) -> bool:
    return any(each.endswith(f"@{digest}") for each in image.get("RepoDigests") or ())


def _parts(platform: str) -> tuple[str, str, str]:
    """``linux/arm64/v8`` as ``("linux", "arm64", "v8")``."""
    parts = platform.lower().split("/")
    system, machine, variant = (["linux", *parts, ""] if len(parts) == 1 else [*parts, ""])[:3]
    return system, _SAME.get(machine, machine), variant
