"""Functions that several of these tests use."""

from __future__ import annotations

import importlib.util
import re
import socket
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml


def docker(*arguments: str | Path, stdin: str = "") -> str:
    """The output of a docker command; CalledProcessError where it fails."""
    return subprocess.run(
        ["docker", *arguments], check=True, capture_output=True, text=True, input=stdin
    ).stdout.strip()


def changed(output: str) -> int:
    """The number of tasks that changed something, by the recap of a playbook's run."""
    return int(re.search(r"changed=(\d+)", output)[1])


def free_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def read_yaml(path: Path) -> Any:
    """The content of a YAML file."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def load_release(name: str) -> ModuleType:
    """A program of the folder `release`, which is no package."""
    path = Path(__file__).parent.parent / "release" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"release_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
