# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run at a time on a machine."""

from __future__ import annotations

import multiprocessing
import os
import signal

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError
from ansible_collections.workshop.containers.plugins.module_utils.workshop.lock import locked


def _hold(path, ready, release):
    with locked(path, "present: containers until dockerfile", 0):
        ready.set()
        release.wait(30)


def test_the_second_run_names_the_holder_then_gets_its_turn(tmp_path):
    path = str(tmp_path / "lock")
    context = multiprocessing.get_context("fork")
    ready, release = context.Event(), context.Event()
    holder = context.Process(target=_hold, args=(path, ready, release))
    holder.start()
    ready.wait(30)
    holder_named = rf"until dockerfile, process {holder.pid} of \w+, running since"
    with pytest.raises(LabError, match=holder_named) as error, locked(path, "second", 0.05):
        pass
    assert "run again" in error.value.remedy
    release.set()
    with locked(path, "second", 30):
        assert f"second, process {os.getpid()}" in (tmp_path / "lock").read_text()
    holder.join()


def test_a_killed_holder_blocks_nobody(tmp_path):
    path = str(tmp_path / "lock")
    context = multiprocessing.get_context("fork")
    ready = context.Event()
    holder = context.Process(target=_hold, args=(path, ready, context.Event()))
    holder.start()
    ready.wait(30)
    os.kill(holder.pid, signal.SIGKILL)
    holder.join()
    with locked(path, "next", 0):
        pass
