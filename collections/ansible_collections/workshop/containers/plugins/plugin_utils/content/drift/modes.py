# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modes that files and folders get by what is typed."""

from __future__ import annotations

import re
from collections.abc import Sequence

_SYMBOLIC = re.compile(r"([ugoa]*)([+=-])([rwxX]*)")
_BITS = {"r": 0o444, "w": 0o222, "x": 0o111, "X": 0o111}
_WHOSE = {"u": 0o700, "g": 0o070, "o": 0o007, "a": 0o777}
_UMASK = 0o022
_DEFAULT = {"file_write": "0644", "directory_create": "0755"}


class Modes:
    """By path, what is known of modes; a path is any word that names the same file each time."""

    def __init__(self) -> None:
        self._modes: dict[str, int] = {}

    def of(self, path: str, made_by: str) -> str:
        """The mode of what an operation would make."""
        return f"{self._modes.get(path, int(_DEFAULT[made_by], 8)):04o}"

    def made(self, path: str, mode: str) -> None:
        """Something is written there: what was there keeps its mode."""
        self._modes.setdefault(path, int(mode, 8))

    def change(self, paths: Sequence[str], words: Sequence[str]) -> None:
        """A chmod of these paths."""
        recursive = any(re.fullmatch(r"-\w*R\w*|--recursive", word) for word in words)
        wanted = next((word for word in words[1:] if not re.fullmatch(r"-R|-v|-f|--.*", word)), "")
        for path, mode in self._modes.items():
            if path in paths or (
                recursive and any(path.startswith(f"{folder.rstrip('/')}/") for folder in paths)
            ):
                self._modes[path] = changed(mode, wanted)


def changed(mode: int, wanted: str) -> int:
    """A mode after a chmod.

    >>> oct(changed(0o644, "+x")), oct(changed(0o600, "u=rx,go+r"))
    ('0o755', '0o544')
    """
    if re.fullmatch("[0-7]+", wanted):
        return int(wanted, 8)
    for whose, sign, letters in _SYMBOLIC.findall(wanted):
        mask = sum(_WHOSE[each] for each in set(whose) - {"a"}) if "a" not in whose else 0o777
        mask = mask or 0o777 & ~_UMASK
        bits = 0
        for letter in letters:
            bits |= _BITS[letter]
        bits &= mask if whose else 0o777 & ~(_UMASK & 0o222)
        if sign == "+":
            mode |= bits
        elif sign == "-":
            mode &= ~bits
        else:
            mode = (mode & ~(mask if whose else 0o777)) | bits
    return mode
