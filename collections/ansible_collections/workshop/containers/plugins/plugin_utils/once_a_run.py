# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Share a result between Ansible's workers: one computes it, the others of the same run reuse it.

Each machine's task is a process of its own.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from ansible import constants as C


def once_a_run(question: object, tree: str, answer: Callable[[], Any]) -> Any:
    """The result of ``answer``, worked out by the first that asks; the others wait for it.

    The ``question`` says what is asked for, and the files below ``tree`` belong to it: it is
    another one when one of them has changed. Question and answer must be fit for JSON. What
    ``answer`` raises is raised here, and the next that asks tries again.
    """
    name = hashlib.sha256(json.dumps([question, _state(tree)]).encode("ascii")).hexdigest()
    known = (
        Path(C.DEFAULT_LOCAL_TMP) / f"workshop-{name}.json"
    )  # Ansible makes this folder for each run, and removes it
    with open(f"{known}.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not known.exists():
            made = known.with_suffix(".new")
            made.write_text(json.dumps(answer()), encoding="ascii")
            made.replace(known)
    return json.loads(known.read_text(encoding="ascii"))


def _state(tree: str) -> list[list[Any]]:
    """Path, mode, size, times and number of every file: who changes a file changes one of them."""
    paths = [
        os.path.join(folder, name)
        for folder, folders, files in os.walk(tree)
        for name in folders + files
    ]
    found = []
    for path in sorted(paths):
        with suppress(OSError):  # who reads it says what is wrong with it
            about = os.stat(path)
            found.append(
                [
                    path,
                    about.st_mode,
                    about.st_size,
                    about.st_mtime_ns,
                    about.st_ctime_ns,
                    about.st_ino,
                ]
            )
    return found
