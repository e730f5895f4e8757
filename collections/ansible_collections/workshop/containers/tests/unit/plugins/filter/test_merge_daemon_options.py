# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options add up, in an order that stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.workshop.containers.plugins.filter.merge_daemon_options import (
    LOOPBACK,
    merge_daemon_options,
)

VALUES = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(st.text(max_size=3), unique=True) | st.dictionaries(st.sampled_from("abc"), inner)
    ),
    max_leaves=6,
)
OPTIONS = st.dictionaries(st.sampled_from(["debug", "dns", "log-opts", "runtimes"]), VALUES)


@pytest.mark.parametrize(
    ("before", "options", "merged"),
    [
        ({}, {}, {}),
        ({"debug": True}, {"debug": False}, {"debug": False}),
        ({"dns": ["b", "a"]}, {"dns": ["a", "c"]}, {"dns": ["b", "a", "c"]}),
        (
            {"log-opts": {"max-size": "1m"}},
            {"log-opts": {"max-file": "3"}},
            {"log-opts": {"max-size": "1m", "max-file": "3"}},
        ),
        ({"insecure-registries": []}, {}, {"insecure-registries": []}),
        (
            {"insecure-registries": ["::1/128"]},
            {},
            {"insecure-registries": ["::1/128", "127.0.0.0/8"]},
        ),
        (
            {},
            {"insecure-registries": ["lab:5000"]},
            {"insecure-registries": ["lab:5000", *LOOPBACK]},
        ),
        (
            {"log-driver": "local", "log-opts": {"max-size": "1m"}},
            {"log-driver": "journald", "log-opts": {"tag": "x"}},
            {"log-driver": "journald", "log-opts": {"tag": "x"}},
        ),
    ],
)
def test_merged(before, options, merged):
    assert merge_daemon_options(before, options) == merged


@given(before=OPTIONS, one=OPTIONS, other=OPTIONS)
def test_twice_changes_nothing(before, one, other):
    once = merge_daemon_options(before, one)
    assert merge_daemon_options(once, one) == once
    assert merge_daemon_options(once, {}) == once
    assert set(merge_daemon_options(once, other)) == {*before, *one, *other}


@pytest.mark.parametrize(
    ("wanted", "limit", "set_to"),
    [
        ({"Soft": 1024, "Hard": 65536}, 20000, {"Soft": 1024, "Hard": 20000}),
        ({"Soft": -1, "Hard": -1}, 20000, {"Soft": 20000, "Hard": 20000}),
        ({"Soft": 1024, "Hard": 65536}, None, {"Soft": 1024, "Hard": 65536}),
        ("65536", 20000, "65536"),  # which the engine refuses, in its own words
    ],
)
def test_no_limit_is_above_the_engines_own(wanted, limit, set_to):
    options = {"default-ulimits": {"nofile": wanted}}
    merged = merge_daemon_options({}, options, {"nofile": limit})
    assert merged == {"default-ulimits": {"nofile": set_to}}
    assert merge_daemon_options(merged, options, {"nofile": limit}) == merged
