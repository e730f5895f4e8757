# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The progress record of a workshop on a machine.

The steps that were verified, and what was made.
"""

from __future__ import annotations

import json
import os
import socket
import time
from typing import Any, Callable, Iterable, Iterator, NamedTuple

from ..errors import LabError
from ..files import read_file, write_file
from ..labels import digest
from .fold import Maker

VERSION = 2
_LARGEST = 16 * 1024 * 1024


class Identity(NamedTuple):
    """The workshop that a record is of: its title and step ids, and where the controller has it."""

    title: str
    path: str
    steps: tuple[str, ...]


class Record:
    """The record of how far the lab brought a machine, and what it made there.

    ``steps`` maps a step id to ``{"digest": str, "at": seconds since the epoch, "checks": [str]}``.
    ``claims`` maps ``"file:/path"``, ``"login:registry"``, … to ``{"step": id, "at": seconds}``:
    what the lab makes that can carry no label, and what it was about to make when it was killed.
    ``containers`` and ``images`` map the engine's full ids to ``{"step": id, …}``, ``tags`` a full
    reference to the id of the image that the lab gave this name, ``served`` a reference to the
    digest that the lab pushed. Each change is on disk before the next thing is done, so that a
    killed run knows its own. ``since`` is when the machine was last reset (seconds since the
    epoch): what the engine remembers from before is no evidence. ``undone`` maps a step id to when
    it was taken back: what was seen of it before counts no more.

    ``distrusted`` says why a record that is there is no evidence; empty: it is, or there is none.
    """

    def __init__(
        self,
        path: str,
        identity: Identity | None = None,
        is_here: Callable[[str, str], bool] | None = None,
    ) -> None:
        """Read the record at ``path``.

        ``is_here`` tells whether the engine has the ``"container"`` or ``"image"`` of an id. It is
        asked where the record names another machine: what it tells of may have come along.
        """
        self.path = path
        self.step = ""
        self._identity = identity
        self._is_here = is_here or (lambda _kind, _id: False)
        self._clear()
        self.load()

    def _clear(self) -> None:
        self.since = 0.0
        self.undone: dict[str, float] = {}
        self.steps: dict[str, dict[str, Any]] = {}
        self.claims: dict[str, dict[str, Any]] = {}
        self.containers: dict[str, dict[str, Any]] = {}
        self.images: dict[str, dict[str, Any]] = {}
        self.tags: dict[str, str] = {}
        self.served: dict[str, str] = {}

    def load(self) -> None:
        """Read the record anew; raises LabError where it is not one, or another workshop's."""
        self._clear()
        self.distrusted = ""
        data = read(self.path)
        if data is None:
            return
        self._refuse_other_workshop(data)
        if data["machine"] != machine() and not self._came_along(data):
            self.distrusted = f"{self.path} was written on another machine"
            return
        self.since, self.steps, self.claims = data["since"], data["steps"], data["claims"]
        self.containers, self.images = data["containers"], data["images"]
        self.tags, self.served = data["tags"], data["served"]
        self.undone = data.get("undone", {})

    def _refuse_other_workshop(self, data: dict[str, Any]) -> None:
        identity, other = self._identity, data["workshop"]
        if identity is None or not data["steps"] or other["title"] == identity.title:
            return
        if 2 * len(set(data["steps"]) & set(identity.steps)) >= len(data["steps"]):
            return
        raise LabError(
            f"the record of the workshop {identity.title!r} in {os.path.dirname(self.path)}",
            f"that of {other['title']!r}, another workshop whose folder has the same name"
            f" ({other['path']})",
            f"give one of the two an `id` in its workshop.yml, or remove what the other made:"
            f" `./lab reset -e workshop_path={other['path']}`",
        )

    def _came_along(self, data: dict[str, Any]) -> bool:
        """True if something is here that only the machine of this record can have made."""
        made = (("image", image) for image, entry in data["images"].items() if not entry["pulled"])
        found = (("container", container) for container in data["containers"])
        return any(self._is_here(kind, each) for kind, each in (*found, *made))

    def save(self) -> None:
        """Write the record, atomically."""
        os.makedirs(os.path.dirname(self.path), mode=0o755, exist_ok=True)
        identity = self._identity or Identity("", "", ())
        data = {
            "version": VERSION,
            "machine": machine(),
            "workshop": {"title": identity.title, "path": identity.path},
            "since": self.since,
            "undone": self.undone,
            "steps": self.steps,
            "claims": self.claims,
            "containers": self.containers,
            "images": self.images,
            "tags": self.tags,
            "served": self.served,
        }
        write_file(self.path, (json.dumps(data, indent=1, sort_keys=True) + "\n").encode(), 0o644)

    def claim(self, kind: str, name: str) -> None:
        """Note that the lab is about to make something (before it does)."""
        if not self.has_claim(kind, name):
            self.claims[f"{kind}:{name}"] = {"step": self.step, "at": time.time()}
            self.save()

    def claimed_since(self, kind: str, name: str) -> float | None:
        """The time when the lab began to make it (seconds since the epoch); None: it never was."""
        entry = self.claims.get(f"{kind}:{name}")
        return entry["at"] if entry else None

    def has_claim(self, kind: str, name: str) -> bool:
        """True if the lab made it, or was about to."""
        return f"{kind}:{name}" in self.claims

    def claimed(self, kind: str) -> list[str]:
        """The names of one kind, those below a folder before it."""
        names = (claim.partition(":") for claim in self.claims)
        return sorted((name for of_kind, _, name in names if of_kind == kind), reverse=True)

    def release(self, kind: str, name: str) -> None:
        """Forget something that is no longer there, or no longer ours."""
        if self.claims.pop(f"{kind}:{name}", None) is not None:
            self.save()

    def note_container(self, container_id: str, maker: Maker) -> None:
        """Note a container that the lab has made."""
        self.containers[container_id] = {"step": maker.step, "number": maker.number}
        self.save()

    def note_image(self, reference: str, image_id: str, pulled: bool = False) -> None:
        """Note an image that the lab has made or ``pulled``, and the full reference it gave it."""
        self.images.setdefault(image_id, {"step": self.step, "pulled": pulled})
        self.note_tag(reference, image_id)

    def note_untagged(self, image_id: str) -> None:
        """Note an image that came to be without a name."""
        self.images.setdefault(image_id, {"step": self.step, "pulled": False})
        self.save()

    def note_tag(self, reference: str, image_id: str) -> None:
        """Note another name that the lab has given to an image."""
        self.tags[reference] = image_id
        for kind in ("image", "pull"):
            self.claims.pop(f"{kind}:{reference}", None)
        self.save()

    def drop_tag(self, reference: str) -> None:
        """Note that the lab has taken a name from an image."""
        self.tags.pop(reference, None)
        for kind in ("image", "pull"):
            self.claims.pop(f"{kind}:{reference}", None)
        self.save()

    def note_served(self, reference: str, digest_: str) -> None:
        """Note what the lab has pushed."""
        self.served[reference] = digest_
        self.save()

    def verified(self, step: dict[str, Any]) -> bool:
        """True if this step, as it now reads, was verified on this machine."""
        return self.steps.get(step["id"], {}).get("digest") == step["digest"]

    def verify(self, step: dict[str, Any], checks: list[str]) -> None:
        """Note that a step was done and its checks held."""
        self.steps[step["id"]] = {
            "digest": step["digest"],
            "at": int(time.time()),
            "checks": checks,
        }
        self.save()

    def take_back(
        self,
        steps: Iterable[str],
        containers: Iterable[str],
        images: Iterable[str],
        tags: Iterable[str],
        claims: Iterable[str],
    ) -> None:
        """Forget that steps were done, and what is gone of what they made."""
        now = time.time()
        gone = (self.steps, steps), (self.containers, containers), (self.images, images)
        for known, names in (*gone, (self.tags, tags), (self.claims, claims)):
            for name in list(names):
                known.pop(name, None)
        self.undone.update(dict.fromkeys(steps, now))
        self.save()

    def start_over(self, containers: Iterable[str] = (), images: Iterable[str] = ()) -> None:
        """Forget all but what a reset could not remove; evidence from before now counts no more."""
        kept = {each: self.containers[each] for each in containers if each in self.containers}
        kept_images = {each: self.images[each] for each in images if each in self.images}
        tags = {name: image for name, image in self.tags.items() if image in kept_images}
        self._clear()
        self.containers, self.images, self.tags = kept, kept_images, tags
        self.since = time.time()
        self.save()


