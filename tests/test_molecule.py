"""The Molecule scenarios on the nested lab machines that `default` makes and the others share.

All but those that have machines of their own.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.xdist_group("machines")  # one worker, in order

ROOT = Path(__file__).parent.parent
FOUND = {path.parent.name for path in ROOT.glob("molecule/*/molecule.yml")} - {
    "honesty",
    "modules",
    "replay",
}
LESSONS = yaml.safe_load((ROOT / "workshops/containers/workshop.yml").read_text(encoding="utf-8"))[
    "lessons"
]
SCENARIOS = [name for name in ("default", *LESSONS) if name in FOUND]
SCENARIOS += sorted(FOUND - set(SCENARIOS))


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.usefixtures("machines")  # their making is a scenario, too
def test_scenario(molecule, scenario):
    if scenario != "default":
        molecule("test", scenario, "--destroy", "never")
