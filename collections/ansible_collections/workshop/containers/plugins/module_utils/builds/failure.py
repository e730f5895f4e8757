# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Explain why a build failed.

The line of the Dockerfile, its instruction, the last output of the command, and the remedy.
"""

from __future__ import annotations

import os
import re

from ..errors import LabError
from .dockerfile import meant_word
from .request import Build
from .source import Source

_LINE = re.compile(r"parse error (?:on )?line (\d+)", re.IGNORECASE)
_UNKNOWN_WORD = re.compile(r"unknown instruction: (\S+)", re.IGNORECASE)
_NO_FILE = re.compile(
    r"excluded by \.dockerignore: stat (\S+?): file does not exist|\"(/\S+?)\": not found|COPY "
    r"failed: stat (\S+?): "
)
_NO_SPACE = "no space left on device"


class BuildError(LabError):
    """A failed build.

    ``details`` are further lines of the message; ``build`` is how it went until it failed.
    """

    link = "but the build failed:"

    def __init__(
        self, expected: str, observed: str, remedy: str, details: str, build: Build
    ) -> None:
        self.details = details
        self.build = build
        super().__init__(expected, observed, remedy)

    def __str__(self) -> str:
        return f"{super().__str__()}\n{self.details}".rstrip("\n")


def failed_line(build: Build) -> int | None:
    """The line of the Dockerfile at which the build failed.

    None if the builder does not name it.
    """
    found = _LINE.search(build.failure)
    return int(found[1]) if found else build.line


def explained(build: Build, source: Source, name: str) -> BuildError:
    """The error for a build that failed."""
    recipe, line = source.recipe, failed_line(build)
    instruction = recipe.at(line) if line else None
    place = f" at {recipe.path}:{line}" if line else ""
    place += f" (`{instruction.word} {instruction.rest}`)" if instruction else ""
    if not place and build.steps:
        place = f" at `{build.steps[-1].instruction}`"
    observed = f"{build.failure}{place}"
    observed += f"; {found}" if (found := _hint(build, source)) else ""
    details = recipe.excerpt(line) if line else ""
    if build.output:
        details += "Its last output:\n" + "\n".join(build.output)
    remedy = f"fix {recipe.path} or what it copies, then run again"
    if any(_NO_SPACE in line.lower() for line in (build.failure, *build.output)):
        remedy = "free some space (`docker system df` shows what uses it), then run again"
    return BuildError(
        f"the image {name} built from {recipe.path}",
        observed.replace("\n", " "),
        remedy,
        details,
        build,
    )


def _hint(build: Build, source: Source) -> str:
    word, file = _UNKNOWN_WORD.search(build.failure), _NO_FILE.search(build.failure)
    if word and "did you mean" not in build.failure:
        meant = meant_word(word[1])
        return f"did you mean {meant}?" if meant else ""
    if not file:
        return ""
    path = next(each for each in file.groups() if each).lstrip("/")
    if not os.path.lexists(os.path.join(source.folder, path)):
        return f"{path} does not exist in {source.folder}"
    rule = source.ignore.culprit(os.fsencode(os.path.normpath(path)))
    if rule is None:
        return ""
    return f"{path} exists, but {source.ignore.name}:{rule.line} excludes it"
