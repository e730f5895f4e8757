# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What shells tell of commands."""

from __future__ import annotations

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.player.shell_source import (
    command_of,
)
from ansible_collections.workshop.containers.plugins.module_utils.player.typed import (
    concerns,
    words_of,
)

HEAD = "<13>Nov 26 22:40:00 workshop[4711]: "


@pytest.mark.parametrize(
    ("datagram", "code", "command"),
    [
        (f"{HEAD}0 docker ps", 0, "docker ps"),
        (f"{HEAD}130 docker logs -f httpd", 130, "docker logs -f httpd"),
        (f"{HEAD}0 cat > x << EOF\n1\nEOF", 0, "cat > x << EOF\n1\nEOF"),
        ("1 docker ps", 1, "docker ps"),
    ],
)
def test_a_command_and_its_exit_code(datagram, code, command):
    found = command_of(datagram)
    assert (found["event"], found["exit_code"], found["command"]) == ("command", code, command)


@pytest.mark.parametrize("datagram", ["", HEAD, f"{HEAD}0 ", f"{HEAD}ps", "docker ps", "99999 x"])
def test_anything_else_is_no_command(datagram):
    assert command_of(datagram) is None


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("docker login -u anna -p hunter2 host", "docker login -u anna -p [hidden] host"),
        ("docker login --password=hunter2", "docker login --password [hidden]"),
        ("curl -H token=hunter2 localhost", "curl -H token [hidden] localhost"),
        ("docker login --password-stdin host", "docker login --password-stdin host"),
        ("docker run -p 8080:80 busybox", "docker run -p 8080:80 busybox"),
        ("docker run -p 127.0.0.1:80:80/tcp busybox", "docker run -p 127.0.0.1:80:80/tcp busybox"),
        ("mysql -p 8080 -p 1:2x", "mysql -p [hidden] -p [hidden]"),
    ],
)
def test_no_password_gets_into_the_journal(typed, kept):
    assert command_of(f"{HEAD}0 {typed}")["command"] == kept


def test_of_what_no_lesson_types_nothing_is_kept(lab):
    machine = lab(("look", [], [{"package": {"name": "x"}}]))
    machine.content.data[0]["command"] = "docker ps"
    words = words_of(machine.content.steps)
    assert concerns("sudo docker container ps --all", words)
    assert not concerns("docker images", words)
    assert not concerns("vim diary", words)
