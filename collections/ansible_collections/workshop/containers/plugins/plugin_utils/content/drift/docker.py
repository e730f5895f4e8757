# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The acts of a command line of docker."""

from __future__ import annotations

import argparse
import functools
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from ansible_collections.workshop.containers.plugins.module_utils.command_line import docker_verb
from ansible_collections.workshop.containers.plugins.plugin_utils.content.drift import acts
from ansible_collections.workshop.containers.plugins.plugin_utils.content.drift.acts import Act

# The options of each verb: those that are on or off, and those with a value, all of which have to
# be known to tell where the arguments begin. Those that no operation has are told as they are.
_FLAGS = {
    "run": "i/interactive t/tty d/detach rm init privileged q/quiet read-only P/publish-all",
    "exec": "i/interactive t/tty d/detach privileged",
    "rm": "f/force v/volumes l/link",
    "rmi": "f/force no-prune",
    "image prune": "f/force a/all",
    "container prune": "f/force",
    "pull": "q/quiet a/all-tags",
    "push": "q/quiet a/all-tags",
    "build": "q/quiet no-cache pull load rm force-rm",
    "commit": "p/pause",
    "cp": "a/archive L/follow-link q/quiet",
    "login": "password-stdin",
}
_VALUES = {
    "run": "name p/publish e/env m/memory memory-swap pids-limit cpus v/volume network net"
    " h/hostname u/user w/workdir entrypoint l/label restart mount platform pull cap-add cap-drop"
    " env-file add-host dns tmpfs ulimit security-opt stop-signal cpu-shares cpuset-cpus",
    "exec": "e/env u/user w/workdir env-file",
    "stop": "t/time s/signal",
    "kill": "s/signal",
    "image prune": "filter",
    "container prune": "filter",
    "pull": "platform",
    "push": "platform",
    "build": "t/tag f/file build-arg target progress platform o/output network label",
    "commit": "c/change m/message a/author",
    "login": "u/username p/password",
}
# What no operation has because nothing stays of it.
_SILENT = {"quiet"}


