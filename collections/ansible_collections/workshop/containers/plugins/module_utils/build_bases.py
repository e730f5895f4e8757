# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The base images of a build: which of them are here, whether they are the newest, and how they come."""

from __future__ import annotations

from typing import Any

from .build_failure import BuildError
from .build_source import Source
from .builders import Build
from .engine import Engine
from .errors import LabError
from .names import full_reference
from .stages import Stages

_SAME = {"x86_64": "amd64", "aarch64": "arm64"}


class Bases:
    """The base images of a Dockerfile. ``params`` are the options of the module image_build.

    ``missing`` and ``outdated`` are the names of those to be pulled before a build; ``asked`` tells that the registries are still to be
    asked. Raises BuildError for a name that is none.
    """

    def __init__(self, engine: Engine, source: Source, params: dict[str, Any], builder: str) -> None:
        self.engine = engine
        self.recipe = source.recipe
        self.stages = Stages(source.recipe, params["args"], params["target"])
        self.wanted = _platform(params["platform"])
        self.platform = params["platform"]
        self.asked = params["pull"]
        # It takes what is for another platform from the registry, and leaves the machine's own image alone.
        self.fetched = bool(builder == "buildkit" and self.platform)
        self.names = self.stages.images(skipping=builder == "buildkit")
        for name in self.names:
            try:
                full_reference(name)
            except ValueError as error:
                raise self._refused(f"the name of a base image in {self._place(name)}", str(error), "correct the name", name) from None

    def identities(self, recorded: dict[str, str]) -> dict[str, str]:
        """What each of them is, now: its id, or the digest that its registry serves; empty where that is unknown.

        ``recorded`` are those at the last build, by name: they hold for an image that is not here any more. Raises LabError.
        """
        found = {name: self._fitting(self.engine.image(name)) for name in self.names}
        self.missing = [name for name, image in found.items() if image is None and not self.fetched]
        self.outdated = [name for name, image in found.items() if image is not None and self.asked and self._is_old(name, image)]
        return {name: image["Id"] if image else self._elsewhere(name) or recorded.get(name, "") for name, image in found.items()}

    def _fitting(self, image: dict[str, Any] | None) -> dict[str, Any] | None:
        if image is None or not self.wanted:
            return image
        return image if (image.get("Os"), image.get("Architecture")) == self.wanted else None

    def _elsewhere(self, name: str) -> str:
        return (self.engine.registry_digest(name) or "") if self.fetched else ""

    def _is_old(self, name: str, image: dict[str, Any]) -> bool:
        with self.engine.speaking(f"the base image {name} ({self._place(name)}) from its registry, as `pull` wants", "run without `pull`"):
            served = self.engine.served_digest(name, self.engine.credentials(name))
        return not any(each.endswith(f"@{served}") for each in image.get("RepoDigests") or ())

    def pull(self) -> bool:
        """Pull those that are missing or outdated; False where there is none. Raises BuildError."""
        for name in self.missing + self.outdated:
            try:
                self.engine.pull(name, self.platform)
            except LabError as error:
                action = f"correct its name; or {error.action}"
                raise self._refused(
                    f"the base image {name} ({self._place(name)}) from its registry", error.observed, action, name
                ) from error
        self.asked = False
        return bool(self.missing + self.outdated)

    def _place(self, name: str) -> str:
        return f"{self.recipe.path}:{self.stages.line(name)}"

    def _refused(self, expected: str, observed: str, action: str, name: str) -> BuildError:
        line = self.stages.line(name)
        return BuildError(expected, observed, action, self.recipe.excerpt(line), Build("", failure=observed, line=line))

    def most_history(self, image: dict[str, Any]) -> int | None:
        """How many entries the history of an image has that was built of them; None where that cannot be told.

        Each instruction makes one. What the image stands on must be here: its layers are the image's first.
        """
        name, length = self.stages.descent()
        if name == "scratch":
            return length
        base = self.engine.image(name) if name in self.names else None
        if base is None or _layers(image)[: len(_layers(base))] != _layers(base):
            return None
        return len(self.engine.history(name)) + length + len((base.get("Config") or {}).get("OnBuild") or ())


def _layers(image: dict[str, Any]) -> list[str]:
    return (image.get("RootFS") or {}).get("Layers") or []


def _platform(text: str) -> tuple[str, str] | None:
    """``linux/arm64/v8`` as ``("linux", "arm64")``; None for nothing."""
    if not text:
        return None
    parts = text.lower().split("/")
    system, machine = ("linux", parts[0]) if len(parts) == 1 else parts[:2]
    return system, _SAME.get(machine, machine)
