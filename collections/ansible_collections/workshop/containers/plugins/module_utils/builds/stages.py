# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stages of a Dockerfile: the images that each FROM, COPY and RUN --mount needs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Iterable

from .dockerfile import WORD, Dockerfile, Instruction

# $NAME, ${NAME}, ${NAME:-other}, ${NAME:+other}
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?::?([-+])([^}$]*))?\})")
_FROM = re.compile(
    r"(?:--platform=(?P<platform>\S+)\s+|--\S+\s+)*(?P<image>\S+)(?:\s+AS\s+(?P<name>\S+))?$",
    re.IGNORECASE,
)
_NESTED = 5


@dataclass
class Stage:
    """A stage.

    ``name``: in lower case, or empty. ``base``: the image that it starts FROM, empty where that is
    a ``parent``.

    ``parent`` and ``stages`` are numbers of other stages, ``images`` and ``stages`` what it copies
    or mounts from.
    """

    name: str
    base: str
    parent: int | None
    images: list[str] = field(default_factory=list)
    stages: list[int] = field(default_factory=list)


class Stages:
    """The stages of a Dockerfile, built with the arguments ``args``.

    ``target`` is the name or number of the stage to build; empty or unknown: the last in the file.
    ``given`` are arguments that the builder defines itself.
    """

    def __init__(
        self,
        recipe: Dockerfile,
        args: dict[str, str] | None = None,
        target: str = "",
        given: dict[str, str] | None = None,
    ) -> None:
        self._all: list[Stage] = []
        self._lines: dict[str, int] = {}
        self._platforms: dict[str, str] = {}
        values: dict[str, str] = dict(given or {})
        for each in recipe.instructions:
            if each.word == "FROM":
                self._begin(each, values)
            elif self._all:
                self._add(each)
            elif each.word == "ARG":
                for part in each.rest.split():
                    name, equals, default = part.partition("=")
                    if name in (args or {}):
                        values[name] = (args or {})[name]
                    elif equals:
                        values[name] = expanded(default.strip("\"'"), values)
        found = self._number(target) if target else None
        self._last = len(self._all) - 1 if found is None else found

    def _begin(self, each: Instruction, values: dict[str, str]) -> None:
        start = _FROM.match(each.rest)
        if start:
            image = expanded(start["image"].strip("\"'"), values)
            platform = expanded((start["platform"] or "").strip("\"'"), values)
            parent = self._named(image)
            self._lines.setdefault(image, each.line)
            self._platforms.setdefault(image, "" if "$" in platform else platform)
            self._all.append(
                Stage((start["name"] or "").lower(), image if parent is None else "", parent)
            )

    def _add(self, each: Instruction) -> None:
        stage = self._all[-1]
        for name in _sources(each):
            other = self._number(name)
            self._lines.setdefault(name, each.line)
            if other is None:
                stage.images.append(name)
            elif self._all[other] is not stage:
                stage.stages.append(other)

    def _named(self, name: str) -> int | None:
        """The number of the stage with this name; of several, the last."""
        return next(
            (
                number
                for number, stage in reversed([*enumerate(self._all)])
                if stage.name and stage.name == name.lower()
            ),
            None,
        )

    def _number(self, name: str) -> int | None:
        return int(name) if name.isdigit() and int(name) < len(self._all) else self._named(name)

    def _needed(self) -> Iterable[int]:
        """The numbers of the target stage and of those that it is based on or copies from.

        All of them if the name of one is unknown.
        """
        needed: set[int] = set()
        waiting = [self._last]
        while waiting:
            number = waiting.pop()
            needed.add(number)
            stage = self._all[number]
            if "$" in stage.base:
                return range(self._last + 1)
            waiting += {*stage.stages, *(() if stage.parent is None else (stage.parent,))} - needed
        return sorted(needed)

    def images(self, skipping: bool = False) -> list[str]:
        """The images that the stages start FROM or copy from, in order, without scratch.

        An image whose name only the builder knows is left out. ``skipping``: stages that the target
        does not need do not count, as in BuildKit.
        """
        if not self._all:
            return []
        needed = self._needed() if skipping else range(self._last + 1)
        found = [
            image
            for number in needed
            for image in (self._all[number].base, *self._all[number].images)
            if image
        ]
        return [image for image in dict.fromkeys(found) if image != "scratch" and "$" not in image]

    def line(self, image: str) -> int:
        """The line of the Dockerfile that names an image."""
        return self._lines.get(image, 1)

    def platform(self, image: str) -> str:
        """The platform that FROM names for an image.

        Empty if there is none, or if only the builder knows it.
        """
        return self._platforms.get(image, "")


def _sources(each: Instruction) -> list[str]:
    """The images and stages that an instruction copies or mounts from."""
    found = []
    for word in WORD.findall(each.rest):
        flag, _, value = word.partition("=")
        if not flag.startswith("--"):
            break
        if each.word == "COPY" and flag == "--from":
            found.append(value.strip("\"'"))
        elif each.word == "RUN" and flag == "--mount":
            found += [
                part[len("from=") :]
                for part in value.strip("\"'").split(",")
                if part.startswith("from=")
            ]
    return found


def expanded(text: str, values: dict[str, str]) -> str:
    """Text with its variables replaced; an unknown one stays as it is."""

    def value(match: re.Match[str]) -> str:
        known, sign, other = values.get(match[1] or match[2]), match[3], match[4]
        if sign == "-":
            return known or other
        if sign == "+":
            return other if known else ""
        return match[0] if known is None else known

    for _each in range(_NESTED):
        text = _VARIABLE.sub(value, text)
    return text
