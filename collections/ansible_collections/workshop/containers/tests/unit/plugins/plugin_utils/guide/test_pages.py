# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide as pages, without a browser."""

from __future__ import annotations

import re
from collections.abc import Callable

from ansible_collections.workshop.containers.plugins.plugin_utils.guide import pages
from ansible_collections.workshop.containers.plugins.plugin_utils.guide.model import Guide
from ansible_collections.workshop.containers.plugins.plugin_utils.guide.recordings import (
    Recording,
)


def test_html_of_a_lesson_is_text(guide: Callable[..., Guide]) -> None:
    hostile = "<script>alert(1)</script>"
    hostile_texts = dict.fromkeys(("title", "text", "command", "differs", "hint"), hostile)
    files = pages.render([guide(**hostile_texts)])
    for name in ("en/index.html", "en/web.html"):
        assert b"<script>alert" not in files[name]
        assert b"&lt;script&gt;alert" in files[name]


def test_a_recording_ends_no_element(guide: Callable[..., Guide]) -> None:
    cast = '[0, "o", "</script><script>alert(1)</script>"]'
    page = pages.render([guide((Recording("one", cast, "</pre><b>"),))])["en/web.html"]
    assert b"</script><script>alert" not in page
    assert b"&lt;/pre&gt;&lt;b&gt;" in page


def test_links_lead_nowhere_that_runs(guide: Callable[..., Guide]) -> None:
    page = pages.render([guide(text="[a](javascript:alert(1)) [b](https://example.com)")])
    assert re.findall(r'<p><a href="([^"]*)"|href="(java[^"]*)', page["en/web.html"].decode()) == []
    assert b'href="https://example.com"' in page["en/web.html"]


def test_steps_without_a_recording_have_a_gap_where_others_have_one(
    guide: Callable[..., Guide],
) -> None:
    assert b'class="gap"' not in pages.render([guide()])["en/web.html"]
    assert b'class="gap"' in pages.render([guide()])["en/index.html"]
    assert (
        b'class="gap"' not in pages.render([guide((Recording("one", "", "a"),))])["en/index.html"]
    )


def test_everything_that_a_page_names_is_there(guide: Callable[..., Guide]) -> None:
    files = pages.render([guide()])
    for name in ("en/index.html", "en/web.html"):
        for link in re.findall(r'(?:src|href)="([^"#:]+)["#]', files[name].decode()):
            path = link.removeprefix("../") if link.startswith("../") else f"en/{link}"
            assert path in files or path.endswith(".pdf"), link
