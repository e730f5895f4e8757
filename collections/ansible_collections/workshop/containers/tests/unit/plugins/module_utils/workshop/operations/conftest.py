# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations without a machine: what the tests of their meaning share."""

from __future__ import annotations

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.workshop.fold import Fold
from ansible_collections.workshop.containers.plugins.module_utils.workshop.operations import (
    operations_of,
)

FILES = {"lesson/hello": b"hello\n", "lesson/Dockerfile": b"FROM sh AS one\nFROM base:2\n"}


@pytest.fixture
def folded():
    """Makes the fold of steps that do one operation each: ``lesson.s0``, ``lesson.s1``, …"""

    def folded(*operations):
        return Fold(
            operations_of({"id": f"lesson.s{number}", "do": [operation]}, FILES)
            for number, operation in enumerate(operations)
        )

    return folded
