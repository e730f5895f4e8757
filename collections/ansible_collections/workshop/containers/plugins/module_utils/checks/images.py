# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks on images."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..names import full_reference
from ..views import EVENTS
from .base import FAILED, PASSED, UNKNOWN, Check, Finding

if TYPE_CHECKING:
    from ..model import Key
    from ..views import View


class _OfOneImage(Check):
    def subjects(self, view: View) -> set[Key]:
        return {("image", full_reference(self.params["name"]))}


class Image(_OfOneImage):
    """Whether an image is there, what it runs, and whether it is the one that its registry serves."""

    name = "image"

    def observe(self, view: View, past: bool) -> Finding:
        wanted = self.params
        name = wanted["name"]
        image = view.engine.image(name)
        if wanted.get("exists") is False:
            finding = self.decide(image is None, past, f"no image {name}", "it is there" if image else "no such image")
            finding.absence = image is None
            return finding
        if image is None:
            return self.decide(False, past, f"the image {name}", "no such image")
        if "command" in wanted:
            command = image["Config"]["Cmd"]
            if command != wanted["command"]:
                return self.decide(False, past, f"the image {name} with CMD {wanted['command']}", f"CMD {command}")
        if wanted.get("up_to_date"):
            return self._up_to_date(view, image.get("RepoDigests") or [], past)
        return Finding(PASSED, f"the image {name}", "it is there")

    def _up_to_date(self, view: View, local: list[str], past: bool) -> Finding:
        name = self.params["name"]
        expected = f"the image {name} as its registry serves it"
        served = view.engine.registry_digest(name)
        if served is None:
            return Finding(UNKNOWN, expected, "the registry does not say what it serves")
        good = any(digest.endswith(f"@{served}") for digest in local)
        return self.decide(good, past, expected, "it is" if good else f"the registry serves {served[:19]}…, which is not here")


class ImageHistory(_OfOneImage):
    """Which instructions made an image, the newest first."""

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
        observed = "it is so" if not left else f"no /{left[0]}/ in its place; the newest entry is {entries[0]!r}"
        return self.decide(not left, past, expected, observed)


class ImageNotPulled(Check):
    """That the step pulled nothing: the engine's events decide."""

    name = "image_not_pulled"

    def observe(self, view: View, past: bool) -> Finding:
        expected = f"no pull of {self.params['name']} during the step"
        pulls = view.pulls(self.params["name"])
        if pulls is None:
            return Finding(UNKNOWN, expected, f"{EVENTS} do not reach back to it")
        return Finding(FAILED if pulls else PASSED, expected, f"{pulls} pulls", EVENTS)
