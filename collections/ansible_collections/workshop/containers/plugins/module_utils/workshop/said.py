# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sentences in English that know what they are made of, so that they can be said otherwise."""

from __future__ import annotations

from typing import Any


class Said(str):
    """A sentence: ``pattern`` filled with ``values``."""

    pattern: str
    values: dict[str, Any]

    def __new__(cls, pattern: str, **values: Any) -> Said:
        """Fill a pattern as `str.format` does."""
        said = super().__new__(cls, pattern.format(**values))
        said.pattern, said.values = pattern, values
        return said

    def in_words(self, patterns: dict[str, str]) -> str:
        """The same with the pattern that another language has for it, where it has one."""
        return patterns.get(self.pattern, self.pattern).format(**self.values)
