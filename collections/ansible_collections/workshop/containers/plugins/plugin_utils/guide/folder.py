# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All files of a guide, by their place in its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.workshop.containers.plugins.plugin_utils.guide import (
    book,
    handout,
    holds,
    model,
    pages,
    recordings,
)


def site(content: dict[str, Any], recorded: Path) -> dict[str, bytes]:
    """The site and, in each language, the PDF of a workshop that was loaded with its ways.

    Raises ContentError for what is wrong with the workshop, LabError where a library is missing.
    """
    guides = _guides(content, recordings.read(recorded))
    pictures = model.pictures(content)
    books = {f"{guide.name}-{guide.language}.pdf": book.render(guide, pictures) for guide in guides}
    return {**pages.render(guides), **pictures, **books}


def markdown(content: dict[str, Any]) -> dict[str, bytes]:
    """The guide as Markdown. Raises ContentError."""
    return {**handout.render(_guides(content, {})), **model.pictures(content)}


def _guides(
    content: dict[str, Any], recorded: dict[str, list[recordings.Recording]]
) -> list[model.Guide]:
    languages = content["languages"]
    held = holds.read(Path(content["path"]), languages)
    return [model.guide(content, language, held, recorded) for language in languages]
