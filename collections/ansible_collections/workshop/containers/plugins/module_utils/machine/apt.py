# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The keyrings and sources of apt, in both formats of each."""

from __future__ import annotations

import re
import subprocess
import tempfile

from ..errors import LabError

_DEB822 = re.compile(r"^(?P<key>[A-Za-z-]+):\s*(?P<value>.*)$")
_ONE_LINE = re.compile(
    r"^deb\s+(?:\[(?P<options>[^\]]*)\]\s+)?(?P<url>\S+)\s+(?P<suite>\S+)\s+(?P<components>.*)$"
)


def fingerprints(path: str) -> list[str]:
    """The fingerprints of the primary keys in a keyring, armored or not."""
    try:
        # gpg needs a home folder, and root may not have one.
        with tempfile.TemporaryDirectory() as home:
            command = ["gpg", "--homedir", home, "--batch", "--with-colons", "--show-keys", path]
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, check=False
            )
    except FileNotFoundError:
        raise LabError(
            "the command gpg", "it is not installed", "`apt-get install gnupg`"
        ) from None
    lines = [line.split(":") for line in done.stdout.decode(errors="replace").splitlines()]
    return [
        after[9] for line, after in zip(lines, lines[1:]) if line[0] == "pub" and after[0] == "fpr"
    ]


def sources_in(path: str) -> list[dict[str, str]]:
    """Entries of a .list or .sources file: ``url``, ``suite``, ``components``, ``signed_by``."""
    with open(path, encoding="utf-8", errors="replace") as stream:
        text = stream.read()
    if path.endswith(".sources"):
        blocks = [block for block in re.split(r"\n\s*\n", text) if "URIs:" in block]
        return [_stanza(block) for block in blocks if not re.search(r"(?im)^Enabled:\s*no", block)]
    entries = []
    for line in text.splitlines():
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


def _stanza(block: str) -> dict[str, str]:
    fields = {
        match["key"].lower(): match["value"].strip()
        for match in map(_DEB822.match, block.splitlines())
        if match
    }
    return {
        "url": fields.get("uris", ""),
        "suite": fields.get("suites", ""),
        "components": fields.get("components", ""),
        "signed_by": fields.get("signed-by", ""),
    }
