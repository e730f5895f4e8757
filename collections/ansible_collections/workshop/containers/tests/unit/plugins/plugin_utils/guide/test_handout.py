# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide as Markdown."""

from __future__ import annotations

from collections.abc import Callable

from ansible_collections.workshop.containers.plugins.plugin_utils.guide import handout
from ansible_collections.workshop.containers.plugins.plugin_utils.guide.model import Guide


def test_a_lesson(guide: Callable[..., Guide]) -> None:
    text = handout.render([guide()])["en/web.md"].decode()
    for words in (
        "# The web\n\nPages for all.\n",
        '<a id="web.serve"></a>\n\n## 1.1 Serve\n\nStart it.\n',
        "```sh\ndocker run -d --name web busybox httpd -f\n```\n",
        "- The container `web` is running\n",
        "Mind `-d`.\n",
    ):
        assert words in text


def test_html_of_a_lesson_is_text(guide: Callable[..., Guide]) -> None:
    text = handout.render([guide(text="Type <b>, `<c>`:\n\n    <d>")])["en/web.md"].decode()
    assert "Type \\<b>, `<c>`:\n\n    <d>\n" in text


def test_a_command_may_hold_fences_and_empty_lines(guide: Callable[..., Guide]) -> None:
    command = "cat << EOF\n```\n\n\n\nEOF"
    text = handout.render([guide(command=command, differs="It shows.")])["en/web.md"].decode()
    assert "````sh\ncat << EOF\n```\n\n\n\nEOF\n````\n" in text
