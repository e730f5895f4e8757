# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Detection of the Windows Subsystem for Linux (WSL)."""

from __future__ import annotations

from pathlib import Path

# Files of Docker, of Podman, and of systemd in other containers
_CONTAINERS = (".dockerenv", "run/.containerenv", "run/systemd/container")


def is_wsl(root: str = "/") -> bool:
    """True if this machine is a WSL instance; a container on WSL's kernel is not.

    The init process of WSL creates /run/WSL in every instance, before anything else starts: in
    WSL 1 and 2, on every kernel, with and without systemd, and with ``[interop] enabled=false``
    (microsoft/WSL, ``InteropServer::Create`` in src/linux/init). Old releases of Windows do not
    have it; their kernel has a name by which to tell, which containers on it see as well. The
    entry WSLInterop of binfmt_misc tells less: with systemd it is WSLInterop-late
    (microsoft/WSL#13449), and containers that mount binfmt_misc share it.
    """
    folder = Path(root)
    if (folder / "run/WSL").exists():
        return True
    return "microsoft" in _kernel(folder).lower() and not _is_container(folder)


def _kernel(folder: Path) -> str:
    try:
        return (folder / "proc/sys/kernel/osrelease").read_text(encoding="utf-8")
    except OSError:
        return ""


def _is_container(folder: Path) -> bool:
    return any((folder / mark).exists() for mark in _CONTAINERS)
