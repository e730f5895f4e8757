# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client of a Docker Engine, through the SDK: all that it can be asked."""

from __future__ import annotations

import calendar
import re
import time
from typing import Any

from ..errors import EngineError
from .container_client import ContainerClient
from .registry_client import RegistryClient


def timestamp(text: str) -> float:
    """Seconds since the epoch of an engine's time (RFC 3339 in UTC, nanoseconds)."""
    match = re.match(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?", text)
    if match is None:
        return 0.0
    return calendar.timegm(time.strptime(match[1], "%Y-%m-%dT%H:%M:%S")) + float(match[2] or 0)


class Engine(ContainerClient, RegistryClient):
    """A connected engine."""

    def has(self, kind: str, identity: str) -> bool:
        """True if it has the ``"container"`` or ``"image"`` of a full id; False if it is silent."""
        find = self.inspect if kind == "container" else self.image_by_id
        try:
            return find(identity) is not None
        except EngineError:
            return False

    def version(self) -> str:
        """The engine's version: ``26.1.5+dfsg1``."""
        with self.speaking("the engine's version"):
            return self.api.version()["Version"]

    def platform(self) -> tuple[str, str]:
        """The engine's own platform: ``("linux", "amd64")``."""
        with self.speaking("the engine's platform"):
            found = self.api.version()
            return found["Os"], found["Arch"]

    def events(self, since: float, until: float) -> list[dict[str, Any]]:
        """The engine's container and image events between two times (seconds since the epoch),
        oldest first.
        """
        with self.speaking("the engine's events"):
            stream = self.api.events(
                since=f"{since:.9f}",
                until=f"{until:.9f}",
                filters={"type": ["container", "image"]},
                decode=True,
            )
            return list(stream)
