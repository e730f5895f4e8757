# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each question to the engine says what it was about where the engine refuses it."""

from __future__ import annotations

import docker.errors
import pytest

from ansible_collections.workshop.containers.plugins.module_utils.errors import EngineError

REFUSED = docker.errors.APIError("500 Server Error", explanation="no")


@pytest.mark.parametrize(
    ("method", "arguments", "call", "expected", "remedy"),
    [
        ("containers", (), "containers", "the list of containers", ""),
        ("container_named", ("web",), "containers", "the container web", ""),
        ("inspect", ("1",), "inspect_container", "a container's description", ""),
        ("remove_container", ("1",), "remove_container", "a container to be removed", ""),
        ("image", ("made",), "inspect_image", "the image made", ""),
        ("image_by_id", ("1",), "inspect_image", "an image's description", ""),
        ("images", (), "images", "the list of images", ""),
        ("parents", (), "images", "the list of images", ""),
        (
            "remove_image",
            ("made",),
            "remove_image",
            "the image made to be removed",
            "remove the containers that use it",
        ),
    ],
)
def test_what_the_engine_refuses_is_told(api, engine, method, arguments, call, expected, remedy):
    api.answers[call] = REFUSED
    with pytest.raises(EngineError) as refused:
        getattr(engine, method)(*arguments)
    error = refused.value
    assert (error.expected, error.observed, error.remedy) == (expected, "no", remedy)
