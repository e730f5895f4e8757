# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The body of the ``container_run`` module; its own file holds the documentation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Protocol

from ..engine.logs import Output
from ..engine.options import texts, words
from ..errors import ClashError, EngineError, LabError
from ..names import checked_container_name, checked_reference
from . import lifecycle, run_label
from .terminals import attach, converse, plain

if TYPE_CHECKING:
    from ..engine.client import Engine


class Call(Protocol):
    """The part of an AnsibleModule that is used here."""

    params: dict[str, Any]
    check_mode: bool

    def warn(self, warning: str) -> None:
        """Warn the user."""


# The output of a container that prints without end is not what a message should be made of.
_SHOWN = 1000
_FOR_EVER = 10**8


def work(module: Call, engine: Engine) -> dict[str, Any]:
    """The module's result; raises LabError."""
    checked_container_name(module.params["name"])
    return (
        _remove(module, engine)
        if module.params["state"] == "absent"
        else Run(module, engine).result()
    )


def _remove(module: Call, engine: Engine) -> dict[str, Any]:
    container = engine.container_named(module.params["name"])
    if container is not None:
        run_label.refuse_foreign(engine, container, module.params["replace"])
        if not module.check_mode:
            engine.remove_container(container["Id"])
    return {
        "changed": container is not None,
        "container": None,
        "differences": [],
        "pulled": False,
        "diff": {"before": _seen(container), "after": ""},
    }


def _seen(container: dict[str, Any] | None) -> str:
    if container is None:
        return ""
    state, config = container["State"], container["Config"]
    ended = f"exited with {state['ExitCode']}" if state["Status"] == "exited" else state["Status"]
    return (
        f"{container['Name'].lstrip('/')}: {ended}, from {config['Image']} "
        f"({container['Image'][7:19]})\n"
    )


