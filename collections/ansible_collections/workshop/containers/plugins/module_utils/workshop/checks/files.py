# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks on files and folders of the machine."""

from __future__ import annotations

import os
import pwd
import re
import stat
from typing import TYPE_CHECKING

from ...files import kind_of, read_file, status
from .base import Check, Finding

if TYPE_CHECKING:
    from ..fold import Key
    from ..outline import Outline
    from ..view import View


class DirectoryCheck(Check):
    """A folder exists, with this mode, or writable by a user."""

    name = "directory"

    def subjects(self, view: Outline) -> set[Key]:
        return {("directory", self.params["path"])}

    def observe(self, view: View, past: bool) -> Finding:
        path = self.params["path"]
        info = status(path)
        if info is None or not stat.S_ISDIR(info.st_mode):
            found = "no such folder" if info is None else f"{kind_of(info.st_mode)} has that name"
            return self.decide(False, past, f"the folder {path}", found)
        user = self.params.get("writable_by")
        if user is not None and not _may_write(user, path):
            return self.decide(
                False, past, f"the folder {path}, writable by {user}", f"{user} cannot write there"
            )
        mode = f"{stat.S_IMODE(info.st_mode):04o}"
        wanted = self.params.get("mode", mode)
        return self.decide(
            mode == wanted, past, f"the folder {path} with mode {wanted}", f"mode {mode}"
        )


class FileCheck(Check):
    """A file exists, may be executed, and has this content."""

    name = "file"

    def subjects(self, view: Outline) -> set[Key]:
        return {("file", self.params["path"])}

    def observe(self, view: View, past: bool) -> Finding:
        wanted = self.params
        expected = f"the file {wanted['path']}"
        info = status(wanted["path"])
        if info is None or not stat.S_ISREG(info.st_mode):
            found = "no such file" if info is None else f"{kind_of(info.st_mode)} has that name"
            return self.decide(False, past, expected, found)
        if "executable" in wanted:
            executable = bool(info.st_mode & stat.S_IXUSR)
            if executable != wanted["executable"]:
                return self.decide(
                    False,
                    past,
                    f"{expected}, {'executable' if wanted['executable'] else 'not executable'}",
                    "executable" if executable else f"not executable (`chmod +x {wanted['path']}`)",
                )
        content = read_file(wanted["path"]) if {"has", "matches", "source"} & set(wanted) else b""
        text = content.decode(errors="replace")
        for words, pattern in wanted.get("has", {}).items():
            if not re.search(pattern, text, re.MULTILINE):
                found = f"no match in the file; it ends with {text.strip()[-200:]!r}"
                return self.decide(False, past, f"{expected} with {words}", found)
        if "matches" in wanted and not re.search(wanted["matches"], text, re.MULTILINE):
            return self.decide(
                False,
                past,
                f"{expected} that matches /{wanted['matches']}/",
                f"it ends with {text.strip()[-200:]!r}",
            )
        if "source" in wanted:
            lesson = self.step.split(".", 1)[0]
            same = content == view.files[f"{lesson}/{wanted['source']}"]
            return self.decide(
                same,
                past,
                f"{expected} as the lesson has it",
                "the same content" if same else "different content",
            )
        return self.decide(True, past, expected, "the file exists")


def _may_write(user: str, path: str) -> bool:
    """True if a user may reach a folder and create files in it, by owner, group and mode."""
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        return False
    groups = set(os.getgrouplist(user, entry.pw_gid))
    if not _allowed(os.stat(path), entry.pw_uid, groups, stat.S_IWOTH | stat.S_IXOTH):
        return False
    while path != "/":
        path = os.path.dirname(path)
        if not _allowed(os.stat(path), entry.pw_uid, groups, stat.S_IXOTH):
            return False
    return True


def _allowed(info: os.stat_result, uid: int, groups: set[int], wanted: int) -> bool:
    """True if the permission bits ``wanted`` (as those of "others") are granted."""
    if uid == 0:
        return True
    if info.st_uid == uid:
        wanted <<= 6
    elif info.st_gid in groups:
        wanted <<= 3
    return info.st_mode & wanted == wanted
