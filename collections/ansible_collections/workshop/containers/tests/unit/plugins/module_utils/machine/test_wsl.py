# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""WSL instances, and machines that look like one."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.machine.wsl import is_wsl

WSL1, WSL2 = "4.4.0-19041-Microsoft", "6.6.87.2-microsoft-standard-WSL2"
UBUNTU, DEBIAN = "6.8.0-60-generic", "6.1.0-35-amd64"
BINFMT = "proc/sys/fs/binfmt_misc"


@pytest.mark.parametrize(
    ("kernel", "files", "wsl"),
    [
        pytest.param(WSL1, ["run/WSL/1_interop", f"{BINFMT}/WSLInterop"], True, id="WSL 1"),
        pytest.param(WSL2, ["run/WSL/1_interop", f"{BINFMT}/WSLInterop"], True, id="WSL 2"),
        pytest.param(
            WSL2,
            ["run/WSL/1_interop", f"{BINFMT}/WSLInterop-late", "run/systemd/system/mark"],
            True,
            id="WSL 2 with systemd",
        ),
        pytest.param(WSL2, ["run/WSL/1_interop"], True, id="interop disabled"),
        pytest.param(WSL2, [], True, id="interop disabled, no folder"),
        pytest.param("4.4.0-17763-Microsoft", [], True, id="Windows Server 2019"),
        pytest.param("6.12.0-mine", ["run/WSL/1_interop"], True, id="kernel of one's own"),
        pytest.param(
            WSL2, ["run/WSL/1_interop", ".dockerenv"], True, id="imported from docker export"
        ),
        pytest.param(DEBIAN, ["run/WSL/", ".dockerenv"], True, id="nested test machine lab-wsl"),
        pytest.param(WSL2, [".dockerenv"], False, id="Docker container on WSL 2"),
        pytest.param(
            WSL2,
            [".dockerenv", f"{BINFMT}/WSLInterop"],
            False,
            id="Docker container on WSL 2 that mounts binfmt_misc",
        ),
        pytest.param(WSL2, ["run/.containerenv"], False, id="Podman container on WSL 2"),
        pytest.param(WSL2, ["run/systemd/container"], False, id="systemd-nspawn or LXC on WSL 2"),
        pytest.param(UBUNTU, ["run/systemd/system/mark"], False, id="Ubuntu"),
        pytest.param(DEBIAN, [".dockerenv"], False, id="Docker container"),
        pytest.param(None, [], False, id="nothing to read"),
    ],
)
def test_detection(tmp_path, kernel, files, wsl):
    if kernel:
        files = [*files, "proc/sys/kernel/osrelease"]
    for name in files:
        path = tmp_path / name
        folder = path if name.endswith("/") else path.parent
        folder.mkdir(parents=True, exist_ok=True)
        if folder != path:
            path.write_text(f"{kernel}\n")
    assert is_wsl(str(tmp_path)) is wsl


def test_this_machine():
    assert is_wsl() is Path("/run/WSL").exists()