def read(path: str) -> dict[str, Any] | None:
    """A record as it was written, whichever machine it is of; None where there is none.

    Raises LabError.
    """
    try:
        data = json.loads(read_file(path, _LARGEST))
        if data["version"] != VERSION:
            raise ValueError(f"version {data['version']}, where this release has {VERSION}")
        for key in ("steps", "claims", "containers", "images", "tags", "served", "workshop"):
            if not isinstance(data[key], dict):
                raise TypeError(f"{key} is not a mapping")
        float(data["since"])
        if not all(isinstance(at, float) for at in dict(data.get("undone", {})).values()):
            raise TypeError("undone has something else than times")
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise LabError(
            f"a progress record in {path}",
            f"something else: {error}",
            f"remove {path}, then run again",
        ) from None
    return data


def neighbours(path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The names and records of the machine's other workshops, beside the record at ``path``."""
    folder = os.path.dirname(os.path.dirname(path))
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return
    for name in names:
        other = os.path.join(folder, name, os.path.basename(path))
        if other == path:
            continue
        try:
            data = read(other)
        except (OSError, LabError):
            continue
        if data is not None:
            yield name, data


def machine() -> str:
    """The mark of this machine among others: its id and its name, as a digest."""
    try:
        with open("/etc/machine-id", encoding="ascii", errors="replace") as stream:
            machine_id = stream.read(64).strip()
    except OSError:
        machine_id = ""
    return digest([machine_id, socket.gethostname()])[:32]
