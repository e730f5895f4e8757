# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Convert values of options to what the engine takes."""

from __future__ import annotations

from typing import Any

from ..errors import LabError


def texts(option: str, pairs: dict[str, Any]) -> dict[str, str]:
    """The values of an option as texts.

    Raises LabError for a value that has several spellings as a text, or none.
    """
    for name, value in pairs.items():
        if isinstance(value, (bool, float, dict, list)) or value is None:
            raise LabError(
                f"text for {name} in {option}",
                f"{type(value).__name__} {value!r}",
                "put it in quotes",
            )
    return {str(name): str(value) for name, value in pairs.items()}


def words(option: str, given: list[Any] | None) -> list[str] | None:
    """The words of a command; raises LabError for a value that is not a list of words.

    Ansible makes a list of one word out of a text, and True out of an unquoted ``yes``.
    """
    if given is None:
        return None
    for each in given:
        if isinstance(each, (bool, float, dict, list)) or each is None:
            raise LabError(
                f"a list of words as {option}",
                f"{type(each).__name__} {each!r}",
                "put that word in quotes",
            )
    if len(given) == 1 and " " in str(given[0]).strip() and not str(given[0]).startswith("/"):
        apart = ", ".join(str(given[0]).split())
        raise LabError(
            f"a list of words as {option}",
            f"one program named {given[0]!r}",
            f"write each word by itself: [{apart}]",
        )
    return [str(each) for each in given]
