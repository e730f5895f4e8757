# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A step that was seen done, whoever did it."""

from __future__ import annotations

from dataclasses import dataclass, field

from .fold import Maker


@dataclass
class Tick:
    """The time when a step was done, and its containers.

    ``at`` and ``after`` are seconds since the epoch: when it was done, and from when on the traces
    of the steps after it count. ``digest`` is that of the step as it read then; ``containers`` maps
    the makers of its containers to the engine's ids. ``found`` tells that it was so already when
    the lab began to look.
    """

    at: float
    digest: str
    after: float = 0.0
    containers: dict[Maker, str] = field(default_factory=dict)
    found: bool = False