class _Unreadable(Exception):
    """A command line that docker would refuse."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise _Unreadable(message)


@functools.cache
def _parser(verb: str) -> _Parser:
    parser = _Parser(add_help=False, allow_abbrev=False)
    for known, how in ((_FLAGS, {"action": "store_true"}), (_VALUES, {"action": "append"})):
        for option in known.get(verb, "").split():
            letter, _, name = option.rpartition("/")
            names = [f"-{letter}"] * bool(letter) + [f"--{name}"]
            parser.add_argument(*names, dest=name, **how)  # type: ignore[arg-type]
    if verb in ("run", "exec"):
        parser.add_argument("first")
        parser.add_argument("rest", nargs=argparse.REMAINDER)
    else:
        parser.add_argument("rest", nargs="*")
    return parser


class _Line:
    """The options and arguments of a command line."""

    def __init__(self, verb: str, words: Sequence[str]) -> None:
        found, unknown = _parser(verb).parse_known_args(words)
        self.options = {key: value for key, value in vars(found).items() if value}
        self.rest: list[str] = self.options.pop("rest", [])
        self.first: str = self.options.pop("first", "")
        self.options |= {word.lstrip("-"): True for word in unknown}

    def take(self, name: str) -> Any:
        """The value of an option that has been dealt with; the last one counts."""
        value = self.options.pop(name, None)
        return value[-1] if isinstance(value, list) else value

    def take_all(self, name: str) -> list[str]:
        """The values of an option that may be repeated."""
        found: list[str] = self.options.pop(name, [])
        return found

    def others(self) -> dict[str, Any]:
        """The options that no operation has, as they are typed."""
        return {f"--{name}": value for name, value in self.options.items() if name not in _SILENT}


def docker_acts(words: Sequence[str], where: str, at: Callable[[str], str]) -> list[Act]:
    """The acts of docker's arguments, none for what only shows something.

    ``where`` is the terminal, and ``at`` gives the full path of a file.
    """
    verb, words = docker_verb(list(words))
    if verb not in _ACTS:
        return []
    try:
        line = _Line(verb, words)
        name, found = _ACTS[verb](line, where, at)
    except (_Unreadable, IndexError, ValueError):
        return [Act("", words=f"docker {verb}")]
    return [Act(name, {**line.others(), **values}) for values in found]


_Found = tuple[str, list[dict[str, Any]]]


def _run(line: _Line, where: str, _at: Callable[[str], str]) -> _Found:
    values = {
        "image": acts.image(line.first),
        "command": line.rest,
        "name": line.take("name"),
        "detach": line.take("detach"),
        "auto_remove": line.take("rm"),
        "tty": _tty(line),
        "ports": acts.ports(line.take_all("publish")),
        "env": frozenset(line.take_all("env")),
        "memory": line.take("memory"),
        "memory_swap": line.take("memory-swap"),
        "pids_limit": _number(line.take("pids-limit")),
        "cpus": _number(line.take("cpus")),
    }
    if where != "host":
        values["terminal"] = where if values["tty"] else None
    return "container_run", [values]


def _exec(line: _Line, where: str, _at: Callable[[str], str]) -> _Found:
    tty = _tty(line)
    values: dict[str, Any] = {"container": acts.container(line.first), "command": line.rest}
    if tty != "-i -t":
        return "", [{}]  # nothing but a terminal is an operation's
    return "container_exec", [values | ({"terminal": where} if where != "host" else {})]


def _stop(line: _Line, _where: str, _at: Callable[[str], str]) -> _Found:
    timeout = _number(line.take("time"))
    return "container_stop", [{"name": name, "timeout": timeout} for name in line.rest]


def _kill(line: _Line, _where: str, _at: Callable[[str], str]) -> _Found:
    return "container_stop", [{"name": name, "timeout": 0} for name in line.rest]


def _rm(line: _Line, _where: str, _at: Callable[[str], str]) -> _Found:
    return "container_remove", acts.removed_containers(line.rest)


def _container_prune(line: _Line, _where: str, _at: Callable[[str], str]) -> _Found:
    line.take("force")
    return "container_remove", [{"stopped": True}]


def _rmi(line: _Line, _where: str, _at: Callable[[str], str]) -> _Found:
    return "image_remove", [{"name": acts.image(name)} for name in line.rest]


def _image_prune(line: _Line, _where: str, _at: Callable[[str], str]) -> _Found:
    line.take("force")
    return "image_prune", [{}]


def _pull(line: _Line, _where: str, _at: Callable[[str], str]) -> _Found:
    return "image_pull", [{"name": acts.image(line.rest[0])}]


def _push(line: _Line, _where: str, _at: Callable[[str], str]) -> _Found:
    return "image_push", [{"name": acts.image(line.rest[0])}]


def _tag(line: _Line, _where: str, _at: Callable[[str], str]) -> _Found:
    name, target = line.rest
    return "image_tag", [{"name": acts.image(name), "target": acts.image(target)}]


def _build(line: _Line, _where: str, at: Callable[[str], str]) -> _Found:
    folder = at(line.rest[0])
    file = line.take("file") or "Dockerfile"
    for option in ("load", "rm", "progress"):
        line.take(option)
    names = [acts.image(name) for name in line.take_all("tag")] or [""]
    values = {"path": folder, "dockerfile": file.removeprefix("./").rpartition("/")[2]}
    return "image_build", [{"name": name, **values} for name in names]


def _commit(line: _Line, _where: str, _at: Callable[[str], str]) -> _Found:
    source, name = line.rest
    changes = [acts.instruction(each) for each in line.take_all("change")]
    return "image_commit", [
        {"container": acts.container(source), "name": acts.image(name), "changes": changes}
    ]


def _cp(line: _Line, _where: str, at: Callable[[str], str]) -> _Found:
    source, target = line.rest
    name, colon, path = target.partition(":")
    if not colon:
        return "", [{}]  # out of a container: no operation does that
    if path.endswith("/"):
        path += source.rpartition("/")[2]
    return "container_copy", [{"container": name, "source": at(source), "path": path}]


def _login(line: _Line, _where: str, at: Callable[[str], str]) -> _Found:
    values: dict[str, Any] = {"username": line.take("username")}
    line.take("password-stdin")
    line.take("password")
    rest = [word for word in line.rest if word != "<"]
    if "<" in line.rest:
        values["password_file"] = at(rest[1])
    return "registry_login", [{"registry": rest[0], **values}]


_ACTS: dict[str, Callable[[_Line, str, Callable[[str], str]], _Found]] = {
    "run": _run,
    "exec": _exec,
    "stop": _stop,
    "kill": _kill,
    "rm": _rm,
    "container prune": _container_prune,
    "rmi": _rmi,
    "image prune": _image_prune,
    "pull": _pull,
    "push": _push,
    "tag": _tag,
    "build": _build,
    "commit": _commit,
    "cp": _cp,
    "login": _login,
}


def _tty(line: _Line) -> str | None:
    words = (("interactive", "-i"), ("tty", "-t"))
    return " ".join(letter for option, letter in words if line.take(option)) or None


def _number(word: str | None) -> float | None:
    """A number as YAML has it."""
    if word is None:
        return None
    return int(word) if word.isdigit() else float(word)
