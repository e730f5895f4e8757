"""What the tests of the repository share: its folder, and a way to run its commands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

ROOT = Path(__file__).parent.parent
LOGS = ROOT / ".cache" / "logs"

PATH = os.environ["PATH"]  # a person's, who has no .venv in it; the tools that tests call are found there first
os.environ["PATH"] = f"{Path(sys.prefix) / 'bin'}:{PATH}"


def tell(output: str, last: int = 40) -> str:
    """What somebody must see of a failed command's long `output`: the lines that say that something failed, and the `last` ones."""
    lines = [line for line in output.splitlines() if "blocked" not in line]
    said = [line for line in lines[:-last] if re.search(r"fatal:|FAILED!|ERROR|Error|✗", line)]
    return "\n".join([*said[-last:], "[…]", *lines[-last:]])


@pytest.fixture(scope="session")
def run():
    """Runs a command and returns its output, both streams in one; fails, showing what matters of it, unless it ends with `rc`.

    The whole output is kept in .cache/logs/NAME.log. `env` is added to the environment, which for `lab` is that of a person.
    """
    LOGS.mkdir(parents=True, exist_ok=True)

    def run(name: str, *command: str | Path, rc: int = 0, cwd: Path = ROOT, env: dict[str, str] | None = None) -> str:
        environment = {**os.environ, **({"PATH": PATH} if Path(command[0]).name == "lab" else {}), **(env or {})}
        log = LOGS / f"{name}.log"
        with log.open("w", encoding="utf-8") as stream:
            done = subprocess.run(command, stdout=stream, stderr=subprocess.STDOUT, cwd=cwd, env=environment, check=False)
        output = log.read_text(encoding="utf-8")
        if done.returncode != rc:
            pytest.fail(f"{' '.join(map(str, command))} ended with {done.returncode}, not {rc}; of {log}:\n{tell(output)}", pytrace=False)
        return output

    return run


@pytest.fixture(scope="session")
def first_run(run, tmp_path_factory) -> str:
    """Output of `./lab run` on this machine, on which nothing of the workshop is left then; afterwards it has an engine.

    Of several workers (pytest-xdist) the one that comes first runs it, and the others wait.
    """
    shared = tmp_path_factory.getbasetemp().parent if "PYTEST_XDIST_WORKER" in os.environ else tmp_path_factory.getbasetemp()
    output = shared / "first_run.log"
    with FileLock(f"{output}.lock"):
        if not output.exists():
            if Path("/var/lib/workshop").exists():
                run("run-provision", ROOT / "lab", "provision")
                run("run-reset", ROOT / "lab", "reset")
            output.write_text(run("run-first", ROOT / "lab", "run"), encoding="utf-8")
    return output.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def molecule(run, first_run):
    """Runs a Molecule command on a scenario; this machine has an engine by then, and the report of its own run is left alone."""
    state = ROOT / ".cache" / "molecule" / "state"  # by itself Molecule shares it between checkouts whose folders have one name
    config = ROOT / ".config" / "molecule" / "config.yml"  # which Molecule finds only in a checkout of git
    env = {"WORKSHOP_REPORT_PATH": "", "MOLECULE_EPHEMERAL_DIRECTORY": str(state)}

    def molecule(command: str, scenario: str, *options: str) -> None:
        run(f"molecule-{command}-{scenario}", "molecule", "-c", config, command, "-s", scenario, *options, env=env)

    molecule("destroy", "default")  # what a killed run left
    yield molecule
    molecule("destroy", "default")
