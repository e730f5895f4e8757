# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of options as the engine takes them."""

from __future__ import annotations

from typing import Any

from ..errors import LabError


def texts(option: str, pairs: dict[str, Any]) -> dict[str, str]:
    """The pairs of an option as texts; raises LabError for what has several spellings as one, or none."""
    for name, value in pairs.items():
        if isinstance(value, (bool, float, dict, list)) or value is None:
            raise LabError(
                f"text for {name} in {option}",
                f"{type(value).__name__} {value!r}",
                "put it in quotes",
            )
    return {str(name): str(value) for name, value in pairs.items()}
