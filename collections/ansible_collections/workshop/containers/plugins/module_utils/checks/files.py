# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks on files and folders of the machine."""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING

from .base import Check, Finding

if TYPE_CHECKING:
    from ..model import Key
    from ..views import View

_LIMIT = 1024 * 1024


class Directory(Check):
    """Whether a folder is there."""

    name = "directory"

    def subjects(self, view: View) -> set[Key]:
        return {("directory", self.params["path"])}

    def observe(self, view: View, past: bool) -> Finding:
        path = self.params["path"]
        if not os.path.isdir(path):
            found = "something else has that name" if os.path.lexists(path) else "no such folder"
            return self.decide(False, past, f"the folder {path}", found)
        mode = f"{stat.S_IMODE(os.stat(path).st_mode):04o}"
        wanted = self.params.get("mode", mode)
        return self.decide(mode == wanted, past, f"the folder {path} with mode {wanted}", f"mode {mode}")


class File(Check):
    """Whether a file is there, may be executed, and what is in it."""

    name = "file"

    def subjects(self, view: View) -> set[Key]:
        return {("file", self.params["path"])}

    def observe(self, view: View, past: bool) -> Finding:
        wanted = self.params
        expected = f"the file {wanted['path']}"
        if not os.path.isfile(wanted["path"]):
            return self.decide(False, past, expected, "no such file")
        if "executable" in wanted:
            executable = bool(os.stat(wanted["path"]).st_mode & stat.S_IXUSR)
            if executable != wanted["executable"]:
                return self.decide(
                    False,
                    past,
                    f"{expected}, {'executable' if wanted['executable'] else 'not executable'}",
                    "executable" if executable else f"not executable (`chmod +x {wanted['path']}`)",
                )
        with open(wanted["path"], "rb") as stream:
            content = stream.read(_LIMIT)
        if "matches" in wanted and not re.search(wanted["matches"], content.decode(errors="replace"), re.MULTILINE):
            found = content.decode(errors="replace").strip()
            return self.decide(False, past, f"{expected} that matches /{wanted['matches']}/", f"it ends with {found[-200:]!r}")
        if "source" in wanted:
            lesson = self.step.split(".", 1)[0]
            same = content == view.files[f"{lesson}/{wanted['source']}"]
            return self.decide(same, past, f"{expected} as the lesson has it", "the same" if same else "another content")
        return self.decide(True, past, expected, "it is there")
