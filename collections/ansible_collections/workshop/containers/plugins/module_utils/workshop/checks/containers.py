# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks on containers, their logs and terminals."""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING, Any

from ...errors import describe_container
from ...files import kind_of
from ...step_result import FAILED, PASSED, UNKNOWN
from ..fold import Maker
from ..view import EVENTS
from .base import Check, Finding

if TYPE_CHECKING:
    from ..fold import Key
    from ..outline import Outline
    from ..view import Sighting, View


class _OfOneContainer(Check):
    """A check on the container that a step makes: named, named by its step, or the step's own."""

    def maker(self, view: Outline) -> Maker:
        """The maker of the container."""
        if "name" in self.params:
            return view.maker(self.params["name"]) or Maker(self.params["name"])
        return view.maker_in(self.params.get("step", self.step))

    def who(self) -> str:
        """The container in words."""
        if "name" in self.params:
            return f"the container {self.params['name']}"
        return f"the container of step {self.params.get('step', self.step)}"

    def subjects(self, view: Outline) -> set[Key]:
        return {view.key_of(self.maker(view))}


def _port_words(ports: dict[str, int]) -> str:
    return (
        " and ".join(
            f"port {outside} open to {inside}" for inside, outside in sorted(ports.items())
        )
        or "no open port"
    )


def _command_words(command: list[str] | None) -> str:
    return f"command `{' '.join(command or [])}`"


class ContainerCheck(_OfOneContainer):
    """A container exists, runs, printed something, has a port open, …"""

    name = "container"

    def undone(self, view: View, until: int) -> bool:
        # A request or a new file alters a container, but one that is to run on has to run.
        key = view.key_of(self.maker(view))
        then, now = view.fold.worlds[view.index + 1].get(key), view.fold.worlds[until + 1].get(key)
        runs_on = (
            then
            and now
            and then.made_by is now.made_by
            and then.attrs.get("running")
            and now.attrs.get("running")
        )
        return not runs_on and super().undone(view, until)

    def observe(self, view: View, past: bool) -> Finding:
        seen = view.container(self.maker(view))
        expected = f"{self.who()}: {', '.join(self._wanted_words())}"
        if self.params.get("exists") is False and "name" in self.params and not past:
            present = view.engine.container_named(self.params["name"])
            if present is not None:
                return Finding(FAILED, expected, f"{describe_container(present)} is still there")
        if seen is None:
            if self.of_absence:
                return Finding(PASSED, expected, "no such container", absence=True)
            return Finding(UNKNOWN if past else FAILED, expected, "no such container")
        wrong = [words for words in self._differences(view, seen, past) if words]
        # Of several that may be meant it was this one that was judged.
        judged = f"{seen.name}: " if seen.name and "name" not in self.params else ""
        if wrong:
            return Finding(FAILED, expected, f"{judged}{', '.join(wrong)}", seen.source)
        hidden = self._hidden(view, seen)
        if hidden:
            return Finding(UNKNOWN, expected, f"{judged}nothing tells {hidden}", seen.source)
        return Finding(PASSED, expected, f"{judged}{', '.join(self._wanted_words())}", seen.source)

    def _hidden(self, view: View, seen: Sighting) -> str:
        """The fact that the check needs and nothing tells; "": none.

        Events do not tell what somebody ran in a container that is gone.
        """
        if "output" in self.params and view.output(seen) is None:
            return "what it printed"
        return (
            "what it ran"
            if seen.command is None and seen.maker is None and seen.source == EVENTS
            else ""
        )

    def _wanted_words(self) -> list[str]:
        words = []
        for key, value in self.params.items():
            if key == "exists":
                words.append("there" if value else "gone")
            elif key == "running":
                words.append("running" if value else "stopped")
            elif key == "exit_code":
                words.append(f"exit code {value}")
            elif key == "oom_killed":
                words.append(
                    "killed for want of memory" if value else "not killed for want of memory"
                )
            elif key == "output":
                words.append(f"output that matches /{value}/")
            elif key == "command":
                words.append(_command_words(value))
            elif key == "tty":
                words.append("with a terminal" if value else "without a terminal")
            elif key == "auto_remove":
                words.append("removed when it stops" if value else "kept when it stops")
            elif key == "ports":
                words.append(_port_words(value))
        return words or ["there"]

    def _differences(self, view: View, seen: Sighting, past: bool) -> list[str]:
        """The differences from what is wanted, in words; an unknown fact is none."""
        wanted: dict[str, Any] = self.params
        words = []
        # What the step leaves behind must be there; one that removes itself cannot be.
        left = view.key_of(self.maker(view)) in view.fold.worlds[view.index + 1]
        exists = wanted.get("exists", True if left else None)
        if exists is not None and seen.exists != exists and not (past and exists):
            words.append("still there" if seen.exists else "gone")
        running = wanted.get("running")
        state = (
            (seen.started if past and running else seen.running) if running is not None else None
        )
        if state is not None and state != running:
            words.append("running" if seen.running else f"not running (exit code {seen.exit_code})")
        if (
            "exit_code" in wanted
            and seen.exit_code is not None
            and seen.exit_code != wanted["exit_code"]
        ):
            words.append(f"exit code {seen.exit_code}")
        elif "exit_code" in wanted and seen.running:
            words.append("still running")
        if (
            "oom_killed" in wanted
            and seen.oom_killed is not None
            and seen.oom_killed != wanted["oom_killed"]
        ):
            words.append(
                "killed for want of memory" if seen.oom_killed else "not killed for want of memory"
            )
        if "output" in wanted:
            output = view.output(seen)
            if output is not None and not re.search(wanted["output"], output, re.MULTILINE):
                words.append(f"output {output.strip()[-200:]!r}")
        if "command" in wanted and seen.command is not None and seen.command != wanted["command"]:
            words.append(_command_words(seen.command))
        if "tty" in wanted and seen.tty is not None and seen.tty != wanted["tty"]:
            words.append("with a terminal" if seen.tty else "without a terminal")
        if (
            "auto_remove" in wanted
            and seen.auto_remove is not None
            and seen.auto_remove != wanted["auto_remove"]
        ):
            words.append("removed when it stops" if seen.auto_remove else "kept when it stops")
        if "ports" in wanted and seen.ports is not None and seen.ports != wanted["ports"]:
            words.append(_port_words(seen.ports))
        return words


