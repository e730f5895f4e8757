# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a terminal printed, as a person reads it."""

from __future__ import annotations

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.containers.terminals import plain


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ("one\r\ntwo\r\n", "one\ntwo\n"),
        ("\x1b[1;34mbin\x1b[m  \x1b[0;32mrun\x1b[0m", "bin  run"),
        ("\x1b[?2004h$ ls\x1b[?2004l", "$ ls"),
        ("\x1b[2J\x1b[Hcleared", "cleared"),
        ("\x1b]0;a title\x07after", "after"),
        ("\x1b]52;c;c3RvbGVu\x1b\\after", "after"),
        ("\x1bPq a picture\x1b\\after", "after"),
        ("\x9b31mred \x9dtitle\x9cafter", "red after"),
        ("\x1b(B\x1b=\x1b7after", "after"),
        ("bell\x07 back\x08 null\x00 delete\x7f", "bell back null delete"),
        ("evil\u202egpj.exe\u2066 \u200f", "evilgpj.exe "),
        ("\x1b]0;never ended", ""),
        ("tab\tand\nline", "tab\tand\nline"),
        ("привет ✔", "привет ✔"),
    ],
)
def test_control_sequences_are_taken_out(printed, read):
    assert plain(printed) == read
