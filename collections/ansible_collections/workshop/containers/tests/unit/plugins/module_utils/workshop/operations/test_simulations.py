# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What operations mean for the world: what they read, make, alter and drop.

Each operation stands in a step of its own: ``lesson.s0``, ``lesson.s1``, …
"""

from __future__ import annotations

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.workshop.fold import Fold, Maker
from ansible_collections.workshop.containers.plugins.module_utils.workshop.operations import (
    operations_of,
)

SH = {"image": "sh", "command": ["sh"]}
ENDED = {"container_run": {**SH, "name": "web"}}
ENDED_TOO = {"container_run": {**SH, "name": "two"}}
DETACHED = {"container_run": {**SH, "name": "web", "detach": True}}
PUBLISHED = {
    "container_run": {**SH, "name": "web", "detach": True, "ports": ["81:80", "80:80/udp"]}
}
OPEN = {"container_run": {**SH, "name": "web", "tty": True, "auto_remove": True}}
OPEN_B = {"container_run": {**SH, "tty": True, "terminal": "B"}}
COMMIT = {"image_commit": {"container": "web", "name": "made"}}
TAG = {"image_tag": {"name": "made", "target": "127.0.0.1:5002/made:1"}}
PUSH = {"image_push": {"name": "127.0.0.1:5002/made:1"}}
FORGET = {"image_remove": {"name": "127.0.0.1:5002/made:1"}}
PULL = {"image_pull": {"name": "127.0.0.1:5002/made:1"}}
COPY = {"container_copy": {"container": "web", "source": "/opt/hello", "path": "/"}}
FOLDER = {"directory_create": {"path": "/opt/app/src"}}
WRITE = {"file_write": {"path": "/opt/hello", "source": "hello"}}
RECIPE = {"file_write": {"path": "/opt/app/Dockerfile", "source": "Dockerfile"}}
BESIDE = {"file_write": {"path": "/opt/hello", "source": "hello"}}
BUILD = {"image_build": {"name": "app", "path": "/opt/app"}}
RECIPE_TEXT = b"FROM sh AS one\nFROM base:2\n"
IMAGE = ("image", "docker.io/library/sh:latest")
BASE = ("image", "docker.io/library/base:2")
MADE = ("image", "docker.io/library/made:latest")
APP = ("image", "docker.io/library/app:latest")
OURS = ("image", "127.0.0.1:5002/made:1")
SERVED = ("served", "127.0.0.1:5002/made:1")
WEB = ("container", "web")
SHELL = f"{IMAGE[1]} of lesson.s0"
COMMITTED = f"{MADE[1]} of lesson.s1"
STILL = {"running": False, "auto_remove": False, "ports": {}, "image": SHELL}
HERE = {IMAGE: ((0,), {"identity": SHELL, "pulled": True})}
SHIPPED = (ENDED, COMMIT, TAG, PUSH)


def world(fold):
    """What exists in the end: each thing's steps and properties."""
    return {key: (thing.steps, thing.attrs) for key, thing in fold.worlds[-1].items()}


