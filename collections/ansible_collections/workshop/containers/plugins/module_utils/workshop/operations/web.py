# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests to what containers serve."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ...http_request import request
from ...retry import retry
from .base import Operation, Outcome

if TYPE_CHECKING:
    from ..context import Context
    from ..fold import Scene, Thing


def serving_container(things: list[Thing], url: str) -> Thing | None:
    """The container among ``things`` that publishes the port of ``url``."""
    port = urlsplit(url).port or 80
    return next((thing for thing in things if port in thing.attrs.get("ports", {}).values()), None)


class HttpRequest(Operation):
    """``curl``: one request, whatever the answer is; its status is for the checks to judge."""

    name = "http_request"

    def simulate(self, scene: Scene) -> None:
        container = serving_container(scene.of_kind("container"), self.params["url"])
        if container is not None:
            scene.alter(container)

    def apply(self, context: Context) -> Outcome:
        answer = retry(
            lambda: request(self.params["url"]), lambda found: found.status > 0, context.patience
        )
        return Outcome(changed=True, detail={"status": answer.status, "stdout": answer.body})
