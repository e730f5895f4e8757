# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide as a PDF, typeset by WeasyPrint."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError
from ansible_collections.workshop.containers.plugins.plugin_utils.guide import templates
from ansible_collections.workshop.containers.plugins.plugin_utils.guide.model import Guide

_STYLE = Path(__file__).parent / "assets" / "book.css"
# A folder that is none: what is found there are the pictures.
_ROOT = "guide:/"


def render(guide: Guide, pictures: Mapping[str, bytes]) -> bytes:
    """The PDF of a guide. Raises LabError where WeasyPrint lacks a library of the system."""
    try:
        # Here, as it needs a library that may be missing
        import weasyprint
        from weasyprint.urls import URLFetcher, URLFetcherResponse
    except OSError as error:
        raise LabError(
            "Pango, which typesets the PDF",
            str(error).splitlines()[0],
            "install libpango-1.0-0, libpangoft2-1.0-0 and libharfbuzz-subset0",
        ) from error

    class Pictures(URLFetcher):
        """Finds the pictures; nothing else is read, neither from disk nor from a network."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            name = unquote(url.removeprefix(_ROOT))
            if name not in pictures:
                raise ValueError(f"{url} is no picture of the workshop")
            return URLFetcherResponse(url, pictures[name])

    logging.getLogger("fontTools").setLevel(logging.ERROR)
    page = templates.html("book.html", guide=guide, words=guide.words, root=_ROOT)
    style = weasyprint.CSS(string=_STYLE.read_text(encoding="utf-8"))
    book = weasyprint.HTML(string=page, base_url=_ROOT, url_fetcher=Pictures())
    return book.write_pdf(stylesheets=[style], pdf_tags=True)
