"""Fixtures of the repository's tests: its folder, and a way to run its commands."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from filelock import FileLock
from selenium import webdriver

ROOT = Path(__file__).parent.parent
LOGS = ROOT / ".cache" / "logs"

CONFIG = ROOT / ".config/molecule/config.yml"  # which Molecule finds only in a checkout of git
STATE = (
    ROOT / ".cache/molecule/state"
)  # by itself Molecule shares it between checkouts whose folders have one name

os.environ.pop("WORKSHOP_REPORT_PATH", None)  # of whoever runs the tests, which read the report
PATH = os.environ[
    "PATH"
]  # a person's, who has no .venv in it; the tools that tests call are found there first
os.environ["PATH"] = f"{Path(sys.prefix) / 'bin'}:{PATH}"


def molecule_environment(maker: str) -> dict[str, str]:
    """The environment in which Molecule finds the machines that the scenario `maker` makes.

    The report of this machine's own run is left alone.
    """
    return {"WORKSHOP_REPORT_PATH": "", "MOLECULE_EPHEMERAL_DIRECTORY": str(STATE / maker)}


@pytest.fixture(scope="session")
def tell():
    """The lines of a failed command's long output that matter.

    The lines that say that something failed, and the last ones.
    """

    def tell(output: str, last: int = 40) -> str:
        lines = [line for line in output.splitlines() if "blocked" not in line]
        said = [
            line
            for line in lines[:-last]
            if re.search(r"fatal:|FAILED!|ERROR|Error|✘|expected:|observed:", line)
        ]
        return "\n".join([*said[-last:], "[…]", *lines[-last:]])

    return tell


@pytest.fixture(scope="session")
def run(tell):
    """Runs a command and returns its output, both streams in one.

    Fails, showing what matters of it, unless it ends with `rc`.

    The whole output is kept in .cache/logs/NAME.log. `env` is added to the environment, which for
    `lab` is that of a person.
    """
    LOGS.mkdir(parents=True, exist_ok=True)

    def run(
        name: str,
        *command: str | Path,
        rc: int = 0,
        cwd: Path = ROOT,
        env: dict[str, str] | None = None,
    ) -> str:
        environment = {
            **os.environ,
            **({"PATH": PATH} if Path(command[0]).name == "lab" else {}),
            **(env or {}),
        }
        log = LOGS / f"{name}.log"
        with log.open("w", encoding="utf-8") as stream:
            done = subprocess.run(
                command,
                stdout=stream,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                env=environment,
                check=False,
            )
        output = log.read_text(encoding="utf-8")
        if done.returncode != rc:
            pytest.fail(
                f"{' '.join(map(str, command))} ended with {done.returncode}, not {rc}; of "
                f"{log}:\n{tell(output)}",
                pytrace=False,
            )
        return output

    return run


@pytest.fixture(scope="session")
def once(tmp_path_factory):
    """Does something once in a session.

    Of several workers (pytest-xdist) the first that comes does it, and the others wait.

    The name says what; the function returns a text, which everybody gets. Where it failed, nobody
    tries again.
    """
    shared = (
        tmp_path_factory.getbasetemp().parent
        if "PYTEST_XDIST_WORKER" in os.environ
        else tmp_path_factory.getbasetemp()
    )

    def once(name: str, do: Callable[[], str]) -> str:
        done, failed = shared / f"{name}.done", shared / f"{name}.failed"
        with FileLock(shared / f"{name}.lock"):
            if failed.exists():
                pytest.fail(
                    f"{name} has failed already: "
                    f"{failed.read_text(encoding='utf-8').splitlines()[0]}",
                    pytrace=False,
                )
            if not done.exists():
                try:
                    done.write_text(do(), encoding="utf-8")
                except pytest.fail.Exception as error:
                    failed.write_text(str(error), encoding="utf-8")
                    raise
        return done.read_text(encoding="utf-8")

    return once


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium, without a screen."""
    if shutil.which("chromedriver") is None:
        for words in (["update"], ["install", "--yes", "chromium", "chromium-driver"]):
            subprocess.run(["apt-get", "-q", *words], check=True, capture_output=True, timeout=600)
    options = webdriver.ChromeOptions()
    for option in ("headless", "no-sandbox", "disable-gpu", "disable-background-networking"):
        options.add_argument(f"--{option}")
    options.binary_location = "/usr/bin/chromium"
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(
        options=options, service=webdriver.ChromeService("/usr/bin/chromedriver")
    )
    yield driver
    driver.quit()


@pytest.fixture(scope="session")
def first_run(once, run) -> str:
    """Output of `./lab run` on this machine, on which nothing of the workshop is left then.

    Afterwards it has an engine.
    """

    def first_run() -> str:
        if Path("/var/lib/workshop").exists():
            run("run-provision", ROOT / "lab", "provision")
            run("run-reset", ROOT / "lab", "reset")
        return run("run-first", ROOT / "lab", "run")

    return once("first_run", first_run)


@pytest.fixture(scope="session")
def images(once, run, first_run) -> None:
    """Build the images of the lab machines.

    Their root file systems, and archives of the base images.
    """
    playbook = [
        "ansible-playbook",
        "-i",
        ROOT / "molecule/default/inventory",
        ROOT / "molecule/default/images.yml",
    ]
    once(
        "images",
        lambda: run(
            "images",
            *playbook,
            env={"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "WORKSHOP_REPORT_PATH": ""},
        ),
    )


@pytest.fixture(scope="session")
def molecule(run, images):
    """Runs a Molecule command on a scenario, with the machines of `default` or its own."""

    def molecule(command: str, scenario: str, *options: str) -> str:
        config = (
            yaml.safe_load((ROOT / f"molecule/{scenario}/molecule.yml").read_text(encoding="utf-8"))
            or {}
        )
        env = molecule_environment("default" if config.get("shared_state", True) else scenario)
        return run(
            f"molecule-{command}-{scenario}",
            "molecule",
            "-c",
            CONFIG,
            command,
            "-s",
            scenario,
            *options,
            env=env,
        )

    return molecule


@pytest.fixture(scope="session")
def machines(once, molecule) -> None:
    """The nested lab machines, as the scenario `default` makes, provisions and tests them."""

    def machines() -> str:
        molecule("destroy", "default")  # what a killed run left
        return molecule("test", "default", "--destroy", "never")

    once("machines", machines)


def pytest_runtest_setup(item):
    """Let the scenarios go first.

    They take longest, and the other worker fills what they leave of the processors.
    """
    groups = [marker.args[0] for marker in item.iter_markers("xdist_group")]
    if "PYTEST_XDIST_WORKER" in os.environ and "machines" not in groups and os.nice(0) == 0:
        os.nice(4)


def pytest_sessionfinish(session):
    """Remove the lab machines after the last test of all workers."""
    if not hasattr(session.config, "workerinput") and STATE.exists():
        for maker in (path.name for path in STATE.iterdir()):
            command = ["molecule", "-c", CONFIG, "destroy", "-s", maker]
            subprocess.run(
                command,
                cwd=ROOT,
                env={**os.environ, **molecule_environment(maker)},
                capture_output=True,
                check=False,
            )
        shutil.rmtree(STATE)
