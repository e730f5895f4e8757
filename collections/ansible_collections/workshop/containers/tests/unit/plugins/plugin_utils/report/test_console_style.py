# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts that fit into columns."""

from __future__ import annotations

import pytest
from ansible.utils.display import get_text_width
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.workshop.containers.plugins.plugin_utils.report import console_style


@given(
    st.text(
        st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_categories=("C", "M", "Z"))
    ),
    st.integers(3, 60),
)
def test_fills_its_columns(text, width):
    assert get_text_width(console_style.fit(text, width)) == width


@pytest.mark.parametrize(
    ("text", "fitted"),
    [("abc", "abc  "), ("abcde", "abcde"), ("abcdef", "abcd" + console_style.ELLIPSIS)],
)
def test_pads_or_cuts(text, fitted):
    assert console_style.fit(text, 4 + len(console_style.ELLIPSIS)) == fitted.ljust(
        4 + len(console_style.ELLIPSIS)
    )


@pytest.mark.parametrize("unicode", [True, False])
@pytest.mark.parametrize(
    "status",
    ["passed", "failed", "blocked", "unknown", "planned", "not_here", "working", "never heard of"],
)
def test_mark_needs_two_columns_at_most(monkeypatch, status, unicode):
    monkeypatch.setattr(console_style, "UNICODE", unicode)
    assert 1 <= get_text_width(console_style.sign(status)) <= 2
    assert unicode or console_style.sign(status).isascii()


def test_seconds_keep_their_columns():
    assert {len(console_style.seconds(value)) for value in (None, 0.0, 0.04, 9.96, 123.4)} == {7}
