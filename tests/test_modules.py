"""The Molecule scenario of the collection's modules.

On nested machines of its own, beside the lessons.
"""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.xdist_group("modules")  # whichever worker is free first


def test_scenario(molecule):
    molecule("test", "modules")