MADE_OF = {
    "a container that ends stays": ((ENDED,), {**HERE, WEB: ((0,), STILL)}),
    "one without a name is called as its maker": (
        ({"container_run": SH},),
        {**HERE, ("container", "lesson.s0"): ((0,), STILL)},
    ),
    "one that ends and removes itself leaves its image": (
        ({"container_run": {**SH, "auto_remove": True}},),
        HERE,
    ),
    "a detached container runs": ((DETACHED,), {**HERE, WEB: ((0,), {**STILL, "running": True})}),
    "a detached container that removes itself is there": (
        ({"container_run": {**SH, "name": "web", "detach": True, "auto_remove": True}},),
        {**HERE, WEB: ((0,), {**STILL, "running": True, "auto_remove": True})},
    ),
    "ports are published": (
        (PUBLISHED,),
        {
            **HERE,
            WEB: ((0,), {**STILL, "running": True, "ports": {"80/tcp": 81, "80/udp": 80}}),
        },
    ),
    "a shell has terminal A": (
        (OPEN,),
        {
            **HERE,
            WEB: ((0,), {**STILL, "running": True, "auto_remove": True}),
            ("terminal", "A"): ((0,), {"container": "web", "command": None}),
        },
    ),
    "a shell has the terminal that the lesson names": (
        (OPEN_B,),
        {
            **HERE,
            ("container", "lesson.s0"): ((0,), {**STILL, "running": True}),
            ("terminal", "B"): ((0,), {"container": "lesson.s0", "command": None}),
        },
    ),
    "a port of a container that has ended is free": (
        (
            PUBLISHED,
            {"container_stop": {"name": "web"}},
            {"container_run": {**SH, "name": "two", "detach": True, "ports": ["80:80"]}},
        ),
        {
            **HERE,
            WEB: ((0, 1), {**STILL, "ports": {"80/tcp": 81, "80/udp": 80}}),
            ("container", "two"): ((2,), {**STILL, "running": True, "ports": {"80/tcp": 80}}),
        },
    ),
    "another port is free": (
        (PUBLISHED, {"container_run": {**SH, "name": "two", "detach": True, "ports": ["82:80"]}}),
        {
            **HERE,
            WEB: ((0,), {**STILL, "running": True, "ports": {"80/tcp": 81, "80/udp": 80}}),
            ("container", "two"): ((1,), {**STILL, "running": True, "ports": {"80/tcp": 82}}),
        },
    ),
    "a stopped container stays": (
        (DETACHED, {"container_stop": {"name": "web"}}),
        {**HERE, WEB: ((0, 1), STILL)},
    ),
    "a stopped container that removes itself goes with its terminal": (
        (OPEN, OPEN_B, {"container_stop": {"name": "web"}}),
        {
            **HERE,
            ("container", "lesson.s1"): ((1,), {**STILL, "running": True}),
            ("terminal", "B"): ((1,), {"container": "lesson.s1", "command": None}),
        },
    ),
    "a copy makes the container another one": (
        (ENDED, WRITE, COPY),
        {
            **HERE,
            WEB: ((0, 2), STILL),
            ("file", "/opt/hello"): ((1,), {"content": b"hello\n"}),
        },
    ),
    "a container is removed by name": (
        (ENDED, ENDED_TOO, {"container_remove": {"name": "web"}}),
        {**HERE, ("container", "two"): ((1,), STILL)},
    ),
    "the newest container is removed": (
        (ENDED, ENDED_TOO, {"container_remove": {"newest": True}}),
        {**HERE, WEB: ((0,), STILL)},
    ),
    "all stopped containers are removed": (
        (DETACHED, ENDED_TOO, {"container_remove": {"stopped": True}}),
        {**HERE, WEB: ((0,), {**STILL, "running": True})},
    ),
    "an image is pulled": (({"image_pull": {"name": "sh"}},), HERE),
    "an image that is here is not pulled": (
        ({"image_pull": {"name": "sh"}}, {"image_pull": {"name": "sh:latest"}}),
        HERE,
    ),
    "a commit makes an image": (
        (ENDED, COMMIT),
        {**HERE, WEB: ((0,), STILL), MADE: ((1,), {"identity": COMMITTED})},
    ),
    "a tag is the same image": (
        (ENDED, COMMIT, TAG),
        {
            **HERE,
            WEB: ((0,), STILL),
            MADE: ((1,), {"identity": COMMITTED}),
            OURS: ((2,), {"identity": COMMITTED}),
        },
    ),
    "a registry serves what was pushed": (
        (*SHIPPED, FORGET),
        {
            **HERE,
            WEB: ((0,), STILL),
            MADE: ((1,), {"identity": COMMITTED}),
            SERVED: ((3,), {"identity": COMMITTED}),
        },
    ),
    "what comes from there is what was pushed": (
        (*SHIPPED, FORGET, PULL),
        {
            **HERE,
            WEB: ((0,), STILL),
            MADE: ((1,), {"identity": COMMITTED}),
            SERVED: ((3,), {"identity": COMMITTED}),
            OURS: ((5,), {"identity": COMMITTED}),
        },
    ),
    "one name of two goes though a container uses the image": (
        (ENDED, {"image_tag": {"name": "sh", "target": "sh:2"}}, {"image_remove": {"name": "sh"}}),
        {
            WEB: ((0,), STILL),
            ("image", "docker.io/library/sh:2"): ((1,), {"identity": SHELL}),
        },
    ),
    "an image that no container uses goes": (
        (ENDED, COMMIT, {"image_remove": {"name": "made"}}),
        {**HERE, WEB: ((0,), STILL)},
    ),
    "a refused removal changes nothing": (
        (ENDED, {"image_remove": {"name": "sh", "refused": "used"}}),
        {**HERE, WEB: ((0,), STILL)},
    ),
    "untagged images are no part of any state": (({"image_prune": {}},), {}),
    "a login is known by its registry": (
        (
            {
                "registry_login": {
                    "registry": "127.0.0.1:5002",
                    "username": "learner",
                    "password_file": "/p",
                }
            },
        ),
        {("login", "127.0.0.1:5002"): ((0,), {})},
    ),
    "a folder is made once": (
        (FOLDER, FOLDER),
        {("directory", "/opt/app/src"): ((0,), {})},
    ),
    "a file is written below a folder that was made on the way": (
        (FOLDER, RECIPE),
        {
            ("directory", "/opt/app/src"): ((0,), {}),
            ("file", "/opt/app/Dockerfile"): ((1,), {"content": RECIPE_TEXT}),
        },
    ),
    "a file is written in somebody's home": (
        ({"file_write": {"path": "/home/learner/hello", "source": "hello"}},),
        {("file", "/home/learner/hello"): ((0,), {"content": b"hello\n"})},
    ),
    "a touched file is what it was": (
        (WRITE, {"file_touch": {"path": "/opt/hello"}}),
        {("file", "/opt/hello"): ((0,), {"content": b"hello\n"})},
    ),
    "a build knows its files and brings its base images": (
        (FOLDER, RECIPE, BESIDE, BUILD),
        {
            ("directory", "/opt/app/src"): ((0,), {}),
            ("file", "/opt/app/Dockerfile"): ((1,), {"content": RECIPE_TEXT}),
            ("file", "/opt/hello"): ((2,), {"content": b"hello\n"}),
            IMAGE: ((3,), {"identity": f"{IMAGE[1]} of lesson.s3", "pulled": True}),
            BASE: ((3,), {"identity": f"{BASE[1]} of lesson.s3", "pulled": True}),
            APP: (
                (3,),
                {
                    "identity": f"{APP[1]} of lesson.s3",
                    "inputs": {("file", "/opt/app/Dockerfile"): (1,)},
                    "folder": "/opt/app",
                },
            ),
        },
    ),
    "a build that is to fail makes no image": (
        (FOLDER, RECIPE, {"image_build": {**BUILD["image_build"], "refused": "x"}}),
        {
            ("directory", "/opt/app/src"): ((0,), {}),
            ("file", "/opt/app/Dockerfile"): ((1,), {"content": RECIPE_TEXT}),
            IMAGE: ((2,), {"identity": f"{IMAGE[1]} of lesson.s2", "pulled": True}),
            BASE: ((2,), {"identity": f"{BASE[1]} of lesson.s2", "pulled": True}),
        },
    ),
    "a build without a known Dockerfile needs no base image": (
        (BUILD,),
        {APP: ((0,), {"identity": f"{APP[1]} of lesson.s0", "inputs": {}, "folder": "/opt/app"})},
    ),
    "a build reads the Dockerfile of the name that it is given": (
        (
            {"file_write": {"path": "/opt/hello", "source": "Dockerfile"}},
            {"image_build": {"name": "app", "path": "/opt", "dockerfile": "hello"}},
        ),
        {
            ("file", "/opt/hello"): ((0,), {"content": RECIPE_TEXT}),
            IMAGE: ((1,), {"identity": f"{IMAGE[1]} of lesson.s1", "pulled": True}),
            BASE: ((1,), {"identity": f"{BASE[1]} of lesson.s1", "pulled": True}),
            APP: (
                (1,),
                {
                    "identity": f"{APP[1]} of lesson.s1",
                    "inputs": {("file", "/opt/hello"): (0,)},
                    "folder": "/opt",
                },
            ),
        },
    ),
}


