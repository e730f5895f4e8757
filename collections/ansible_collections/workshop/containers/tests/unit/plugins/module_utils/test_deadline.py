# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deadlines end sleeping, regular expressions and sockets, and fit into each other."""

from __future__ import annotations

import re
import signal
import socket
import threading
import time

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.deadline import (
    DeadlineError,
    deadline,
)


def catch_everything():
    """As the SDK does when it asks an engine for its version."""
    try:
        time.sleep(60)
    except Exception:
        return


def wait_for_a_socket():
    one, other = socket.socketpair()
    with one, other:
        one.recv(1)


@pytest.mark.parametrize(
    "block",
    [
        lambda: time.sleep(60),
        lambda: re.search(r"(a*)*b", "a" * 60),
        wait_for_a_socket,
        lambda: threading.Event().wait(),
        catch_everything,
    ],
    ids=["sleep", "regex", "socket", "event", "except"],
)
def test_what_takes_too_long_ends(block):
    with pytest.raises(DeadlineError) as caught, deadline(0.05, "it to end", "wait"):
        block()
    assert str(caught.value) == ("Expected it to end, but it was not done within 0.05 s. Wait")


def test_nothing_rings_afterwards():
    with deadline(0.02, "it to end"):
        pass
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
    time.sleep(0.04)


@pytest.mark.parametrize(("outer", "inner", "rings"), [(0.05, 60, "outer"), (60, 0.05, "inner")])
def test_the_shorter_of_two_rings(outer, inner, rings):
    with pytest.raises(DeadlineError, match=rings), deadline(outer, "outer"), deadline(
        inner, "inner"
    ):
        time.sleep(60)
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_the_outer_one_rings_after_an_inner_one_that_was_kept():
    def block():
        with deadline(0.03, "inner"):
            pass
        time.sleep(60)

    with pytest.raises(DeadlineError, match="outer"), deadline(0.05, "outer"):
        block()


def test_a_thread_is_not_interrupted():
    done = []

    def block():
        with deadline(0.01, "it to end"):
            time.sleep(0.03)
        done.append(True)

    thread = threading.Thread(target=block)
    thread.start()
    thread.join()
    assert done == [True]
