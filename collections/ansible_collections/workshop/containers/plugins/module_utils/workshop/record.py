# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The progress record of a workshop on a machine, and the lock that lets one run at a time work on it."""

from __future__ import annotations

import json
import os
import time
from typing import Any

from ..errors import LabError
from ..files import write_file

VERSION = 1


class Record:
    """How far the lab brought a machine, and what it made there that cannot carry a label.

    ``steps`` maps a step id to ``{"digest": str, "at": seconds since the epoch, "checks": [str]}``; ``owned`` maps
    ``"file:/path"``, ``"image:reference"``, … to ``{"step": its maker, "at": seconds}``. Each change is on disk before
    the next thing is done, so that a killed run knows its own. ``since`` is when the machine was last reset (seconds since the
    epoch): what the engine remembers from before is no evidence.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.step = ""
        self.steps: dict[str, dict[str, Any]] = {}
        self.owned: dict[str, dict[str, Any]] = {}
        self.since = 0.0
        self.load()

    def load(self) -> None:
        """Read the record anew; raises LabError where it is not one."""
        try:
            with open(self.path, encoding="utf-8") as stream:
                data = json.load(stream)
            if data["version"] != VERSION:
                raise ValueError(f"version {data['version']}")
            self.steps, self.owned, self.since = data["steps"], data["owned"], data["since"]
        except FileNotFoundError:
            pass
        except (ValueError, KeyError, TypeError) as error:
            raise LabError(
                f"a progress record in {self.path}",
                f"something else: {error}",
                f"remove {self.path}, then run again",
            ) from None

    def save(self) -> None:
        """Write the record, atomically."""
        os.makedirs(os.path.dirname(self.path), mode=0o755, exist_ok=True)
        data = {"version": VERSION, "since": self.since, "steps": self.steps, "owned": self.owned}
        write_file(self.path, (json.dumps(data, indent=1, sort_keys=True) + "\n").encode(), 0o644)

    def own(self, kind: str, name: str) -> None:
        """Note that the lab is about to make something (before it does)."""
        if not self.owns(kind, name):
            self.owned[f"{kind}:{name}"] = {"step": self.step, "at": time.time()}
            self.save()

    def owned_since(self, kind: str, name: str) -> float | None:
        """When the lab was about to make it (seconds since the epoch); None: it never was."""
        entry = self.owned.get(f"{kind}:{name}")
        return entry["at"] if entry else None

    def owns(self, kind: str, name: str) -> bool:
        """Whether the lab made it."""
        return f"{kind}:{name}" in self.owned

    def disown(self, kind: str, name: str) -> None:
        """Forget something that is no longer there, or no longer ours."""
        if self.owned.pop(f"{kind}:{name}", None) is not None:
            self.save()

    def verified(self, step: dict[str, Any]) -> bool:
        """Whether this step, as it now reads, was verified on this machine."""
        return self.steps.get(step["id"], {}).get("digest") == step["digest"]

    def verify(self, step: dict[str, Any], checks: list[str]) -> None:
        """Note that a step was done and its checks held."""
        self.steps[step["id"]] = {
            "digest": step["digest"],
            "at": int(time.time()),
            "checks": checks,
        }
        self.save()

    def start_over(self) -> None:
        """Forget everything, and count no evidence from before this moment."""
        self.steps, self.owned, self.since = {}, {}, time.time()
        self.save()
