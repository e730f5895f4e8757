# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fill a registry whose service takes no pushes, and note what it was filled with."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from typing import Iterator

from ..errors import LabError
from ..files import make_folder, read_file, write_file
from ..retry import retry

_START = 10.0  # seconds in which a registry listens


@contextmanager
def filling(storage: str) -> Iterator[str]:
    """Give the socket of a registry that writes into ``storage`` and ends with the block.

    The socket stands in a folder that only root and the owner of the storage may enter; the
    registry runs as that owner, and dies with this process. Raises LabError where it does not
    start.
    """
    try:
        owner = os.stat(storage)
    except OSError as error:
        remedy = "apply the role registry, or name the folder of its images"
        raise LabError(f"the images of a registry in {storage}", str(error), remedy) from error
    folder = tempfile.mkdtemp(prefix="registry.")
    try:
        os.chown(folder, owner.st_uid, owner.st_gid)
        with _running(storage, folder, owner) as address:
            yield address
    finally:
        shutil.rmtree(folder)


@contextmanager
def _running(storage: str, folder: str, owner: os.stat_result) -> Iterator[str]:
    """Run a registry with its settings, socket and log in ``folder``."""
    address, settings, log = (os.path.join(folder, name) for name in ("socket", "settings", "log"))
    content = {
        "version": "0.1",
        "log": {"level": "error"},
        "storage": {"filesystem": {"rootdirectory": storage}},
        "http": {"net": "unix", "addr": address},
    }
    write_file(settings, json.dumps(content).encode(), 0o400, (owner.st_uid, owner.st_gid))
    other = [f"--reuid={owner.st_uid}", f"--regid={owner.st_gid}", "--clear-groups"]
    identity = other if owner.st_uid != os.geteuid() else []
    serve = ["docker-registry", "serve", settings]
    with open(log, "wb") as output, subprocess.Popen(
        ["setpriv", "--pdeathsig=KILL", *identity, *serve],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        cwd="/",
    ) as process:
        try:
            retry(lambda: process.poll() is not None or _listens(address), bool, _START)
            if not _listens(address):
                said = read_file(log)[-300:].decode(errors="replace").strip()
                expected = f"a registry to start on the images in {storage}"
                raise LabError(expected, said or "it does not listen", "apply the role registry")
            yield address
        finally:
            process.terminate()


def _listens(address: str) -> bool:
    with socket.socket(socket.AF_UNIX) as client, suppress(OSError):
        client.connect(address)
        return True
    return False


def noted(record: str) -> dict[str, str]:
    """The digests of manifests in a record, by the name that they are served as."""
    try:
        found = json.loads(read_file(record))
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def note(record: str, name: str, digest: str) -> None:
    """Note the digest of the manifest that is served as ``name``; raises OSError."""
    content = json.dumps({**noted(record), name: digest}, indent=2, sort_keys=True)
    with suppress(FileExistsError):
        make_folder(os.path.dirname(record), 0o755)
    write_file(record, f"{content}\n".encode(), 0o644)
