"""The guide that is committed says what the lessons say."""

from __future__ import annotations

import re
from difflib import unified_diff
from pathlib import Path

import pytest

from ansible_collections.workshop.containers.plugins.plugin_utils.content.load import load
from ansible_collections.workshop.containers.plugins.plugin_utils.guide import files, folder

ROOT = Path(__file__).parent.parent
GUIDE = ROOT / "docs/guide"
CONTENT = load(ROOT / "workshops/containers", ways=True)
WANTED = folder.markdown(CONTENT)
AGAIN = "write it again: ./lab guide -e guide_markdown=docs/guide"


def parts(text: str) -> dict[str, str]:
    """What a file says, by step; under "" what comes before the first."""
    found = re.split(r'^<a id="([^"]+)"></a>$', text, flags=re.MULTILINE)
    return dict(zip(["", *found[1::2]], found[::2], strict=True))


def drift(wanted: str, committed: str) -> str:
    """Which steps differ, and in what; "" for none."""
    new, old = parts(wanted), parts(committed)
    return "\n".join(
        "\n".join(
            [
                f"{step or 'the introduction'} differs from the lesson:",
                *unified_diff(old.get(step, "").split("\n"), new.get(step, "").split("\n"), n=0),
            ]
        )
        for step in {**new, **old}
        if new.get(step) != old.get(step)
    )


@pytest.mark.parametrize("name", WANTED)
def test_the_committed_guide_is_that_of_the_lessons(name):
    path = GUIDE / name
    committed = path.read_text(encoding="utf-8") if path.exists() else ""
    found = drift(WANTED[name].decode(), committed)
    if found:
        pytest.fail(f"docs/guide/{name}: {found}\n{AGAIN}", pytrace=False)


def test_nothing_else_is_committed():
    there = {str(path.relative_to(GUIDE)) for path in GUIDE.rglob("*") if path.is_file()}
    assert there == {*WANTED, files.LIST}, AGAIN


def test_drift_names_the_step():
    text = WANTED["en/network-service.md"].decode()
    told = drift(text, text.replace("docker stop httpd", "docker stop web"))
    assert "network-service.stop differs from the lesson:" in told
    assert "-docker stop web" in told
    assert "network-service.run" not in told


@pytest.mark.parametrize("language", CONTENT["languages"])
def test_every_step_is_told_with_its_command(language):
    text = "".join(
        content.decode() for name, content in WANTED.items() if name.startswith(f"{language}/")
    )
    assert [
        step["id"]
        for step in CONTENT["steps"]
        if f'<a id="{step["id"]}"></a>' not in text or step["command"].strip("\n") not in text
    ] == []
