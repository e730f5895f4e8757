# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find out who installed the engine of a machine."""

from __future__ import annotations

import os
import socket

from .dpkg import Packages

SOCKET = "run/docker.sock"
# The package that it came in, the first of those that are there
_PACKAGES = {"docker-ce": "docker", "docker.io": "distribution", "moby-engine": "moby"}
_DESKTOP = "/mnt/wsl/docker-desktop/"
_DAEMONS = ("usr/bin", "usr/sbin", "usr/local/bin", "usr/local/sbin")


def engine_origin(root: str = "/") -> str:
    """``docker`` (Docker's repository), ``distribution``, ``moby``, ``snap``, ``unpacked`` by hand.

    ``desktop``: Docker Desktop lends its engine to this machine, which is an instance of WSL.
    ``elsewhere``: the engine that answers runs on no part of this machine. Empty: there is none.
    """
    packages = Packages()
    for package, origin in _PACKAGES.items():
        if packages.find([package])[package]:
            return origin
    if any(os.path.exists(os.path.join(root, folder, "dockerd")) for folder in _DAEMONS):
        return "unpacked"
    if os.path.lexists(os.path.join(root, "snap/bin/docker")):
        return "snap"
    if _leads_to_desktop(os.path.join(root, "usr/bin/docker")):
        return "desktop"
    return "elsewhere" if _listens(os.path.join(root, SOCKET)) else ""


def _leads_to_desktop(command: str) -> bool:
    """True if the command is Docker Desktop's link, which is broken while Desktop is stopped."""
    return os.path.islink(command) and os.readlink(command).startswith(_DESKTOP)


def _listens(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(path)
        except OSError:
            return False
    return True
