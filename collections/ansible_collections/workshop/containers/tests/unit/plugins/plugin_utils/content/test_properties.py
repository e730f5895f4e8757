# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever is written into a workshop, `load` answers with content or with a readable error."""

from __future__ import annotations

import random
import shutil
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.workshop.containers.plugins.plugin_utils.content.load import (
    ContentError,
    load,
)

DEMO = Path(__file__).parent / "demo"
FILES = ["workshop.yml", "greet/lesson.yml", "serve/lesson.yml"]
TEXTS = {name: (DEMO / name).read_text(encoding="utf-8") for name in FILES}
SNIPPETS = [
    "\t",
    "- ",
    ": ",
    "{",
    "]",
    "'",
    '"',
    "&a ",
    "*a",
    "<<: ",
    "!!set ",
    "? ",
    "|\n",
    "---\n",
    "#",
    "\x00",
    "é",
    "1e999",
    "~",
    ".nan",
    "0x",
    "\\",
]


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the demo workshop that each example spoils anew."""
    return Path(shutil.copytree(DEMO, tmp_path_factory.mktemp("workshops") / "demo"))


def attempt(workshop: Path, file: str, content: bytes) -> None:
    """Load the workshop with this file in place of the good one.

    There is no third outcome beside success and ContentError.
    """
    (workshop / file).write_bytes(content)
    try:
        load(workshop)
    except ContentError as error:
        lines = str(error).splitlines()
        assert lines
        assert all(line.isprintable() for line in lines)
        assert all(f"{workshop}/" in line or line.startswith("…") for line in lines)
    finally:
        (workshop / file).write_text(TEXTS[file], encoding="utf-8")


@st.composite
def spoiled_texts(draw: st.DrawFn) -> tuple[str, bytes]:
    """A file of the workshop with passages cut out, repeated or replaced by something nasty."""
    file = draw(st.sampled_from(FILES))
    text = TEXTS[file]
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 60)))
        middle = draw(
            st.sampled_from(SNIPPETS)
            | st.just("")
            | st.just(text[start:end] * 2)
            | st.text(max_size=8)
        )
        text = text[:start] + middle + text[end:]
    return file, text.encode("utf-8", errors="surrogatepass")


@given(spoiled_texts())
@settings(max_examples=150)
def test_spoiled_text(workshop: Path, spoiled: tuple[str, bytes]) -> None:
    attempt(workshop, *spoiled)


@given(st.sampled_from(FILES), st.binary(max_size=200))
@settings(max_examples=100)
def test_any_bytes(workshop: Path, file: str, content: bytes) -> None:
    attempt(workshop, file, content)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.dates()
    | st.binary(max_size=4),
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(st.text(string.ascii_lowercase + "_", max_size=10), children, max_size=3)
    ),
    max_leaves=6,
)


@given(st.sampled_from(FILES), st.randoms(use_true_random=False), VALUES)
@settings(max_examples=150)
def test_any_value_in_any_place(
    workshop: Path, file: str, chance: random.Random, value: Any
) -> None:
    data = yaml.safe_load(TEXTS[file])
    parent, key = chance.choice(list(places(data)))
    parent[key] = value
    attempt(workshop, file, yaml.safe_dump(data, allow_unicode=True).encode())


def places(data: Any) -> Iterator[tuple[Any, Any]]:
    """Every container of the data with each of its keys."""
    for key in data if isinstance(data, dict) else range(len(data)):
        yield data, key
        if isinstance(data[key], (dict, list)):
            yield from places(data[key])


@given(st.randoms(use_true_random=False))
@settings(max_examples=20)
def test_order_of_keys_means_nothing(workshop: Path, chance: random.Random) -> None:
    good = load(workshop)
    try:
        for file in FILES:
            data = shuffled(yaml.safe_load(TEXTS[file]), chance)
            (workshop / file).write_text(
                yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8"
            )
        assert load(workshop) == good
    finally:
        for file in FILES:
            (workshop / file).write_text(TEXTS[file], encoding="utf-8")


def shuffled(data: Any, chance: random.Random) -> Any:
    """The same data with the keys of every mapping in another order."""
    if isinstance(data, dict):
        return {key: shuffled(data[key], chance) for key in chance.sample(list(data), len(data))}
    return [shuffled(item, chance) for item in data] if isinstance(data, list) else data
