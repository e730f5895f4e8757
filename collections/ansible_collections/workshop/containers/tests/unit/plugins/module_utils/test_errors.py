# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sentence that an error becomes."""

from __future__ import annotations

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.errors import (
    LabError,
    RefusedError,
    UnreachableError,
)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (LabError("a", "b"), "Expected a, but found b."),
        (LabError("a", "b", "c"), "Expected a, but found b. C"),
        (
            LabError("a", "b; did you mean c?", "d"),
            "Expected a, but found b; did you mean c? D",
        ),
        (LabError("a to end", "it still runs"), "Expected a to end, but it still runs."),
        (LabError("a", "the end:\nb\n", "`c`"), "Expected a, but found the end:\nb\n`c`"),
        (LabError("a", "b ends."), "Expected a, but found b ends."),
        (RefusedError("a", "b"), "Expected a, but the engine answered: b."),
        (UnreachableError("a", "b", "c"), "Cannot reach the Docker Engine: b. C"),
    ],
)
def test_sentence(error, sentence):
    assert str(error) == error.failure()["msg"] == sentence
