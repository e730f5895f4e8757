# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The acts of a step's operations."""

from __future__ import annotations

from typing import Any

from ansible_collections.workshop.containers.plugins.plugin_utils.content.drift import acts
from ansible_collections.workshop.containers.plugins.plugin_utils.content.drift.acts import Act
from ansible_collections.workshop.containers.plugins.plugin_utils.content.drift.script import (
    statements,
)

# What says how an operation goes about it, and not what a learner would have typed.
_HOW = {"refused", "force", "builder", "expect", "exits", "source"}


def done_acts(step: dict[str, Any], files: dict[str, bytes]) -> list[Act]:
    """The acts of a step's operations; ``files`` are the lesson's, by their source."""
    found = []
    for number, item in enumerate(step.get("do", ())):
        for name, parameters in item.items():
            found += [
                Act(name, values, name, number) for values in _values(name, dict(parameters), files)
            ]
    return found


def _values(name: str, parameters: dict[str, Any], files: dict[str, bytes]) -> list[dict[str, Any]]:
    values = parameters
    if name == "terminal_type":
        return [
            {"terminal": parameters["terminal"], "input": acts.entered(statement)}
            for statement in statements(parameters["input"])
        ]
    if name == "file_write":
        values["content"] = files.get(parameters["source"], b"").decode("utf-8", "replace")
    if name in ("file_write", "directory_create"):
        values.setdefault("mode", "0644" if name == "file_write" else "0755")
        values["mode"] = values["mode"].zfill(4)
        values.pop("stamp", None)
    if name == "container_run":
        values["memory_swap"] = values.get("memory")
        values["terminal"] = values.get("terminal", "A") if values.get("tty") else None
        values["tty"] = "-i -t" if values.get("tty") else None
        values["ports"] = acts.ports(values.get("ports", []))
        values["env"] = frozenset(f"{key}={value}" for key, value in values.get("env", {}).items())
    if name == "image_build":
        values["dockerfile"] = values.get("dockerfile", "Dockerfile")
    if name == "image_commit":
        values["changes"] = [acts.instruction(each) for each in values.get("changes", ())]
    if name == "http_request":
        values["url"] = acts.url(values["url"])
    if name == "shell_run":
        return [{"script": "\n".join(acts.entered(each) for each in statements(values["script"]))}]
    if "image" in values:
        values["image"] = acts.image(values["image"])
    if name.startswith("image_"):
        for key in ("name", "target"):
            values |= {key: acts.image(values[key])} if key in values else {}
    keep = {"source"} if name == "container_copy" else set()
    return [{key: value for key, value in values.items() if key not in _HOW - keep}]
