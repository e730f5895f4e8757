"""Each Molecule scenario, on nested lab machines that the scenario `default` makes and the others share."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
FOUND = {path.parent.name for path in ROOT.glob("molecule/*/molecule.yml")}
LESSONS = yaml.safe_load((ROOT / "workshops/containers/workshop.yml").read_text(encoding="utf-8"))["lessons"]
SCENARIOS = [name for name in ("default", *LESSONS) if name in FOUND]
SCENARIOS += sorted(FOUND - set(SCENARIOS))


@pytest.fixture(scope="module")
def molecule(run, first_run):
    """Runs a Molecule command on a scenario; this machine has an engine by then, and the report of its own run is left alone."""

    def molecule(command: str, scenario: str, *options: str) -> None:
        run(f"molecule-{command}-{scenario}", "molecule", command, "-s", scenario, *options, env={"WORKSHOP_REPORT_PATH": ""})

    molecule("destroy", "default")  # what a killed run left
    yield molecule
    molecule("destroy", "default")


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_scenario(molecule, scenario):
    molecule("test", scenario, "--destroy", "never")
