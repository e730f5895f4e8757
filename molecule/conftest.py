"""Fixtures of the tests of all scenarios.

An image's layers, and what the engine and the record remember of steps that left nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

RECORD = "/var/lib/workshop/containers/progress.json"
LABEL = "workshop.containers."


@dataclass
class Life:
    """A container as the engine's events tell of it; times are seconds since the epoch."""

    at: dict[str, float] = field(default_factory=dict)  # of the first event of each kind
    exit_code: int | None = None

    def covers(self, second: int) -> bool:
        """True if it ran in this second, or has not ended yet."""
        return int(self.at["start"]) <= second <= self.at.get("die", second)


@pytest.fixture
def layers(host) -> Callable[[str], list[str]]:
    """layers(image): the digests of its layers, the lowest first."""

    def layers(image):
        return host.check_output(
            "docker image inspect --format '{{join .RootFS.Layers \" \"}}' %s", image
        ).split()

    return layers


@pytest.fixture
def events(host) -> list[dict[str, Any]]:
    """The engine's last events on containers and images, the oldest first."""
    only = "--filter type=container --filter type=image"
    listed = host.check_output(
        f"docker events --since 24h --until 0s {only} --format '{{{{json .}}}}'"
    )
    return [json.loads(line) for line in listed.splitlines()]


@pytest.fixture
def lives(events) -> Callable[[str], list[Life]]:
    """lives(step): the containers that the lab made for it, the oldest first.

    Not those that spoil a lesson, which have no number of an operation.
    """

    def lives(step):
        found: dict[str, Life] = {}
        for event in events:
            attributes = event["Actor"]["Attributes"]
            if attributes.get(f"{LABEL}step") == step and f"{LABEL}operation" in attributes:
                life = found.setdefault(event["Actor"]["ID"], Life())
                life.at.setdefault(event["Action"].split(":")[0], event["timeNano"] / 1e9)
                if event["Action"] == "die":
                    life.exit_code = int(attributes["exitCode"])
        whole = [life for life in found.values() if "start" in life.at]
        assert whole, f"the engine remembers no container of {step}"
        return whole

    return lives


@pytest.fixture
def verified(host) -> Callable[[str], tuple[int, str]]:
    """verified(step): the second in which the lab saw its checks hold, and what they were."""
    steps = json.loads(host.file(RECORD).content_string)["steps"]
    return lambda step: (steps[step]["at"], "; ".join(steps[step]["checks"]))
