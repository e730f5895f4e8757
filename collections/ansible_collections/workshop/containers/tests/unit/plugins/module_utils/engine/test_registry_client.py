# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pulls that fail, with their cause in the message, and digests that registries serve."""

from __future__ import annotations

import json
import shutil
import types

import docker.errors
import pytest

from ansible_collections.workshop.containers.plugins.module_utils.engine.client import Engine
from ansible_collections.workshop.containers.plugins.module_utils.errors import EngineError

REFUSED = docker.errors.APIError("500 Server Error", explanation="no")


class TestServed:
    @pytest.mark.parametrize(
        ("name", "known"),
        [
            ("made:1", {"sha256:1"}),
            ("docker.io/library/made@sha256:" + 64 * "9", {"sha256:1"}),
            ("127.0.0.1:5002/made:1", {"sha256:2"}),
            ("other", set()),
        ],
    )
    def test_digests_are_those_of_the_names_repository(self, engine, name, known):
        image = {"RepoDigests": ["made@sha256:1", "127.0.0.1:5002/made@sha256:2"]}
        assert engine.known_digests(image, name) == known
        assert engine.known_digests({"RepoDigests": None}, name) == set()
        assert engine.known_digests({}, name) == set()

    @pytest.mark.parametrize(
        ("image", "digest", "served"),
        [
            ({"RepoDigests": ["made@sha256:1"]}, "sha256:1", True),
            ({"RepoDigests": ["made@sha256:1"]}, "sha256:2", False),
            ({"RepoDigests": ["made@sha256:1"]}, None, False),
            (None, "sha256:1", False),
        ],
    )
    def test_is_just_the_image_that_is_here(self, engine, monkeypatch, image, digest, served):
        monkeypatch.setattr(engine, "image", lambda name: {"made": image}[name])
        monkeypatch.setattr(engine, "registry_digest", lambda name: {"made": digest}[name])
        assert engine.is_served("made") is served

    def test_digest_is_asked_for_with_the_stored_credentials(self, api, engine, monkeypatch):
        monkeypatch.setattr(engine, "credentials", lambda name: {"of": name})
        api.answers["inspect_distribution"] = {"Descriptor": {"digest": "sha256:1"}}
        assert engine.registry_digest("made") == "sha256:1"
        assert api.calls == [
            ("inspect_distribution", ("made:latest",), {"auth_config": {"of": "made"}})
        ]

    def test_digest_is_none_where_the_registry_does_not_answer(self, api, engine, monkeypatch):
        monkeypatch.setattr(engine, "credentials", lambda _name: {})
        api.answers["inspect_distribution"] = REFUSED
        assert engine.registry_digest("made") is None
        with pytest.raises(EngineError) as refused:
            engine.need_registry_digest("made", "its digest", "ask somebody")
        error = refused.value
        assert (error.expected, error.observed, error.remedy) == (
            "its digest",
            "no",
            "ask somebody",
        )


def test_an_error_inside_a_streamed_answer_is_a_failure(listening):
    stream = b'{"status":"Pulling"}\r\n{"errorDetail":{"message":"manifest unknown"},"error":"manifest unknown"}\r\n'
    engine = Engine(
        listening(
            **{
                "images/create": (200, stream),
                "images/busybox": (404, b'{"message":"No such image"}'),
            }
        ),
    )
    with pytest.raises(EngineError, match="but the engine answered: manifest unknown"):
        engine.pull("busybox")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (
            "busybox",
            r"Is this machine offline\? The engine asks http://127\.0\.0\.1:5000/ and docker\.io: "
            r"see",
        ),
        (
            "registry.example/a",
            r"Is this machine offline\? The engine asks registry\.example, for it has no mirror: "
            r"see",
        ),
    ],
)
def test_an_image_that_does_not_come_says_where_it_was_asked_for(listening, name, says):
    stream = b'{"errorDetail":{"message":"Get https://registry-1.docker.io/v2/: dial tcp: lookup registry-1.docker.io: no such host"}}\r\n'
    info = json.dumps({"RegistryConfig": {"Mirrors": ["http://127.0.0.1:5000/"]}}).encode()
    missing = {
        f"images/{each}/json": (404, b'{"message":"No such image"}')
        for each in ("busybox:latest", "registry.example/a:latest")
    }
    engine = Engine(listening(**{"images/create": (200, stream), "info": (200, info), **missing}))
    with pytest.raises(EngineError, match=f"no such host.*{says}"):
        engine.pull(name)


