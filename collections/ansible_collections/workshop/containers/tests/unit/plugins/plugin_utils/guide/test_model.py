# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a workshop is read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ansible_collections.workshop.containers.plugins.plugin_utils.content.load import (
    ContentError,
    load,
)
from ansible_collections.workshop.containers.plugins.plugin_utils.guide import holds, model
from ansible_collections.workshop.containers.plugins.plugin_utils.guide.model import Guide


def test_a_workshop_in_one_language(guide: Callable[..., Guide]) -> None:
    found = guide()
    assert (found.title, found.recorded) == ("Training", False)
    [lesson] = found.lessons
    [step] = lesson.steps
    assert (lesson.text, step.number, step.place) == (
        "Pages for all.",
        "1.1",
        "Terminal of the machine",
    )
    assert step.checks == ["The container `web` is running"]


def test_what_is_done_on_windows_is_typed_there(guide: Callable[..., Guide]) -> None:
    [step] = guide(applies={"system": "windows"}, check=[]).lessons[0].steps
    assert step.applies == "Done on Windows"
    assert step.place.startswith("PowerShell")


def test_a_missing_picture_is_named_with_its_place(workshop: Callable[..., Path]) -> None:
    with pytest.raises(
        ContentError, match=r"lesson.yml:\d+: steps\[0\].text.en: .*'shel.png'"
    ) as caught:
        load(workshop(text="![the shell](shel.png)"))
    assert len(caught.value.problems) == 1


def test_a_picture_from_the_network_is_refused(workshop: Callable[..., Path]) -> None:
    with pytest.raises(ContentError, match="is not a file of the lesson"):
        load(workshop(hint="![x](https://example.com/x.png)"))


def test_pictures_come_along(workshop: Callable[..., Path]) -> None:
    folder = workshop(text="![the shell](shell.png)")
    (folder / "web/files/shell.png").write_bytes(b"PNG")
    content = load(folder, ways=True)
    assert model.pictures(content) == {"pictures/web/shell.png": b"PNG"}
    [step] = model.guide(content, "en", {}, {}).lessons[0].steps
    assert step.text == "![the shell](pictures/web/shell.png)"


def test_a_file_that_the_text_shows_is_not_shown_again(
    guide: Callable[..., Guide], workshop: Callable[..., Path]
) -> None:
    (workshop() / "web/files/page").write_text("one\ntwo\n", encoding="utf-8")
    write = {"file_write": {"path": "/page", "source": "page"}}
    check = [{"file": {"path": "/page"}}]
    step = {"command": "vim /page", "do": [write], "check": check}
    [read] = guide(text="Write:\n\n    one\n    two", **step).lessons[0].steps
    assert [(file.path, file.text, file.shown) for file in read.files] == [
        ("/page", "one\ntwo", True)
    ]
    [read] = guide(**step).lessons[0].steps
    assert not read.files[0].shown


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        (
            "- {id: web.serve, holds: {ru: Да}}",
            r"document.yml:1: \[0\].holds.en: missing translation",
        ),
        ("- {holds: {en: It runs}}", r"document.yml:1: \[0\]: expected a row"),
        ("id: web.serve", "document.yml:1: expected a list"),
    ],
)
def test_what_holds_afterwards_is_told_in_every_language(
    tmp_path: Path, document: str, problem: str
) -> None:
    (tmp_path / "document.yml").write_text(document, encoding="utf-8")
    with pytest.raises(ContentError, match=problem):
        holds.read(tmp_path, ["en"])


def test_a_workshop_need_not_tell_what_holds(tmp_path: Path) -> None:
    assert holds.read(tmp_path, ["en"]) == {}
