# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Create containers, start them, and follow them to their end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Collection, NamedTuple

from ..engine.logs import Output
from ..errors import ClashError, EngineError, LabError
from ..machine.listeners import listeners

if TYPE_CHECKING:
    from ..engine.client import Engine

_PORT = re.compile(
    r"(?:(?P<address>\d+(?:\.\d+){3}|\[[0-9A-Fa-f:.]+\]):)?(?P<outside>\d+):(?P<inside>\d+)(?:/(?P<protocol>tcp|udp|sctp))?"
)
_HIGHEST_PORT = 65535
_PORT_TAKEN = re.compile(r"(?:port is already allocated|address already in use)")
# Options that the engine takes as they are: for the container, and for its surroundings.
_PLAIN = ("command", "entrypoint", "name", "user", "working_dir", "hostname")
_PLAIN_HOST = {
    "network": "network_mode",
    "pids_limit": "pids_limit",
    "volumes": "binds",
    "init": "init",
}


class End(NamedTuple):
    """The end of a container's main process."""

    exit_code: int
    oom_killed: bool


class Port(NamedTuple):
    """A published port.

    The container's (``80/tcp``), the machine's, and the machine's address, empty for all of them.
    """

    inside: str
    outside: int
    address: str


def published(ports: list[str]) -> list[Port]:
    """``["8080:80", "127.0.0.1:53:53/udp"]``, read; raises LabError."""
    found = []
    for entry in ports:
        match = _PORT.fullmatch(entry)
        if not match or not all(
            int(match[part]) <= _HIGHEST_PORT for part in ("outside", "inside")
        ):
            form = (
                "a port as OUTSIDE:INSIDE or OUTSIDE:INSIDE/udp, with an ADDRESS: before it for "
                "one address only"
            )
            raise LabError(form, repr(entry), "correct the port")
        inside = f"{match['inside']}/{match['protocol'] or 'tcp'}"
        found.append(Port(inside, int(match["outside"]), (match["address"] or "").strip("[]")))
    return found


def create(
    engine: Engine,
    params: dict[str, Any],
    labels: dict[str, str],
    terminal: bool,
    auto_remove: bool,
) -> str:
    """Create a container with the options ``params`` of ``container_run``; its id.

    One whose output or exit code is needed must stay until they are read, and may not be
    ``auto_remove``.
    """
    api = engine.api
    bindings: dict[str, list[tuple[str, int]]] = {}
    for port in published(params.get("ports") or []):
        bindings.setdefault(port.inside, []).append((port.address, port.outside))
    host_config: dict[str, Any] = {
        theirs: params[key] for key, theirs in _PLAIN_HOST.items() if params.get(key) is not None
    }
    host_config["port_bindings"] = bindings
    host_config["auto_remove"] = auto_remove
    if params.get("memory"):
        host_config["mem_limit"] = host_config["memswap_limit"] = params["memory"]
    if params.get("cpus"):
        host_config["nano_cpus"] = int(params["cpus"] * 1_000_000_000)
    if params.get("restart_policy"):
        host_config["restart_policy"] = {"Name": params["restart_policy"]}
    with engine.speaking(f"a container from {params['image']}"):
        return api.create_container(
            params["image"],
            labels=labels,
            environment=params.get("env"),
            tty=terminal,
            stdin_open=terminal,
            ports=[tuple(port.split("/")) for port in bindings],
            host_config=api.create_host_config(**host_config),
            **{key: params[key] for key in _PLAIN if params.get(key) is not None},
        )["Id"]


def start(engine: Engine, container_id: str, name: str, ports: Collection[int]) -> None:
    """Start a container that publishes ``ports``.

    Raises EngineError, and ClashError if one of them is in use.
    """
    try:
        with engine.speaking(f"the container {name} to start"):
            engine.api.start(container_id)
    except EngineError as error:
        raise _explained(engine, name, ports, error) from error


def _explained(engine: Engine, name: str, ports: Collection[int], error: EngineError) -> LabError:
    """Turn an engine's error about a port in use into a clash that names both sides."""
    if not ports or not _PORT_TAKEN.search(error.observed):
        return error
    # Of several, the one that is named first: "0.0.0.0:8080:172.17.0.2:80/tcp"
    named = [
        (match.start(), port)
        for port in ports
        for match in [re.search(rf":{port}\b", error.observed)]
        if match
    ]
    port = min(named)[1] if named else min(ports)
    holder = _holder_of_port(engine, port)
    return ClashError(
        f"port {port} free for the container {name}",
        f"{holder} uses it",
        f"stop {holder}, then run again",
    )


def _holder_of_port(engine: Engine, port: int) -> str:
    """The container or process that uses a port, in words.

    ``the container web (4f2a…)``, ``the process 4711 (python3)``.
    """
    for entry in engine.containers():
        if any(published.get("PublicPort") == port for published in entry.get("Ports") or ()):
            return f"the container {entry['Names'][0].lstrip('/')} ({entry['Id'][:12]})"
    for listener in listeners([port]):
        if listener["pid"]:
            return f"the process {listener['pid']} ({listener['name']})"
    return "another process"


def end(engine: Engine, container_id: str, name: str, seconds: float | None = None) -> End:
    """Wait for a container to end.

    Raises LabError if it still runs after ``seconds`` (None: no limit).
    """
    with engine.speaking(f"the container {name} to end"):
        exit_code = engine.exit_code(container_id, seconds)
    if exit_code is None:
        raise LabError(
            f"the container {name} to end within {seconds:g} s",
            "it still runs",
            f"allow more time, run it detached, or see what it waits for (`docker logs {name}`)",
        )
    ended = engine.inspect(container_id)
    return End(exit_code, bool(ended and ended["State"]["OOMKilled"]))


def output(engine: Engine, container_id: str, tty: bool) -> tuple[Output, Output]:
    """Stdout and stderr of a container.

    Empty if its log driver keeps nothing that can be read.
    """
    try:
        return engine.output(container_id, tty)
    except EngineError as error:
        if "does not support reading" not in error.observed:
            raise
        return Output(""), Output("")
