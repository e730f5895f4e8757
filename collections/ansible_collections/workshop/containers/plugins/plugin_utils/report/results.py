# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results of a run as data: what one machine answered, and the file that holds all of them (results.schema.json)."""

from __future__ import annotations

import itertools
import json
import os
import tempfile
from pathlib import Path
from typing import Any

VERSION = 1
STEP = {
    **dict.fromkeys(("id", "lesson", "title", "status"), ""),
    **{"changed": False, "seconds": None},
    **dict.fromkeys(("expected", "observed", "action", "evidence", "output"), ""),
}


def of_workshop(action: str, result: dict[str, Any], task: str) -> dict[str, Any]:
    """A machine's entry out of the result of `checkpoint` or `grade`."""
    steps = [
        {key: step.get(key, default) for key, default in STEP.items()} for step in result["steps"]
    ]
    return {
        "action": action,
        "status": status(steps, bool(result.get("failed"))),
        "changed": bool(result.get("changed")),
        "message": str(result.get("msg") or "") if result.get("failed") else "",
        "task": task,
        "workshop": result.get("workshop", ""),
        "until": result.get("until", ""),
        "reached": reached(steps),
        "base_images": result.get("base_images", []),
        "steps": steps,
    }


def of_failure(kind: str, message: str, task: str) -> dict[str, Any]:
    """Entry of a machine whose run ended before the workshop was reached; `kind` is failed or unreachable."""
    return {**of_workshop("other", {"steps": []}, task), "status": kind, "message": message}


def status(steps: list[dict[str, Any]], failed: bool = False) -> str:
    """The worst that its steps say of a machine."""
    found = {step["status"] for step in steps}
    if failed or found & {"failed", "blocked"}:
        return "failed"
    return next((word for word in ("unknown", "planned") if word in found), "passed")


def reached(steps: list[dict[str, Any]]) -> str | None:
    """Id of the last step up to which all passed; None when the first did not."""
    done = itertools.takewhile(lambda step: step["status"] in ("passed", "not_here"), steps)
    return next((step["id"] for step in reversed(list(done)) if step["status"] == "passed"), None)


def write(path: Path, results: dict[str, Any]) -> None:
    """Writes the file at once or not at all, readable by everybody; makes its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        "w", dir=path.parent, prefix=".results-", encoding="utf-8", delete=False
    ) as stream:
        json.dump(results, stream, ensure_ascii=False, indent=1)
        stream.write("\n")
    os.chmod(stream.name, 0o644)
    os.replace(stream.name, path)
