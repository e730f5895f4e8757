# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors of the lab: each says what was expected, what was observed and what to do."""

from __future__ import annotations

from typing import Any


class LabError(Exception):
    """Something that a person has to know about.

    ``expected`` and ``observed`` are short statements, ``action`` is the one next thing to do (may be empty).
    """

    def __init__(self, expected: str, observed: str, action: str = "") -> None:
        self.expected = expected
        self.observed = observed
        self.action = action
        super().__init__(str(self))

    def __str__(self) -> str:
        text = f"expected {self.expected}; observed {self.observed}."
        return f"{text} What to do: {self.action}" if self.action else text

    def failure(self) -> dict[str, Any]:
        """The result of a module that ends with this error."""
        return {
            "msg": str(self),
            "expected": self.expected,
            "observed": self.observed,
            "action": self.action,
            "changed": False,
        }


class ClashError(LabError):
    """What a step needs is taken by something that the lab did not make."""


class EngineError(LabError):
    """The engine cannot be reached, or refused a request."""


def describe_container(container: dict[str, Any]) -> str:
    """A container as a person knows it: name, short id, image."""
    return f"the container {container['Name'].lstrip('/')} ({container['Id'][:12]}, from {container['Config']['Image']})"


def describe_restarting(container: dict[str, Any]) -> str:
    """What a container does that the engine starts again and again; empty for any other."""
    state = container["State"]
    return (
        f"it is restarting: its command ends with exit code {state.get('ExitCode')} again and again"
        if state.get("Restarting")
        else ""
    )


def foreign_container(container: dict[str, Any], expected: str) -> ClashError:
    """The error for a container that the lab needs to be its own and is not."""
    return ClashError(
        expected,
        f"{describe_container(container)}, which the lab did not make",
        f"remove or rename it (`docker rename {container['Name'].lstrip('/')} OTHER`), or set it aside with take_over: true",
    )
