# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Push images.

The registry is asked first; the digest that it serves before and after decides ``changed``.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NamedTuple

from ..engine.credentials import config_path
from ..engine.refusals import Refusal, refusal
from ..errors import EngineError
from ..names import checked_tag, familiar_reference, registry_of

if TYPE_CHECKING:
    from ..engine.client import Engine

_NOTHING = "no such image"


class Push(NamedTuple):
    """One pushed tag: the digests that its registry served before, and serves now.

    None: it served none, or that is unknown.
    """

    name: str
    before: str | None
    after: str | None
    changed: bool


def push(
    engine: Engine, name: str, credentials: dict[str, Any] | None = None, pretend: bool = False
) -> Push:
    """Push a tag to the registry in its name, unless that serves this very image already.

    Raises EngineError. ``credentials`` are ``{"username", "password"}``; None: those that `docker
    login` stored. With ``pretend`` nothing is sent.
    """
    checked_tag(name)
    name = familiar_reference(name)
    image = engine.image(name)
    if image is None:
        raise EngineError(
            f"the image {name} to push", _absent(engine, name), "build, pull or tag it first"
        )
    found = engine.credentials(name) if credentials is None else credentials
    before = _served(engine, name, found, pretend)
    if before is not None and before in engine.known_digests(image, name):
        return Push(name, before, before, False)
    if pretend:
        return Push(name, before, None, True)
    after = _send(engine, name, found)
    return Push(name, before, after, after != before)


def _absent(engine: Engine, name: str) -> str:
    tags = [tag for entry in engine.images() for tag in engine.tags(entry)]
    similar = get_close_matches(name, tags, n=3, cutoff=0.5)
    return f"{_NOTHING}; did you mean {' or '.join(similar)}?" if similar else _NOTHING


def _served(engine: Engine, name: str, credentials: dict[str, Any], pretend: bool) -> str | None:
    """The digest that the registry serves for a tag; None: none, or only a push can tell."""
    try:
        with engine.speaking(f"the registry {registry_of(name)} to say what it serves as {name}"):
            return engine.served_digest(name, credentials)
    except EngineError as error:
        found = refusal(error.observed)
        # Some registries refuse to talk of an image that is not there yet to those who may push it.
        if found in (Refusal.UNKNOWN_IMAGE, Refusal.DENIED) or (
            found is Refusal.UNAUTHORIZED and not pretend
        ):
            return None
        raise _explained(error, name, credentials) from error


def _send(engine: Engine, name: str, credentials: dict[str, Any]) -> str | None:
    """Push; the digest that the registry serves from now on.

    An error inside the streamed answer is a failure.
    """
    repository, tag = checked_tag(name)
    digest, sent, retries = None, False, 0
    expected = f"the image {name} in its registry"
    try:
        with engine.speaking(expected):
            # From 28.3.3 on the engine refuses a push without X-Registry-Auth; empty credentials
            # are as good as none.
            stream = engine.api.push(
                repository, tag=tag, stream=True, decode=True, auth_config=credentials
            )
            for message in engine.sifted(stream, expected):
                sent = sent or message.get("status") in ("Pushing", "Pushed")
                retries += message.get("status") == "Retrying in 1 second"
                digest = message.get("aux", {}).get("Digest", digest)
    except EngineError as error:
        tried = f"after some layers were sent and {retries + 1} tries, " if sent else ""
        raise _explained(error, name, credentials, tried) from error
    return digest or engine.registry_digest(name)


def _explained(
    error: EngineError, name: str, credentials: dict[str, Any], tried: str = ""
) -> EngineError:
    """Explain the engine's error: at which stage, with which credentials, and the remedy."""
    registry = registry_of(name)
    found = refusal(error.observed)
    who = (
        f"the user {credentials['username']}"
        if credentials.get("username")
        else "a stored token"
        if credentials
        else ""
    )
    if found is Refusal.UNAUTHORIZED and not who:
        observed = (
            f"the registry {registry} wants a login, and {config_path()} has none for it "
            f"({error.observed})"
        )
    elif found is Refusal.UNAUTHORIZED:
        observed = f"the registry {registry} refused {who} ({error.observed})"
    else:
        observed = f"{tried}{found.words if found else 'the push failed'} ({error.observed})"
    return EngineError(
        error.expected, observed, found.remedy.replace("REGISTRY", registry) if found else ""
    )
