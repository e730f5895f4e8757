# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts of machines are spelled out where they would command a terminal, and end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.workshop.containers.plugins.module_utils.safe_text import (
    safe,
    safe_text,
)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("plain, привет ✔\n\ttext", "plain, привет ✔\n\ttext"),
        ("windows\r\nends", "windows\nends"),
        ("\x1b[2J\x1b]52;c;x\x07", "\\x1b[2J\\x1b]52;c;x\\x07"),
        ("\x9b31m\x90", "\\x9b31m\\x90"),
        ("over\rwritten", "over\\rwritten"),
        ("back\x08space\x7f", "back\\x08space\\x7f"),
        ("exe\u202egpj", "exe\\u202egpj"),
        ("line\u2028end", "line\\u2028end"),
    ],
)
def test_control_characters_are_spelled_out(said, shown):
    assert safe_text(said) == shown


@given(st.text())
def test_nothing_commands_and_nothing_is_lost(said):
    shown = safe_text(said)
    assert not any(ord(char) < 32 and char not in "\n\t" for char in shown)
    assert not any(0x7F <= ord(char) < 0xA0 for char in shown)
    assert len(shown) >= len(said.replace("\r\n", "\n"))


def test_a_long_text_is_cut_and_says_so():
    assert safe_text("x" * 30, longest=10) == "xxxxxxxxxx … (20 more characters)"


@pytest.mark.parametrize(("length", "more"), [(10, ""), (11, " … (1 more characters)")])
def test_a_text_may_be_just_as_long_as_it_may_be(length, more):
    assert safe_text("x" * length, longest=10) == "xxxxxxxxxx" + more


def test_every_text_of_a_value_is_made_safe():
    value = {"a\x07": ["\x07", {"b": "\x07"}, 1, None, True], "c": ("\x07",)}
    assert safe(value) == {
        "a\\x07": ["\\x07", {"b": "\\x07"}, 1, None, True],
        "c": ["\\x07"],
    }
