# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Image references and container names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError
from ansible_collections.workshop.containers.plugins.module_utils.names import (
    checked_tag,
    familiar_reference,
    full_reference,
    same_image,
    valid_container_name,
)


@pytest.mark.parametrize(
    ("name", "full", "familiar"),
    [
        ("busybox", "docker.io/library/busybox:latest", "busybox:latest"),
        ("docker.io/busybox:latest", "docker.io/library/busybox:latest", "busybox:latest"),
        ("fedora:35", "docker.io/library/fedora:35", "fedora:35"),
        ("docker/dockerfile:1", "docker.io/docker/dockerfile:1", "docker/dockerfile:1"),
        (
            "localhost:5000/greeting",
            "localhost:5000/greeting:latest",
            "localhost:5000/greeting:latest",
        ),
        ("127.0.0.1:5000/a/b:c", "127.0.0.1:5000/a/b:c", "127.0.0.1:5000/a/b:c"),
        ("[::1]:5000/a", "[::1]:5000/a:latest", "[::1]:5000/a:latest"),
        (
            "a@sha512:" + "0" * 128,
            "docker.io/library/a@sha512:" + "0" * 128,
            "a@sha512:" + "0" * 128,
        ),
        (
            "busybox@sha256:" + "0" * 64,
            "docker.io/library/busybox@sha256:" + "0" * 64,
            "busybox@sha256:" + "0" * 64,
        ),
    ],
)
def test_references_are_spelled_out_and_shortened(name, full, familiar):
    assert full_reference(name) == full
    assert familiar_reference(name) == familiar


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Busy Box",
        "bad/name:t@g",
        "a//b",
        "-x",
        "x:",
        "x:" + "t" * 129,
        "x:-t",
        "café",
        "-a.b/x",
        "a-.b/x",
        "[x]:1/a",
        "a@sha512:" + "0" * 64,
    ],
)
def test_what_docker_refuses_is_refused(name):
    with pytest.raises(ValueError, match=r"not a valid image reference|lower case"):
        full_reference(name)


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("x:" + "t" * 129, "the tag 'tttttttttttttttttttt' is not one"),
        ("x:.t", "at most 128 characters"),
        ("bad/name:t@g", "'g' is no digest"),
        ("busy/Box:1", "must be lower case, and has B"),
        ("LABSERVER/greeting", "and has ABELRSV; with its port LABSERVER is a registry"),
        ("a b$(c)", r"it has ' \$\(\)'"),
        ("f" * 64, "not a valid image reference"),
    ],
)
def test_what_is_wrong_is_named(name, fault):
    with pytest.raises(ValueError, match=fault):
        full_reference(name)
    with pytest.raises(LabError, match=fault):
        checked_tag(name)


def test_upper_case_is_named_as_the_reason():
    with pytest.raises(ValueError, match="must be lower case"):
        full_reference("Greeting")


@given(st.text(max_size=40))
def test_any_text_has_a_full_reference_or_is_refused(text):
    try:
        full = full_reference(text)
    except ValueError:
        return
    assert full_reference(full) == full
    assert full_reference(familiar_reference(text)) == full


def test_an_id_only_equals_itself():
    assert same_image("busybox", "docker.io/library/busybox:latest")
    assert same_image("sha256:" + "0" * 64, "sha256:" + "0" * 64)
    assert not same_image("sha256:" + "0" * 64, "busybox")


@pytest.mark.parametrize(
    ("name", "valid"),
    [("httpd", True), ("a", False), ("bad name", False), ("-a", False), ("a.b_c-1", True)],
)
def test_container_names(name, valid):
    assert valid_container_name(name) is valid
