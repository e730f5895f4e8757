# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module grade on a machine whose engine remembers."""

from __future__ import annotations

import pytest

WEB = {"image": "busybox", "command": ["sleep", "1000"], "name": "web", "detach": True}
RUN = ("run", [{"container_run": WEB}], [{"container": {"name": "web", "running": True}}])
DATE = {"image": "busybox", "command": ["date"]}
LATER = ("date", [{"container_run": DATE}], [{"container": {"exit_code": 0}}])


@pytest.fixture
def grade(api, content, run_module, tmp_path):
    def run(*steps):
        return run_module(
            "grade",
            workshop="/srv/demo",
            content=content(*steps),
            state_path=str(tmp_path / "state"),
        )

    return run


def test_a_fresh_machine_fails_with_the_hint(api, grade, tmp_path):
    result = grade(RUN, LATER)
    assert (result["failed"], result["changed"], result["passed"]) == (True, False, False)
    assert [step["status"] for step in result["steps"]] == ["failed", "failed"]
    assert result["msg"].startswith(
        "step lesson.run: Expected the container web: running, but found"
    )
    assert "The hint of run" in result["msg"]
    assert (api.log, (tmp_path / "state").exists()) == ([], False)


def test_what_needs_a_step_that_failed_is_blocked_and_says_so(api, grade):
    look = ("look", [], [{"container": {"name": "web"}}])
    read = ("read", [], [{"container_log": {"name": "web", "matches": "x"}}])
    result = grade(RUN, look, read)
    assert [step["status"] for step in result["steps"]] == ["failed", "blocked", "blocked"]
    assert [step["observed"] for step in result["steps"][1:]] == ["it needs lesson.run"] * 2


def test_what_does_not_need_it_is_judged_on_its_own(api, grade):
    api.add_image("busybox")
    api.add_container("other", "busybox", command=("date",))
    result = grade(RUN, LATER)
    assert [step["status"] for step in result["steps"]] == ["failed", "passed"]


def test_work_by_hand_passes(api, grade):
    api.add_image("busybox")
    api.add_container("web", "busybox", running=True, command=("sleep", "1000"))
    api.add_container("other", "busybox", command=("date",))
    result = grade(RUN, LATER)
    assert (result["failed"], result["passed"]) == (False, True)
    assert {step["evidence"] for step in result["steps"]} == {"the machine"}
    assert api.log == []


def test_unknown_is_no_failure_and_no_pass(api, grade):
    api.add_image("busybox")
    container = {"image": "busybox", "command": ["date"], "auto_remove": True}
    passing = [{"container_run": container}], [{"container": {"exit_code": 0, "exists": False}}]
    result = grade(("date", *passing))
    assert (result["failed"], result["passed"]) == (False, False)
    assert [step["status"] for step in result["steps"]] == ["unknown"]
