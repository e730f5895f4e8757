# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors of the lab: each says what was expected, what was observed and what to do."""

from __future__ import annotations

from typing import Any


class LabError(Exception):
    """A failure that a person has to know about.

    ``expected`` and ``observed`` are short statements, ``remedy`` is the one next thing to do (may
    be empty).
    """

    def __init__(self, expected: str, observed: str, remedy: str = "") -> None:
        self.expected = expected
        self.observed = observed
        self.remedy = remedy
        super().__init__(str(self))

    def fact(self) -> str:
        """The first sentence of the message, without its full stop."""
        return f"expected {self.expected}; observed {self.observed}"

    def __str__(self) -> str:
        end = "" if self.observed.endswith("?") else "."
        text = f"{self.fact()}{end}"
        return f"{text} What to do: {self.remedy}" if self.remedy else text

    def failure(self) -> dict[str, Any]:
        """The result of a module that ends with this error."""
        return {
            "msg": str(self),
            "expected": self.expected,
            "observed": self.observed,
            "remedy": self.remedy,
            "changed": False,
        }


class ClashError(LabError):
    """Something that the lab did not make is in the way of a step."""


class EngineError(LabError):
    """The engine cannot be reached, or refused a request."""


class UnreachableError(EngineError):
    """No engine answers, whatever was asked of it."""

    def fact(self) -> str:
        return f"Cannot reach the Docker Engine: {self.observed}"


def describe_container(container: dict[str, Any]) -> str:
    """A container as a person knows it: name, short id, image."""
    return (
        f"the container {container['Name'].lstrip('/')} ({container['Id'][:12]}, from "
        f"{container['Config']['Image']})"
    )


def describe_restarting(container: dict[str, Any]) -> str:
    """The state of a container that the engine restarts again and again; empty for any other."""
    state = container["State"]
    return (
        f"it is restarting: its command ends with exit code {state.get('ExitCode')} again and again"
        if state.get("Restarting")
        else ""
    )
