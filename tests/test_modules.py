"""The Molecule scenario of the collection's modules: on nested machines of its own, beside the lessons."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.xdist_group("engine")  # the worker that the lessons leave free


def test_scenario(molecule):
    molecule("test", "modules")
