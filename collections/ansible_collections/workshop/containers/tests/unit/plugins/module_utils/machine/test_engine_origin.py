# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an engine came from, on root file systems as each of them leaves them."""

from __future__ import annotations

import os
import socket

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.machine import dpkg
from ansible_collections.workshop.containers.plugins.module_utils.machine.engine_origin import (
    engine_origin,
)

DESKTOP = "/mnt/wsl/docker-desktop/cli-tools/usr/bin/docker"


@pytest.fixture
def root(tmp_path, monkeypatch):
    """The folder that stands for /, with a package database and nothing in it."""
    monkeypatch.setattr(dpkg, "ADMIN", str(tmp_path))
    (tmp_path / "status").touch()
    for folder in ("usr/bin", "usr/local/bin", "snap/bin", "run"):
        (tmp_path / folder).mkdir(parents=True)
    return tmp_path


def install(root, *packages, state="install ok installed"):
    rows = "Package: {}\nStatus: {}\nArchitecture: amd64\nVersion: 1\n\n"
    (root / "status").write_text("".join(rows.format(name, state) for name in packages))
    (root / "usr/bin/dockerd").touch()


def test_none(root):
    assert engine_origin(str(root)) == ""


@pytest.mark.parametrize(
    ("packages", "origin"),
    [
        (["docker-ce"], "docker"),
        (["docker.io"], "distribution"),
        (["moby-engine"], "moby"),
        (["docker-ce", "docker.io"], "docker"),
        ([], "unpacked"),
    ],
)
def test_packages(root, packages, origin):
    install(root, *packages)
    assert engine_origin(str(root)) == origin


def test_package_that_dpkg_has_not_finished(root):
    install(root, "docker.io", state="install ok unpacked")
    assert engine_origin(str(root)) == "distribution"


def test_package_that_is_gone_but_for_its_settings(root):
    install(root, "docker.io", state="deinstall ok config-files")
    assert engine_origin(str(root)) == "unpacked"


def test_unpacked_by_hand_beside_what_docker_desktop_left(root):
    (root / "usr/local/bin/dockerd").touch()
    (root / "usr/bin/docker").symlink_to(DESKTOP)
    assert engine_origin(str(root)) == "unpacked"


def test_snap(root):
    (root / "snap/bin/docker").symlink_to("/usr/bin/snap")
    assert engine_origin(str(root)) == "snap"


def test_docker_desktop_running_or_not(root):
    (root / "usr/bin/docker").symlink_to(DESKTOP)
    assert engine_origin(str(root)) == "desktop"


def test_another_command_of_that_name(root):
    (root / "usr/bin/docker").symlink_to("/usr/bin/podman")
    assert engine_origin(str(root)) == ""


def test_socket_of_an_engine_elsewhere(root, monkeypatch):
    monkeypatch.chdir(root)  # the path of a socket may have 107 characters
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("run/docker.sock")
        assert engine_origin(".") == ""  # nobody listens
        server.listen()
        assert engine_origin(".") == "elsewhere"
    assert os.path.exists("run/docker.sock")
    assert engine_origin(".") == ""  # left behind
