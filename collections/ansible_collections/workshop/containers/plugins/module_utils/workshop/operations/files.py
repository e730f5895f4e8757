# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files and folders that lessons put on the machine."""

from __future__ import annotations

import os
import re
import stat
import time
from typing import TYPE_CHECKING

from ...errors import ClashError, LabError
from ...files import (
    is_folder,
    kind_of,
    make_folder,
    opened,
    owner_of_folder,
    read_file,
    settle_folder,
    status,
    touch,
    write_file,
)
from ..fold import FoldError
from .base import Operation, Outcome

if TYPE_CHECKING:
    from ..context import Context
    from ..fold import Scene, Thing

# Folders that every Debian machine has.
_STANDARD = frozenset(
    (
        *("/", "/etc", "/home", "/media", "/mnt", "/opt", "/root", "/srv", "/tmp"),
        *(f"/usr/local{below}" for below in ("", "/bin", "/etc", "/lib", "/sbin", "/share")),
        *("/var/lib", "/var/log", "/var/tmp"),
    )
)


def is_standard(folder: str) -> bool:
    """True if a folder is there without a step that makes it.

    A standard one, or somebody's home.
    """
    return folder in _STANDARD or os.path.dirname(folder) == "/home"


_STAMP = re.compile(rb"# \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\n")


class DirectoryCreate(Operation):
    """``mkdir``: a folder; one that somebody else has made is used as it is."""

    name = "directory_create"

    def prepare(self) -> None:
        self.path = self.params["path"]
        self.mode = int(self.params.get("mode", "0755"), 8)

    def simulate(self, scene: Scene) -> None:
        if scene.read("directory", self.path) is None:
            scene.make("directory", self.path)

    def apply(self, context: Context) -> Outcome:
        if is_folder(self.path):
            if not context.record.has_claim("directory", self.path) or self._is_open_enough():
                return Outcome(changed=False)
            settle_folder(self.path, self.mode, owner_of_folder(self.path))
            return Outcome(changed=True)
        if status(self.path) is not None:
            context.set_aside_path(
                self.path, f"the folder {self.path}", "something else has that name"
            )
        missing = []
        path = self.path
        while not is_folder(path):
            missing.append(path)
            path = os.path.dirname(path)
        for path in reversed(missing):
            context.record.claim("directory", path)
            make_folder(path, self.mode, owner_of_folder(path))
        return Outcome(changed=True)

    def _is_open_enough(self) -> bool:
        """Tell whether the folder still has its owner and permits what the lesson wants to permit.

        What its owner permits besides, by a chmod of their own, stays.
        """
        info = status(self.path)
        owner = owner_of_folder(self.path)
        return (
            info is not None
            and (info.st_uid, info.st_gid) == owner
            and info.st_mode & self.mode == self.mode
        )

    def holds(self, context: Context, thing: Thing) -> bool:
        return is_folder(self.path)


class FileWrite(Operation):
    """A file with the content that the lesson has for it."""

    name = "file_write"

    def prepare(self) -> None:
        lesson = self.step.partition(".")[0]
        self.path = self.params["path"]
        self.mode = int(self.params.get("mode", "0644"), 8)
        self.stamp = self.params.get("stamp", False)
        self.content = self.files[f"{lesson}/{self.params['source']}"]

    def simulate(self, scene: Scene) -> None:
        folder = os.path.dirname(self.path)
        scene.read("directory", folder)
        if not is_standard(folder) and not any(
            f"{made.key[1]}/".startswith(f"{folder}/") for made in scene.of_kind("directory")
        ):
            known = {made.key[1] for made in scene.of_kind("directory")}
            raise FoldError(
                f"no step up to here makes the folder {folder!r}", "path", folder, known
            )
        scene.make("file", self.path, content=self.content)

    def wrote(self, content: bytes) -> bool:
        """True if this operation writes such a content."""
        if not self.stamp:
            return content == self.content
        return (
            content.startswith(self.content)
            and _STAMP.fullmatch(content[len(self.content) :]) is not None
        )

    def apply(self, context: Context) -> Outcome:
        # A stamped file is new each time that its step is done: what is built from it cannot come
        # from a cache.
        if self._is_right() and not self.stamp:
            return Outcome(changed=False)
        present = status(self.path, follow=False)
        if present is not None and not context.record.has_claim("file", self.path):
            context.set_aside_path(
                self.path, f"{self.path} as the lesson has it", self._difference()
            )
        try:
            context.record.claim("file", self.path)
            stamp = time.strftime("# %Y-%m-%d %H:%M:%S\n").encode() if self.stamp else b""
            owner = owner_of_folder(self.path)
            write_file(self.path, self.content + stamp, self.mode, owner)
        except FileNotFoundError:
            raise ClashError(
                f"the folder {os.path.dirname(self.path)}",
                "no such folder",
                "create it: an earlier step does",
            ) from None
        return Outcome(changed=True)

    def holds(self, context: Context, thing: Thing) -> bool:
        return self._is_right()

    def _is_right(self) -> bool:
        info = status(self.path, follow=False)
        if (
            info is None
            or not stat.S_ISREG(info.st_mode)
            or stat.S_IMODE(info.st_mode) != self.mode
        ):
            return False
        try:
            return self.wrote(read_file(self.path))
        except (OSError, LabError):
            return False

    def _difference(self) -> str:
        info = status(self.path, follow=False)
        if info is None or not stat.S_ISREG(info.st_mode):
            kind = kind_of(info.st_mode) if info is not None else "gone"
            return f"it is {kind}, and the lab did not make it"
        with opened(self.path) as stream:
            if stream.read(len(self.content) + 1) == self.content:
                mode = stat.S_IMODE(info.st_mode)
                return f"it has mode {mode:04o}, not {self.mode:04o}, and the lab did not make it"
        return "it has another content, and the lab did not make it"


class FileTouch(Operation):
    """``touch``: a file's time of modification is now."""

    name = "file_touch"

    def simulate(self, scene: Scene) -> None:
        scene.need("file", self.params["path"], "path")

    def apply(self, context: Context) -> Outcome:
        try:
            touch(self.params["path"])
        except OSError as error:
            raise LabError(
                f"the file {self.params['path']}", error.strerror or type(error).__name__
            ) from None
        return Outcome(changed=True)
