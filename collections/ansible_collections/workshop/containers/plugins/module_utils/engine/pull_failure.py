# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Explain a failed pull: its cause, and the next thing to do."""

from __future__ import annotations

from typing import Callable

from ..errors import EngineError, RefusedError
from ..names import registry_of
from .refusals import LOST_WAYS, Refusal, refusal


def explained(
    name: str, error: EngineError, shortage: str, mirrors: Callable[[], list[str]]
) -> EngineError:
    """The error of a failed pull of the image ``name``, with its cause and the next thing to do.

    ``shortage`` is in words what of the disk was missing on the way; ``mirrors`` are those of
    Docker Hub, asked for when they are needed only.
    """
    found = refusal(error.observed)
    if found is Refusal.DISK or shortage:
        place = f": {shortage}" if shortage else ""
        return EngineError(
            error.expected,
            f"the engine's disk is full{place} ({error.observed})",
            Refusal.DISK.remedy,
        )
    if found in (Refusal.PROXY, Refusal.RATE, Refusal.PLATFORM):
        return EngineError(
            error.expected,
            f"{found.words} ({error.observed})",
            found.remedy.replace("REGISTRY", registry_of(name)),
        )
    kind = RefusedError if isinstance(error, RefusedError) else EngineError
    return kind(
        error.expected,
        error.observed,
        error.remedy or _advice(name, offline=found in LOST_WAYS, mirrors=mirrors),
    )


def _advice(name: str, offline: bool, mirrors: Callable[[], list[str]]) -> str:
    """Name the registries that the engine tried, and ask if the machine is offline."""
    registry = registry_of(name)
    tried = mirrors() if registry == "docker.io" else []
    places = " and ".join([*tried, registry]) if tried else f"{registry}, for it has no mirror"
    doubt = "is this machine offline? " if offline else ""
    return (
        f"{doubt}The engine asks {places}: see that one of these answers and has it, then run again"
    )
