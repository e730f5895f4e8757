# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The results of a run as JUnit XML, which CI systems show: a suite a machine, a case a step."""

from __future__ import annotations

import re
from typing import Any

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from ansible_collections.workshop.containers.plugins.module_utils.errors import fact
from ansible_collections.workshop.containers.plugins.module_utils.safe_text import each_text
from ansible_collections.workshop.containers.plugins.module_utils.step_result import (
    FAILED,
    PASSED,
)

# What no XML may hold, and no filter of control characters has taken out
_NOT_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")


def render(results: dict[str, Any]) -> str:
    """The document of results as results.schema.json describes them."""
    results = each_text(results, lambda text: _NOT_XML.sub("\ufffd", text))
    document = JUnitXml("workshop lab")
    for name, entry in results["hosts"].items():
        suite = TestSuite(name)
        suite.timestamp = results["started"]
        suite.add_testcases([_case(step) for step in entry["steps"]])
        if entry["message"] and not any(step["status"] == FAILED for step in entry["steps"]):
            case = TestCase(entry["task"] or "run", entry["workshop"] or "run")
            case.result = [Error(entry["message"], entry["status"])]
            suite.add_testcase(case)
        document.add_testsuite(suite)
    document.update_statistics()
    return str(document.tostring().decode())


def _case(step: dict[str, Any]) -> TestCase:
    case = TestCase(f"{step['id']} {step['title']}", step["lesson"], step["seconds"] or 0.0)
    if step["status"] == FAILED:
        words = fact(step["expected"], step["observed"])
        failure = Failure(words, step["status"])
        failure.text = f"{words}\n{step['remedy']}"
        case.result = [failure]
    elif step["status"] != PASSED:
        case.result = [Skipped(step["observed"] or step["status"], step["status"])]
    if step["output"]:
        case.system_out = step["output"]
    return case
