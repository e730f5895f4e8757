# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The keyrings and sources of apt, in both formats of each."""

from __future__ import annotations

import glob
import re
import subprocess
import tempfile

from ..errors import LabError

SOURCES = (
    "/etc/apt/sources.list",
    "/etc/apt/sources.list.d/*.list",
    "/etc/apt/sources.list.d/*.sources",
)
_OFF = re.compile(r"(?im)^Enabled:\s*(?:no|false|without|off|disable|0)\s*$")
_KEY_INSIDE = re.compile(r"(?m)^Signed-By:[ \t]*\n?((?:[ \t]+\S.*\n?)+)", re.IGNORECASE)
_DEB822 = re.compile(r"^(?P<key>[A-Za-z-]+):\s*(?P<value>.*)$")
_ONE_LINE = re.compile(
    r"^deb\s+(?:\[(?P<options>[^\]]*)\]\s+)?(?P<url>\S+)\s+(?P<suite>\S+)\s+(?P<components>.*)$"
)


def fingerprints(path: str) -> list[str]:
    """The fingerprints of the primary keys in a keyring, armored or not, or in a .sources file."""
    inside = _keys_inside(path) if path.endswith(".sources") else None
    try:
        # gpg needs a home folder, and root may not have one.
        with tempfile.TemporaryDirectory() as home:
            command = ["gpg", "--homedir", home, "--batch", "--with-colons", "--show-keys"]
            command.append(path if inside is None else "-")
            done = subprocess.run(command, input=inside or b"", capture_output=True, check=False)
    except FileNotFoundError:
        raise LabError(
            "the command gpg", "it is not installed", "`apt-get install gnupg`"
        ) from None
    lines = [line.split(":") for line in done.stdout.decode(errors="replace").splitlines()]
    return [
        after[9] for line, after in zip(lines, lines[1:]) if line[0] == "pub" and after[0] == "fpr"
    ]


def _keys_inside(path: str) -> bytes:
    """The keys that stand in a .sources file, without the blanks and dots that they have there."""
    lines = [
        "" if line.strip() == "." else line.strip()
        for block in _stanzas(path)
        for match in _KEY_INSIDE.finditer(block)
        for line in match[1].splitlines()
    ]
    return "\n".join([*lines, ""]).encode()


def files_with_keys() -> list[str]:
    """The .sources files of apt that hold the key of their repository themselves."""
    return [
        path
        for path in sorted(glob.glob(SOURCES[-1]))
        if any(source["signed_by"] == path for source in sources_in(path))
    ]


def sources_in(path: str) -> list[dict[str, str]]:
    """Entries of a .list or .sources file: ``url``, ``suite``, ``components``, ``signed_by``.

    Where a .sources file holds the key itself, it is signed by that file.
    """
    if path.endswith(".sources"):
        return [_stanza(block, path) for block in _stanzas(path)]
    entries = []
    for line in _text(path).splitlines():
        match = _ONE_LINE.match(line.strip())
        if match:
            options = dict(
                option.partition("=")[::2] for option in (match["options"] or "").split()
            )
            entry = {
                "url": match["url"],
                "suite": match["suite"],
                "components": match["components"].strip(),
            }
            entries.append({**entry, "signed_by": options.get("signed-by", "")})
    return entries


def _text(path: str) -> str:
    with open(path, encoding="utf-8", errors="replace") as stream:
        return stream.read()


def _stanzas(path: str) -> list[str]:
    """The stanzas of a .sources file that name repositories and are not turned off."""
    blocks = [block for block in re.split(r"\n\s*\n", _text(path)) if "URIs:" in block]
    return [block for block in blocks if not _OFF.search(block)]


def _stanza(block: str, path: str) -> dict[str, str]:
    fields = {
        match["key"].lower(): match["value"].strip()
        for match in map(_DEB822.match, block.splitlines())
        if match
    }
    return {
        "url": fields.get("uris", ""),
        "suite": fields.get("suites", ""),
        "components": fields.get("components", ""),
        "signed_by": path if "-----BEGIN PGP" in block else fields.get("signed-by", ""),
    }
