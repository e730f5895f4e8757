"""Killed runs, dying engines, two runs at once, and what is in the way: on a nested lab machine, after the scenarios.

Every fault is followed by a run that must finish, and one that must change nothing.
"""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.xdist_group(
    "engine"
)  # one worker, in order; on the machine that no lesson uses

ROOT = Path(__file__).parent.parent
MACHINE = "lab-wsl"
RECORD = "/var/lib/workshop/containers/progress.json"
LOCK = "/var/lib/workshop/containers/lock"
LAST = "dockerfile"  # the lessons up to here need no network and end within seconds
WORKSHOP = ROOT / "workshops/containers"
LESSONS = yaml.safe_load((WORKSHOP / "workshop.yml").read_text(encoding="utf-8"))["lessons"]
STEPS = [  # of the lessons up to there, what is done on every machine
    f"{lesson}.{step['id']}"
    for lesson in LESSONS[: LESSONS.index(LAST) + 1]
    for step in yaml.safe_load((WORKSHOP / lesson / "lesson.yml").read_text(encoding="utf-8"))[
        "steps"
    ]
    if "applies" not in step
]
LABEL = "label=workshop.containers.workshop=containers"
PATIENCE = 120  # seconds until a run that does not get on is a failure


def on_machine(*command: str, rc: int | None = 0) -> str:
    """Output of a command on the lab machine, which must end with `rc` (None: however it ends)."""
    done = subprocess.run(
        ["docker", "exec", MACHINE, *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        text=True,
    )
    assert rc is None or done.returncode == rc, done.stdout
    return done.stdout


def send(signal_name: str) -> None:
    """Send a signal to the run that holds the machine's lock, if one does."""
    script = f"sed -n 's/.*, process \\([0-9]*\\) of.*/\\1/p' {LOCK} | xargs -r kill -{signal_name}"
    on_machine("sh", "-c", script, rc=None)


def verified_steps(record: Path) -> set[str]:
    """The steps that a machine's record holds; a record that is no whole JSON fails the test."""
    return (
        set(json.loads(record.read_text(encoding="utf-8"))["steps"]) if record.exists() else set()
    )


def await_step(step: str, process: subprocess.Popen) -> None:
    """Wait until a step is verified while the run goes on: seen from outside, which takes nothing from the run."""
    pid = subprocess.check_output(
        ["docker", "inspect", "--format", "{{.State.Pid}}", MACHINE], text=True
    ).strip()
    end = time.monotonic() + PATIENCE
    while step not in verified_steps(Path(f"/proc/{pid}/root{RECORD}")):
        assert process.poll() is None, f"the run ended before {step}"
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture
def playbook(machines):
    """Starts one of the shipped playbooks on the machine, in a process group of its own."""
    del machines
    running = []

    def playbook(name: str, *options: str) -> subprocess.Popen:
        command = [
            "ansible-playbook",
            ROOT / f"playbooks/{name}.yml",
            "-i",
            ROOT / "molecule/default/inventory",
            "--limit",
            MACHINE,
            "-e",
            f"workshop_until={LAST if name != 'reset' else ''}",
            *options,
        ]
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={
                **os.environ,
                "WORKSHOP_REPORT_PATH": "",
                "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
                "ANSIBLE_NOCOLOR": "1",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        running.append(process)
        return process

    yield playbook
    for process in running:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture
def play(playbook):
    """Runs a playbook to its end: (exit code, output)."""

    def play(name: str, *options: str) -> tuple[int, str]:
        process = playbook(name, *options)
        output, _ = process.communicate(timeout=PATIENCE)
        assert "Traceback" not in output, output
        return process.returncode, output

    return play


@pytest.fixture
def clean(play):
    """A machine on which nothing of the workshop was done."""
    assert play("reset")[0] == 0
    yield
    on_machine("sh", "-c", "pgrep -x dockerd >/dev/null || service docker start")


def finishes_then_changes_nothing(play, *options: str) -> None:
    """The run after a fault gets to the end, nothing is there twice, and the run after that has nothing to do."""
    code, output = play("workshop", *options)
    assert code == 0, output
    names = on_machine(
        "docker", "ps", "-a", "--filter", LABEL, "--format", '{{.Label "workshop.containers.step"}}'
    ).split()
    assert len(names) == len(set(names))
    code, output = play("workshop", *options)
    assert code == 0, output
    assert re.search(rf"{MACHINE} .*changed=0 ", output), output
    assert play("grade", *options)[0] == 0
    assert (
        on_machine("find", "/appHello", "/var/lib/workshop", "-name", "*.tmp", rc=None).count(
            ".tmp"
        )
        == 0
    )


@pytest.mark.usefixtures("clean")
def test_module_killed_twenty_times_on_the_way(playbook, play, tell):
    seed = random.randrange(2**32)
    steps = sorted(random.Random(seed).sample(range(len(STEPS)), 20))
    hits = 0
    for step in steps:
        process = playbook("workshop")
        await_step(STEPS[step], process)
        send("KILL")
        output, _ = process.communicate(timeout=PATIENCE)
        words = " ".join(output.split())
        killed = process.returncode != 0  # else it was faster: then it has ended well
        hits += killed
        if "Traceback" in output or (
            killed and "run again; it goes on where it stopped" not in words
        ):
            pytest.fail(f"seed {seed}, killed after {STEPS[step]}: {tell(output)}", pytrace=False)
    assert hits > 0
    finishes_then_changes_nothing(play)


@pytest.mark.usefixtures("clean")
def test_controller_killed_the_machine_goes_on_and_the_next_run_waits(playbook, play):
    until = ("-e", "workshop_until=network-service")
    process = playbook("workshop", *until)
    await_step("interactive-terminal.open", process)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    finishes_then_changes_nothing(play, *until)


@pytest.mark.usefixtures("clean")
def test_engine_killed_on_the_way(playbook, play):
    for after in (
        "interactive-terminal.open",
        "network-service.run",
        "commit-image.goodbye",
        "dockerfile.scripts",
    ):
        process = playbook("workshop")
        await_step(after, process)
        on_machine("pkill", "-9", "-x", "dockerd")
        output, _ = process.communicate(timeout=PATIENCE)
        assert process.returncode != 0
        assert "Traceback" not in output
        assert re.search(r"What to do|observed", output), output
        on_machine("service", "docker", "start")
    finishes_then_changes_nothing(play)


@pytest.mark.usefixtures("clean")
def test_engine_that_is_down_is_named(play):
    on_machine("service", "docker", "stop")
    code, output = play("workshop")
    words = " ".join(output.split())
    assert code != 0
    assert "/var/run/docker.sock" in words
    assert "service docker start" in words


@pytest.mark.usefixtures("clean")
def test_second_run_names_the_first(playbook, play):
    until = ("-e", "workshop_until=network-service")
    first = playbook("workshop", *until)
    await_step("first-container.run", first)
    send("STOP")  # it would be faster than the second on some machines
    code, output = play("workshop", "-e", "workshop_lock_timeout=0", *until)
    send("CONT")
    words = " ".join(output.split())
    assert code != 0
    assert re.search(r"present: containers until \S+, process \d+ of root, running since", words)
    first.communicate(timeout=PATIENCE)
    assert first.returncode == 0
    finishes_then_changes_nothing(play, *until)


@pytest.fixture
def foreign():
    """A container of somebody else with the name that a lesson needs."""
    identity = on_machine(
        "docker", "run", "-d", "--name", "httpd", "busybox", "sleep", "1000"
    ).split()[-1]
    yield identity
    on_machine("docker", "rm", "-f", identity)


@pytest.mark.usefixtures("clean")
def test_container_of_somebody_else_is_left_alone(play, foreign):
    code, output = play("workshop", "-e", "workshop_until=network-service")
    words = " ".join(output.split())
    assert code != 0
    assert "network-service.run" in words
    assert (
        f"the container httpd ({foreign[:12]}, from busybox), which the lab did not make" in words
    )
    assert "take_over: true" in words
    assert on_machine(
        "docker", "inspect", "-f", "{{.State.Running}} {{.Name}}", foreign
    ).split() == ["true", "/httpd"]


@pytest.mark.usefixtures("clean")
def test_container_of_somebody_else_is_set_aside_on_request(play, foreign):
    code, output = play(
        "workshop", "-e", "workshop_take_over=true", "-e", "workshop_until=network-service"
    )
    assert code == 0, output
    assert re.fullmatch(
        r"/httpd-\d{8}-\d{6}", on_machine("docker", "inspect", "-f", "{{.Name}}", foreign).strip()
    )


@pytest.mark.usefixtures("clean")
def test_port_that_is_taken_is_named_with_its_holder(play):
    until = ("-e", "workshop_until=network-service")
    subprocess.run(
        ["docker", "exec", "-d", MACHINE, "python3", "-m", "http.server", "8080"], check=True
    )
    try:
        code, output = play("workshop", *until)
        words = " ".join(output.split())
        assert code != 0
        assert re.search(
            r"port 8080 free for the container httpd; observed the process \d+ \(python3\) uses it",
            words,
        )
        assert on_machine("docker", "ps", "-aq", "--filter", "name=httpd") == ""
    finally:
        on_machine("pkill", "-f", "http.server")
    finishes_then_changes_nothing(play, *until)


@pytest.mark.usefixtures("clean")
def test_file_of_a_learner_is_not_overwritten(play):
    on_machine("sh", "-c", "mkdir -p /appHello && echo mine > /appHello/hello")
    try:
        code, output = play("workshop")
        assert code != 0
        assert "/appHello/hello: it has another content, and the lab did not make it" in " ".join(
            output.split()
        )
        assert on_machine("cat", "/appHello/hello") == "mine\n"
        assert play("workshop", "-e", "workshop_take_over=true")[0] == 0
        assert on_machine("sh", "-c", "cat /appHello/hello.2*") == "mine\n"
    finally:
        assert play("reset")[0] == 0
        on_machine("rm", "-rf", "/appHello")


@pytest.mark.usefixtures("clean")
def test_machine_beyond_the_checkpoint_says_how_to_go_back(play):
    assert play("workshop", "-e", "workshop_until=network-service")[0] == 0
    code, output = play("workshop", "-e", "workshop_until=first-container")
    words = " ".join(output.split())
    assert code != 0
    assert "it is beyond: the step network-service.stop was done on it" in words
    assert "./lab reset" in words


@pytest.mark.usefixtures("clean")
def test_dry_run_of_a_fresh_machine_changes_nothing(play):
    before = on_machine(
        "sh", "-c", "docker ps -aq; docker images -q | sort; ls / /var/lib/workshop/containers"
    )
    code, output = play("workshop", "--check", "--diff")
    assert code == 0, output
    assert "changed=1" in output
    assert (
        on_machine(
            "sh", "-c", "docker ps -aq; docker images -q | sort; ls / /var/lib/workshop/containers"
        )
        == before
    )