class ContainersCheck(Check):
    """So many of the workshop's containers run, or are stopped."""

    name = "containers"

    def subjects(self, view: Outline) -> set[Key]:
        keys = {key for key in view.fold.worlds[view.index + 1] if key[0] == "container"}
        return keys | {key for key in view.fold.effects[view.index].writes if key[0] == "container"}

    def undone(self, view: View, until: int) -> bool:
        return view.fold.kind_written("container", view.index, until)

    def observe(self, view: View, past: bool) -> Finding:
        seen = view.containers()
        counts = {"running": sum(1 for each in seen if each.running)}
        counts["stopped"] = len(seen) - counts["running"]
        expected = "of the workshop's containers " + " and ".join(
            f"{n} {state}" for state, n in self.params.items()
        )
        observed = " and ".join(f"{counts[state]} {state}" for state in self.params)
        if all(counts[state] == wanted for state, wanted in self.params.items()):
            return Finding(PASSED, expected, observed, absence=not any(self.params.values()))
        return (
            self._back_then(view, expected, observed)
            if past
            else Finding(FAILED, expected, observed)
        )

    def _back_then(self, view: View, expected: str, observed: str) -> Finding:
        """The same from what is known of the containers that were there after this step."""
        counts = dict.fromkeys(self.params, 0)
        sources = set()
        for key, thing in view.fold.worlds[view.index + 1].items():
            state = "running" if thing.attrs.get("running") else "stopped"
            seen = (
                view.container(thing.made_by.maker)
                if key[0] == "container" and state in counts
                else None
            )
            if seen is not None and seen.started:
                counts[state] += 1
                sources.add(seen.source)
        if counts == self.params and sources:
            return Finding(
                PASSED,
                expected,
                " and ".join(f"{n} {state} after the step" for state, n in counts.items()),
                " and ".join(sorted(sources)),
            )
        return Finding(UNKNOWN, expected, observed)


