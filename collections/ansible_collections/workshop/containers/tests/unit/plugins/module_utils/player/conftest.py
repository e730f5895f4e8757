# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A person who works on a machine whose engine remembers, and an observer who sees it."""

from __future__ import annotations

import itertools

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.names import (
    familiar_reference,
    full_reference,
)
from ansible_collections.workshop.containers.plugins.module_utils.player.memory import Memory
from ansible_collections.workshop.containers.plugins.module_utils.player.observer import Observer
from ansible_collections.workshop.containers.plugins.module_utils.player.player import states
from ansible_collections.workshop.containers.plugins.module_utils.player.view import PlayerView


class Person:
    """Works by hand on the machine of a lab; each act takes a second."""

    def __init__(self, lab, *steps, follows_shells=False, **options):
        self.lab = lab(*steps, **options)
        self.api = self.lab.api
        self.events = []
        self._clock = itertools.count(1001)
        self.memory = Memory()
        self.see({"event": "watch", "at": 1000.0})
        self.see({"event": "shells", "at": 1000.0, "followed": follows_shells})

    def see(self, event):
        """Something happens, and is seen."""
        self.events.append(event)
        self.memory.take(event)

    def _happens(self, kind, **more):
        self.see({"event": kind, "at": float(next(self._clock)), "source": "engine", **more})

    def run(self, image, *command, name="", printed=None, exit_code=0, tty=False, remove=False):
        """`docker run`; one that has printed nothing yet (None) goes on running."""
        if not image.startswith("sha256:") and familiar_reference(image) not in self.api.tagged:
            self.api.pull(*familiar_reference(image).rsplit(":", 1))
            self._happens("act", action="pull", name=full_reference(image))
        identity = self.api.add_container(name or None, image, command=command or ("sh",))
        container = self.api.stock[identity]
        container["Config"]["Tty"] = tty
        self._happens(
            "create",
            id=identity,
            name=container["Name"].lstrip("/"),
            image=image,
            image_id=container["Image"],
            command=list(command) or None,
            tty=tty,
            auto_remove=remove,
            ports={},
            maker=None,
        )
        self._happens("start", id=identity)
        container["State"]["Running"] = True
        if printed is not None:
            self.prints(identity, printed)
            self.ends(identity, exit_code, remove)
        return identity

    def prints(self, identity, text):
        """A container prints something."""
        self._happens("output", id=identity, text=text)

    def ends(self, identity, exit_code=0, remove=False):
        """A container ends, and maybe removes itself."""
        self.api.stock[identity]["State"].update(Running=False, ExitCode=exit_code)
        self._happens("die", id=identity, exit_code=exit_code)
        self._happens("heard", id=identity)
        if remove:
            self.removes(identity)

    def removes(self, identity):
        """`docker rm`."""
        self.api.stock.pop(identity)
        self._happens("destroy", id=identity)

    def does(self, action, name):
        """Something happens to an image, or inside a container."""
        self._happens("act", action=action, name=name)

    def types(self, command, exit_code=0):
        """A command in a shell that is followed."""
        self._happens("command", command=command, exit_code=exit_code)

    def judge(self):
        """Let the observer judge; what it adds to the journal."""
        added = []
        view = PlayerView(
            self.lab.engine, self.lab.context.ownership, self.lab.content, self.memory
        )
        observer = Observer(self.lab.content, view, self.lab.record, added.append)
        observer.judge()
        observer.tell_misses()
        self.events += added
        return added

    def states(self, judge=True):
        """By step, its status."""
        if judge:
            self.judge()
        found = states(self.lab.content, self.memory, self.lab.record)
        return {state.step.partition(".")[2]: state.status for state in found}

    def missing(self, step):
        """The lack of a step: expected and observed."""
        found = self.memory.missing.get(f"lesson.{step}")
        return (found.expected, found.observed) if found else None


@pytest.fixture
def person(lab):
    """Makes a Person before the steps of a workshop."""
    return lambda *steps, **options: Person(lab, *steps, **options)
