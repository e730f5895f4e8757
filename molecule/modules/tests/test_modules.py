"""The tests of the modules clean up after themselves, and leave alone what is not theirs."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("command", ["docker ps -a", "docker images"])
def test_nothing_is_left(host, command):
    assert "itest" not in host.check_output(command)


def test_no_file_is_left(host):
    assert host.check_output("find /tmp /root -name '*.itest' -o -name '.*.workshop.tmp'") == ""
