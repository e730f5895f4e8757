# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Image references and container names, compared as Docker compares them."""

from __future__ import annotations

import re

# https://github.com/distribution/reference: domain, path components, tag
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_DOMAIN = r"(?:localhost|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::[0-9]+)?|[A-Za-z0-9-]+:[0-9]+)"
_REFERENCE = re.compile(
    rf"(?:(?P<domain>{_DOMAIN})/)?(?P<path>{_COMPONENT}(?:/{_COMPONENT})*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
_CONTAINER_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")


def full_reference(name: str) -> str:
    """Spell out what Docker leaves implicit: ``busybox`` is ``docker.io/library/busybox:latest``.

    Raises ValueError where Docker would refuse the reference.
    """
    match = _REFERENCE.fullmatch(name)
    if match is None:
        reason = "the repository must be lower case" if name.lower() != name else "not a valid image reference"
        raise ValueError(f"{name!r}: {reason}")
    domain, path = match["domain"] or "docker.io", match["path"]
    if domain in ("docker.io", "index.docker.io"):
        domain = "docker.io"
        path = path if "/" in path else f"library/{path}"
    if match["digest"]:
        return f"{domain}/{path}@{match['digest']}"
    return f"{domain}/{path}:{match['tag'] or 'latest'}"


def familiar_reference(name: str) -> str:
    """The shortest spelling, as the engine lists it, always with its tag: ``busybox:latest``."""
    full = full_reference(name)
    for prefix in ("docker.io/library/", "docker.io/"):
        if full.startswith(prefix):
            return full[len(prefix) :]
    return full


def same_image(one: str, other: str) -> bool:
    """Whether two references mean the same image; an id (or anything unreadable) only equals itself."""
    try:
        return full_reference(one) == full_reference(other)
    except ValueError:
        return one == other


def valid_container_name(name: str) -> bool:
    """Whether the engine accepts this container name."""
    return _CONTAINER_NAME.fullmatch(name) is not None
