"""Killed runs, dying engines, two runs at once, and what is in the way.

On a nested lab machine, after the scenarios.

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
STOCK = ("busybox:latest", "fedora:35")
# With a bridge of its own: without any it would take away that of the other engine. It asks a
# registry that has one large image, and then that of the lab.
SMALL_ENGINE = """
mkdir -p /srv/small /srv/large && mount -t tmpfs -o size=30m none /srv/small
echo '{version: 0.1, storage: {filesystem: {rootdirectory: /srv/large}},
  http: {addr: "127.0.0.1:5003"}}' >/run/large.yml
docker-registry serve /run/large.yml >/run/large.log 2>&1 &
echo $! >/run/large.pid
head -c 60000000 /dev/urandom >/srv/large/random
tar -C /srv/large -c random | docker import - 127.0.0.1:5003/library/fedora:35
docker push 127.0.0.1:5003/library/fedora:35
docker rmi 127.0.0.1:5003/library/fedora:35
ip link add small0 type bridge && ip address add 192.0.2.1/24 dev small0 && ip link set small0 up
echo '{"registry-mirrors": ["http://127.0.0.1:5003", "http://127.0.0.1:5000"]}' >/run/small.json
dockerd --config-file /run/small.json --host unix:///run/small.sock --data-root /srv/small \\
  --exec-root /run/small --pidfile /run/small.pid --bridge small0 --iptables=false \\
  >/run/small.log 2>&1 &
export DOCKER_HOST=unix:///run/small.sock
timeout 30 sh -c 'until docker version >/dev/null 2>&1; do sleep 0.1; done' ||
  { cat /run/small.log >&2; exit 1; }
