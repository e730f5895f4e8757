#!/usr/bin/env python3
"""Kill the observer, the engine and the whole machine while a workshop is typed, and count.

Run it by hand against a nested lab machine that was made ready for a replay, and on which nothing
has been done yet (`./lab learner -e learner_follow_shells=true`; vim, sudo and curl installed):

    bench/observer_kills.py lab-replay

After each of ten lessons one of the three is killed with SIGKILL, and the observer at a random
moment of the lesson besides. A tick that was there before and is not there afterwards is lost; one
of a step that nobody has typed is invented. Both have to be none. A step that ended while nobody
looked may stay unseen, and is counted.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

COLLECTIONS = Path(__file__).parent.parent / "collections"
FOLDER = "/var/tmp/observer-kills"
PACKAGE = "ansible_collections.workshop.containers.plugins.module_utils"
# Types the lessons that it is told, and prints the steps that it has typed.
TYPE = f"""
import json, sys, time
sys.path.insert(0, {FOLDER!r})
from {PACKAGE}.engine.client import Engine
from {PACKAGE}.player.program import load
from {PACKAGE}.player.replay import Replay
from {PACKAGE}.workshop.content import Content
content = Content(load("/usr/local/lib/workshop", "content.json"), "en")
terminals = Replay(content, Engine("unix:///var/run/docker.sock"))
typed = []
for index, step in enumerate(content.steps):
    if step.data["lesson"] == sys.argv[1] and not step.absent and step.data["command"]:
        terminals.step(index)
        typed.append(step.id)
time.sleep(2)
terminals.close()
print(json.dumps(typed))
"""
KILLS = {
    "the observer": "pkill -9 -f '[w]orkshop observe'",
    "the engine": "pkill -9 -x dockerd",
    "the machine": None,
}
READY = (
    "until docker version && systemctl is-active docker-workshop && workshop status; "
    "do sleep 0.2; done >/dev/null 2>&1"
)


def on(machine: str, *command: str, stdin: str = "") -> str:
    """The output of a command on the machine; CalledProcessError where it fails."""
    return subprocess.run(
        ["docker", "exec", "--interactive", machine, *command],
        input=stdin,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=900,
    ).stdout


def status(machine: str) -> dict[str, str]:
    """The steps of the workshop and how they stand."""
    steps = json.loads(on(machine, "workshop", "status", "--json"))["steps"]
    return {step["id"]: step["status"] for step in steps}


def done(machine: str) -> set[str]:
    """The steps that are done."""
    return {step for step, stands in status(machine).items() if stands == "done"}


def kill(machine: str, what: str) -> None:
    """Kill one of KILLS, and wait until all is there again."""
    command = KILLS[what]
    if command is None:
        subprocess.run(["docker", "kill", "--signal", "KILL", machine], check=True)
        subprocess.run(["docker", "start", machine], check=True)
    else:
        on(machine, "sh", "-c", command)
    time.sleep(1)
    on(machine, "timeout", "120", "sh", "-c", READY)


def main() -> None:
    """Type, kill, count."""
    machine = sys.argv[1]
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    on(machine, "mkdir", "-p", FOLDER)
    subprocess.run(["docker", "cp", f"{COLLECTIONS}/.", f"{machine}:{FOLDER}"], check=True)
    lessons = list(dict.fromkeys(step.partition(".")[0] for step in status(machine)))
    points = dict(zip(sorted(chance.sample(range(len(lessons)), 10)), [*KILLS] * 4))
    found, typed = done(machine), set()
    lost, invented, unseen = set(), set(), set()
    for number, lesson in enumerate(lessons):
        if number in points:
            within = threading.Timer(chance.uniform(0, 10), kill, (machine, "the observer"))
            within.start()
        steps = set(json.loads(on(machine, "python3", "-", lesson, stdin=TYPE)))
        if number in points:
            within.join()
        typed |= steps
        before = done(machine)
        if number in points:
            kill(machine, points[number])
        after = done(machine)
        lost |= before - after
        invented |= after - found - typed
        unseen |= steps - after
        print(f"{lesson}: {len(steps)} typed, {points.get(number, 'nothing')} killed afterwards")
    on(machine, "rm", "-r", FOLDER)
    for kind, steps in (("lost", lost), ("invented", invented), ("unseen", unseen)):
        print(f"{kind}: {len(steps)} {' '.join(sorted(steps))}")
    print(f"of {len(typed)} steps; seed {seed}")
    sys.exit(bool(lost or invented))


if __name__ == "__main__":
    main()
