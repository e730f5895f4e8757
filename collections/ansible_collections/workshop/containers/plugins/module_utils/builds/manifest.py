# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Digest all that decides what an image will be, and list it in a manifest that fits in a label.

The digest alone decides. The manifest names what has changed since: it has a line for each thing
that went into the digest, with a shortened digest. It travels with the image, so it is present
wherever the image is, and needs no file on the machine. For a large context it lists folders
instead of files, until it fits.
"""

from __future__ import annotations

import base64
import hashlib
import os
import zlib
from typing import Any, Iterable

from .source import Source

# All labels of an image travel in the address of a request to the classic builder: they must stay
# short.
LARGEST = 8192
_SHORT = 12
# Somebody else's image may have a label of this name.
_LARGEST_TEXT = 4 * 1024 * 1024
_FOLDED = "D"
_BASE = "base image "


def short(value: str | bytes) -> str:
    """The first hex digits of a SHA-256."""
    return hashlib.sha256(
        value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape")
    ).hexdigest()[:_SHORT]


def settings(params: dict[str, Any], bases: dict[str, str]) -> dict[str, str]:
    """The settings that decide, beside the context.

    Arguments, labels, target, platform (in ``params``) and base images with their ids.
    """
    found = {f"target {params['target']}": "-"} if params.get("target") else {}
    if params.get("platform"):
        found[f"platform {params['platform']}"] = "-"
    for word, key in (("argument", "args"), ("label", "labels")):
        found.update(
            {
                f"{word} {name}": hashlib.sha256(value.encode()).hexdigest()
                for name, value in (params.get(key) or {}).items()
            }
        )
    found.update({f"{_BASE}{name}": identity for name, identity in bases.items()})
    return found


def total_digest(source: Source, others: dict[str, str]) -> str:
    """The digest of all, in hex."""
    lines = [f"{key}\0{value}\n" for key, value in sorted(others.items())]
    return hashlib.sha256(
        "".join(["1 ", source.digest(), "\n", *lines]).encode("utf-8", "surrogateescape")
    ).hexdigest()


def manifest(source: Source, others: dict[str, str]) -> dict[str, str]:
    """A line (key to value) for each thing that went into the digest."""
    lines = {
        key: value if value == "-" or key.startswith(_BASE) else short(value)
        for key, value in others.items()
    }
    lines["Dockerfile"] = short(source.recipe.content)
    for entry in source.entries:
        lines[f"/{readable(entry.path)}"] = (
            f"{entry.kind} {entry.mode:04o} {entry.digest[:_SHORT] or '-'}"
        )
    return lines


def recorded_bases(lines: dict[str, str]) -> dict[str, str]:
    """The base images in a manifest, by name: their ids, in full."""
    return {key[len(_BASE) :]: value for key, value in lines.items() if key.startswith(_BASE)}


def readable(path: bytes) -> str:
    """A path as text of one line."""
    text = os.fsdecode(path).replace("\\", "\\\\").replace("\n", "\\n")
    return text.encode("utf-8", "backslashreplace").decode()


def packed(lines: dict[str, str]) -> str:
    """A manifest for a label.

    At most ``LARGEST`` characters, its files folded into their folders as far as that needs.
    """
    depth = max((key.count("/") for key in lines), default=0)
    while True:
        text = "".join(f"{value}\t{key}\n" for key, value in sorted(folded(lines, depth).items()))
        label = base64.b64encode(zlib.compress(text.encode(), 9)).decode()
        if len(label) <= LARGEST:
            return label
        if depth == 0:
            return ""
        depth -= 1


def unpacked(label: str) -> dict[str, str]:
    """The manifest in a label; empty if the label is not one."""
    try:
        text = (
            zlib.decompressobj()
            .decompress(base64.b64decode(label, validate=True), _LARGEST_TEXT)
            .decode()
        )
    except (ValueError, zlib.error):
        return {}
    pairs = (line.partition("\t") for line in text.splitlines())
    return {key: value for value, tab, key in pairs if tab}


def folded(lines: dict[str, str], depth: int) -> dict[str, str]:
    """The manifest with one line for all entries deeper than ``depth`` folders in the context."""
    out: dict[str, str] = {}
    below: dict[str, list[str]] = {}
    for key, value in lines.items():
        if key.startswith("/") and key.count("/") > depth:
            below.setdefault("/".join(key.split("/")[: depth + 1]) + "/", []).append(
                f"{value}\t{key}"
            )
        else:
            out[key] = value
    out.update(
        {
            key: f"{_FOLDED} {len(values)} {short(chr(10).join(sorted(values)))}"
            for key, values in below.items()
        }
    )
    return out


def changes(old: dict[str, str], new: dict[str, str]) -> list[str]:
    """The differences, in words.

    ``content of app.py``, ``mode of run.sh (0644, now 0755)``, ``argument VERSION``.
    """
    depth = min(
        (key.count("/") - 1 for key, value in old.items() if value.startswith(f"{_FOLDED} ")),
        default=None,
    )
    new = new if depth is None else folded(new, depth)
    found = list(_differences(old, new))
    # A Dockerfile that is in the context, too, is one file to people.
    return (
        [each for each in found if not (each == "content of Dockerfile" and "Dockerfile" in found)]
        if "Dockerfile" in found
        else found
    )


def _differences(old: dict[str, str], new: dict[str, str]) -> Iterable[str]:
    for key in sorted({*old, *new}):
        before, after = old.get(key), new.get(key)
        if before == after:
            continue
        if key.endswith("/"):
            yield f"files in {key.strip('/') or 'the context'}"
        elif not key.startswith("/"):
            yield key if before and after else f"{key} {'added' if before is None else 'removed'}"
        elif before is None or after is None:
            yield f"{key[1:]} {'added' if before is None else 'removed'}"
        else:
            yield _edit(key[1:], before.split(" "), after.split(" "))


def _edit(path: str, before: list[str], after: list[str]) -> str:
    if before[0] != after[0]:
        kinds = {"f": "a file", "d": "a folder", "l": "a link"}
        return f"{path} (was {kinds.get(before[0])}, now {kinds.get(after[0])})"
    if before[2] != after[2]:
        return f"target of {path}" if before[0] == "l" else f"content of {path}"
    return f"mode of {path} ({before[1]}, now {after[1]})"
