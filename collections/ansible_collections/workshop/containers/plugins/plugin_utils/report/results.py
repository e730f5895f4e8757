# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results of a run as data.

What one machine answered, and the file that holds all of them (results.schema.json).
"""

from __future__ import annotations

import itertools
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from ansible_collections.workshop.containers.plugins.module_utils.safe_text import (
    safe,
    safe_text,
)
from ansible_collections.workshop.containers.plugins.module_utils.step_result import (
    BLOCKED,
    FAILED,
    FIELDS,
    NOT_HERE,
    PASSED,
    PLANNED,
    UNKNOWN,
)

VERSION = 3


def of_workshop(action: str, result: dict[str, Any], task: str) -> dict[str, Any]:
    """A machine's entry out of the result of `checkpoint` or `grade`."""
    steps = [
        {key: step.get(key, default) for key, default in FIELDS.items()} for step in result["steps"]
    ]
    entry = {
        "action": action,
        "status": status(steps, bool(result.get("failed"))),
        "changed": bool(result.get("changed")),
        "message": str(result.get("msg") or "") if result.get("failed") else "",
        "task": task,
        "workshop": result.get("workshop", ""),
        "until": result.get("until", ""),
        "reached": reached(steps),
        "engine": result.get("engine", ""),
        "base_images": result.get("base_images", []),
        "kept": result.get("kept", []),
        "steps": steps,
    }
    found: dict[str, Any] = safe(entry)
    return found


def of_failure(kind: str, message: str, task: str) -> dict[str, Any]:
    """Entry of a machine without an answer; `kind` is failed, unreachable or unfinished."""
    entry = of_workshop("other", {"steps": []}, task)
    return {**entry, "status": kind, "message": safe_text(message)}


def status(steps: list[dict[str, Any]], failed: bool = False) -> str:
    """The worst that its steps say of a machine."""
    found = {step["status"] for step in steps}
    if failed or found & {FAILED, BLOCKED}:
        return FAILED
    return next((word for word in (UNKNOWN, PLANNED) if word in found), PASSED)


def reached(steps: list[dict[str, Any]]) -> str | None:
    """Id of the last step up to which all passed; None when the first did not."""
    done = itertools.takewhile(lambda step: step["status"] in (PASSED, NOT_HERE), steps)
    return next((step["id"] for step in reversed(list(done)) if step["status"] == PASSED), None)


def as_json(results: dict[str, Any]) -> str:
    """The results as results.schema.json describes them."""
    return json.dumps(results, ensure_ascii=False, indent=1) + "\n"


def write(path: Path, text: str) -> None:
    """Write a file at once or not at all, for its owner only; makes its folder.

    Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # mode 0600
    try:
        with open(descriptor, "w", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(text)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
