# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The history and layers of an image, in one form for every builder and every image store."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..engine.client import Engine

# "/bin/sh -c #(nop)  CMD …" and "|1 A=b /bin/sh -c …" of the classic builder, "RUN |1 A=b /bin/sh
# -c … # buildkit" and "CMD …" of BuildKit; after SHELL it is another shell, but with Buildah
_SHELL = "/bin/sh -c"
_NO_COMMAND = r"(?:{}|[^#\n]*(?= #\(nop\)\s+SHELL )) #\(nop\)\s+"
_COMMAND = r"(?:RUN )?(?:\|\d+ .*?)?{} (?P<command>.*)"
_NEW_SHELL = re.compile(r"SHELL \[(.*)\]")
_BUILDKIT = "buildkit"
_METADATA = re.compile(
    r"(ARG|CMD|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|SHELL|STOPSIGNAL|USER|VOLUME)\b"
)
_MISSING = "<missing>"


def described(engine: Engine, name: str) -> dict[str, Any] | None:
    """History and layers of an image, the oldest first; None if there is no such image."""
    image = engine.image(name)
    if image is None:
        return None
    entries, shell = [], _SHELL
    for raw in reversed(engine.history(name)):
        entries.append(_entry(raw, shell))
        changed = _NEW_SHELL.fullmatch(entries[-1]["instruction"])
        shell = re.sub('[",]+ *', " ", changed[1]).strip() if changed else shell
    digests = list(image["RootFS"].get("Layers") or ())
    owners = layer_owners(entries, len(digests), [_count(engine, entry["id"]) for entry in entries])
    for entry, owned in zip(entries, owners):
        entry["layer"] = digests[owned] if owned is not None else ""
        del entry["id"]
    makers = {entry["layer"]: entry for entry in entries if entry["layer"]}
    layers = [
        {
            "digest": digest,
            "size": makers[digest]["size"],
            "instruction": makers[digest]["instruction"],
        }
        if digest in makers
        else {"digest": digest, "size": None, "instruction": ""}
        for digest in digests
    ]
    return {
        "id": image["Id"],
        "tags": sorted(tag for tag in image.get("RepoTags") or () if tag != "<none>:<none>"),
        "digests": sorted(image.get("RepoDigests") or ()),
        "platform": "/".join(
            part for part in (image["Os"], image["Architecture"], image.get("Variant")) if part
        ),
        "size": image["Size"],
        "history": entries,
        "layers": layers,
    }


def _entry(raw: dict[str, Any], shell: str) -> dict[str, Any]:
    text, comment = (raw.get("CreatedBy") or "").strip(), raw.get("Comment") or ""
    by_buildkit = comment.startswith("buildkit.") or text.endswith("# buildkit")
    by_classic = not by_buildkit and bool(
        _match(_NO_COMMAND, text, shell) or _match(_COMMAND, text, shell)
    )
    return {
        "id": raw["Id"],
        "instruction": instruction(text, shell),
        "builder": _BUILDKIT if by_buildkit else "classic" if by_classic else "",
        "created": datetime.fromtimestamp(raw["Created"], timezone.utc).strftime(
            "%Y-%m-%dT%H:%M:%SZ"
        ),
        "size": raw["Size"],
        "comment": "" if by_buildkit else comment,
    }


def _match(pattern: str, text: str, shell: str) -> re.Match[str] | None:
    return re.match(pattern.format(f"(?:{re.escape(shell)}|{_SHELL})"), text, re.DOTALL)


def instruction(text: str, shell: str = _SHELL) -> str:
    """An instruction as a Dockerfile has it, from what a builder wrote into the history where RUN
    took this shell.
    """
    text = re.sub(r"\s*# buildkit$", "", text)
    bare = _match(_NO_COMMAND, text, shell)
    if bare:
        return text[bare.end() :].strip()
    command = _match(_COMMAND, text, shell)
    return f"RUN {command['command'].strip()}" if command else text


def layer_owners(
    entries: list[dict[str, Any]], layers: int, counts: list[int | None]
) -> list[int | None]:
    """The layer (its number) that each entry of a history made; None: none, or unknown.

    The engine does not say which entries made none. ``counts`` are the numbers of layers up to each
    entry, where the engine still has that image. Elsewhere an entry with a size made one, one that
    only describes the image made none, and of the others either all did or none, as the number of
    layers tells.
    """
    owners: list[int | None] = []
    start, below = 0, 0
    for end, count in [
        *((at, count) for at, count in enumerate(counts) if count is not None),
        (len(entries) - 1, layers),
    ]:
        if end + 1 > start:
            owners += _owners_within(entries[start : end + 1], below, count)
            start, below = end + 1, count
    return owners


def _owners_within(entries: list[dict[str, Any]], below: int, layers: int) -> list[int | None]:
    """The same between two entries whose numbers of layers are known."""
    sure = [bool(entry["size"]) for entry in entries]
    unsure = [not entry["size"] and not _METADATA.match(entry["instruction"]) for entry in entries]
    wanted = layers - below
    if sum(sure) == wanted:
        made = sure
    elif sum(sure) + sum(unsure) == wanted:
        made = [one or other for one, other in zip(sure, unsure)]
    else:
        return [None] * len(entries)
    numbers = iter(range(below, layers))
    return [next(numbers) if each else None for each in made]


def _count(engine: Engine, image_id: str) -> int | None:
    """Count the layers of an intermediate image of the classic builder."""
    if image_id == _MISSING:
        return None
    image = engine.image_by_id(image_id)
    return len(image["RootFS"].get("Layers") or ()) if image is not None else None
