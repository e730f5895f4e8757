# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of a port that is taken.

The engines' words are as they were seen, and as moby 28 has them.
"""

from __future__ import annotations

from contextlib import contextmanager

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.containers import lifecycle
from ansible_collections.workshop.containers.plugins.module_utils.errors import (
    ClashError,
    EngineError,
)


class Refusing:
    """An engine that does not start a container, and on which another one publishes port 8080."""

    api = None

    def __init__(self, words):
        self.words = words

    @contextmanager
    def speaking(self, expected):
        raise EngineError(expected, self.words)
        yield

    def containers(self):
        return [
            {"Id": "4f2a6c11d0b7" + "0" * 52, "Names": ["/web"], "Ports": [{"PublicPort": 8080}]}
        ]


@pytest.mark.parametrize(
    "words",
    [
        "driver failed: Error starting userland proxy: listen tcp4 0.0.0.0:8080: bind: address "
        "already in use",
        "driver failed programming external connectivity: Bind for 0.0.0.0:8080 failed: port is "
        "already allocated",
        "failed to bind host port for 0.0.0.0:8080:172.17.0.2:80/tcp: address already in use",
    ],
)
def test_a_taken_port_is_named_with_its_holder(words):
    with pytest.raises(
        ClashError,
        match=r"port 8080 free for the container httpd.*the container web \(4f2a6c11d0b7\) uses it",
    ):
        lifecycle.start(Refusing(words), "id", "httpd", [8080])


@pytest.mark.parametrize("ports", [[80, 8080], [8080, 80]])
def test_of_several_ports_the_one_that_is_taken_is_named(ports):
    words = (
        "driver failed on endpoint web (80f00): failed to bind host port for "
        "0.0.0.0:8080:172.17.0.2:80/tcp: address already in use"
    )
    with pytest.raises(ClashError, match="port 8080 free"):
        lifecycle.start(Refusing(words), "id", "httpd", ports)


def test_any_other_refusal_is_the_engines_own():
    with pytest.raises(EngineError, match="no such file"):
        lifecycle.start(Refusing("exec: no such file"), "id", "httpd", [8080])
