# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks on images."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ...images.mirrored import mirrored_layers
from ...names import full_reference
from ...step_result import FAILED, PASSED, UNKNOWN
from ..view import EVENTS
from .base import Check, Finding

if TYPE_CHECKING:
    from ..fold import Key
    from ..outline import Outline
    from ..view import View


class _OfOneImage(Check):
    def subjects(self, view: Outline) -> set[Key]:
        return {("image", full_reference(self.params["name"]))}


class ImageCheck(_OfOneImage):
    """An image exists, runs this command, and is the one that its registry serves."""

    name = "image"

    def subjects(self, view: Outline) -> set[Key]:
        other = self.params.get("not_smaller_than")
        return super().subjects(view) | ({("image", full_reference(other))} if other else set())

    def observe(self, view: View, past: bool) -> Finding:
        wanted = self.params
        name = wanted["name"]
        image = view.engine.image(name)
        if wanted.get("exists") is False:
            finding = self.decide(
                image is None,
                past,
                f"no image {name}",
                "the image exists" if image else "no such image",
            )
            finding.absence = image is None
            return finding
        if image is None:
            return self.decide(False, past, f"the image {name}", "no such image")
        if "command" in wanted:
            command = image["Config"]["Cmd"]
            if command != wanted["command"]:
                return self.decide(
                    False, past, f"the image {name} with CMD {wanted['command']}", f"CMD {command}"
                )
        different = self._differences(view, image)
        if different:
            return self.decide(False, past, f"the image {name} with {different[0]}", different[1])
        if wanted.get("up_to_date"):
            return self._up_to_date(view, image.get("RepoDigests") or [], past)
        return Finding(PASSED, f"the image {name}", "the image exists")

    def _differences(self, view: View, image: dict[str, Any]) -> tuple[str, str] | None:
        """The first setting that differs from the wanted one: as wanted, and as it is."""
        config = image["Config"]
        env = dict(entry.partition("=")[::2] for entry in config["Env"] or ())
        for name, value in self.params.get("env", {}).items():
            if env.get(name) != value:
                return (
                    f"{name}={value} in its environment",
                    f"{name}={env[name]}" if name in env else f"no {name}",
                )
        for port in self.params.get("exposed", ()):
            if port not in (config.get("ExposedPorts") or {}):
                return (
                    f"port {port} exposed",
                    f"exposed: {', '.join(config.get('ExposedPorts') or ()) or 'none'}",
                )
        if "not_smaller_than" in self.params:
            other = view.engine.image(self.params["not_smaller_than"])
            if other is None or image["Size"] < other["Size"]:
                size = f"{other['Size']} bytes" if other else "that image is gone"
                return (
                    f"at least the size of {self.params['not_smaller_than']}",
                    f"{image['Size']} bytes against {size}",
                )
        return None

    def _up_to_date(self, view: View, local: list[str], past: bool) -> Finding:
        name = self.params["name"]
        expected = f"the image {name} as its registry serves it"
        served = view.engine.registry_digest(name)
        if served is None:
            return Finding(UNKNOWN, expected, "the registry does not say what it serves")
        good = any(digest.endswith(f"@{served}") for digest in local)
        return self.decide(
            good,
            past,
            expected,
            f"the registry serves {served[:19]}…, which is {'here' if good else 'not here'}",
        )


class ImageHistoryCheck(_OfOneImage):
    """These instructions made an image, the newest first."""

    name = "image_history"

    def observe(self, view: View, past: bool) -> Finding:
        name, wanted = self.params["name"], list(self.params["instructions"])
        expected = f"a history of {name} with {', then '.join(f'/{each}/' for each in wanted)}"
        if view.engine.image(name) is None:
            return self.decide(False, past, expected, "no such image")
        entries = [entry["CreatedBy"] for entry in view.engine.history(name)]
        left = wanted
        for entry in entries:
            if left and re.search(left[0], entry):
                left = left[1:]
        observed = (
            f"a history of {len(entries)} entries with all of them in this order"
            if not left
            else f"no /{left[0]}/ in its place; the newest entry is {entries[0]!r}"
        )
        return self.decide(not left, past, expected, observed)


