# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an image is built from: a folder as its .dockerignore leaves it, and a Dockerfile, which need not be in there."""

from __future__ import annotations

import hashlib
import os
import socket
import stat
from dataclasses import dataclass

from ..errors import LabError
from .context import Entry, ignore_rules, read_entries
from .digest_cache import DigestMemory
from .dockerfile import Dockerfile, read_dockerfile
from .dockerignore import Ignore, usable_lines
from .tar import Archive, link_marks


@dataclass
class Source:
    """A context that was read and hashed, its Dockerfile, and the rules that were in force.

    ``dockerfile`` is the Dockerfile's path in the context, or None where the builder does not see it there.
    """

    folder: str
    recipe: Dockerfile
    ignore: Ignore
    entries: list[Entry]
    dockerfile: bytes | None

    @classmethod
    def read(
        cls, folder: str, dockerfile: str = "Dockerfile", memory: DigestMemory | None = None
    ) -> Source:
        """Read it all; raises LabError. ``dockerfile``: absolute, or relative to ``folder``. ``memory`` may spare some of it."""
        _check_folder(folder)
        recipe = read_dockerfile(folder, dockerfile)
        ignore = ignore_rules(folder, dockerfile)
        entries = read_entries(folder, ignore, memory)
        path = os.fsencode(os.path.relpath(os.path.join(folder, dockerfile), folder))
        visible = any(entry.path == path and entry.kind == "f" for entry in entries)
        return cls(folder, recipe, ignore, entries, path if visible else None)

    def digest(self) -> str:
        """sha256 (hex) over the context and the Dockerfile."""
        total = hashlib.sha256(b"%s\n" % hashlib.sha256(self.recipe.content).hexdigest().encode())
        for entry in self.entries:
            total.update(
                b"%s\0%s %o %d %s\n"
                % (entry.path, entry.kind.encode(), entry.mode, entry.size, entry.digest.encode())
            )
        return total.hexdigest()

    def archive(self, buildkit: bool) -> tuple[Archive, str]:
        """The context as a tar, and the name of the Dockerfile in it.

        A Dockerfile that the context lacks is left out for BuildKit, and its name is empty. For the classic builder it is added under
        another name, which a line in the archive's .dockerignore takes away again before anything is copied: as `docker build` does it.
        """
        content = self.recipe.content
        marks = {} if buildkit else link_marks(self.entries)
        if self.dockerfile is not None:
            return Archive(
                self.folder, self.entries, {self.dockerfile: content}, marks
            ), os.fsdecode(self.dockerfile)
        if buildkit:
            return Archive(self.folder, self.entries, {}, marks), ""
        name = f".dockerfile.{hashlib.sha256(content).hexdigest()[:20]}"
        rules = b".dockerignore\n"
        if any(entry.path == b".dockerignore" for entry in self.entries):
            with open(os.path.join(self.folder, ".dockerignore"), "rb") as stream:
                rules = usable_lines(stream.read()).rstrip(b"\n") + b"\n"
        instead = {name.encode(): content, b".dockerignore": rules + name.encode() + b"\n"}
        return Archive(self.folder, self.entries, instead, marks), name

    def warnings(self) -> list[str]:
        """What will hardly work as it is meant."""
        found = self.recipe.warnings()
        for entry in self.entries:
            path = os.path.join(self.folder, os.fsdecode(entry.path))
            if entry.crlf:
                found.append(
                    f"{path} is a script whose first line ends as Windows has it: no system will find its interpreter"
                )
            if entry.kind == "f" and entry.mode & (stat.S_ISUID | stat.S_ISGID):
                found.append(
                    f"{path} has mode {entry.mode:04o}: whoever runs it in a container gets its owner's rights, and root owns it there"
                )
        return found


def _check_folder(folder: str) -> None:
    expected = f"the build context, a folder at {folder}"
    where = f" on {socket.gethostname()}" + (
        f" ({os.path.realpath(folder)})" if os.path.realpath(folder) != folder else ""
    )
    try:
        info = os.stat(folder)
    except FileNotFoundError:
        raise LabError(
            expected,
            f"nothing there{where}",
            "correct `path`: it is a folder on the machine that builds",
        ) from None
    except OSError as error:
        raise LabError(
            expected,
            f"{(error.strerror or type(error).__name__).lower()}{where}",
            "correct `path`, or who runs this",
        ) from None
    if not stat.S_ISDIR(info.st_mode):
        raise LabError(
            expected,
            f"a file{where}",
            f"give the folder that it is in: {os.path.dirname(folder) or '.'}",
        )
