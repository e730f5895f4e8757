# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read out of a Dockerfile."""

from __future__ import annotations

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.dockerfile import Dockerfile, expanded, meant_word, read_dockerfile
from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError


def recipe(text):
    return Dockerfile("Dockerfile", text if isinstance(text, bytes) else text.encode())


@pytest.mark.parametrize(
    ("text", "images"),
    [
        ("FROM\tbusybox\n", ["busybox"]),
        ("FROM busybox:latest\nCOPY a /\n", ["busybox:latest"]),
        ("from --platform=linux/amd64 fedora:35\n", ["fedora:35"]),
        ("FROM golang AS build\nFROM build AS test\nFROM scratch\nFROM busybox\n", ["golang", "busybox"]),
        ("FROM golang as Build\nFROM busybox\nCOPY --from=build /a /\nCOPY --from=0 /a /\n", ["golang", "busybox"]),
        ("FROM busybox\nCOPY --chown=1 --from=nginx:1 /a /\n", ["busybox", "nginx:1"]),
        ("FROM busybox\nRUN --mount=type=bind,from=tools,target=/t true\n", ["busybox", "tools"]),
        ("FROM busybox AS busybox\nFROM busybox\n", ["busybox"]),
        ("ARG BASE=busybox\nFROM $BASE\n", ["busybox"]),
        ('ARG VERSION="1" \nARG BASE=busybox:${VERSION}\nFROM ${BASE}\n', ["busybox:1"]),
        ("FROM busybox:${TAG:-latest}\n", ["busybox:latest"]),
        ("FROM $BASE\n", []),
        ("# FROM nothing\n", []),
        ("FROM a\nRUN <<EOF\nFROM b\nEOF\nFROM c\n", ["a", "c"]),
        ("FROM a\nRUN <<-'END' cat\nFROM b\n\tEND\nFROM c\n", ["a", "c"]),
        ("FROM a\nRUN x \\\n# FROM b\n\n FROM c\n", ["a"]),
        ("# escape=`\nFROM a\nRUN x `\n FROM b\nFROM c\\\n", ["a", "c\\"]),
    ],
)
def test_the_images_that_a_dockerfile_needs(text, images):
    assert recipe(text).base_images() == images


def test_arguments_and_target_decide_on_the_images():
    text = "ARG BASE=busybox\nFROM $BASE AS one\nFROM two AS Two\nFROM three\n"
    assert recipe(text).base_images({"BASE": "other"}) == ["other", "two", "three"]
    assert recipe(text).base_images({}, "two") == ["busybox", "two"]
    assert recipe(text).base_images({}, "0") == ["busybox"]


def test_the_syntax_line():
    assert recipe("# syntax=docker/dockerfile:1\nFROM ubuntu:22.04\n").syntax == "docker/dockerfile:1"
    assert recipe(b"\xef\xbb\xbf# escape=`\n# syntax = x\nFROM a\n").syntax == "x"
    assert recipe("# a comment\n# syntax=docker/dockerfile:1\nFROM ubuntu:22.04\n").syntax == ""


def test_the_commands_of_run_with_continuation_lines():
    text = "FROM a\nRUN dnf install -y \\\n    which && \\\n    dnf clean all\nrun true\n"
    assert recipe(text).run_commands() == {"dnf install -y     which &&     dnf clean all", "true"}


def test_lines_of_instructions():
    found = recipe("# x\n\nFROM a\nRUN a \\\n  # b\n  c\n\nRUN <<E\nd\nE\nCMD e")
    assert [(each.word, each.line, each.last) for each in found.instructions] == [
        ("FROM", 3, 3),
        ("RUN", 4, 6),
        ("RUN", 8, 10),
        ("CMD", 11, 11),
    ]
    assert [each.line for each in recipe("FROM a\n# a form\x0cfeed\u2028\nRUN b\r\nRUN c\n").instructions] == [1, 3, 4]
    assert found.at(5).rest == "a   c"
    assert found.at(2) is None
    assert found.excerpt(3) == "      1 | # x\n      2 | \n>>>   3 | FROM a\n      4 | RUN a \\\n      5 |   # b\n"


@pytest.mark.parametrize(
    ("text", "name", "result"),
    [
        ("${A}", "1", "1"),
        ("$A-x", "1", "1-x"),
        ("${B:-o}", "1", "o"),
        ("${A:+o}", "1", "o"),
        ("${B:+o}", "1", ""),
        ("$B", "1", "$B"),
        ("$$A", "1", "$1"),
    ],
)
def test_variables(text, name, result):
    assert expanded(text, {"A": name}) == result


@pytest.mark.parametrize(("word", "meant"), [("FORM", "FROM"), ("coppy", "COPY"), ("ENTRYPONT", "ENTRYPOINT"), ("qqqq", "")])
def test_words_that_were_meant(word, meant):
    assert meant_word(word) == meant


def test_no_dockerfile_names_what_is_near(tmp_path):
    (tmp_path / "dockerfile").touch()
    (tmp_path / "Dockerfile.dev").touch()
    (tmp_path / "hello").touch()
    with pytest.raises(LabError, match=r"a Dockerfile in .*; observed none; near it there is Dockerfile\.dev, dockerfile\."):
        read_dockerfile(str(tmp_path), "Dockerfile")


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        (lambda path: path.mkdir(), "observed a folder of that name"),
        (lambda path: path.write_text(" \n"), r"Dockerfile is empty \(2 bytes\)"),
        (lambda path: path.symlink_to("lost"), "a link to lost, which is missing"),
        (lambda path: path.symlink_to(path), "observed Too many levels of symbolic links"),
    ],
)
def test_a_dockerfile_that_is_none(tmp_path, prepare, words):
    prepare(tmp_path / "Dockerfile")
    with pytest.raises(LabError, match=words):
        read_dockerfile(str(tmp_path), "Dockerfile")


def test_an_array_in_single_quotes_is_warned_of():
    assert recipe("FROM a\nCMD ['/hello']\n").warnings() == [
        "Dockerfile:2: CMD ['/hello'] looks like a JSON array and is none (strings need double quotes)"
    ]
    assert recipe('FROM a\nCMD [ "/hello" ]\nENTRYPOINT exec x\n').warnings() == []
