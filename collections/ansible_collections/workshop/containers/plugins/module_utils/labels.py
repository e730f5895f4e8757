# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The labels by which the lab knows its own: nothing without them is ever stopped, removed or overwritten."""

from __future__ import annotations

import hashlib
import json
from typing import Any

PREFIX = "workshop.containers."
WORKSHOP = f"{PREFIX}workshop"
STEP = f"{PREFIX}step"
SPEC = f"{PREFIX}spec"
# What was made: a container inherits all labels of its image, but has not become the lab's by that.
KIND = f"{PREFIX}kind"
CONTAINER, IMAGE = "container", "image"
STAND_IN = f"{PREFIX}stand-in"
# What container_run was asked for, on a container that it made.
RUN = f"{PREFIX}run"
# What image_commit made an image from.
COMMIT = f"{PREFIX}commit"


def digest(value: Any) -> str:
    """sha256 (hex) of a JSON-serialisable value, independent of the order of its keys."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def own(workshop: str, step: str, spec: str, kind: str) -> dict[str, str]:
    """The labels of a CONTAINER or an IMAGE that ``step`` of ``workshop`` makes."""
    return {WORKSHOP: workshop, STEP: step, SPEC: spec, KIND: kind}


def maker(marks: dict[str, str] | None) -> str:
    """The step that made the container with these labels; "" for a container of somebody else."""
    return marks.get(STEP, "") if marks and marks.get(KIND) == CONTAINER else ""
