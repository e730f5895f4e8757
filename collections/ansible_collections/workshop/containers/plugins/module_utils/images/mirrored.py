# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layers of an image that a mirror of the engine serves, read without pulling it.

BuildKit keeps the base images of its builds for itself: the engine has no image of that name.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ..engine.connection import FAILURES
from ..http_request import request
from ..names import full_reference

if TYPE_CHECKING:
    from ..engine.client import Engine

_MANIFESTS = (
    "application/vnd.docker.distribution.manifest.v2+json, "
    "application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.oci.image.index.v1+json"
)


def mirrored_layers(engine: Engine, name: str) -> list[str] | None:
    """The digests of an image's layers as an inspected image has them, the lowest first.

    None if no mirror of the engine serves it.
    """
    domain, _, rest = full_reference(name).partition("/")
    path, _, tag = rest.partition("@") if "@" in rest else rest.rpartition(":")
    with suppress(KeyError, TypeError, ValueError, *FAILURES):
        mirrors = engine.api.info()["RegistryConfig"]["Mirrors"] if domain == "docker.io" else []
        for mirror in mirrors or ():
            layers = _layers(engine, f"{mirror.rstrip('/')}/v2/{path}", tag)
            if layers:
                return layers
    return None


def _layers(engine: Engine, place: str, tag: str) -> list[str]:
    manifest = _asked(f"{place}/manifests/{tag}")
    if "manifests" in manifest:
        wanted = engine.platform()
        digest = next(
            each["digest"]
            for each in manifest["manifests"]
            if (each["platform"]["os"], each["platform"]["architecture"]) == wanted
        )
        manifest = _asked(f"{place}/manifests/{digest}")
    if "config" not in manifest:
        return []
    found: list[str] = _asked(f"{place}/blobs/{manifest['config']['digest']}")["rootfs"]["diff_ids"]
    return found


def _asked(url: str) -> dict[str, Any]:
    """The JSON at an address; empty where there is none."""
    answer = request(url, headers={"Accept": _MANIFESTS})
    found: dict[str, Any] = json.loads(answer.body) if answer.status == 200 else {}
    return found
