# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options for daemon.json, merged so that the same options twice change nothing."""

from __future__ import annotations

DOCUMENTATION = r"""
name: merge_daemon_options
short_description: Add options to those of an engine
version_added: 0.1.0
author:
  - The workshop lab contributors (@workshop-lab)
description:
  - Dictionaries merge. What is new in a list comes after what is there, so that the order of a list
    never changes. Other values replace.
  - This is what P(ansible.builtin.combine#filter) does, but for lists, which that one orders anew
    each time.
  - Where registries are called insecure, the loopback addresses are among them. From engine 29.10
    on these, where the lab registry is, are trusted only where nothing is said about insecure
    registries.
  - Options of logging belong to a driver. Where another driver is named those of the old one go.
  - The engine fails to start any container whose limits are above what it has itself. Default
    limits above O(limits) become these.
positional: options, limits
options:
  _input:
    description: The options that the engine has.
    type: dict
    required: true
  options:
    description: The options to add.
    type: dict
    required: true
  limits:
    description: The engine's own limits by name, as
      RV(workshop.containers.machine_info#module:processes) has them. Null is unlimited.
    type: dict
    default: {}
"""

EXAMPLES = r"""
# {"dns": ["192.0.2.1", "192.0.2.2"], "debug": true}
both: "{{ {'dns': ['192.0.2.1'], 'debug': false} | workshop.containers.merge_daemon_options({'dns':
  ['192.0.2.2'], 'debug': true}) }}"
"""

RETURN = r"""
_value:
  description: All of the options.
  type: dict
"""

from typing import Any, Callable

LOOPBACK = ("127.0.0.0/8", "::1/128")


def merge_daemon_options(
    before: dict[str, Any], options: dict[str, Any], limits: dict[str, int | None] | None = None
) -> dict[str, Any]:
    """``before`` with ``options`` added, and no default limit above the engine's own ``limits``."""
    if options.get("log-driver", before.get("log-driver")) != before.get("log-driver"):
        before = {name: value for name, value in before.items() if name != "log-opts"}
    merged = _merge(before, options)
    if isinstance(merged.get("default-ulimits"), dict):
        merged["default-ulimits"] = {
            name: _cap(value, (limits or {}).get(name))
            for name, value in merged["default-ulimits"].items()
        }
    if merged.get("insecure-registries"):
        merged["insecure-registries"] = _merge(merged["insecure-registries"], list(LOOPBACK))
    return merged


def _merge(before: Any, after: Any) -> Any:
    if isinstance(before, dict) and isinstance(after, dict):
        return {**before, **{key: _merge(before.get(key), value) for key, value in after.items()}}
    if isinstance(before, list) and isinstance(after, list):
        return [*before, *(each for each in after if each not in before)]
    return after


def _cap(wanted: Any, limit: int | None) -> Any:
    """A default limit, ``{"Name": "nofile", "Soft": 1024, "Hard": 65536}``, not above ``limit``; -1
    is unlimited.
    """
    if limit is None or not isinstance(wanted, dict):
        return wanted
    return {name: limit if _above(value, limit) else value for name, value in wanted.items()}


def _above(value: Any, limit: int) -> bool:
    return isinstance(value, int) and not 0 <= value <= limit


class FilterModule:
    """The filter, for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"merge_daemon_options": merge_daemon_options}
