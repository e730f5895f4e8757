# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a build failed, in words: the line of the Dockerfile, its instruction, what the command printed last, and what to do."""

from __future__ import annotations

import os
import re

from ..errors import LabError
from .builders import Build
from .dockerfile import meant_word
from .source import Source

_LINE = re.compile(r"parse error (?:on )?line (\d+)", re.IGNORECASE)
_UNKNOWN_WORD = re.compile(r"unknown instruction: (\S+)", re.IGNORECASE)
_NO_FILE = re.compile(
    r"excluded by \.dockerignore: stat (\S+?): file does not exist|\"(/\S+?)\": not found|COPY failed: stat (\S+?): "
)
_NO_SPACE = "no space left on device"


class BuildError(LabError):
    """A build that failed, how it went until then, and ``details`` of several lines that follow what to do."""

    def __init__(
        self, expected: str, observed: str, action: str, details: str, build: Build
    ) -> None:
        self.details = details
        self.build = build
        super().__init__(expected, observed, action)

    def __str__(self) -> str:
        return f"{super().__str__()}\n{self.details}".rstrip("\n")


def failed_line(build: Build) -> int | None:
    """The line of the Dockerfile at which the build failed; None where the builder does not tell."""
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
    action = f"mend {recipe.path} or what it copies, then run again"
    if _NO_SPACE in build.failure:
        action = "make room (`docker system df` says what takes it), then run again"
    return BuildError(
        f"the image {name} built from {recipe.path}",
        observed.replace("\n", " "),
        action,
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
        return f"there is no {path} in {source.folder}"
    rule = source.ignore.culprit(os.fsencode(os.path.normpath(path)))
    if rule is None:
        return ""
    return f"{path} is there, but {source.ignore.name}:{rule.line} leaves it out"
