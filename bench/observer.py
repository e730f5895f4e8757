#!/usr/bin/env python3
"""Measure what the observer of a learner's machine costs, and how soon it sees a step.

Run it by hand as root on a machine with an engine and the image busybox:

    .venv/bin/python bench/observer.py [--idle SECONDS] [--containers NUMBER] [--load PROCESSES]

It observes a workshop of its own, made up here, with state below a temporary folder, and prints:
from the end of a container to the tick, the processor and memory of an observer that has nothing to
do, a learner who makes very many containers and 100 MB of output, what is lost on a busy machine,
`docker run` with an observer against the same without, and reading a long journal.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COLLECTIONS = Path(__file__).parent.parent / "collections"
sys.path.insert(0, str(COLLECTIONS))

from ansible_collections.workshop.containers.plugins.module_utils.player.journal import (
    NAME,
    read,
)
from ansible_collections.workshop.containers.plugins.module_utils.player.memory import Memory

STEPS, ROUNDS, EVENTS, LOADED = 30, 10, 10_000, 100
PACKAGE = "ansible_collections.workshop.containers.plugins.module_utils.player"
SERVICE = (
    "import json, sys; sys.path.insert(0, sys.argv[1]); "
    f"from {PACKAGE}.service import Service; "
    "settings = {'state_path': sys.argv[3], 'run_path': sys.argv[3]}; "
    "Service(json.load(open(sys.argv[2])), settings, sys.argv[3]).serve()"
)


def workshop() -> dict[str, object]:
    """A packed workshop whose every step is one container that prints its number."""
    steps = [
        {
            "id": f"bench.s{number}",
            "lesson": "bench",
            "title": {"en": f"Step {number}"},
            "hint": {},
            "command": "",
            "where": "host",
            "do": [{"container_run": {"image": "busybox", "command": ["echo", f"n{number}"]}}],
            "check": [{"container": {"command": ["echo", f"n{number}"], "output": f"n{number}$"}}],
            "digest": str(number),
        }
        for number in range(STEPS)
    ]
    title = {"en": "Benchmark"}
    common = {"name": "bench", "title": title, "path": "/bench", "base_images": [], "files": {}}
    return {**common, "steps": steps, "until": steps[-1]["id"], "errata": [], "languages": ["en"]}


class Observer:
    """An observer in a process of its own."""

    def __init__(self, folder: Path) -> None:
        content = folder / "content.json"
        content.write_text(json.dumps(workshop()), encoding="utf-8")
        self.journal = str(folder / "bench" / NAME)
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVICE, COLLECTIONS, content, folder]
        )
        while not Memory(read(self.journal)).since:
            if self.process.poll() is not None:
                raise SystemExit("the observer has ended")
            time.sleep(0.05)

    def stop(self) -> None:
        """End it."""
        self.process.kill()
        self.process.wait()

    def seconds(self) -> float:
        """The processor time that it has used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").split()
        return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> int:
        """Its resident memory in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(status.partition("VmRSS:")[2].split()[0]) // 1024

    def tick(self, step: str) -> float:
        """Seconds from the end of the step's container to the moment at which its tick is seen."""
        while True:
            events = list(read(self.journal))
            tick = next(
                (each for each in events if each["event"] == "tick" and each["step"] == step), None
            )
            if tick is not None:
                identity = tick["containers"][0][2]
                ended = next(
                    each["at"]
                    for each in events
                    if each["event"] == "die" and each["id"] == identity
                )
                return time.time() - ended
            time.sleep(0.01)


def docker_run(*words: str) -> float:
    """Seconds that `docker run` takes."""
    started = time.monotonic()
    subprocess.run(["docker", "run", "--rm", "busybox", *words], check=True, capture_output=True)
    return time.monotonic() - started


def flood(count: int) -> None:
    """Let a learner make containers, and print 100 MB; then see whether steps are still seen."""
    print_much = "head -c 100000000 /dev/zero | tr '\\0' '\\033'; head -c 1000000 /dev/urandom"
    with tempfile.TemporaryDirectory() as name:
        observer = Observer(Path(name))
        try:
            for number in range(count):
                subprocess.run(
                    ["docker", "create", "--name", f"bench-flood-{number}", "busybox", "true"],
                    check=True,
                    capture_output=True,
                )
            docker_run("sh", "-c", print_much)
            docker_run("echo", "n0")
            late = observer.tick("bench.s0")
            size = os.path.getsize(observer.journal) // 1024
            print(f"after {count} containers and 100 MB: tick after {late:.2f} s, ", end="")
            print(f"{observer.memory()} MB, a journal of {size} kB")
        finally:
            observer.stop()
            for number in range(count):
                flooded = f"bench-flood-{number}"
                subprocess.run(["docker", "rm", flooded], check=False, capture_output=True)


def under_load(processes: int) -> None:
    """Let the processors be busy, and see of how many containers that print a line nobody hears."""
    busy = [subprocess.Popen(["sh", "-c", "while :; do :; done"]) for _ in range(processes)]
    with tempfile.TemporaryDirectory() as name:
        observer = Observer(Path(name))
        try:
            for number in range(LOADED):
                docker_run("echo", f"n{number}.")
            time.sleep(5)
            printed = Memory(read(observer.journal)).printed.values()
            heard = {each.since(0.0).strip() for each in printed}
            lost = sum(f"n{number}." not in heard for number in range(LOADED))
            print(f"beside {processes} busy processes: {lost} of {LOADED} containers not heard")
        finally:
            observer.stop()
            for process in busy:
                process.kill()


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--idle", type=float, default=60.0, help="seconds to watch it do nothing")
    parser.add_argument("--containers", type=int, default=1000, help="of the learner who floods")
    parser.add_argument("--load", type=int, default=8, help="processes that keep it from working")
    options = parser.parse_args()
    idle = options.idle
    with tempfile.TemporaryDirectory() as name:
        observer = Observer(Path(name))
        late = []
        for number in range(STEPS):
            docker_run("echo", f"n{number}")
            late.append(observer.tick(f"bench.s{number}"))
        late.sort()
        print(f"container's end to tick: median {statistics.median(late):.2f} s, ", end="")
        print(f"95 % within {late[int(0.95 * STEPS)]:.2f} s")
        used = observer.seconds()
        time.sleep(idle)
        share = (observer.seconds() - used) / idle
        print(f"idle for {idle:.0f} s: {share:.2%} of a core, {observer.memory()} MB")
        observer.stop()
    flood(options.containers)
    under_load(options.load)
    ratios = []
    for _ in range(ROUNDS):
        without = docker_run("true")
        with tempfile.TemporaryDirectory() as name:
            observer = Observer(Path(name))
            ratios.append(docker_run("true") / without)
            observer.stop()
    print(f"docker run beside it: {statistics.median(ratios):.2f} times as long as without")
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, NAME)
        event = {"event": "output", "at": 1.0, "id": "x", "text": "some output of a container\n"}
        path.write_text(f"{json.dumps(event)}\n" * EVENTS, encoding="ascii")
        started = time.monotonic()
        Memory(read(str(path)))
        print(f"a journal of {EVENTS} events is read in {time.monotonic() - started:.2f} s")


if __name__ == "__main__":
    main()
