# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The templates of the guide, and Markdown in them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.utils import pass_context
from markdown_it import MarkdownIt
from markupsafe import Markup

# Not named as this module: a folder of its name would be taken for it.
_FOLDER = Path(__file__).parent / "template_files"
# Text of lessons is text: HTML in it is shown, not obeyed.
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
_INDENTED = " " * 4  # which makes a block of code
_CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)", re.DOTALL)


def html(name: str, **values: Any) -> str:
    """A page from the template of this name."""
    return _environment(escaped=True).get_template(f"{name}.j2").render(values)


def markdown(name: str, **values: Any) -> str:
    """A text in Markdown from the template of this name."""
    return _environment(escaped=False).get_template(f"{name}.j2").render(values)


def _environment(escaped: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=escaped,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        paragraphs=_paragraphs, inline=_inline, text=_text, fenced=_fenced, as_is=_as_is
    )
    return environment


@pass_context
def _paragraphs(context: Any, text: str) -> Markup:
    """Markdown as paragraphs of HTML; pictures are found from ``root`` on."""
    return Markup(_rooted(_MARKDOWN.render(text), context["root"]))


@pass_context
def _inline(context: Any, text: str) -> Markup:
    """Markdown as a part of a line of HTML."""
    return Markup(_rooted(_MARKDOWN.renderInline(text), context["root"]))


def _rooted(page: str, root: str) -> str:
    return page.replace('<img src="pictures/', f'<img src="{root}pictures/')


def _text(text: str) -> str:
    """Markdown without its code marks, for titles of pages."""
    return text.replace("`", "")


def _as_is(text: str) -> str:
    """Markdown in which HTML is shown as well where others render it, which may obey it."""
    return "\n".join(
        line if line.startswith(_INDENTED) else _shown(line) for line in text.split("\n")
    )


def _shown(line: str) -> str:
    parts, end = [], 0
    for found in _CODE.finditer(line):
        parts += [line[end : found.start()].replace("<", "\\<"), found[0]]
        end = found.end()
    return "".join([*parts, line[end:].replace("<", "\\<")])


def _fenced(text: str, language: str = "") -> str:
    """Text as a block of code in Markdown, whatever stands in it."""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence}{language}\n{text}\n{fence}"
