# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The results of a run as a table of credit, and for programs that read JUnit XML."""

from __future__ import annotations

import csv
from xml.etree import ElementTree

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.step_result import step_result
from ansible_collections.workshop.containers.plugins.plugin_utils.report import (
    credit,
    junit,
    page,
    results,
)


def run(**hosts):
    return {
        **{"version": results.VERSION, "playbook": "grade.yml", "check_mode": False},
        **{"started": "2026-11-27T08:00:00Z", "seconds": 1.0, "workshops": {}, "hosts": hosts},
    }


def graded(*statuses, **more):
    """A machine with a step of each status in two lessons; the second has the last one only."""
    last = len(statuses) - 1
    steps = [
        step_result(f"{'two' if number == last else 'one'}.s{number}", "Title", status, **more)
        for number, status in enumerate(statuses)
    ]
    return results.of_workshop("grade", {"steps": steps, "workshop": "demo"}, "Grade")


def cases(text):
    return ElementTree.fromstring(text).findall("testsuite/testcase")


class TestCredit:
    def test_is_a_share_of_the_steps_that_belong_to_the_machine(self):
        text = credit.render(run(seat1=graded("passed", "failed", "not_here", "passed")))
        [row] = csv.DictReader(text.splitlines())
        assert row == {
            **{"machine": "seat1", "workshop": "demo", "status": "failed", "reached": "one.s0"},
            **{"credit": "0.67", "one": "0.50", "two": "1.00"},
        }

    def test_is_empty_where_nothing_was_graded(self):
        gone = results.of_failure("unreachable", "no route", "Gather facts")
        text = credit.render(run(seat1=gone, seat2=graded("passed", "not_here")))
        first, second = csv.DictReader(text.splitlines())
        assert (first["status"], first["credit"], first["one"]) == ("unreachable", "", "")
        assert (second["one"], second["two"]) == ("1.00", "")

    @pytest.mark.parametrize("begin", ["=", "+", "-", "@"])
    def test_a_name_is_no_formula(self, begin):
        text = credit.render(run(**{f"{begin}cmd()": graded("passed", "passed")}))
        assert next(csv.DictReader(text.splitlines()))["machine"] == f"'{begin}cmd()"


class TestJUnit:
    def test_has_a_suite_a_machine_and_a_case_a_step(self):
        text = junit.render(run(seat1=graded("passed", "passed"), seat2=graded("passed")))
        root = ElementTree.fromstring(text)
        assert [(suite.get("name"), suite.get("tests")) for suite in root] == [
            *(("seat1", "2"), ("seat2", "1"))
        ]
        assert [(case.get("classname"), case.get("name")) for case in root[0]] == [
            *(("one", "one.s0 Title"), ("two", "two.s1 Title"))
        ]

    def test_says_what_failed_and_what_to_do(self):
        said = {"expected": "a server", "observed": "none", "remedy": "start it", "output": "<b>"}
        passed, failed = cases(junit.render(run(seat1=graded("passed", "failed", **said))))
        assert passed.find("failure") is None
        assert failed.find("failure").get("message") == "Expected a server, but found none"
        assert "start it" in failed.find("failure").text
        assert failed.find("system-out").text == "<b>"

    @pytest.mark.parametrize("status", ["blocked", "unknown", "planned", "not_here"])
    def test_what_was_not_judged_is_skipped(self, status):
        [case] = cases(junit.render(run(seat1=graded(status, observed="it needs one.s0"))))
        assert case.find("skipped").get("message") == "it needs one.s0"

    def test_a_machine_that_did_not_answer_is_an_error(self):
        gone = results.of_failure("unreachable", "no route", "Gather facts")
        [case] = cases(junit.render(run(seat1=gone)))
        assert case.find("error").get("message") == "no route"
        assert case.get("name") == "Gather facts"

    def test_what_xml_cannot_hold_does_not_break_it(self):
        [case] = cases(junit.render(run(seat1=graded("failed", observed="a\ufffe\ud800b"))))
        assert case.find("failure").get("message").endswith("but found a\ufffd\ufffdb")


class TestPage:
    def test_nothing_that_is_said_ends_the_data(self):
        text = page.render(run(seat1=graded("failed", observed="</script> %STYLE%")))
        assert text.count("</script>") == 2
        assert "\\u003c/script> %STYLE%" in text
