# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The little that has to be known of a Dockerfile before the builder reads it."""

from __future__ import annotations

import os
import re

_FROM = re.compile(r"^\s*FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?\s*$", re.IGNORECASE | re.MULTILINE)

_RUN = re.compile(r"^\s*RUN\s+(.+)$", re.IGNORECASE | re.MULTILINE)
_DIRECTIVE = re.compile(r"#\s*(\w+)\s*=\s*(\S+)\s*$")


def base_images(text: str) -> list[str]:
    """The images that a Dockerfile starts FROM, in order; earlier stages of its own and ``scratch`` left out."""
    stages: set[str] = set()
    images = []
    for image, stage in _FROM.findall(text):
        if image.lower() not in stages and image != "scratch" and "$" not in image:
            images.append(image)
        if stage:
            stages.add(stage.lower())
    return images


def run_commands(text: str) -> set[str]:
    """The shell commands of a Dockerfile's RUN instructions, continuation lines joined as the classic builder joins them."""
    return {command.strip() for command in _RUN.findall(re.sub(r"\\[ \t]*\n", "", text))}


def syntax_image(folder: str, dockerfile: str) -> str | None:
    """The frontend image that a Dockerfile asks for (``# syntax=…`` before anything else), or None; raises OSError."""
    with open(os.path.join(folder, dockerfile), encoding="utf-8", errors="replace") as stream:
        for line in stream:
            directive = _DIRECTIVE.match(line)
            if directive is None:
                return None
            if directive[1].lower() == "syntax":
                return directive[2]
    return None
