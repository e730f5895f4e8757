# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks on what containers serve."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...http_request import request
from ..operations.web import serving_container
from .base import Check, Finding

if TYPE_CHECKING:
    from ..fold import Key
    from ..outline import Outline
    from ..view import View


class HttpCheck(Check):
    """A URL answers with this status and body."""

    name = "http"

    def subjects(self, view: Outline) -> set[Key]:
        world = view.fold.worlds[view.index + 1]
        container = serving_container(
            [thing for thing in world.values() if thing.key[0] == "container"], self.params["url"]
        )
        return {container.key} if container else set()

    def observe(self, view: View, past: bool) -> Finding:
        url, status, body = self.params["url"], self.params["status"], self.params.get("body")
        expected = f"{url} answers {status}" + (f" with what matches /{body}/" if body else "")
        answer = request(url)
        good = answer.status == status and (
            body is None or re.search(body, answer.body, re.MULTILINE) is not None
        )
        found = f"it answers {answer.status}" if answer.status else f"no answer: {answer.body}"
        return self.decide(
            good,
            past,
            expected,
            found if good or answer.status != status else f"{found}: {answer.body[:200]!r}",
        )
