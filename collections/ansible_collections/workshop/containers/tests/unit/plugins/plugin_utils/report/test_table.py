# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as a person reads it."""

from __future__ import annotations

import pytest

from ansible_collections.workshop.containers.plugins.plugin_utils.report import (
    console_style,
    results,
    table,
)

PASSED = {
    "id": "net.run",
    "lesson": "net",
    "title": "Start a server",
    "status": "passed",
    "changed": True,
    "seconds": 0.4,
}
FAILED = {
    **PASSED,
    "id": "net.request",
    "title": "Send a request " * 9,
    "status": "failed",
    "changed": False,
    "expected": "http://localhost:8080/ answers 404",
    "observed": "nothing listens on port 8080\nlast lines of the log: " + "word " * 40,
    "remedy": "start the container again",
}
STAND_IN = {
    "name": "docker.io/library/busybox:latest",
    "stand_in": "busybox 1.35 from Debian bookworm",
    "digest": "sha256:" + "0" * 64,
}


BLOCKED = {**PASSED, "status": "blocked", "changed": False, "observed": "it needs net.request"}


def entry(*steps, **more):
    return results.of_workshop(
        "checkpoint", {"workshop": "demo", "steps": list(steps), **more}, "Walk"
    )


def text(lines):
    return "\n".join(line for line, _color in lines)


def test_heading_counts():
    assert (
        text([table.heading("seat1", entry(PASSED, FAILED))])
        == "seat1: demo, 1 of 2 steps passed, 1 failed, 1 changed, 0.8 s"
    )


def test_why_steps_are_blocked_stands_once():
    other = {**BLOCKED, "id": "net.stop", "observed": "it needs net.run"}
    lines = text(table.host("seat1", entry(FAILED, BLOCKED, BLOCKED, other)))
    assert lines.count("blocked   it needs net.request") == 1
    assert lines.count("blocked   it needs net.run") == 1


def test_says_so_when_nothing_changed():
    assert "nothing changed" in text([table.heading("seat1", entry({**PASSED, "changed": False}))])


def test_failure_says_what_was_expected_and_what_to_do():
    shown = text(table.host("seat1", entry(PASSED, FAILED)))
    assert "expected  http://localhost:8080/ answers 404" in shown
    assert "observed  nothing listens on port 8080" in shown
    assert "to do     start the container again" in shown


def test_stand_in_is_named():
    shown = text(table.host("seat1", entry(PASSED, base_images=[STAND_IN])))
    assert (
        "docker.io/library/busybox:latest is a stand-in: busybox 1.35 from Debian bookworm" in shown
    )


def test_nothing_is_wider_than_the_terminal():
    lines = table.host("seat1", entry(PASSED, FAILED, base_images=[STAND_IN]))
    assert max(len(line) for line, _color in lines) <= console_style.WIDTH


def test_columns_stand_below_each_other():
    _heading, _blank, head, *rows = [
        line
        for line, _color in table.host(
            "seat1", entry(PASSED, {**PASSED, "id": "net.a-longer-name"})
        )
    ]
    assert {row.index("changed") for row in rows} == {head.index("status")}


def test_run_that_ended_early_says_why():
    shown = text(
        table.host("seat1", results.of_failure("unreachable", "no route to host", "Gather facts"))
    )
    assert shown.splitlines() == ["seat1: unreachable", "      Gather facts: no route to host"]


def test_reset_machine_has_no_table():
    assert text(table.host("seat1", entry())) == "seat1: nothing of the workshop is left"


@pytest.mark.parametrize(
    "shown",
    [
        "98 passed, 1 failed, 1 unreachable of 100 machines",
        "seat98: demo, 0 of 1 steps passed",
        "seat99: unreachable",
    ],
)
def test_summary_of_many_shows_failures_only(shown):
    entries = {f"seat{number}": entry(PASSED) for number in range(98)}
    entries["seat98"] = entry(FAILED)
    entries["seat99"] = results.of_failure("unreachable", "no route to host", "Gather facts")
    summary = text(table.summary(entries))
    assert shown in summary
    assert "seat97" not in summary
