# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program on a learner's machine: what it is made of, and where it keeps what.

A copy of module_utils that imports without Ansible, the packed workshop, settings, and the command.
"""

from __future__ import annotations

import json
import os
import zipfile
from contextlib import suppress
from typing import Any, Iterator

from ..errors import LabError
from ..files import make_folders, read_file, remove_file, remove_folder, write_file

PROGRAM = "/usr/local/lib/workshop"
CONTENT, SETTINGS = "content.json", "settings.json"
_PACKAGE = "ansible_collections/workshop/containers/plugins/module_utils"
_LAUNCHER = """\
#!/usr/bin/python3
# Written by the role learner of the workshop lab.
import signal
import sys

signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C before all is read ends it without a word
sys.path.insert(0, {program!r})
from ansible_collections.workshop.containers.plugins.module_utils.player.command import main

signal.signal(signal.SIGINT, signal.default_int_handler)
sys.exit(main({program!r}))
"""


def wanted(program: str, content: dict[str, Any], settings: dict[str, Any]) -> dict[str, bytes]:
    """The files of the program below its folder, by their path there."""
    found = {name: text for name, text in _sources() if name.endswith(".py")}
    folders = {os.path.dirname(name) for name in found}
    while any(os.path.dirname(folder) not in folders for folder in folders if folder):
        folders |= {os.path.dirname(folder) for folder in folders}
    # Without these a package of Ansible's that is installed as well would be taken instead.
    empty = {f"{folder}/__init__.py": b"" for folder in folders if folder}
    return {
        **empty,
        **found,
        CONTENT: _json(content),
        SETTINGS: _json(settings),
        "workshop": _LAUNCHER.format(program=program).encode(),
    }


def install(program: str, files: dict[str, bytes], check_mode: bool) -> list[str]:
    """Bring the folder of the program about; the paths of what was wrong there."""
    wrong = [name for name, text in files.items() if _read(os.path.join(program, name)) != text]
    extra = [name for name in _present(program) if name not in files]
    if not check_mode:
        for name in wrong:
            make_folders(os.path.dirname(os.path.join(program, name)), 0o755)
            mode = 0o755 if name == "workshop" else 0o644
            write_file(os.path.join(program, name), files[name], mode)
        for name in extra:
            remove_file(os.path.join(program, name))
    return sorted([*wrong, *extra])


def remove(program: str, check_mode: bool) -> list[str]:
    """Remove the folder of the program, where it is one; what was removed."""
    if not os.path.isdir(program):
        return []
    if not os.path.exists(os.path.join(program, SETTINGS)):
        raise LabError(
            f"the program of a workshop in {program}",
            f"a folder without {SETTINGS}",
            "look what it is, and remove it by hand",
        )
    if not check_mode:
        for folder, _folders, names in os.walk(program, topdown=False):
            for name in names:
                remove_file(os.path.join(folder, name))
            remove_folder(folder)
    return [program]


def _sources() -> Iterator[tuple[str, bytes]]:
    """Names and texts of the files of module_utils from which this one was imported.

    Ansible hands a module what it imports as a zip file.
    """
    loader: Any = __spec__.loader if __spec__ is not None else None
    archive = getattr(loader, "archive", "")
    if archive:
        with zipfile.ZipFile(archive) as packed:
            for name in packed.namelist():
                if name.startswith(f"{_PACKAGE}/"):
                    yield name, packed.read(name)
        return
    top = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    for folder, _folders, names in os.walk(top):
        for name in names:
            path = os.path.join(folder, name)
            yield os.path.join(_PACKAGE, os.path.relpath(path, top)), read_file(path)


def _json(value: Any) -> bytes:
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False).encode() + b"\n"


def _read(path: str) -> bytes | None:
    with suppress(OSError):
        return read_file(path)
    return None


def _present(program: str) -> Iterator[str]:
    """The files that are in the folder of the program, but for what Python compiles there."""
    for folder, folders, names in os.walk(program):
        folders[:] = [each for each in folders if each != "__pycache__"]
        for name in names:
            yield os.path.relpath(os.path.join(folder, name), program)


def load(program: str, name: str) -> dict[str, Any]:
    """CONTENT or SETTINGS as it was installed; raises LabError."""
    path = os.path.join(program, name)
    try:
        found: dict[str, Any] = json.loads(read_file(path, 64 * 1024 * 1024))
    except (OSError, ValueError) as error:
        raise LabError(
            f"what the role learner has installed in {path}", str(error), "run the role again"
        ) from None
    return found
