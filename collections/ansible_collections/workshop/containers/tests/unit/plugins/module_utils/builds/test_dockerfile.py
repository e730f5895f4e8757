# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read out of a Dockerfile."""

from __future__ import annotations

import os

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.builds.dockerfile import (
    Dockerfile,
    meant_word,
    read_dockerfile,
)
from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError


def recipe(text):
    return Dockerfile("Dockerfile", text if isinstance(text, bytes) else text.encode())


def test_the_syntax_line():
    assert (
        recipe("# syntax=docker/dockerfile:1\nFROM ubuntu:22.04\n").syntax == "docker/dockerfile:1"
    )
    assert recipe(b"\xef\xbb\xbf# escape=`\n# syntax = x\nFROM a\n").syntax == "x"
    assert recipe("# a comment\n# syntax=docker/dockerfile:1\nFROM ubuntu:22.04\n").syntax == ""


def test_the_commands_of_run_with_continuation_lines():
    text = "FROM a\nRUN dnf install -y \\\n    which && \\\n    dnf clean all\nrun true\n"
    assert recipe(text).run_commands() == {"dnf install -y     which &&     dnf clean all", "true"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("RUN <<EOF\nFROM b\nEOF\nCMD c", ["RUN", "CMD"]),
        ("RUN <<-'END' cat\nFROM b\n\tEND\nCMD c", ["RUN", "CMD"]),
        ("COPY <<a.txt <<'b c' /\nFROM\na.txt\nFROM\nb c\nCMD c", ["COPY", "CMD"]),
        ("ONBUILD RUN 3<<EOF-1\nFROM\nEOF-1\nCMD c", ["ONBUILD", "CMD"]),
        ("RUN echo $((1<<SHIFT))\nCMD c", ["RUN", "CMD"]),
        ("RUN cat <<<word\nCMD c", ["RUN", "CMD"]),
        ('RUN ["cat", "<<EOF"]\nCMD c', ["RUN", "CMD"]),
        ("LABEL a=<<EOF\nCMD c", ["LABEL", "CMD"]),
        ("RUN cat <<EOF\nno end\nCMD c", ["RUN"]),
    ],
)
def test_here_documents(text, words):
    assert [each.word for each in recipe(text).instructions] == words


def test_lines_of_instructions():
    found = recipe("# x\n\nFROM a\nRUN a \\\n  # b\n  c\n\nRUN <<E\nd\nE\nCMD e")
    assert [(each.word, each.line, each.last) for each in found.instructions] == [
        ("FROM", 3, 3),
        ("RUN", 4, 6),
        ("RUN", 8, 10),
        ("CMD", 11, 11),
    ]
    assert [
        each.line
        for each in recipe("FROM a\n# a form\x0cfeed\u2028\nRUN b\r\nRUN c\n").instructions
    ] == [1, 3, 4]
    assert found.at(5).rest == "a   c"
    assert found.at(2) is None
    assert (
        found.excerpt(3)
        == "      1 | # x\n      2 | \n>>>   3 | FROM a\n      4 | RUN a \\\n      5 |   # b\n"
    )


@pytest.mark.parametrize(
    ("word", "meant"),
    [("FORM", "FROM"), ("coppy", "COPY"), ("ENTRYPONT", "ENTRYPOINT"), ("qqqq", "")],
)
def test_words_that_were_meant(word, meant):
    assert meant_word(word) == meant


def test_no_dockerfile_names_what_is_near(tmp_path):
    (tmp_path / "dockerfile").touch()
    (tmp_path / "Dockerfile.dev").touch()
    (tmp_path / "hello").touch()
    with pytest.raises(
        LabError,
        match=r"a Dockerfile in .*, but found none; did you mean Dockerfile\.dev or dockerfile\?",
    ):
        read_dockerfile(str(tmp_path), "Dockerfile")


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        (lambda path: path.mkdir(), "but found a folder of that name"),
        (lambda path: path.write_text(" \n"), r"Dockerfile is empty \(2 bytes\)"),
        (lambda path: path.symlink_to("lost"), "a link to lost, which is missing"),
        (lambda path: path.symlink_to(path), "but found Too many levels of symbolic links"),
        (os.mkfifo, "but found a named pipe of that name"),
        (lambda path: path.symlink_to("/dev/zero"), "but found a device of that name"),
        (lambda path: path.write_bytes(b"#" * (1024 * 1024 + 1)), "but found a larger file"),
    ],
)
def test_a_dockerfile_that_is_none(tmp_path, prepare, words):
    prepare(tmp_path / "Dockerfile")
    with pytest.raises(LabError, match=words):
        read_dockerfile(str(tmp_path), "Dockerfile")


def test_a_link_of_somebody_else_is_not_followed(tmp_path):
    (tmp_path / "secret").write_text("FROM secret\n")
    folder = tmp_path / "learner"
    folder.mkdir()
    folder.chmod(0o777)
    (folder / "Dockerfile").symlink_to(tmp_path / "secret")
    with pytest.raises(LabError, match="is a symbolic link, in a folder that others can change"):
        read_dockerfile(str(folder), "Dockerfile")


def test_an_array_in_single_quotes_is_warned_of():
    assert recipe("FROM a\nCMD ['/hello']\n").warnings() == [
        "Dockerfile:2: CMD ['/hello'] looks like a JSON array but is not valid; put each string "
        "in double quotes"
    ]
    assert recipe('FROM a\nCMD [ "/hello" ]\nENTRYPOINT exec x\n').warnings() == []
