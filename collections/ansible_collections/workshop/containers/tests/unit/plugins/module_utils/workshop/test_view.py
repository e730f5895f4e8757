# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the views make of a container's log."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.workshop.view import (
    Sighting,
    View,
)

# As the shell and the `ls` of the official busybox print it on a terminal
PAINTED = "/ # \x1b[6nls -las\r\n     4 -rwxr-xr-x    1 root  root  23 Nov 24 05:39 \x1b[1;32mhello\x1b[m\r\n"
READ = "/ # ls -las\n     4 -rwxr-xr-x    1 root  root  23 Nov 24 05:39 hello\n"


class Engine:
    def logs(self, container_id: str) -> str:
        return {"c1": PAINTED}[container_id]


@pytest.fixture
def view() -> View:
    engine: Any = Engine()
    nothing: Any = None
    content: Any = SimpleNamespace(fold=None, steps=[], files={})
    return View(engine, nothing, content)


def test_log_has_no_paint(view: View) -> None:
    assert view.log("c1") == READ


def test_output_is_the_log_without_paint(view: View) -> None:
    assert view.output(Sighting("c1", "session", "busybox", exists=True)) == READ


def test_output_of_a_container_that_is_gone_is_not_known(view: View) -> None:
    assert view.output(Sighting("c1", "session", "busybox", exists=False)) is None
