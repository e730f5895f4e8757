"""The workshop as a person does it, typed into terminals of nested machines."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.xdist_group("replay")  # whichever worker is free first


def test_scenario(molecule):
    molecule("test", "replay")
