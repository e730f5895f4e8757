#!/usr/bin/env python3
"""Measure how long the lessons up to dockerfile take.

The lab, which checks every step, beside a bare script that types the same commands.

Run as root on a lab machine (after `./lab provision`) that has no containers of its own; runs
alternate, so that a change of the machine's speed meets both. Prints medians and their ratio.
Usage: bench/lessons.py [ROUNDS]
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
UNTIL = "workshop_until=dockerfile"


def timed(*command: str | Path) -> float:
    """Seconds that a command takes; it must succeed."""
    started = time.perf_counter()
    subprocess.run(
        command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return time.perf_counter() - started


def clean() -> None:
    """Back to a machine on which nothing was done, but for the base image."""
    timed(ROOT / "lab", "reset")
    for typed in (["rm", "-f", "layer", "session"], ["rmi", "-f", "greeting", "greeting:deleted"]):
        subprocess.run(
            ["docker", *typed], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
        )
    subprocess.run(["rm", "-rf", "/appHello", "/root/goodbye"], check=True)
    subprocess.run(["docker", "pull", "-q", "busybox"], stdout=subprocess.DEVNULL, check=True)


def steps() -> float:
    """Seconds that the steps of the last run took, on the machine."""
    report = json.loads((ROOT / "report/results.json").read_text(encoding="utf-8"))
    return sum(step["seconds"] for step in report["hosts"]["localhost"]["steps"])


def main() -> None:
    """Measure and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    typed, walked, playbook, again = [], [], [], []
    for _round in range(rounds):
        clean()
        typed.append(timed(ROOT / "bench/typed.sh"))
        clean()
        playbook.append(timed(ROOT / "lab", "workshop", "-e", UNTIL))
        walked.append(steps())
        again.append(timed(ROOT / "lab", "workshop", "-e", UNTIL))
    script = statistics.median(typed)
    rows = {
        "bare script, nothing checked": typed,
        "the steps of one checkpoint call, each checked": walked,
        "the whole playbook around it": playbook,
        "the whole playbook again, nothing to do": again,
    }
    for name, seconds in rows.items():
        middle = statistics.median(seconds)
        print(
            f"{name:48} {middle:6.2f} s   {middle / script:5.2f} times the script   "
            f"({min(seconds):.2f} to {max(seconds):.2f})"
        )


if __name__ == "__main__":
    main()
