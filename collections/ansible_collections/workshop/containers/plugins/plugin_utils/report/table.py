# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as lines of text: (text, Ansible's colour or None), for machines as
plugin_utils/report/results.py describes them.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from typing import Any, Iterator, Optional, Tuple

from ansible import constants as C

from ansible_collections.workshop.containers.plugins.module_utils.step_result import (
    BLOCKED,
    FAILED,
    NOT_HERE,
    PASSED,
    PLANNED,
    UNKNOWN,
)
from ansible_collections.workshop.containers.plugins.plugin_utils.report import console_style

Line = Tuple[str, Optional[str]]
OTHERS = 25  # columns of a row that are neither id nor title
# Statuses of machines that steps do not have
SIGNS = {"unreachable": FAILED, "unfinished": UNKNOWN}
WRONG = (FAILED, "unreachable", "unfinished")
# Columns of the words before what was expected, observed and is to do
LABEL = 10


def host(name: str, entry: dict[str, Any]) -> Iterator[Line]:
    """A machine: heading, base images, one row a step with what to do below a failed one.

    Why steps are blocked stands below the first of those that have the same reason.
    """
    yield heading(name, entry)
    for image in entry["base_images"]:
        yield base_image(image)
    for kept in entry["kept"]:
        yield f"    {kept['what']} stays: {kept['why']}", C.COLOR_WARN
    if entry["steps"]:
        yield "", None
        width = max(len(step["id"]) for step in entry["steps"])
        yield (
            f"    {'step':<{console_style.WIDTH - OTHERS + 2}}  {'status':<8}     time",
            C.COLOR_VERBOSE,
        )
        for before, step in zip([{}, *entry["steps"]], entry["steps"]):
            yield from row(step, width)
            if step["status"] == BLOCKED and step["observed"] != before.get("observed"):
                yield from paragraph("blocked", step["observed"])
    if entry["status"] in WRONG and not any(step["status"] == FAILED for step in entry["steps"]):
        yield from trouble(entry)


def summary(entries: dict[str, dict[str, Any]]) -> Iterator[Line]:
    """Many machines: how many of each status, then only what went wrong."""
    counts = Counter(entry["status"] for entry in entries.values())
    yield (
        ", ".join(f"{count} {word}" for word, count in counts.most_common())
        + f" of {len(entries)} machines",
        None,
    )
    for name, entry in entries.items():
        if entry["status"] in WRONG:
            yield "", None
            yield heading(name, entry)
            failed = [step for step in entry["steps"] if step["status"] == FAILED]
            for step in failed:
                yield from row(step, len(step["id"]))
            if not failed:
                yield from trouble(entry)


def heading(name: str, entry: dict[str, Any]) -> Line:
    """One line that says it all when all is well."""
    steps = entry["steps"]
    if not steps:
        ended = entry["action"] != "other" and entry["status"] not in WRONG
        words = _of_reset(entry) if ended else entry["status"]
        return f"{name}: {words}", console_style.color(SIGNS.get(entry["status"], entry["status"]))
    counts = Counter(step["status"] for step in steps)
    parts = [f"{counts[PASSED]} of {len(steps)} steps passed"]
    parts += [
        f"{counts[word]} {word.replace('_', ' ')}"
        for word in (FAILED, BLOCKED, UNKNOWN, PLANNED, NOT_HERE)
        if counts[word]
    ]
    changed = sum(step["changed"] for step in steps)
    tense = "would change" if counts[PLANNED] else "changed"
    parts.append(f"{changed or 'nothing'} {tense}")
    total = sum(step["seconds"] or 0 for step in steps)
    return f"{name}: {entry['workshop']}, {', '.join(parts)}, {total:.1f} s", console_style.color(
        SIGNS.get(entry["status"], entry["status"])
    )


def _of_reset(entry: dict[str, Any]) -> str:
    return "the workshop is removed" if entry["kept"] else "nothing of the workshop is left"


def base_image(image: dict[str, Any]) -> Line:
    """A line about each base image that is only a replacement."""
    if image["stand_in"]:
        return f"    {image['name']} is a stand-in: {image['stand_in']}", C.COLOR_WARN
    return f"    {image['name']} {str(image['digest'] or '')[:19]}", None


def row(step: dict[str, Any], width: int) -> Iterator[Line]:
    """A step, its id in `width` columns.

    For one that failed what was expected and observed, and what to do.
    """
    word = (
        "changed"
        if step["status"] == PASSED and step["changed"]
        else step["status"].replace("_", " ")
    )
    name = (
        f"{console_style.fit(step['id'], width)}  "
        f"{console_style.fit(step['title'], console_style.WIDTH - OTHERS - width)}"
    )
    line = (
        f"  {console_style.fit(console_style.sign(step['status']), 2)}{name}  {word:<8}  "
        f"{console_style.seconds(step['seconds'])}"
    )
    yield line.rstrip(), console_style.color(step["status"], step["changed"])
    if step["status"] == FAILED:
        for label, key in (("expected", "expected"), ("observed", "observed"), ("to do", "remedy")):
            if step[key]:
                yield from paragraph(label, step[key])


def trouble(entry: dict[str, Any]) -> Iterator[Line]:
    """The cause of a machine's end outside of its steps: of a long message the first line.

    Ansible has printed all of it where it happened.
    """
    first, _, rest = entry["message"].strip().partition("\n")
    text = f"{entry['task'] or 'failed'}: {first}{' …' if rest else ''}"
    for part in textwrap.wrap(text, console_style.WIDTH - 8, subsequent_indent="  "):
        yield " " * 6 + part, C.COLOR_ERROR


def paragraph(label: str, text: str) -> Iterator[Line]:
    """`text` beside its label, wrapped; lines of its own are kept."""
    start = label.ljust(LABEL)
    for line in text.splitlines() or [""]:
        wrapped = textwrap.wrap(
            line,
            console_style.WIDTH - 6,
            break_long_words=False,
            break_on_hyphens=False,
            initial_indent=start,
            subsequent_indent=" " * LABEL,
        )
        for part in wrapped:
            yield " " * 6 + part, C.COLOR_ERROR
        start = " " * LABEL
