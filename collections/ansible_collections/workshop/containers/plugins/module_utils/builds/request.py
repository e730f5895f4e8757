# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The request to a builder, and the build that comes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..errors import LabError
from .log import BuildStep

if TYPE_CHECKING:
    from .source import Source


@dataclass
class Secret:
    """A secret for BuildKit's RUN --mount=type=secret.

    In a file, or a ``value``, which only the builder's environment carries.
    """

    id: str
    path: str = ""
    value: str = ""

    def read(self) -> str:
        """The secret itself, which no log may show; raises LabError."""
        if not self.path:
            return self.value
        try:
            with open(self.path, encoding="utf-8", errors="replace") as stream:
                return stream.read()
        except OSError as error:
            raise LabError(
                f"the secret {self.id} in {self.path}",
                error.strerror or type(error).__name__,
                "correct its `src`",
            ) from None


@dataclass
class Request:
    """The build to be done: the source, the tag and the labels.

    ``ssh`` are agents or keys as `docker build --ssh` takes them.
    """

    source: Source
    tag: str
    labels: dict[str, str]
    args: dict[str, str] = field(default_factory=dict)
    target: str = ""
    platform: str = ""
    no_cache: bool = False
    secrets: list[Secret] = field(default_factory=list)
    ssh: list[str] = field(default_factory=list)


@dataclass
class Build:
    """A build that has ended. ``failure`` holds the builder's words; empty: it succeeded.

    ``line`` is the line of the Dockerfile at which it failed, None if unknown; ``output`` the last
    lines that the failed command printed; ``warning`` says in what the build differs from the
    Dockerfile.
    """

    log: str
    steps: list[BuildStep] = field(default_factory=list)
    failure: str = ""
    line: int | None = None
    output: list[str] = field(default_factory=list)
    warning: str = ""