class ContainerLogCheck(_OfOneContainer):
    """A container's log matches a pattern."""

    name = "container_log"

    def observe(self, view: View, past: bool) -> Finding:
        expected = f"a log of {self.who()} that matches /{self.params['matches']}/"
        seen = view.container(self.maker(view))
        if seen is None or not seen.exists:
            return Finding(UNKNOWN if past else FAILED, expected, "no such container")
        log = view.log(seen.id)
        found = re.search(self.params["matches"], log, re.MULTILINE)
        if found:
            return Finding(
                PASSED, expected, f"the log has {found[0][-200:]!r}", "the container's log"
            )
        return Finding(
            FAILED,
            expected,
            f"the log ends with {log.strip()[-200:]!r}" if log.strip() else "an empty log",
        )


class ContainerFileCheck(_OfOneContainer):
    """A file exists in a container, running or stopped, with this content."""

    name = "container_file"

    def observe(self, view: View, past: bool) -> Finding:
        wanted = self.params
        expected = f"the file {wanted['path']} in {self.who()}"
        seen = view.container(self.maker(view))
        if seen is None or not seen.exists:
            return Finding(UNKNOWN if past else FAILED, expected, "no such container")
        found = view.engine.file_in(seen.id, wanted["path"])
        if wanted.get("exists") is False:
            return Finding(
                FAILED if found else PASSED,
                f"no {expected[4:]}",
                "the file exists" if found else "no such file",
            )
        if found is None:
            return Finding(FAILED, expected, "no such file")
        mode, content = found
        if not stat.S_ISREG(mode):
            return Finding(FAILED, expected, f"{kind_of(mode)} has that name")
        executable = bool(mode & stat.S_IXUSR)
        if wanted.get("executable", executable) != executable:
            words = ("executable", "not executable")
            return Finding(FAILED, f"{expected}, {words[executable]}", words[not executable])
        if "matches" in wanted and not re.search(wanted["matches"], content, re.MULTILINE):
            return Finding(
                FAILED,
                f"{expected} that matches /{wanted['matches']}/",
                f"it ends with {content.strip()[-200:]!r}",
            )
        return Finding(PASSED, expected, "the file exists")


class ContainerChangesCheck(_OfOneContainer):
    """A container's own layer adds these paths, or deletes them, as `docker diff` shows it."""

    name = "container_changes"

    def observe(self, view: View, past: bool) -> Finding:
        wanted = {
            **dict.fromkeys(self.params.get("added", ()), "A"),
            **dict.fromkeys(self.params.get("deleted", ()), "D"),
        }
        expected = (
            f"changes of {self.who()}: "
            f"{', '.join(f'{kind} {path}' for path, kind in wanted.items())}"
        )
        seen = view.container(self.maker(view))
        if seen is None or not seen.exists:
            return Finding(UNKNOWN if past else FAILED, expected, "no such container")
        changes = view.engine.changes(seen.id)
        good = all(changes.get(path) == kind for path, kind in wanted.items())
        observed = (
            ", ".join(f"{kind} {path}" for path, kind in sorted(changes.items())[:10]) or "none"
        )
        return Finding(PASSED if good else FAILED, expected, observed)


class NamespacesCheck(_OfOneContainer):
    """A running container has these kernel namespaces of its own, and shares those with the
    machine.
    """

    name = "namespaces"

    def observe(self, view: View, past: bool) -> Finding:
        own, shared = self.params.get("own", []), self.params.get("shared", [])
        expected = f"{self.who()} with own namespaces {', '.join(own)}" + (
            f", sharing {', '.join(shared)}" if shared else ""
        )
        seen = view.container(self.maker(view))
        pid = view.engine.pid(seen.id) if seen is not None and seen.running else 0
        if not pid:
            return Finding(UNKNOWN if past else FAILED, expected, "no such container runs")
        found = {kind: _shares(pid, kind) for kind in (*own, *shared)}
        good = all(shares == (kind in shared) for kind, shares in found.items())
        observed = [
            f"{words}: {', '.join(kinds)}"
            for words, wanted in (("its own", False), ("shared with the machine", True))
            for kinds in [[kind for kind, shares in found.items() if shares is wanted]]
            if kinds
        ]
        return Finding(PASSED if good else FAILED, expected, "; ".join(observed))


def _shares(pid: int, kind: str) -> bool:
    """True if a process is in the same namespace of a kind as this one (namespaces(7))."""
    return os.stat(f"/proc/{pid}/ns/{kind}").st_ino == os.stat(f"/proc/self/ns/{kind}").st_ino
