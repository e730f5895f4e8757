# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose the containers are that an engine tells of."""

from __future__ import annotations

import contextlib
import time

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.player import engine_source
from ansible_collections.workshop.containers.plugins.module_utils.player.engine_source import (
    EngineSource,
)
from ansible_collections.workshop.containers.plugins.module_utils.workshop.fold import Maker
from ansible_collections.workshop.containers.plugins.module_utils.workshop.ownership import (
    CONTAINER,
    labels_for,
)

MAKER = Maker("lesson.run", 0)
PERSON, LAB, OTHER = {}, labels_for("demo", MAKER, CONTAINER), labels_for("else", MAKER, CONTAINER)


class Ears:
    """What is listened to, and what is left again."""

    def __init__(self, _add):
        self.heard, self.left, self.expected = [], [], []

    def expect(self, _engine, identity):
        self.expected.append(identity)

    def listen(self, _engine, container):
        self.heard.append(container["Id"])

    def leave(self, identity):
        self.left.append(identity)


@pytest.fixture
def told(api, lab, monkeypatch):
    """told(labels, found): the events of a container with labels, created or ``found`` there."""
    monkeypatch.setattr(engine_source, "OutputSource", Ears)
    machine = lab(("run", [], []))
    events = []
    source = EngineSource("", events.append, lambda _engine: machine.context.ownership, 0.0)

    def told(labels, found):
        api.add_image("busybox:latest")
        container = api.stock[api.add_container("web", "busybox:latest", labels)]
        if found:
            source._find(machine.engine, container, 1000.0)
        else:
            attributes = {"Attributes": labels, "ID": container["Id"]}
            event = {"Type": "container", "Action": "create", "Actor": attributes}
            source._take(machine.engine, {**event, "timeNano": 1000 * 10**9})
        ears = source._outputs
        assert not {*ears.heard} & {*ears.left}
        return [each["maker"] for each in events], bool(ears.heard)

    return told


@pytest.mark.parametrize("found", [True, False])
@pytest.mark.parametrize(
    ("labels", "makers", "heard"),
    [
        (PERSON, [None], True),
        (LAB, [[*MAKER]], False),
        (OTHER, [], False),  # of no concern here, and nobody's work
    ],
)
def test_whose_a_container_is(told, labels, makers, heard, found):
    assert told(labels, found) == (makers, heard)


def test_all_are_expected_while_one_is_taken_and_no_known_ones(monkeypatch):
    def event(identity, action, **labels):
        return {
            **{"Type": "container", "Action": action, "timeNano": 1000 * 10**9},
            "Actor": {"ID": identity, "Attributes": labels},
        }

    stream = [event("a", "create"), event("b", "create"), event("known", "create")]
    stream += [event("c", "start"), event("of lab", "create", **LAB)]

    class Engine:
        speaking = contextlib.nullcontext
        api = type("Api", (), {"events": staticmethod(lambda **_: iter(stream))})

    monkeypatch.setattr(engine_source, "OutputSource", Ears)
    source = EngineSource("", print, lambda _engine: None, 0.0, ["known"])
    events = source._events(Engine())
    assert next(events) == stream[0]
    deadline = time.monotonic() + 5
    while source._outputs.expected != ["a", "b"] and time.monotonic() < deadline:
        time.sleep(0.01)
    assert [*events] == stream[1:]  # and then the connection is lost
    assert source._outputs.expected == ["a", "b"]
