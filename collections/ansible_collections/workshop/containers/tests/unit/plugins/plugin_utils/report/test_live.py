# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps shown while a machine works on them."""

from __future__ import annotations

import pytest

from ansible_collections.workshop.containers.plugins.plugin_utils.report import console_style, live

CONTENT = {
    "name": "demo",
    "until": "net.stop",
    "steps": [{"id": "net.run", "lesson": "net"}, {"id": "net.stop", "lesson": "net"}],
}
BEGIN = {"event": "begin", "step": "net.run", "title": "Start a server"}
END = {"event": "end", "step": "net.run", "status": "passed", "changed": True, "seconds": 0.4}


@pytest.fixture
def shown():
    return []


def watch(shown, *hosts):
    variables = {"ansible_play_hosts_all": list(hosts), "inventory_hostname": hosts[0]}
    return live.LiveSteps(CONTENT, variables, lambda text, **options: shown.append((text, options)))


def test_one_line_a_finished_step(shown):
    steps = watch(shown, "seat1")
    for event in (BEGIN, END, {"event": "finished"}):
        steps.show(event)
    [(line, _color)] = shown
    assert line.split() == [
        console_style.sign("passed"),
        "net.run",
        "Start",
        "a",
        "server",
        "0.4",
        "s",
    ]
    assert len(line) == console_style.WIDTH


def test_names_the_machine_when_there_are_several(shown):
    steps = watch(shown, "seat1", "seat2")
    steps.show(BEGIN)
    steps.show(END)
    assert shown[0][0].startswith("  seat1  ")


def test_terminal_shows_the_step_being_worked_on(shown, monkeypatch):
    monkeypatch.setattr(console_style, "ON_TERMINAL", True)
    watch(shown, "seat1").show(BEGIN)
    [(line, options)] = shown
    assert line.endswith("\r")
    assert options["newline"] is False


def test_abandoned_step_failed(shown):
    steps = watch(shown, "seat1")
    for event in (BEGIN, END, {**BEGIN, "step": "net.stop"}):
        steps.show(event)
    steps.abandon("killed", "run again")
    result = steps.result()
    assert [step["status"] for step in result["steps"]] == ["passed", "failed"]
    assert result["changed"]
