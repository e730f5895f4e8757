# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The socket for orders: who may come in, what is taken, and what happens to those who hang."""

from __future__ import annotations

import json
import os
import socket
import stat
import sys
import threading
import time
from contextlib import suppress

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.player import control
from ansible_collections.workshop.containers.plugins.module_utils.player.control import (
    BUSY,
    LONGEST_ORDER,
    Control,
    answers,
    send,
)

# Says what it got, and ends; waits for as long as it was told to before
OBEY = """
import json, sys, time
order = json.loads(sys.stdin.readline())
print(json.dumps({"say": order["word"]}), flush=True)
time.sleep(order.get("wait", 0))
open(order["file"], "w").write("done") if "file" in order else None
print(json.dumps({"code": order.get("code", 0)}), flush=True)
"""


@pytest.fixture
def path(tmp_path, monkeypatch):
    """A service's socket."""
    monkeypatch.setattr(control, "_PATIENCE", 0.3)
    monkeypatch.setattr(control, "_GRACE", 0.3)
    monkeypatch.setattr(control, "_TURN", 0.2)
    path = str(tmp_path / "run/control.sock")
    Control(path, os.getgid(), [sys.executable, "-I", "-c", OBEY]).start()
    return path


def order(path, **words):
    said = []
    return send(path, json.dumps(words).encode() + b"\n", said.append), said


def connected(path):
    client = socket.socket(socket.AF_UNIX)
    client.connect(path)
    client.settimeout(5)
    return client


def test_an_order_is_carried_out_and_answered(path):
    assert order(path, word="é", code=3) == (3, ["é"])


def test_only_root_and_the_group_may_open_it(path):
    info = os.stat(path)
    assert (stat.S_IMODE(info.st_mode), info.st_gid) == (0o660, os.getgid())


def test_what_is_in_its_place_is_replaced_and_a_link_not_followed(tmp_path):
    (tmp_path / "other").write_text("mine")
    (tmp_path / "control.sock").symlink_to(tmp_path / "other")
    Control(str(tmp_path / "control.sock"), os.getgid(), ["true"])
    assert (tmp_path / "other").read_text() == "mine"
    assert stat.S_ISSOCK(os.lstat(tmp_path / "control.sock").st_mode)


def test_two_orders_at_once_are_not_carried_out(path):
    first = threading.Thread(target=order, args=(path,), kwargs={"word": "a", "wait": 1})
    first.start()
    time.sleep(0.3)
    assert order(path, word="b")[0] == BUSY
    first.join()
    assert order(path, word="c") == (0, ["c"])


@pytest.mark.parametrize("sent", [b"", b'{"word": "half', b"x" * LONGEST_ORDER])
def test_who_sends_no_order_is_cut_off_and_blocks_nobody(path, sent):
    clients = [connected(path) for _ in range(4)]
    for client in clients:
        client.sendall(sent)
    assert order(path, word="me")[0] == 0
    assert [client.recv(10) for client in clients] == [b""] * 4


def test_an_order_that_is_too_long_is_not_carried_out(path, tmp_path):
    client = connected(path)
    words = {"word": "x" * LONGEST_ORDER, "file": str(tmp_path / "made")}
    client.sendall(json.dumps(words).encode() + b"\n")
    with suppress(ConnectionResetError):  # what it has not read is thrown away
        assert client.recv(10) == b""
    assert not (tmp_path / "made").exists()


def test_many_who_hang_keep_nobody_out(path, monkeypatch):
    monkeypatch.setattr(control, "_PATIENCE", 60)
    clients = [connected(path) for _ in range(40)]
    assert order(path, word="me") == (0, ["me"])
    assert clients[0].recv(10) == b""
    for client in clients:
        client.close()


def test_who_goes_away_stops_what_was_begun(path, tmp_path):
    client = connected(path)
    words = {"word": "a", "wait": 2, "file": str(tmp_path / "made")}
    client.sendall(json.dumps(words).encode() + b"\n")
    client.recv(10)
    client.close()
    time.sleep(1.5)
    assert order(path, word="next") == (0, ["next"])
    time.sleep(1)
    assert not (tmp_path / "made").exists()


def test_an_answer_that_breaks_off_is_told(tmp_path):
    path = str(tmp_path / "control.sock")
    Control(path, os.getgid(), [sys.executable, "-I", "-c", "pass"]).start()
    with pytest.raises(EOFError):
        order(path, word="a")


def test_whether_somebody_listens(path, tmp_path):
    assert answers(path)
    assert not answers(str(tmp_path / "nobody.sock"))
