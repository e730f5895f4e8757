# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows the steps of one machine while it works.

One line each as they end, and on a terminal the one being worked on.
"""

from __future__ import annotations

from typing import Any, Callable

from ansible_collections.workshop.containers.plugins.module_utils.safe_text import safe
from ansible_collections.workshop.containers.plugins.module_utils.step_result import (
    FAILED,
    step_result,
)
from ansible_collections.workshop.containers.plugins.plugin_utils.report import console_style


class LiveSteps:
    """Takes a module's progress events in order.

    Remembers enough of them for a result, should the module not come to give one.

    `current` is the id of the step that has begun and not ended, "" between steps; `steps` are
    those that ended, in the form of a result.
    """

    def __init__(
        self, content: dict[str, Any], task_vars: dict[str, Any], display: Callable[..., None]
    ) -> None:
        hosts = task_vars.get("ansible_play_hosts_all", [])
        host = str(task_vars.get("inventory_hostname", ""))
        self._prefix = f"  {host}  " if len(hosts) > 1 else "  "
        self._overwrite = console_style.ON_TERMINAL and len(hosts) <= 1
        self._id_width = max(len(step["id"]) for step in content["steps"])
        self._content = content
        self._display = display
        self._title = ""
        self.current = ""
        self.steps: list[dict[str, Any]] = []

    def show(self, event: dict[str, Any]) -> None:
        """One event: {event: begin, step, title}, {event: end, step, status, changed, seconds} or
        {event: finished}.
        """
        event = safe(event)
        if event["event"] == "begin":
            self.current, self._title = event["step"], event["title"]
            if self._overwrite:
                self._display(self._line("working", None) + "\r", newline=False, screen_only=True)
        elif event["event"] == "end":
            line = self._line(event["status"], event["seconds"])
            self._display(line, color=console_style.color(event["status"], event["changed"]))
            self._end(event["status"], changed=event["changed"], seconds=event["seconds"])

    def abandon(self, observed: str, remedy: str) -> None:
        """The step that has begun will not end."""
        if self.current:
            self._end(
                FAILED, changed=True, expected="the step ends", observed=observed, remedy=remedy
            )

    def result(self) -> dict[str, Any]:
        """The result of the module, as far as it is known."""
        changed = any(step["changed"] for step in self.steps)
        return {
            "changed": changed,
            "workshop": self._content["name"],
            "until": self._content["until"],
            "steps": self.steps,
        }

    def _end(self, status: str, **known: Any) -> None:
        self.steps.append(step_result(self.current, self._title, status, **known))
        self.current = ""

    def _line(self, status: str, seconds: float | None) -> str:
        start = (
            f"{self._prefix}{console_style.sign(status)} "
            f"{console_style.fit(self.current, self._id_width)}  "
        )
        return (
            start
            + console_style.fit(self._title, console_style.WIDTH - len(start) - 8)
            + " "
            + console_style.seconds(seconds)
        )