class ImageLayersCheck(_OfOneImage):
    """An image's layers are those of another, and some of its own on top.

    Of one that the engine does not have, a mirror tells the layers.
    """

    name = "image_layers"

    def subjects(self, view: Outline) -> set[Key]:
        return super().subjects(view) | {("image", full_reference(self.params["on"]))}

    def observe(self, view: View, past: bool) -> Finding:
        name, base, own = self.params["name"], self.params["on"], self.params.get("own")
        words = "some" if own is None else own
        expected = f"the layers of {name}: those of {base} and {words} of its own"
        image, lower = view.engine.image(name), view.engine.image(base)
        if image is None:
            return self.decide(False, past, expected, f"no image {name}")
        below = lower["RootFS"]["Layers"] if lower else mirrored_layers(view.engine, base)
        if below is None:
            return self.decide(False, past, expected, f"no image {base}")
        layers = image["RootFS"]["Layers"]
        if layers[: len(below)] != below:
            return self.decide(False, past, expected, f"its lowest layers are not those of {base}")
        found = len(layers) - len(below)
        good = found > 0 if own is None else found == own
        return self.decide(good, past, expected, f"{found} of its own")


class ImageServedCheck(_OfOneImage):
    """The registry in an image's name serves exactly the image that is here."""

    name = "image_served"

    def observe(self, view: View, past: bool) -> Finding:
        name = self.params["name"]
        expected = f"the image {name} in its registry, with the digest that it has here"
        good = view.engine.is_served(name)
        found = (
            "the registry serves this image"
            if good
            else "the registry serves another image, or none, or does not answer"
        )
        return self.decide(good, past, expected, found)


class ImagesCheck(Check):
    """So many untagged images of the workshop exist."""

    name = "images"

    def undone(self, view: View, until: int) -> bool:
        return view.fold.kind_written("image", view.index, until)

    def observe(self, view: View, past: bool) -> Finding:
        wanted = self.params["untagged"]
        found = len(view.ownership.untagged_images())
        expected = f"{wanted} untagged images of the workshop"
        finding = self.decide(found == wanted, past, expected, f"{found} of them")
        finding.absence = finding.status == PASSED and wanted == 0
        return finding


class BuildCheck(Check):
    """These instructions of the step's build came from the cache, as the builder says."""

    name = "build"
    settled = True

    def observe(self, view: View, past: bool) -> Finding:
        words = [
            f"{', '.join(f'/{each}/' for each in self.params[key])} {key}"
            for key in ("cached", "ran")
            if key in self.params
        ]
        expected = f"a build with {' and '.join(words)}"
        steps = view.built()
        if steps is None:
            return Finding(UNKNOWN, expected, "how it went is not known any more")
        wrong = [
            f"/{pattern}/ {'ran' if cached else 'came from the cache'}"
            if matching
            else f"no /{pattern}/"
            for cached, key in ((True, "cached"), (False, "ran"))
            for pattern in self.params.get(key, ())
            for matching in [[step for step in steps if re.search(pattern, step.instruction)]]
            if not matching or any(step.cached != cached for step in matching)
        ]
        observed = wrong or words
        return Finding(
            FAILED if wrong else PASSED, expected, ", ".join(observed), "the build's log"
        )


class ImageNotPulledCheck(Check):
    """The step pulled nothing: the engine's events decide."""

    name = "image_not_pulled"

    def observe(self, view: View, past: bool) -> Finding:
        expected = f"no pull of {self.params['name']} during the step"
        pulls = view.pulls(self.params["name"])
        if pulls is None:
            return Finding(UNKNOWN, expected, f"{EVENTS} do not reach back to it")
        return Finding(FAILED if pulls else PASSED, expected, f"{pulls} pulls", EVENTS)
