# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A command whose input is streamed, and whose output may be anything."""

from __future__ import annotations

import os
import sys

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.builds.buildx_process import (
    execute,
)
from ansible_collections.workshop.containers.plugins.module_utils.builds.log import BuildKitLog
from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError


def test_a_context_that_breaks_off_kills_the_builder_before_it_sees_the_end(tmp_path):
    """Its children too: `docker` only starts the plugin that builds."""
    mark = tmp_path / "built"
    child = f"import sys; sys.stdin.buffer.read(); open({str(mark)!r}, 'w')"
    command = [
        sys.executable,
        "-c",
        f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])",
    ]

    def broken():
        yield b"begin"
        raise LabError("a file", "it changed")

    with pytest.raises(LabError, match="it changed"):
        execute(command, dict(os.environ), broken(), lambda text: None)
    assert not mark.exists()


def test_output_that_is_no_text_and_very_long(tmp_path):
    """100 MB, a line of 20 MB among them, and bytes that are not UTF-8."""
    script = (
        r"import sys; out = sys.stdout.buffer; [out.write((b'x' * 800 + b'line\xff\n') * 1000) "
        r"for _ in range(100)]"
    )
    script += "; out.write(b'x' * 20000000)"
    log = BuildKitLog()
    code = execute(
        [sys.executable, "-c", script],
        dict(os.environ),
        None,
        log.feed,
    )
    log.end()
    assert code == 0
    assert len(log.text) <= 256 * 1024 + 5000
    assert "line\ufffd" in log.text
    assert log.text.endswith("x\n")
