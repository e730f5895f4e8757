# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors of the lab, and the sentences in which each says what is wrong and what to do."""

from __future__ import annotations

from typing import Any

# What was observed, where it is a clause of its own and not a thing that was found
_CLAUSE = ("drive ", "it ", "its ", "somebody ", "there ")


def fact(expected: str, observed: str, link: str = "") -> str:
    """The first sentence of a message, without its full stop; ``link`` is between the two."""
    if not link:
        link = "but" if observed.startswith(_CLAUSE) else "but found"
    return f"Expected {expected}, {link} {observed}"


def message(first: str, remedy: str) -> str:
    """The fact, with its full stop, and the next thing to do (may be empty)."""
    end = " " if first.endswith((".", "?", "!")) else "" if first.endswith("\n") else ". "
    return f"{first}{end}{remedy[:1].upper()}{remedy[1:]}".rstrip(" ")


class LabError(Exception):
    """A failure that a person has to know about.

    ``expected`` and ``observed`` are short statements, ``remedy`` is the one next thing to do (may
    be empty).
    """

    # Stands between the two in the message; empty: "but", or "but found"
    link = ""

    def __init__(self, expected: str, observed: str, remedy: str = "") -> None:
        self.expected = expected
        self.observed = observed
        self.remedy = remedy
        super().__init__(str(self))

    def fact(self) -> str:
        """The first sentence of the message, without its full stop."""
        return fact(self.expected, self.observed, self.link)

    def __str__(self) -> str:
        return message(self.fact(), self.remedy)

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


class RefusedError(EngineError):
    """The engine refused a request; ``observed`` are its words."""

    link = "but the engine answered:"


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
