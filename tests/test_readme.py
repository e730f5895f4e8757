"""The output that the READMEs show is what the program prints."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ansible_collections.workshop.containers.plugins.plugin_utils.content.load import load
from ansible_collections.workshop.containers.plugins.plugin_utils.report import (
    console_style,
    results,
    table,
)

ROOT = Path(__file__).parent.parent
WORKSHOP = ROOT / "workshops/containers"
# How long the steps take that the READMEs show; another step takes the rest of the whole.
SECONDS = {
    "first-container.run": 0.5,
    "first-container.run-again": 0.5,
    "flask-app.build": 23.2,
    "flask-app.run": 0.5,
    "flask-app.request": 0.04,
}
WHOLE = 60.9
STAND_INS = {
    "busybox:latest": "busybox 1:1.35.0-4+deb12u1+b1 from Debian GNU/Linux 12 (bookworm)",
    "fedora:35": "Debian GNU/Linux 12 (bookworm) with dnf 4.14.0-3+deb12u1",
    "ubuntu:22.04": "Debian GNU/Linux 12 (bookworm)",
}
CLASH = {
    "status": "failed",
    "changed": False,
    "seconds": 0.1,
    "expected": "no container named httpd but the lab's own",
    "observed": ("the container httpd (4f2a6c11d0b7, from busybox), which the lab did not make"),
    "remedy": (
        "remove or rename it (`docker rename httpd OTHER`), or set it aside with take_over: true"
    ),
}
LANGUAGES = {"README.md": "en", "README.ru.md": "ru"}


def steps(language: str) -> list[dict]:
    """The results of a first run on Debian."""
    found = []
    for step in load(WORKSHOP)["steps"]:
        applies = step["applies"]
        here = not applies or applies == {"engine_source": "distribution"}
        found.append(
            {
                "id": step["id"],
                "lesson": step["lesson"],
                "title": step["title"][language],
                "status": "passed" if here else "not_here",
                "changed": here and bool(step["do"]),
                "seconds": SECONDS.get(step["id"], 0.0),
            }
        )
    found[-1]["seconds"] = WHOLE - sum(SECONDS.values())
    return found


def printed(language: str) -> set[str]:
    """The lines of the reports of a run that passed, and of one that met a clash."""
    images = [{"name": name, "stand_in": words, "digest": ""} for name, words in STAND_INS.items()]
    answer = {"workshop": "containers", "changed": True, "base_images": images}
    passed = steps(language)
    failed = [{**step, **(CLASH if step["id"] == "network-service.run" else {})} for step in passed]
    lines = set()
    for each in (passed, failed):
        entry = results.of_workshop("checkpoint", {**answer, "steps": each}, "Walk")
        lines |= {text for text, _color in table.host("localhost", entry)}
    return lines


def shown(readme: str) -> list[str]:
    """The lines of the samples in a README."""
    text = (ROOT / readme).read_text(encoding="utf-8")
    samples = re.findall(r"(?ms)^```text\n(.*?)^```$", text)
    assert samples
    return [line for sample in samples for line in sample.splitlines()]


@pytest.mark.parametrize("readme", LANGUAGES)
def test_samples_are_what_is_printed(readme, monkeypatch):
    monkeypatch.setattr(console_style, "UNICODE", True)
    monkeypatch.setattr(console_style, "WIDTH", 100)
    lines = printed(LANGUAGES[readme])
    other = (
        *("", "  …", "The same for machines: report/results.json"),
        "The same as a page: report/results.html",
    )
    wrong = [
        line
        for line in shown(readme)
        if line not in lines and line not in other and not line.startswith("REPORT *")
    ]
    assert wrong == []


@pytest.mark.parametrize("readme", LANGUAGES)
def test_a_failure_is_among_the_samples(readme):
    assert any(line.startswith("      expected ") for line in shown(readme))
