# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The base images of a build: which are present, which are outdated, and how to pull them."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..engine.client import Engine
from ..errors import LabError
from ..names import full_reference
from .failure import BuildError
from .request import Build
from .source import Source
from .stages import Stages

_SAME = {"x86_64": "amd64", "aarch64": "arm64"}


class BaseImagesState(NamedTuple):
    """The present state of the base images.

    ``identities``: by name an image id, or the digest that a registry serves; empty if unknown.

    ``missing`` and ``outdated``: the names of those to pull before a build.
    """

    identities: dict[str, str]
    missing: list[str]
    outdated: list[str]


class BaseImages:
    """The base images of a Dockerfile. ``params`` are the options of the module image_build.

    ``asked``: the registries are still to be asked. Raises BuildError for an invalid name.
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
        """The arguments that BuildKit defines itself.

        See
        https://docs.docker.com/reference/dockerfile/#automatic-platform-args-in-the-global-scope
        """
        if b"TARGET" not in self.recipe.content and b"BUILD" not in self.recipe.content:
            return {}
        engine = "/".join(self.engine.platform())
        found = {}
        for side, platform in (("BUILD", engine), ("TARGET", self.platform or engine)):
            system, machine, variant = _parts(platform)
            found.update({f"{side}OS": system, f"{side}ARCH": machine, f"{side}VARIANT": variant})
            found[f"{side}PLATFORM"] = "/".join(part for part in (system, machine, variant) if part)
        return found

    def look(self, recorded: dict[str, str]) -> BaseImagesState:
        """Look up the present state of each; raises LabError.

        ``recorded`` are the identities at the last build, by name: they stand in for an image that
        is no longer present.
        """
        found = {name: self._fitting(name, self.engine.image(name)) for name in self.names}
        return BaseImagesState(
            identities={
                name: self._identity(name, image, recorded.get(name, ""))
                for name, image in found.items()
            },
            missing=[
                name for name, image in found.items() if image is None and not self._fetched(name)
            ],
            outdated=[
                name
                for name, image in found.items()
                if image is not None and self.asked and self._is_old(name, image)
            ],
        )

    def _wanted(self, name: str) -> str:
        return self.stages.platform(name) or self.platform

    def _fetched(self, name: str) -> bool:
        """True if the builder pulls it from its registry by itself.

        BuildKit does so for a given platform, and leaves the machine's own image alone.
        """
        return bool(self.buildkit and self._wanted(name))

    def _fitting(self, name: str, image: dict[str, Any] | None) -> dict[str, Any] | None:
        # What was pulled is what was asked for, even where the engine shows another of the same
        # name.
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

    def pull(self, names: list[str]) -> None:
        """Pull these base images; afterwards no registry is asked again. Raises BuildError."""
        for name in names:
            try:
                self.engine.pull(name, self._wanted(name))
            except LabError as error:
                remedy = f"correct its name; or {error.remedy}"
                raise self._refused(
                    f"the base image {name} ({self._place(name)}) from its registry",
                    error.observed,
                    remedy,
                    name,
                ) from error
        self.asked, self._pulled = False, True

    def _place(self, name: str) -> str:
        return f"{self.recipe.path}:{self.stages.line(name)}"

    def _refused(self, expected: str, observed: str, remedy: str, name: str) -> BuildError:
        line = self.stages.line(name)
        return BuildError(
            expected,
            observed,
            remedy,
            self.recipe.excerpt(line),
            Build("", failure=observed, line=line),
        )


def _has_digest(image: dict[str, Any], digest: str) -> bool:
    return any(each.endswith(f"@{digest}") for each in image.get("RepoDigests") or ())


def _parts(platform: str) -> tuple[str, str, str]:
    """``linux/arm64/v8`` as ``("linux", "arm64", "v8")``."""
    parts = platform.lower().split("/")
    system, machine, variant = (["linux", *parts, ""] if len(parts) == 1 else [*parts, ""])[:3]
    return system, _SAME.get(machine, machine), variant
