# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages, asked of the real dpkg-query about a database that the tests make."""

from __future__ import annotations

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.machine import dpkg

STATUS = """\
Package: docker.io
Status: install ok installed
Architecture: amd64
Version: 20.10.24+dfsg1-1
Description: Linux container runtime
 Package: of a description is none

Package: docker-ce
Status: hold ok installed
Architecture: amd64
Version: 5:29.1.0-1

Package: containerd
Status: deinstall ok config-files
Architecture: amd64
Version: 1.6

Package: runc
Status: install ok half-configured
Architecture: amd64
Version: 1.1
"""


@pytest.fixture
def database(tmp_path, monkeypatch):
    """The folder with dpkg's list and its journal of unfinished work."""
    (tmp_path / "updates").mkdir()
    (tmp_path / "status").write_text(STATUS)
    monkeypatch.setattr(dpkg, "ADMIN", str(tmp_path))
    return tmp_path


def test_packages_and_their_states(database):
    found = dpkg.Packages().find(["docker.io", "docker-ce", "containerd", "runc", "absent"])
    assert found == {
        "docker.io": {"version": "20.10.24+dfsg1-1", "held": False, "complete": True},
        "docker-ce": {"version": "5:29.1.0-1", "held": True, "complete": True},
        "containerd": None,
        "runc": {"version": "1.1", "held": False, "complete": False},
        "absent": None,
    }


@pytest.mark.parametrize(
    ("package", "installed"),
    [
        ("docker.io", True),
        ("docker-ce", True),
        ("containerd", False),
        ("runc", False),
        ("absent", False),
    ],
)
def test_what_is_installed(database, package, installed):
    assert dpkg.Packages().is_installed(package) is installed


@pytest.mark.parametrize(
    ("status", "update", "interrupted"),
    [
        (STATUS, None, True),
        (STATUS.replace("half-configured", "unpacked"), None, True),
        (STATUS.replace("half-configured", "installed"), None, False),
        ("", "0004", True),
        ("", "tmp.i", False),
    ],
)
def test_interrupted_dpkg(database, status, update, interrupted):
    (database / "status").write_text(status)
    if update:
        (database / "updates" / update).touch()
    assert dpkg.Packages().is_interrupted() is interrupted


def test_machine_without_packages(database):
    (database / "status").unlink()
    (database / "updates").rmdir()
    packages = dpkg.Packages()
    assert packages.find(["docker.io"]) == {"docker.io": None}
    assert packages.is_interrupted() is False


def test_machine_without_dpkg(database, monkeypatch):
    monkeypatch.setenv("PATH", str(database))
    packages = dpkg.Packages()
    assert packages.find(["docker.io"]) == {"docker.io": None}
    assert packages.is_installed("docker.io") is False
    assert packages.is_interrupted() is False


def test_this_machine():
    packages = dpkg.Packages()
    assert packages.is_installed("dpkg")
    assert packages.find(["dpkg"])["dpkg"]["version"]
