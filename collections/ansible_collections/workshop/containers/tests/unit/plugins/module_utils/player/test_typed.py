# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is typed in other words is the same command; what speaks of something else is not."""

from __future__ import annotations

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.player.typed import (
    Command,
    commands,
    same,
)

NAMES = {"greeting:latest": "greeting", "3ad492e99115": "greeting"}


def is_same(line: str, own: str) -> bool:
    (wanted,) = commands(own)
    return any(same(each, wanted, lambda word: NAMES.get(word, word)) for each in commands(line))


@pytest.mark.parametrize(
    ("line", "own"),
    [
        ("docker image ls", "docker images"),
        ("docker image list | grep busybox", "docker images"),
        ("docker images busybox", "docker images"),
        ("sudo docker container ls --all", "docker ps -a"),
        ("/usr/bin/docker ps -a --no-trunc --format '{{.ID}}'", "docker ps -a"),
        ("cd /tmp && docker ps -a", "docker ps -a"),
        ("LANG=C docker ps --all", "docker ps"),
        ("docker ps -q -l", "docker ps -ql"),
        ("docker container ls --latest --quiet", "docker ps -ql"),
        ("docker ps -qn 1", "docker ps -ql"),
        ("docker ps --last=1 -q", "docker ps -ql"),
        ("docker logs httpd", "docker logs -f httpd"),
        ("docker container logs --tail 5 httpd", "docker logs httpd"),
        ("docker history greeting:latest", "docker history greeting"),
        ("docker image history --no-trunc 3ad492e99115", "docker history greeting"),
        ("docker inspect -f '{{.Id}}' greeting busybox", "docker inspect greeting"),
        ("docker image rm greeting", "docker rmi greeting"),
        ("docker buildx build .", "docker build ."),
        ("curl -s http://localhost:8080/ localhost:8080", "curl localhost:8080"),
    ],
)
def test_in_other_words(line, own):
    assert is_same(line, own)


@pytest.mark.parametrize(
    ("line", "own"),
    [
        ("docker ps", "docker images"),
        ("docker ps", "docker ps -a"),
        ("docker ps -q", "docker ps"),
        ("docker ps -q", "docker ps -ql"),
        ("docker ps -qn 2", "docker ps -ql"),
        ("docker images -q", "docker images"),
        ("docker history busybox", "docker history greeting"),
        ("docker history", "docker history greeting"),
        ("docker logs http", "docker logs -f httpd"),
        ("docker logs --tail httpd", "docker logs httpd"),
        ("docker inspect busybox", "docker inspect greeting"),
        ("docker container rm greeting", "docker rmi greeting"),
        ("curl localhost", "curl localhost:8080"),
        ("echo docker ps", "docker ps"),
        ("docker", "docker ps"),
        ("", "docker ps"),
    ],
)
def test_another_command(line, own):
    assert not is_same(line, own)


def test_a_quote_that_stays_open_is_read_nevertheless():
    assert commands("docker ps 'open")[0].start == ("docker", "ps")


def test_what_a_command_substitutes_is_one_word():
    (logs,) = commands("docker logs `docker ps -ql`")
    assert logs == Command("docker", "logs", frozenset(), ("`docker ps -ql`",))
    (removed,) = commands("docker rm $(docker ps -aq) other")
    assert removed.arguments == ("$(docker ps -aq)", "other")
