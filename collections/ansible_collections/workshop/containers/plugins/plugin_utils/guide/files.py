# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing the files of a guide: only what differs, and nothing that others have put there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError

# Which files were written the last time, so that those of lessons that are gone can go.
LIST = ".guide-files"


def write(folder: Path, files: Mapping[str, bytes], check: bool = False) -> list[str]:
    """Write files below a folder; which of them differed. With ``check`` nothing is written.

    Raises LabError where that is not possible.
    """
    try:
        written = {**files, LIST: "".join(f"{name}\n" for name in sorted(files)).encode()}
        old = [name for name in _listed(folder) if name not in written and (folder / name).exists()]
        new = [name for name, content in written.items() if _differs(folder / name, content)]
        if not check:
            _remove(folder, old)
            for name in new:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(written[name])
    except OSError as error:
        raise LabError(
            f"the guide in {folder}",
            f"{error.filename}: {error.strerror}",
            "name a folder that you may write to: guide_path",
        ) from error
    return sorted({*old, *new} - {LIST})


def _listed(folder: Path) -> list[str]:
    path = folder / LIST
    names = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [name for name in names if name and ".." not in Path(name).parts and name[0] != "/"]


def _differs(path: Path, content: bytes) -> bool:
    return not path.is_file() or path.read_bytes() != content


def _remove(folder: Path, names: Iterable[str]) -> None:
    for name in names:
        (folder / name).unlink()
