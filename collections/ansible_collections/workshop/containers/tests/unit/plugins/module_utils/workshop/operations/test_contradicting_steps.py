# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps that contradict those before them are refused, before any machine is touched."""

from __future__ import annotations

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.workshop.fold import FoldError

SH = {"image": "sh", "command": ["sh"]}
ENDED = {"container_run": {**SH, "name": "web"}}
ENDED_TOO = {"container_run": {**SH, "name": "two"}}
DETACHED = {"container_run": {**SH, "name": "web", "detach": True}}
PUBLISHED = {
    "container_run": {**SH, "name": "web", "detach": True, "ports": ["81:80", "80:80/udp"]}
}
OPEN = {"container_run": {**SH, "name": "web", "tty": True, "auto_remove": True}}
COMMIT = {"image_commit": {"container": "web", "name": "made"}}
FOLDER = {"directory_create": {"path": "/opt/app/src"}}
WRITE = {"file_write": {"path": "/opt/hello", "source": "hello"}}

REFUSED = [
    (
        (ENDED, DETACHED),
        "an earlier step leaves a container named 'web'",
        "name",
        (),
    ),
    (
        (OPEN, {"container_run": {**SH, "tty": True}}),
        "terminal A is open already",
        "terminal",
        (),
    ),
    (
        (PUBLISHED, {"container_run": {**SH, "detach": True, "ports": ["80:8080", "81:8081"]}}),
        "the container web has port 80 already",
        "ports",
        (),
    ),
    (
        (ENDED, {"container_stop": {"name": "wep"}}),
        "no step up to here leaves a container named 'wep'",
        "name",
        ("web",),
    ),
    (
        (ENDED, {"container_copy": {"container": "wep", "source": "/x", "path": "/"}}),
        "no step up to here leaves a container named 'wep'",
        "container",
        ("web",),
    ),
    (
        (ENDED, {"image_commit": {"container": "wep", "name": "made"}}),
        "no step up to here leaves a container named 'wep'",
        "container",
        ("web",),
    ),
    (
        (ENDED, {"container_remove": {"name": "wep"}}),
        "no step up to here leaves a container named 'wep'",
        "name",
        ("web",),
    ),
    (
        (DETACHED, {"container_remove": {"name": "web"}}),
        "the container web still runs: stop it first",
        "name",
        (),
    ),
    (
        (DETACHED, {"container_remove": {"newest": True}}),
        "the container web still runs: stop it first",
        "newest",
        (),
    ),
    (
        ({"container_remove": {"newest": True}},),
        "no step up to here leaves a container",
        "newest",
        (),
    ),
    (
        (DETACHED, {"container_remove": {"stopped": True}}),
        "no step up to here leaves a stopped container",
        "stopped",
        (),
    ),
    (
        (ENDED, {"image_tag": {"name": "made", "target": "other"}}),
        "no step up to here leaves an image named 'made'",
        "name",
        (),
    ),
    (
        (ENDED, {"image_push": {"name": "docker.io/library/made:1"}}),
        "no step up to here leaves an image named 'docker.io/library/made:1'",
        "name",
        ("docker.io/library/sh:latest",),
    ),
    (
        (ENDED, {"image_remove": {"name": "sh"}}),
        "the container web uses this image: remove it first",
        "name",
        (),
    ),
    (
        (ENDED, ENDED_TOO, {"image_remove": {"name": "sh"}}),
        "the container web uses this image: remove it first",
        "name",
        (),
    ),
    (
        (ENDED, COMMIT, {"image_remove": {"name": "made", "refused": "used"}}),
        "the engine would not refuse: no container needs this image",
        "refused",
        (),
    ),
    (
        (FOLDER, {"file_write": {"path": "/opt/apq/hello", "source": "hello"}}),
        "no step up to here makes the folder '/opt/apq'",
        "path",
        ("/opt/app/src",),
    ),
    (
        (FOLDER, {"file_write": {"path": "/opt/ap/hello", "source": "hello"}}),
        "no step up to here makes the folder '/opt/ap'",
        "path",
        ("/opt/app/src",),
    ),
    (
        (WRITE, {"file_touch": {"path": "/opt/hullo"}}),
        "no step up to here writes the file '/opt/hullo'",
        "path",
        ("/opt/hello",),
    ),
]


@pytest.mark.parametrize(("operations", "message", "parameter", "known"), REFUSED)
def test_what_contradicts_the_steps_before_is_refused(
    folded, operations, message, parameter, known
):
    with pytest.raises(FoldError) as refused:
        folded(*operations)
    error = refused.value
    assert (str(error), error.parameter, error.known) == (message, parameter, [*known])


def test_what_is_not_there_is_named_as_the_lesson_writes_it(folded):
    with pytest.raises(FoldError) as refused:
        folded({"file_write": {"path": "/opt/app/hello", "source": "hello"}})
    assert refused.value.word == "/opt/app"
