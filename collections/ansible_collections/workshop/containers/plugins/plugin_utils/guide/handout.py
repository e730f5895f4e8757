# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide as Markdown, for forges and for whoever reads changes line by line."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ansible_collections.workshop.containers.plugins.plugin_utils.guide import templates
from ansible_collections.workshop.containers.plugins.plugin_utils.guide.model import Guide


def render(guides: Sequence[Guide]) -> dict[str, bytes]:
    """A file for each lesson and language, and a README.md that lists them.

    Without recordings, which are of machines: this changes with the lessons and with nothing else.
    """
    files = {"README.md": templates.markdown("index.md", guides=guides)}
    for guide in guides:
        around = [None, *guide.lessons, None]
        for before, lesson, after in zip(around, guide.lessons, around[2:], strict=False):
            name = f"{guide.language}/{lesson.id}.md"
            files[name] = templates.markdown(
                "lesson.md", lesson=lesson, before=before, after=after, words=guide.words
            )
    return {name: _tidy(text).encode() for name, text in files.items()}


def _tidy(text: str) -> str:
    """One empty line where a template leaves several, but for those within blocks of code."""
    parts = re.split(r"(^(`{3,}).*?^\2$)", text, flags=re.DOTALL | re.MULTILINE)
    # Of three parts the second is a block, and the third its fence.
    tidied = [
        re.sub(r"\n{3,}", "\n\n", part) if at % 3 == 0 else part for at, part in enumerate(parts)
    ]
    tidy = "".join(part for at, part in enumerate(tidied) if at % 3 != 2)
    return re.sub(r" +$", "", tidy, flags=re.MULTILINE).strip("\n") + "\n"
