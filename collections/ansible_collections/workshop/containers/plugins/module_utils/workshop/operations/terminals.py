# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations in terminals: a second shell in a container, and typed input."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...containers.terminals import PROMPT, await_prompt, enter
from ...errors import LabError
from ...retry import retry
from ..fold import FoldError
from .base import Operation, Outcome
from .effects import end_container, newest_container

if TYPE_CHECKING:
    from ..context import Context
    from ..fold import Scene, Thing


class ContainerExec(Operation):
    """``docker exec -it``: a second terminal in a running container."""

    name = "container_exec"

    def simulate(self, scene: Scene) -> None:
        container = self._target(scene)
        if not container.attrs["running"]:
            raise FoldError(f"the container {container.key[1]} does not run", "container")
        if scene.read("terminal", self.params["terminal"]) is not None:
            raise FoldError(f"terminal {self.params['terminal']} is open already", "terminal")
        scene.alter(container)
        scene.make(
            "terminal",
            self.params["terminal"],
            container=container.key[1],
            command=self.params["command"],
        )

    def _target(self, scene: Scene) -> Thing:
        if self.params["container"] == "newest":
            return newest_container(scene, "container")
        return scene.need("container", self.params["container"], "container")

    def apply(self, context: Context) -> Outcome:
        name = self.params["terminal"]
        terminal = context.reopen(name)
        await_prompt(terminal, name, context.patience)
        return Outcome(changed=True)


class TerminalType(Operation):
    """Type at an open terminal, as a learner does."""

    name = "terminal_type"

    def prepare(self) -> None:
        self.exits = self.params.get("exits", False)
        self.expect = (
            re.compile(self.params["expect"], re.MULTILINE) if "expect" in self.params else None
        )

    def simulate(self, scene: Scene) -> None:
        terminal = scene.need("terminal", self.params["terminal"], "terminal")
        container = scene.need("container", terminal.attrs["container"], "terminal")
        if not self.exits:
            scene.alter(container)
        elif terminal.attrs["command"] is not None:
            scene.alter(container)
            scene.drop(terminal)
        else:
            end_container(scene, container)

    def apply(self, context: Context) -> Outcome:
        name = self.params["terminal"]
        context.reopen_beside(name)
        terminal = context.reopen(name)
        if not PROMPT.search(terminal.printed):
            # A terminal that was attached to again shows no prompt until Enter is pressed.
            terminal.type("")
            await_prompt(terminal, name, context.patience)
        enter(
            terminal,
            name,
            self.params["input"],
            None if self.exits else self.expect,
            context.patience,
        )
        if self.exits:
            self._await_exit(context, name)
        else:
            await_prompt(terminal, name, context.patience)
        return Outcome(changed=True, detail={"stdout": terminal.printed})

    def _await_exit(self, context: Context, name: str) -> None:
        terminal = context.terminals[name]
        if not terminal.read_until(None, context.patience):
            raise LabError(
                f"terminal {name} to close after {self.params['input']!r}", "it is still open"
            )
        if terminal.main:
            for other in context.terminals.values():
                if other.container_id == terminal.container_id:
                    other.read_until(None, context.patience)
            engine = context.engine
            retry(
                lambda: engine.inspect(terminal.container_id),
                lambda found: found is None or not found["State"]["Running"],
                context.patience,
            )