class Run:
    """One call of the module with state: present."""

    def __init__(self, module: Call, engine: Engine) -> None:
        self.module = module
        self.engine = engine
        self.params = params = dict(module.params)
        self.name: str = params["name"]
        self.terminal = bool(params["tty"] or params["script"])
        self.seconds = float(params["timeout"]) or None
        self.pulled = False
        checked_reference(params["image"])
        self.ports = [port.outside for port in lifecycle.published(params["ports"] or [])]
        self.expected_output = self._pattern("expected_output")
        self.prompt = self._pattern("prompt")
        for entry in params["script"] or ():
            _compiled("the expect of an input", entry["expect"])
        params.update({option: texts(option, params[option] or {}) for option in ("env", "labels")})
        params.update(
            {option: words(option, params[option]) for option in ("command", "entrypoint")}
        )

    def _pattern(self, option: str) -> re.Pattern[str] | None:
        return _compiled(option, self.params[option])

    def result(self) -> dict[str, Any]:
        """Compare the container with the options, change what differs, and give the result."""
        container = self.engine.container_named(self.name)
        if container is not None:
            run_label.refuse_foreign(self.engine, container, self.params["replace"])
        before = _seen(container)
        self._fetch()
        differences = self._differences(container)
        # One that a run which was cut off has left is followed to its end, and removed then.
        changed = (
            container is None
            or bool(differences)
            or (self.params["auto_remove"] and not self.params["detach"])
        )
        outcome: dict[str, Any] = {
            "changed": changed,
            "differences": differences,
            "pulled": self.pulled,
        }
        if self.module.check_mode and outcome["changed"]:
            outcome["container"] = None
            after = (
                f"{self.name}: {'running' if self.params['detach'] else 'ended'}, from "
                f"{self.params['image']}\n"
            )
            return {**outcome, "diff": {"before": before, "after": after}}
        if container is None or differences:
            container = self._made(container, differences)
        outcome["container"] = container["Id"]
        if not self.params["detach"] and not (
            self.module.check_mode and container["State"]["Running"]
        ):
            outcome.update(self._ended(container))
        outcome["diff"] = {"before": before, "after": _seen(self.engine.inspect(container["Id"]))}
        return outcome

    def _fetch(self) -> None:
        """Pull the image as the option ``pull`` says.

        In check mode, find out whether that would bring another image.
        """
        name, pull = self.params["image"], self.params["pull"]
        image = self.engine.image(name)
        if pull == "never" and image is None:
            raise EngineError(
                f"the image {name}",
                "it is not on this machine, and pull: never forbids a pull",
                "build or load it, or run with pull: missing",
            )
        if pull == "never" or (pull == "missing" and image is not None):
            return
        if not self.module.check_mode:
            self.pulled = self.engine.pull(name)
        elif image is None:
            self.pulled = True
        else:
            served = self.engine.need_registry_digest(
                name, f"the image {name} from its registry", "run with pull: missing"
            )
            self.pulled = served not in self.engine.known_digests(image, name)

    def _differences(self, container: dict[str, Any] | None) -> list[str]:
        if container is None:
            return []
        if self.params["recreate"] or not run_label.is_own(self.engine, container):
            return ["recreate" if self.params["recreate"] else "replace"]
        found = run_label.differences(self.engine, container, self.params)
        if self.module.check_mode and self.pulled and "image" not in found:
            found.append("image")
        return found if found or self._holds(container) else ["state"]

    def _holds(self, container: dict[str, Any]) -> bool:
        """True if a container with the right options is in the right state.

        Raises EngineError for one that is paused or restarts for ever.
        """
        state = container["State"]
        if self.params["detach"]:
            run_label.refuse_halted(container)
            return state["Running"]
        if state["Running"]:
            # A run that was cut off is followed to its end, not begun again.
            run_label.refuse_halted(container)
            return not self.params["script"]
        if state["Status"] == "created" or state["ExitCode"] != self.params["expected_exit_code"]:
            return False
        return self.expected_output is None or any(
            map(self.expected_output.search, self._outputs(container))
        )

    def _made(self, container: dict[str, Any] | None, differences: list[str]) -> dict[str, Any]:
        """Create and start the container, or only start it; raises LabError."""
        if (
            container is not None
            and differences == ["state"]
            and self.params["detach"]
            and not self.params["script"]
        ):
            lifecycle.start(self.engine, container["Id"], self.name, self.ports)
            return container
        if container is not None:
            self.engine.remove_container(container["Id"])
        params = {
            **self.params,
            "network_mode": self.params["network"],
            "binds": self.params["volumes"],
            "init": self.params["init"] or None,
        }
        labels = {**self.params["labels"], **run_label.label_for(self.params)}
        container_id = lifecycle.create(
            self.engine,
            params,
            labels,
            self.terminal,
            self.params["auto_remove"] and self.params["detach"],
        )
        try:
            self._start(container_id)
        except (EngineError, ClashError):
            # What never ran would only be in the way of the next run.
            self.engine.remove_container(container_id)
            raise
        return self.engine.inspect(container_id) or {
            "Id": container_id,
            "Config": {"Tty": self.terminal},
        }

    def _start(self, container_id: str) -> None:
        script = self.params["script"]
        if not script:
            return lifecycle.start(self.engine, container_id, self.name, self.ports)
        terminal = attach(self.engine, container_id)
        try:
            lifecycle.start(self.engine, container_id, self.name, self.ports)
            seconds = self.seconds or _FOR_EVER
            converse(terminal, self.name, script, self.prompt or re.compile("$"), seconds)
            if not terminal.closed and not self.params["detach"]:
                raise LabError(
                    f"the command of the container {self.name} to end with its script",
                    f"it waits for input: {terminal.printed.strip()[-200:]}",
                    "add an input that ends it, such as exit, or run with detach: true",
                )
        finally:
            terminal.close()

    def _outputs(self, container: dict[str, Any]) -> tuple[str, str]:
        """Stdout and stderr, with a warning about missing or invalid bytes."""
        tty = container["Config"]["Tty"]
        found = lifecycle.output(self.engine, container["Id"], tty)
        for stream, output in zip(("stdout", "stderr"), found):
            self._warn(stream, output)
        return (plain(found[0].text) if tty else found[0].text), found[1].text

    def _warn(self, stream: str, output: Output) -> None:
        if output.left_out:
            self.module.warn(
                f"{stream} of the container {self.name} is too long: its first {output.left_out} "
                "bytes are omitted."
            )
        if output.unreadable:
            self.module.warn(
                f"{stream} of the container {self.name} is not all UTF-8: each invalid byte "
                "is shown as U+FFFD."
            )

    def _ended(self, container: dict[str, Any]) -> dict[str, Any]:
        """Wait for the end, and compare it with what was expected."""
        exit_code, oom_killed = lifecycle.end(self.engine, container["Id"], self.name, self.seconds)
        stdout, stderr = self._outputs(container)
        if self.params["auto_remove"]:
            self.engine.remove_container(container["Id"])
        found = {"exit_code": exit_code, "stdout": stdout, "stderr": stderr}
        wanted, last = (
            self.params["expected_exit_code"],
            f"{(stdout + stderr).strip()[-_SHOWN:] or 'nothing'}\n",
        )
        if exit_code != wanted:
            what, observed = (
                f"the exit code {wanted}",
                f"{exit_code}{' (out of memory)' if oom_killed else ''}; the end of its output",
            )
            option = "expected_exit_code"
        elif self.expected_output is not None and not any(
            map(self.expected_output.search, (stdout, stderr))
        ):
            what, observed, option = (
                f"/{self.expected_output.pattern}/ in the output",
                "its end is",
                "expected_output",
            )
        else:
            return found
        error = LabError(
            f"{what} of the container {self.name}",
            f"{observed}:\n{last}",
            f"correct the command, or {option}",
        )
        return {**found, "failed": True, "msg": str(error)}


def _compiled(option: str, pattern: str | None) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern, re.MULTILINE) if pattern else None
    except re.error as error:
        raise LabError(
            f"a regular expression as {option}", f"{pattern!r} ({error})", "correct it"
        ) from None