def pulling(listening, words, **info):
    """An engine whose pulls fail with these words."""
    answers = {
        "images/create": (200, json.dumps({"error": words}).encode()),
        "info": (200, json.dumps({"RegistryConfig": {"Mirrors": []}, **info}).encode()),
    }
    return Engine(listening(**answers))


OFFLINE = (
    'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host'
)


@pytest.mark.parametrize("words", [OFFLINE, "write /var/lib/docker/tmp/x: no space left on device"])
def test_a_full_disk_is_named_whatever_the_engine_says(tmp_path, listening, monkeypatch, words):
    """The engine goes on to the next registry after a pull that failed for want of space."""
    usage = types.SimpleNamespace(total=30_000_000, used=30_000_000, free=0)
    monkeypatch.setattr(shutil, "disk_usage", lambda root: usage if root == "/data" else None)
    engine = pulling(listening, words, DockerRootDir="/data")
    pattern = r"disk is full: 0 of 30 MB free in /data .*docker system df"
    with pytest.raises(EngineError, match=pattern) as error:
        engine.pull("busybox")
    assert "offline" not in str(error.value)


def downloading(layer, total, status="Downloading"):
    return {"id": layer, "status": status, "progressDetail": {"current": 1, "total": total}}


@pytest.mark.parametrize(
    ("messages", "free", "words"),
    [
        # More is to come than there is room for; afterwards all of it is free again.
        (
            [downloading("a", 20_000_000), downloading("a", 20_000_000), downloading("b", 2**24)],
            [30_000_000],
            "disk is full: 37 MB are to come, 30 of 40 MB free in /data ",
        ),
        # It was full for a moment, while layers were unpacked.
        (
            [downloading("a", 1000), downloading("a", 1000, "Extracting")],
            [30_000_000, 30_000_000, 25_000_000, 2_000_000, 30_000_000],
            "disk is full: 2 of 40 MB free in /data ",
        ),
        ([downloading("a", 20_000_000)], [30_000_000], "Is this machine offline"),
        ([{"id": "a", "status": "Downloading"}], [30_000_000], "Is this machine offline"),
    ],
    ids=["to come", "for a moment", "room", "unknown"],
)
def test_a_disk_that_was_full_on_the_way_is_named(monkeypatch, listening, messages, free, words):
    left = list(free)

    def usage(_root):
        now = left.pop(0) if len(left) > 1 else left[0]
        return types.SimpleNamespace(total=40_000_000, free=now)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    stream = "\r\n".join(json.dumps(each) for each in [*messages, {"error": OFFLINE}])
    info = {"RegistryConfig": {"Mirrors": []}, "DockerRootDir": "/data"}
    engine = Engine(
        listening(
            **{
                "images/create": (200, stream.encode()),
                "info": (200, json.dumps(info).encode()),
            }
        )
    )
    with pytest.raises(EngineError, match=words):
        engine.pull("busybox")


def test_a_disk_with_room_is_not_blamed(tmp_path, listening):
    engine = pulling(listening, OFFLINE, DockerRootDir=str(tmp_path))
    with pytest.raises(EngineError, match="Is this machine offline"):
        engine.pull("busybox")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            'Get "https://registry.example/v2/": Proxy Authentication Required',
            "the proxy between .* wants a login.*docker_engine_proxy",
        ),
        (
            "toomanyrequests: You have reached your unauthenticated pull rate limit",
            "limits its requests.*docker login registry.example",
        ),
        (
            "no matching manifest for linux/arm/v7 in the manifest list entries",
            "another kind of processor",
        ),
    ],
)
def test_why_an_image_did_not_come(listening, words, told):
    with pytest.raises(EngineError, match=told):
        pulling(listening, words).pull("registry.example/app:1")