@pytest.mark.parametrize("promise", MADE_OF)
def test_the_world_after(folded, promise):
    operations, expected = MADE_OF[promise]
    assert world(folded(*operations)) == expected


READS = {
    "run": ((ENDED, ENDED_TOO), {IMAGE: (0,)}),
    "copy": ((ENDED, WRITE, COPY), {("file", "/opt/hello"): (1,), WEB: (0,)}),
    "commit": ((ENDED, COMMIT), {WEB: (0,)}),
    "tag": ((ENDED, COMMIT, TAG), {MADE: (1,)}),
    "push": (SHIPPED, {OURS: (2,)}),
    "pull": ((*SHIPPED, FORGET, PULL), {SERVED: (3,)}),
    "write": (
        (FOLDER, {"file_write": {"path": "/opt/app/src/x", "source": "hello"}}),
        {("directory", "/opt/app/src"): (0,)},
    ),
    "create": ((FOLDER, FOLDER), {("directory", "/opt/app/src"): (0,)}),
    "touch": ((WRITE, {"file_touch": {"path": "/opt/hello"}}), {("file", "/opt/hello"): (0,)}),
    "build": ((FOLDER, RECIPE, BESIDE, BUILD), {("file", "/opt/app/Dockerfile"): (1,)}),
}


@pytest.mark.parametrize("operation", READS)
def test_what_an_operation_needs_is_known(folded, operation):
    operations, reads = READS[operation]
    assert folded(*operations).effects[-1].reads == reads


def test_whom_a_removal_takes_is_known():
    operations = operations_of(
        {"id": "lesson.s0", "do": [ENDED, ENDED_TOO, {"container_remove": {"stopped": True}}]}, {}
    )
    assert operations[2].removes == []
    Fold([operations])
    assert operations[2].removes == [Maker("lesson.s0", 0), Maker("lesson.s0", 1)]
