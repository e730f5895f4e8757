# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sentence that an error becomes."""

from __future__ import annotations

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (LabError("a", "b"), "expected a; observed b."),
        (LabError("a", "b", "c"), "expected a; observed b. What to do: c"),
        (
            LabError("a", "b; did you mean c?", "d"),
            "expected a; observed b; did you mean c? What to do: d",
        ),
    ],
)
def test_sentence(error, sentence):
    assert str(error) == error.failure()["msg"] == sentence
