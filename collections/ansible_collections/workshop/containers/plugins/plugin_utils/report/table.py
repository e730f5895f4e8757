# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as lines of text: (text, Ansible's colour or None), for machines as plugin_utils/report/results.py describes them."""

from __future__ import annotations

import textwrap
from collections import Counter
from typing import Any, Iterator, Optional, Tuple

from ansible import constants as C

from ansible_collections.workshop.containers.plugins.plugin_utils.report import console_style

Line = Tuple[str, Optional[str]]
OTHERS = 25  # columns of a row that are neither id nor title
SIGNS = {"unreachable": "failed"}  # statuses of machines that steps do not have


def host(name: str, entry: dict[str, Any]) -> Iterator[Line]:
    """A machine: heading, base images, one row a step with what to do below a failed one."""
    yield heading(name, entry)
    for image in entry["base_images"]:
        yield base_image(image)
    if entry["steps"]:
        yield "", None
        width = max(len(step["id"]) for step in entry["steps"])
        yield (
            f"    {'step':<{console_style.WIDTH - OTHERS + 2}}  {'status':<8}     time",
            C.COLOR_VERBOSE,
        )
        for step in entry["steps"]:
            yield from row(step, width)
    if entry["status"] in ("failed", "unreachable") and not any(
        step["status"] == "failed" for step in entry["steps"]
    ):
        yield from paragraph(entry["task"] or "failed", entry["message"])


def summary(entries: dict[str, dict[str, Any]]) -> Iterator[Line]:
    """Many machines: how many of each status, then only what went wrong."""
    counts = Counter(entry["status"] for entry in entries.values())
    yield (
        ", ".join(f"{count} {word}" for word, count in counts.most_common())
        + f" of {len(entries)} machines",
        None,
    )
    for name, entry in entries.items():
        if entry["status"] in ("failed", "unreachable"):
            yield "", None
            yield heading(name, entry)
            failed = [step for step in entry["steps"] if step["status"] == "failed"]
            for step in failed:
                yield from row(step, len(step["id"]))
            if not failed:
                yield from paragraph(entry["task"] or "failed", entry["message"])


def heading(name: str, entry: dict[str, Any]) -> Line:
    """One line that says it all when all is well."""
    steps = entry["steps"]
    if not steps:
        words = entry["status"] if entry["action"] == "other" else "nothing of the workshop is left"
        return f"{name}: {words}", console_style.color(SIGNS.get(entry["status"], entry["status"]))
    counts = Counter(step["status"] for step in steps)
    parts = [f"{counts['passed']} of {len(steps)} steps passed"]
    parts += [
        f"{counts[word]} {word.replace('_', ' ')}"
        for word in ("failed", "blocked", "unknown", "planned", "not_here")
        if counts[word]
    ]
    changed = sum(step["changed"] for step in steps)
    tense = "would change" if counts["planned"] else "changed"
    parts.append(f"{changed or 'nothing'} {tense}")
    total = sum(step["seconds"] or 0 for step in steps)
    return f"{name}: {entry['workshop']}, {', '.join(parts)}, {total:.1f} s", console_style.color(
        SIGNS.get(entry["status"], entry["status"])
    )


def base_image(image: dict[str, Any]) -> Line:
    """Where an image that the lessons start from is only a replacement, the report says so."""
    if image["stand_in"]:
        return f"    {image['name']} is a stand-in: {image['stand_in']}", C.COLOR_WARN
    return f"    {image['name']} {str(image['digest'] or '')[:19]}", None


def row(step: dict[str, Any], width: int) -> Iterator[Line]:
    """A step, its id in `width` columns; for one that failed what was expected and observed, and what to do."""
    word = (
        "changed"
        if step["status"] == "passed" and step["changed"]
        else step["status"].replace("_", " ")
    )
    name = f"{console_style.fit(step['id'], width)}  {console_style.fit(step['title'], console_style.WIDTH - OTHERS - width)}"
    line = f"  {console_style.fit(console_style.mark(step['status']), 2)}{name}  {word:<8}  {console_style.seconds(step['seconds'])}"
    yield line.rstrip(), console_style.color(step["status"], step["changed"])
    if step["status"] == "failed":
        for label, key in (("expected", "expected"), ("observed", "observed"), ("to do", "action")):
            if step[key]:
                yield from paragraph(label, step[key])


def paragraph(label: str, text: str) -> Iterator[Line]:
    """`text` beside its label, wrapped; lines of its own are kept."""
    for line in f"{label}: {text}".splitlines():
        wrapped = textwrap.wrap(
            line,
            console_style.WIDTH - 8,
            break_long_words=False,
            break_on_hyphens=False,
            subsequent_indent="  ",
        )
        for part in wrapped:
            yield " " * 6 + part, C.COLOR_ERROR
