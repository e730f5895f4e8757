# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Image references and container names, compared as Docker compares them."""

from __future__ import annotations

import re

from .errors import LabError

# https://github.com/distribution/reference: domain, path components, tag
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_DOMAIN = (
    rf"(?:localhost|{_LABEL}(?:\.{_LABEL})+(?::[0-9]+)?|{_LABEL}:[0-9]+"
    r"|\[[0-9A-Fa-f:]+\](?::[0-9]+)?)"
)
_REFERENCE = re.compile(
    rf"(?:(?P<domain>{_DOMAIN})/)?(?P<path>{_COMPONENT}(?:/{_COMPONENT})*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}))?"
)
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
# A repository of this form could be an image's id, so the engine refuses it.
_ID = re.compile(r"[0-9a-f]{64}")
_CONTAINER_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")


def full_reference(name: str) -> str:
    """Spell out what Docker leaves implicit: ``busybox`` is ``docker.io/library/busybox:latest``.

    Raises ValueError where Docker would refuse the reference.
    """
    match = _REFERENCE.fullmatch(name)
    if match is None or _ID.fullmatch(match["path"]):
        raise ValueError(f"{name!r}: {_fault(name)}")
    domain, path = match["domain"] or "docker.io", match["path"]
    if domain in ("docker.io", "index.docker.io"):
        domain = "docker.io"
        path = path if "/" in path else f"library/{path}"
    if match["digest"]:
        return f"{domain}/{path}@{match['digest']}"
    return f"{domain}/{path}:{match['tag'] or 'latest'}"


def _fault(name: str) -> str:
    """Explain why a reference does not match."""
    repository, colon, tag = name.partition("@")[0].rpartition(":")
    if not colon or "/" in tag:
        repository, tag = name.partition("@")[0], "latest"
    if _REFERENCE.fullmatch(repository) and not _TAG.fullmatch(tag):
        rule = (
            "a tag has at most 128 characters of [A-Za-z0-9_.-], and begins with no dot or hyphen"
        )
        return f"not a valid image reference: the tag {tag[:20]!r} is not one ({rule})"
    if _REFERENCE.fullmatch(repository) and "@" in name:
        return (
            f"not a valid image reference: {name.partition('@')[2][:20]!r} is no digest (such as "
            "sha256: and 64 hexadecimal digits)"
        )
    capitals = "".join(sorted(set(re.findall(r"[A-Z]", repository))))
    if _REFERENCE.fullmatch(repository.lower()) and capitals:
        first = repository.partition("/")[0]
        hint = (
            f"; with its port {first} is a registry"
            if first not in (repository, first.lower())
            else ""
        )
        return f"the repository must be lower case, and has {capitals}{hint}"
    wrong = "".join(sorted(set(re.findall(r"[^A-Za-z0-9_./:@-]", name))))
    return f"not a valid image reference{f': it has {wrong!r}' if wrong else ''}"


def familiar_reference(name: str) -> str:
    """The shortest spelling, as the engine lists it, always with its tag: ``busybox:latest``."""
    full = full_reference(name)
    for prefix in ("docker.io/library/", "docker.io/"):
        if full.startswith(prefix):
            return full[len(prefix) :]
    return full


def same_image(one: str, other: str) -> bool:
    """True if two references mean the same image.

    An id (or anything unreadable) only equals itself.
    """
    try:
        return full_reference(one) == full_reference(other)
    except ValueError:
        return one == other


def valid_container_name(name: str) -> bool:
    """True if the engine accepts this container name."""
    return _CONTAINER_NAME.fullmatch(name) is not None


def checked_reference(name: str) -> str:
    """The familiar spelling of a reference that a user gave.

    Raises LabError where Docker would refuse it.
    """
    try:
        return familiar_reference(name)
    except ValueError as error:
        raise LabError(
            "the name of an image, as [REGISTRY/]REPOSITORY[:TAG]", str(error), "correct the name"
        ) from None


def checked_tag(name: str) -> tuple[str, str]:
    """Repository and tag of a reference that a user gave for something to be made or sent.

    Raises LabError for a digest, too.
    """
    reference = checked_reference(name)
    if "@" in reference:
        raise LabError(
            "the name of an image with a tag", f"{name!r}, which has a digest", "give a tag instead"
        )
    repository, _, tag = reference.rpartition(":")
    return repository, tag


def checked_container_name(name: str) -> str:
    """The name, as it is; raises LabError where the engine would refuse it."""
    if not valid_container_name(name):
        rule = "at least two characters of [a-zA-Z0-9_.-], the first a letter or a digit"
        raise LabError(f"the name of a container: {rule}", repr(name), "correct the name")
    return name


def registry_of(name: str) -> str:
    """The registry in a reference, as `docker login` calls it.

    ``127.0.0.1:5002``, ``docker.io``.
    """
    return full_reference(name).split("/")[0]
