# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The source of an image.

A folder without what its .dockerignore excludes, and a Dockerfile, which may lie elsewhere.
"""

from __future__ import annotations

import hashlib
import os
import socket
import stat
from dataclasses import dataclass

from ..errors import LabError
from ..files import read_file
from .context import ContextEntry, ignore_rules, read_entries
from .dockerfile import Dockerfile, read_dockerfile
from .dockerignore import Ignore, usable_lines
from .tar import ContextTar, link_digests


@dataclass
class Source:
    """A context that was read and hashed, its Dockerfile, and the rules that applied.

    ``dockerfile`` is the Dockerfile's path in the context, or None if the builder does not see it
    there.
    """

    folder: str
    recipe: Dockerfile
    ignore: Ignore
    entries: list[ContextEntry]
    dockerfile: bytes | None

    @classmethod
    def read(cls, folder: str, dockerfile: str = "Dockerfile") -> Source:
        """Read it all; raises LabError. ``dockerfile``: absolute, or relative to ``folder``."""
        _check_folder(folder)
        recipe = read_dockerfile(folder, dockerfile)
        ignore = ignore_rules(folder, dockerfile)
        entries = read_entries(folder, ignore)
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

    def context_tar(self, buildkit: bool) -> tuple[ContextTar, str]:
        """The context as a tar, and the name of the Dockerfile in it.

        A Dockerfile that the context lacks is left out for BuildKit, and its name is empty. For the
        classic builder it is added under another name, and a line in the archive's .dockerignore
        excludes it before anything is copied, as `docker build` does.
        """
        content = self.recipe.content
        links = {} if buildkit else link_digests(self.entries)
        if self.dockerfile is not None:
            return ContextTar(
                self.folder, self.entries, {self.dockerfile: content}, links
            ), os.fsdecode(self.dockerfile)
        if buildkit:
            return ContextTar(self.folder, self.entries, {}, links), ""
        name = f".dockerfile.{hashlib.sha256(content).hexdigest()[:20]}"
        rules = b".dockerignore\n"
        if any(entry.path == b".dockerignore" for entry in self.entries):
            found = read_file(os.path.abspath(os.path.join(self.folder, ".dockerignore")))
            rules = usable_lines(found).rstrip(b"\n") + b"\n"
        instead = {name.encode(): content, b".dockerignore": rules + name.encode() + b"\n"}
        return ContextTar(self.folder, self.entries, instead, links), name

    def warnings(self) -> list[str]:
        """Warnings about files that will hardly work as intended."""
        found = self.recipe.warnings()
        for entry in self.entries:
            path = os.path.join(self.folder, os.fsdecode(entry.path))
            if entry.crlf:
                found.append(
                    f"{path} is a script whose first line ends in CRLF, so the kernel will not "
                    "find its interpreter; convert it to LF"
                )
            if entry.kind == "f" and entry.mode & (stat.S_ISUID | stat.S_ISGID):
                found.append(
                    f"{path} has mode {entry.mode:04o}: root owns it in the image, so whoever runs "
                    "it there gets root's rights; if that is not meant, `chmod ug-s` it"
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
            f"nothing at that path{where}",
            "correct `path`: it is a folder on the machine that builds",
        ) from None
    except OSError as error:
        raise LabError(
            expected,
            f"{(error.strerror or type(error).__name__).lower()}{where}",
            "correct `path`, or run as a user who may read it (become: true)",
        ) from None
    if not stat.S_ISDIR(info.st_mode):
        raise LabError(
            expected,
            f"a file{where}",
            f"name the folder that holds it: {os.path.dirname(folder) or '.'}",
        )
