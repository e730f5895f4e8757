# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which steps a step needs."""

from __future__ import annotations

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.workshop.content import Content

RUN = [{"container_run": {"image": "busybox", "name": "web", "command": ["sleep", "9"]}}]
LOOK = [{"container": {"name": "web"}}]
COMMIT = [{"image_commit": {"container": "web", "name": "made"}}]
USE = [{"container_run": {"image": "made", "auto_remove": True}}]
COPY = [{"container_copy": {"container": "web", "source": "/a", "path": "/a"}}]
REMOVE = [{"container_remove": {"name": "web"}}]
WRITE = [{"file_write": {"path": "/app/a", "source": "a"}}]
FOLDER = [{"directory_create": {"path": "/app"}}]
SHELL = [{"container_run": {"image": "busybox", "name": "box", "tty": True}}]
TYPE = [{"terminal_type": {"terminal": "A", "input": "ls"}}]
PRINTED = [{"terminal": {"name": "A", "matches": "x"}}]
PUSH = [{"image_push": {"name": "made"}}]
RMI = [{"image_remove": {"name": "made"}}]
PULL = [{"image_pull": {"name": "made"}}]


@pytest.mark.parametrize(
    ("steps", "wanted"),
    [
        ([(RUN, []), ([], LOOK)], [set(), {0}]),
        ([(RUN, LOOK), (RUN[:0], []), (COMMIT, [])], [set(), set(), {0}]),
        ([(RUN, []), (COPY, []), (COMMIT, [])], [set(), {0}, {0, 1}]),
        ([(RUN, []), (COMMIT, []), (USE, [])], [set(), {0}, {1}]),
        ([(RUN, []), (REMOVE, []), (RUN, LOOK)], [set(), {0}, set()]),
        ([(FOLDER, []), (WRITE, []), (WRITE, [])], [set(), {0}, {0}]),
        ([(SHELL, []), (TYPE, []), ([], PRINTED)], [set(), {0}, {0, 1}]),
        ([(RUN, []), (COMMIT, []), (PUSH, []), (RMI, []), (PULL, [])], [set(), {0}, {1}, {1}, {2}]),
    ],
    ids=["check", "nothing between", "altered", "image", "anew", "file", "terminal", "served"],
)
def test_those_that_made_what_it_reads_or_speaks_of(lab, steps, wanted):
    numbered = [(f"s{number}", do, check) for number, (do, check) in enumerate(steps)]
    needs = lab(*numbered, files={"lesson/a": b"a"}).content.needs
    assert needs == wanted


def test_an_image_of_a_registry_binds_nobody_for_it_is_pulled_where_it_is_missing(lab):
    date = [{"container_run": {"image": "busybox", "command": ["date"]}}]
    assert lab(("one", date, []), ("two", date, [])).content.needs == [set(), set()]


def test_those_that_the_lesson_names(content):
    data = content(("one", RUN, LOOK), ("two", [], [{"package": {"name": "sh"}}]))
    data["steps"][1]["needs"] = ["lesson.one"]
    assert Content(data, "en").needs == [set(), {0}]


def test_none_that_does_not_belong_to_the_machine(content):
    data = content(("one", RUN, []), ("two", [], LOOK))
    data["steps"][0]["applies"] = {"system": "windows"}
    data["steps"][1]["needs"] = ["lesson.one"]
    assert Content(data, "en").needs == [set(), set()]
