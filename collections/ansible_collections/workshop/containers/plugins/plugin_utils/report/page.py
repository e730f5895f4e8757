# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The results of a run as one page that needs no network and no server.

What machines said is data in it, which a script shows as text; the page allows no other script.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

# Not named as this module: a folder of its name would be taken for it.
PARTS = Path(__file__).parent / "page_parts"


def render(results: dict[str, Any]) -> str:
    """The page of results as results.schema.json describes them."""
    style, script = _read("page.css"), _read("page.js")
    parts = {
        "STYLE_HASH": _digest(style),
        "SCRIPT_HASH": _digest(script),
        "STYLE": style,
        "SCRIPT": script,
        "TITLE": "Report",
        "DATA": _embedded({**results, "words": json.loads(_read("words.json"))}),
    }
    # In one pass: what stands in a part is not replaced again.
    return re.sub(r"%([A-Z_]+)%", lambda found: parts[found[1]], _read("page.html"))


def _embedded(value: dict[str, Any]) -> str:
    """JSON that ends no element of HTML, whatever stands in it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _digest(text: str) -> str:
    """A source of a content security policy: sha256, base64."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _read(name: str) -> str:
    return (PARTS / name).read_text(encoding="utf-8")
