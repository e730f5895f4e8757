# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stages of a Dockerfile."""

from __future__ import annotations

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.builds.dockerfile import (
    Dockerfile,
)
from ansible_collections.workshop.containers.plugins.module_utils.builds.stages import (
    Stages,
    expanded,
)


def stages(text, args=None, target="", given=None):
    return Stages(Dockerfile("Dockerfile", text.encode()), args, target, given)


@pytest.mark.parametrize(
    ("text", "images"),
    [
        ("FROM\tbusybox\n", ["busybox"]),
        ("FROM busybox:latest\nCOPY a /\n", ["busybox:latest"]),
        ("from --platform=linux/amd64 fedora:35\n", ["fedora:35"]),
        (
            "FROM golang AS build\nFROM build AS test\nFROM scratch\nFROM busybox\n",
            ["golang", "busybox"],
        ),
        (
            "FROM golang as Build\nFROM busybox\nCOPY --from=build /a /\nCOPY --from=0 /a /\n",
            ["golang", "busybox"],
        ),
        ("FROM busybox\nCOPY --chown=1 --from=nginx:1 /a /\n", ["busybox", "nginx:1"]),
        ("FROM busybox\nRUN --mount=type=bind,from=tools,target=/t true\n", ["busybox", "tools"]),
        ("FROM busybox AS busybox\nFROM busybox\n", ["busybox"]),
        ("ARG BASE=busybox\nFROM $BASE\n", ["busybox"]),
        ('ARG VERSION="1" \nARG BASE=busybox:${VERSION}\nFROM ${BASE}\n', ["busybox:1"]),
        ("FROM busybox:${TAG:-latest}\n", ["busybox:latest"]),
        ("FROM $BASE\n", []),
        ("ARG A=busybox\nFROM ${A:-${B}}\n", []),
        ("ARG A=busybox\nARG B=x\nFROM ${A:-${B}}\n", ["busybox"]),
        ("ARG B=busybox\nFROM ${A:-${B}}\n", ["busybox"]),
        ("ARG BASE\nFROM $BASE\n", []),
        ("FROM 'busybox'\n", ["busybox"]),
        ("# FROM nothing\n", []),
        ('FROM busybox\nCOPY --chmod="0644" --from="nginx" /a /\n', ["busybox", "nginx"]),
        ("FROM a\nRUN uvx --from=httpie http\nCMD sendmail --from=me@example.com\n", ["a"]),
        (
            "FROM a\nCOPY x --from=b /\nADD --from=c x /\nONBUILD COPY --from=d x /\nCOPY "
            "--from=0 x /\n",
            ["a"],
        ),
        ("FROM a\nRUN <<EOF\nFROM b\nEOF\nFROM c\n", ["a", "c"]),
        ("FROM a\nRUN x \\\n# FROM b\n\n FROM c\n", ["a"]),
        ("# escape=`\nFROM a\nRUN x `\n FROM b\nFROM c\\\n", ["a", "c\\"]),
    ],
)
def test_the_images_that_a_dockerfile_needs(text, images):
    assert stages(text).images() == images


def test_arguments_and_target_decide_on_the_images():
    text = "ARG BASE=busybox\nFROM $BASE AS one\nFROM two AS Two\nFROM three\n"
    assert stages(text, {"BASE": "other"}).images() == ["other", "two", "three"]
    assert stages(text, target="two").images() == ["busybox", "two"]
    assert stages(text, target="0").images() == ["busybox"]


def test_stages_that_the_target_does_not_need_are_skipped_by_buildkit_only():
    text = (
        "FROM a AS one\nFROM b AS two\nFROM one AS three\nCOPY --from=c x /\nFROM three\nRUN "
        "--mount=from=one,target=/x true\n"
    )
    assert stages(text).images() == ["a", "b", "c"]
    assert stages(text).images(skipping=True) == ["a", "c"]
    assert stages(text, target="one").images(skipping=True) == ["a"]
    assert stages("CMD x\n").images(skipping=True) == []


@pytest.mark.parametrize("declared", ["", "ARG TARGETARCH\n"])
def test_a_stage_that_is_chosen_by_what_the_builder_knows(declared):
    text = f"{declared}FROM a AS base-amd64\nFROM b AS base-arm64\nFROM base-${{TARGETARCH}}\n"
    assert stages(text, given={"TARGETARCH": "arm64"}).images(skipping=True) == ["b"]
    assert stages(text, {"TARGETARCH": "amd64"}, given={"TARGETARCH": "arm64"}).images(
        skipping=True
    ) == (["a"] if declared else ["b"])
    assert stages(text).images(skipping=True) == ["a", "b"], "what is not known may be any"


def test_the_platform_that_is_named_for_an_image():
    text = (
        "FROM --platform=$BUILDPLATFORM a AS tools\nFROM --platform=linux/arm64 b\nCOPY --from=c "
        "x /\nFROM d\n"
    )
    found = stages(text, given={"BUILDPLATFORM": "linux/amd64"})
    assert [found.platform(image) for image in "abcd"] == ["linux/amd64", "linux/arm64", "", ""]
    assert stages(text).platform("a") == ""


def test_the_line_that_names_an_image():
    found = stages("# x\nARG A=b\nFROM $A AS one\nFROM c\nCOPY --from=d x /\n")
    assert [found.line(image) for image in ("b", "c", "d", "e")] == [3, 4, 5, 1]


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