docker pull busybox:latest
"""
SMALL_ENGINE_GONE = """
kill $(cat /run/small.pid) $(cat /run/large.pid)
while test -e /run/small.pid; do sleep 0.1; done
# Its disk is free a little later.
timeout 60 sh -c 'until umount /srv/small; do sleep 0.5; done'
ip link delete small0
rm -r /srv/large
"""
PATIENCE = 120  # seconds until a run that does not get on is a failure


def on_machine(*command: str, rc: int | None = 0) -> str:
    """Output of a command on the lab machine, which must end with `rc` (None: however it ends)."""
    done = subprocess.run(
        ["docker", "exec", MACHINE, *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=600,
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
    """Wait until a step is verified while the run goes on.

    Seen from outside, which takes nothing from the run.
    """
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


@pytest.fixture
def one_step(tmp_path):
    """A function that writes a workshop of one step; the options with which it is done.

    ``/srv/lab/Dockerfile`` is there before that step.
    """

    def one_step(dockerfile: str, *do: dict) -> tuple[str, ...]:
        name = f"lab-{len(list(tmp_path.iterdir()))}"
        lesson = tmp_path / name / "only"
        (lesson / "files").mkdir(parents=True)
        (lesson / "files/Dockerfile").write_text(dockerfile)
        words = {"en": "x", "ru": "x"}
        step = {"id": "step", "title": words, "text": words, "command": "x", "hint": words}
        files = [
            {"directory_create": {"path": "/srv/lab"}},
            {"file_write": {"path": "/srv/lab/Dockerfile", "source": "Dockerfile"}},
        ]
        step |= {
            "do": [*files, *do],
            "differs": "Nobody types this.",
            "check": [{"engine": {"answers": True}}],
        }
        (lesson / "lesson.yml").write_text(
            json.dumps({"title": words, "text": words, "steps": [step]})
        )
        workshop = {"title": words, "languages": ["en", "ru"], "lessons": ["only"]}
        workshop["base_images"] = [f"docker.io/library/{image}" for image in STOCK]
        (lesson.parent / "workshop.yml").write_text(json.dumps(workshop))
        return ("-e", "workshop_until=", "-e", f"workshop_path={lesson.parent}")

    return one_step


@pytest.fixture
def small_engine(machines):
    """The address of a second engine on the machine, on a disk of 30 MB, with busybox."""
    del machines
    address = "unix:///run/small.sock"
    on_machine("sh", "-ec", SMALL_ENGINE)
    yield address
    on_machine("sh", "-ec", SMALL_ENGINE_GONE)


def finishes_then_changes_nothing(play, *options: str) -> None:
    """The run after a fault gets to the end, nothing is there twice, and the run after that has
    nothing to do.
    """
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
        if "Traceback" in output or (killed and "it goes on where it stopped" not in words):
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
        assert re.search(r"Expected|Cannot reach", output), output
        on_machine("service", "docker", "start")
    finishes_then_changes_nothing(play)


@pytest.mark.usefixtures("clean")
def test_engine_killed_while_a_build_runs_a_command(playbook, play, one_step):
    build = one_step(
        "FROM busybox\nRUN sleep 8\n",
        {"image_build": {"name": "slow", "path": "/srv/lab", "builder": "classic"}},
    )
    process = playbook("workshop", *build)
    on_machine("timeout", "60", "sh", "-c", "until docker ps | grep 'sleep 8'; do sleep 0.1; done")
    on_machine("pkill", "-9", "-x", "dockerd")
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode != 0
    assert "Traceback" not in output
    words = " ".join(output.split())
    assert re.search("the connection to the engine was lost|no engine listens on", words), output
    on_machine("service", "docker", "start")
    on_machine("timeout", "60", "sh", "-c", "until docker version; do sleep 0.1; done")
    assert "sleep 8" in on_machine("docker", "ps", "-a")  # what that builder leaves
    code, output = play("workshop", *build)
    assert code == 0, output
    assert "sleep 8" not in on_machine("docker", "ps", "-a")
    code, output = play("workshop", *build)
    assert re.search(rf"{MACHINE} .*changed=0 ", output), output
    assert play("reset", *build)[0] == 0
    assert "slow" not in on_machine("docker", "images")


class TestFullDisk:
    """The engine's; each step passes when there is room, and the next run changes nothing."""

    def fails_until_there_is_room(self, play, engine: str, says: str, options: tuple[str, ...]):
        options = (*options, "-e", f"workshop_docker_host={engine}")
        code, output = play("workshop", *options)
        words = " ".join(output.split())
        assert code != 0
        assert re.search(says, words, re.IGNORECASE), output
        assert "docker system df" in words
        on_machine("mount", "-o", "remount,size=900m", "/srv/small")
        code, output = play("workshop", *options)
        assert code == 0, output
        code, output = play("workshop", *options)
        assert re.search(rf"{MACHINE} .*changed=0 ", output), output
        assert play("reset", *options)[0] == 0

    def test_build(self, play, small_engine, one_step):
        build = {"image_build": {"name": "big", "path": "/srv/lab"}}
        recipe = "FROM busybox\nRUN dd if=/dev/urandom of=/big bs=1M count=40\n"
        says = "no space left on device"
        self.fails_until_there_is_room(play, small_engine, says, one_step(recipe, build))

    def test_commit(self, play, small_engine, one_step):
        command = ["dd", "if=/dev/urandom", "of=/big", "bs=1M", "count=18"]
        do = (
            {"container_run": {"name": "big", "image": "busybox", "command": command}},
            {"image_commit": {"container": "big", "name": "big"}},
        )
        says = "the disk of this machine is full"
        self.fails_until_there_is_room(play, small_engine, says, one_step("FROM busybox\n", *do))

    def test_pull(self, play, small_engine, one_step):
        """From the mirror, whose failure the engine hides behind that of the registry itself."""
        options = one_step("FROM busybox\n", {"image_pull": {"name": "fedora:35"}})
        says = r"the engine's disk is full: .* of \d+ MB free in /srv/small"
        self.fails_until_there_is_room(play, small_engine, says, options)


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
            r"port 8080 free for the container httpd, but found the process \d+ \(python3\) uses "
            "it",
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
