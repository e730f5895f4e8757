#!/usr/bin/env python3
"""Measure how long it takes to see that nothing has changed.

Image_build beside `docker build` with everything cached, and beside sha256sum.

Run as root on a machine with an engine and busybox:latest; runs alternate, so that a change of the
machine's speed meets all. Prints medians, their ratios and the most memory that image_build took.
Usage: [TMPDIR=FOLDER] bench/build.py [ROUNDS]
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Callable

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "collections"))

from ansible_collections.workshop.containers.plugins.module_utils.builds.image_build import (
    ImageBuild,
)
from ansible_collections.workshop.containers.plugins.module_utils.engine.client import Engine

FILES, SIZE = 10_000, 100_000  # 1 GB
IMAGE = "bench-image-build:latest"


def timed(work: Callable[[], object]) -> float:
    """Seconds that some work takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def command(*words: str) -> None:
    """Run a command, which must succeed."""
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def write_context(folder: Path) -> None:
    """A context of FILES files, with a Dockerfile that copies them all.

    BuildKit looks only at what is copied.
    """
    (folder / "Dockerfile").write_text("FROM busybox\nCOPY . /context\n")
    for number in range(FILES):
        place = folder / f"{number % 100:02}"
        place.mkdir(exist_ok=True)
        (place / f"{number}").write_bytes(os.urandom(SIZE))


def look(folder: Path, build: bool = False) -> None:
    """Ask image_build whether there is something to do; there is not, unless ``build``."""
    params = {"name": IMAGE, "path": str(folder)}
    image = ImageBuild(Engine("unix:///var/run/docker.sock"), params)
    judgement = image.judge()
    if build:
        image.build(judgement)
    elif judgement.changes:
        raise SystemExit(f"nothing was changed, and yet: {judgement.changes}")


def memory(folder: Path) -> float:
    """The most memory of a process that only looks, in MB."""
    child = os.fork()
    if child == 0:
        look(folder)
        os._exit(0)
    os.waitpid(child, 0)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000


def main() -> None:
    """Measure and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR", "/var/tmp")) as name:
        folder = Path(name)
        write_context(folder)
        most = memory(folder) if not look(folder, build=True) else 0.0
        command("docker", "build", "-t", f"{IMAGE}-cli", name)
        works: dict[str, Callable[[], object]] = {
            "find | sha256sum": lambda: command(
                "sh", "-c", f"find {name} -type f -print0 | xargs -0 sha256sum"
            ),
            "docker build, all cached": lambda: command(
                "docker", "build", "-t", f"{IMAGE}-cli", name
            ),
            "image_build, nothing changed": lambda: look(folder),
        }
        seconds: dict[str, list[float]] = {what: [] for what in works}
        for _round in range(rounds):
            for what, work in works.items():
                seconds[what].append(timed(work))
    command("docker", "rmi", "-f", IMAGE, f"{IMAGE}-cli")
    ours = statistics.median(seconds["image_build, nothing changed"])
    for what, each in seconds.items():
        median = statistics.median(each)
        print(
            f"{what:30} {median:6.2f} s   image_build, nothing changed, takes {ours / median:.2f} "
            "of it"
        )
    print(f"memory of image_build: {most:.0f} MB at most")


if __name__ == "__main__":
    main()
