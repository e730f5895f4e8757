# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Things that are done, in one form for what is typed and for what the automation does."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.workshop.containers.plugins.module_utils.names import (
    familiar_reference,
    full_reference,
)
from ansible_collections.workshop.containers.plugins.plugin_utils.content.drift.script import (
    Statement,
)

# A command whose output names the newest container, as "newest" does in operations.
_NEWEST = re.compile(r"(?:`|\$\()\s*docker (?:ps|container ls) -(?:ql|lq)\s*(?:`|\))")
_STOPPED = re.compile(r"(?:`|\$\()\s*docker (?:ps|container ls) -(?:aq|qa)\s*(?:`|\))")
_HUB = "docker.io/"
# Paths of which only the end is known begin with this.
SOMEWHERE = "…/"


@dataclass
class Act:
    """One thing that is done: the operation for it, and its parameters as far as they are said.

    ``words`` are the command line or the operation; ``number`` is the operation's place in ``do``.
    A parameter that is False, empty or None is as good as none.
    """

    name: str
    values: dict[str, Any] = field(default_factory=dict)
    words: str = ""
    number: int = 0


def image(name: str) -> str:
    """A reference that is the same for all spellings of one image."""
    try:
        return full_reference(name)
    except ValueError:
        return name


def familiar(value: str) -> str:
    """A reference as it is most often typed; any other text as it is."""
    return familiar_reference(value).removesuffix(":latest") if value.startswith(_HUB) else value


def container(name: str) -> str:
    """A container's name, or ``newest``."""
    return "newest" if _NEWEST.fullmatch(name) else name


def removed_containers(names: list[str]) -> list[dict[str, Any]]:
    """Say what ``docker rm`` is about as container_remove does."""
    found: list[dict[str, Any]] = []
    for name in names:
        if _STOPPED.fullmatch(name):
            found.append({"stopped": True})
        elif _NEWEST.fullmatch(name):
            found.append({"newest": True})
        else:
            found.append({"name": name})
    return found


def ports(mappings: list[str]) -> frozenset[str]:
    """Published ports, each with its protocol."""
    return frozenset(port if "/" in port else f"{port}/tcp" for port in mappings)


def url(address: str) -> str:
    """An address as curl completes it."""
    try:
        parts = urlsplit(address if "://" in address else f"http://{address}")
    except ValueError:
        return address
    return parts._replace(path=parts.path or "/").geturl()


def instruction(text: str) -> str:
    """An instruction of a Dockerfile: the case of its name and blanks between words are free."""
    name, _, rest = text.strip().partition(" ")
    rest = re.sub(r"\s*([\[\],])\s*", r"\1", rest) if rest.lstrip().startswith("[") else rest
    return f"{name.upper()} {' '.join(rest.split())}"


def entered(statement: Statement) -> str:
    """The text of a statement as it is typed, with its here-document; blanks are free."""
    words = " ".join(statement.line.split())
    return words if statement.text is None else f"{words}\n{statement.text}"


def same_value(typed: Any, done: Any) -> bool:
    """Tell whether two values of a parameter agree; a path that is not known may be any."""
    if isinstance(typed, str) and isinstance(done, str) and typed.startswith(SOMEWHERE):
        return typed == SOMEWHERE or done.endswith(typed.removeprefix(SOMEWHERE[:-1]))
    return bool(typed == done) or (_is_none(typed) and _is_none(done))


def _is_none(value: Any) -> bool:
    return value is False or (not value and not isinstance(value, (int, float)))


def shown(value: Any) -> str:
    """A value as messages have it."""
    if _is_none(value):
        return "none"
    if value is True:
        return "it"
    if isinstance(value, (frozenset, tuple, list)):
        words = sorted(value) if isinstance(value, frozenset) else value
        return " ".join(str(word) for word in words).replace("/tcp", "")
    return familiar(value) if isinstance(value, str) else str(value)
