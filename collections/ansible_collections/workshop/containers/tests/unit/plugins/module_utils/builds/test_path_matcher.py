# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Patterns match as Python's own expressions would, in a time that grows with the path only."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ansible_collections.workshop.containers.plugins.module_utils.builds import path_matcher as it
from ansible_collections.workshop.containers.plugins.module_utils.builds.dockerignore import (
    _expression,
)
from ansible_collections.workshop.containers.plugins.module_utils.builds.go_regexp import (
    FOLDERS,
    BadPattern,
    tokens_of,
)

PARTS = ["*", "**", "**/", "/", "a", "b", ".", "?", "[ab]", "[^a]", "|", "^", "{2}", "\\\\b", "$"]


def plain(expression):
    """The same as one Python expression, which tries every way."""

    def piece(token):
        if token.kind == FOLDERS:
            return "(?:.*/)?"
        high = "" if token.high is None else token.high
        count = "" if (token.low, token.high) == (1, 1) else f"{{{token.low},{high}}}"
        return f"(?:{token.piece}){count}"

    branches = ["".join(map(piece, branch)) for branch in tokens_of(expression)]
    return re.compile("|".join(branches), re.ASCII)


@settings(max_examples=1500)
@given(
    st.lists(st.sampled_from(PARTS), min_size=1, max_size=7).map("".join),
    st.text("ab./\n", max_size=8),
)
@example("*a/*b", "xa/ab")
@example("*[^a]b*c", "xb/bc")
@example("**a*b", "a/ab")
@example("a**b", "ab")
@example("**/*a*/b", "x/aa/b")
def test_the_same_as_an_expression_that_tries_every_way(pattern, path):
    _kind, expression = _expression(pattern)
    try:
        wanted = plain(expression).search(path) is not None
    except BadPattern:
        return
    assert it.path_matcher(expression)(path) == wanted
    assert it.Automaton(tokens_of(expression)).search(path) == wanted


STARS = "".join("*a" for _ in range(20)) + "b"


@pytest.mark.parametrize(
    "pattern", [STARS, f"**/{STARS}", f"{STARS}|x", "**/a" * 20, "[ab]*" * 20 + "c", "x/" + STARS]
)
def test_steps_grow_with_the_path_only(pattern):
    _kind, expression = _expression(pattern)
    steps = []
    for length in (100, 200, 400):
        automaton = it.Automaton(tokens_of(expression))
        assert not automaton.search("a" * length)
        steps.append(automaton.steps)
    assert steps[2] < 5 * steps[0]


@pytest.mark.parametrize("pattern", [STARS, f"**/{STARS}", f"x/{STARS}"])
def test_usual_patterns_become_one_expression_that_never_goes_back(pattern):
    _kind, expression = _expression(pattern)
    (tokens,) = tokens_of(expression)
    found = it._expression(tokens)
    assert found is not None
    assert re.search(found, "x/" + "a" * 4000) is None  # would never end otherwise
