# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which container or image is found, and how it is asked for."""

from __future__ import annotations

import docker
import docker.errors
import pytest

from ansible_collections.workshop.containers.plugins.module_utils.engine.client import Engine
from ansible_collections.workshop.containers.plugins.module_utils.errors import (
    EngineError,
    LabError,
)


class Api:
    """The SDK's client of an engine that gives ``answers`` by method, and remembers ``calls``.

    An answer that is an exception is raised.
    """

    api_version = "1.41"

    def __init__(self):
        self.answers = {}
        self.calls = []

    def __getattr__(self, method):
        def call(*arguments, **options):
            self.calls.append((method, arguments, options))
            answer = self.answers[method]
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call


@pytest.fixture
def api():
    return Api()


@pytest.fixture
def engine(api, monkeypatch):
    monkeypatch.setattr(docker, "APIClient", lambda **_settings: api)
    engine = Engine("unix:///nowhere")
    api.calls.clear()
    return engine


def entry(name, created=1, identity="", state="running"):
    """The listing entry of a container."""
    return {
        "Id": identity or f"id of {name}",
        "Names": [f"/{name}"],
        "Created": created,
        "State": state,
    }


GONE = docker.errors.NotFound("No such thing")
REFUSED = docker.errors.APIError("500 Server Error", explanation="no")


class TestContainers:
    @pytest.mark.parametrize(
        ("labels", "filters"),
        [({}, None), ({"a": "1", "b": "2"}, {"label": ["a=1", "b=2"]})],
    )
    def test_are_those_of_the_labels_running_or_not_oldest_first(
        self, api, engine, labels, filters
    ):
        api.answers["containers"] = [entry("new", 3), entry("old", 1), entry("mid", 2)]
        assert [each["Id"] for each in engine.containers(**labels)] == [
            "id of old",
            "id of mid",
            "id of new",
        ]
        assert api.calls == [("containers", (), {"all": True, "filters": filters})]

    def test_of_a_name_is_the_one_that_has_it(self, api, engine):
        linked = {**entry("other"), "Names": ["/other", "/other/web"]}
        api.answers["containers"] = [linked, entry("web2"), entry("web")]
        api.answers["inspect_container"] = {"Id": "found"}
        assert engine.container_named("web") == {"Id": "found"}
        assert api.calls == [
            ("containers", (), {"all": True, "filters": {"name": "^/web$"}}),
            ("inspect_container", ("id of web",), {}),
        ]

    def test_of_a_name_that_goes_meanwhile_is_none(self, api, engine):
        api.answers.update(containers=[entry("web")], inspect_container=GONE)
        assert engine.container_named("web") is None

    def test_of_a_name_that_nobody_has_is_none(self, api, engine):
        api.answers["containers"] = [entry("web2")]
        assert engine.container_named("web") is None

    def test_that_is_needed_is_told_with_what_is_called_like_it(self, api, engine):
        unnamed = {**entry("x"), "Names": []}
        api.answers["containers"] = [unnamed, entry("wep", state="exited"), entry("database")]
        with pytest.raises(LabError) as refused:
            engine.need_container("web")
        assert str(refused.value) == (
            "expected a container named web; observed no such container; did you mean wep"
            " (exited)? What to do: correct the name, or create the container first"
        )

    @pytest.mark.parametrize(("alike", "told"), [("weAB", True), ("wABC", False)])
    def test_that_is_needed_is_like_another_by_half_of_its_letters(self, api, engine, alike, told):
        api.answers["containers"] = [entry(alike)]
        with pytest.raises(LabError) as refused:
            engine.need_container("webs")
        found = f"; did you mean {alike} (running)?" if told else ""
        assert refused.value.observed == f"no such container{found}"

    def test_that_is_needed_is_found(self, api, engine):
        api.answers.update(containers=[entry("web")], inspect_container={"Id": "found"})
        assert engine.need_container("web") == {"Id": "found"}

    def test_that_is_needed_has_a_name_that_a_container_can_have(self, api, engine):
        with pytest.raises(LabError):
            engine.need_container("web/..")
        assert api.calls == []

    @pytest.mark.parametrize(
        ("answer", "removed"),
        [
            (None, True),
            (GONE, False),
            (docker.errors.APIError("409", explanation="removal is already in progress"), True),
        ],
    )
    def test_are_removed_with_their_volumes_running_or_not(self, api, engine, answer, removed):
        api.answers["remove_container"] = answer
        assert engine.remove_container("the id") is removed
        assert api.calls == [("remove_container", ("the id",), {"force": True, "v": True})]


class TestImages:
    @pytest.mark.parametrize(
        ("name", "asked"),
        [("made", "made:latest"), ("docker.io/library/made:1", "made:1")],
    )
    def test_of_a_name_is_asked_for_as_the_engine_writes_it(self, api, engine, name, asked):
        api.answers["inspect_image"] = {"Id": "found"}
        assert engine.image(name) == {"Id": "found"}
        assert api.calls == [("inspect_image", (asked,), {})]

    def test_of_an_id_is_asked_for_by_it(self, api, engine):
        api.answers["inspect_image"] = {"Id": "found"}
        assert engine.image_by_id("sha256:1") == {"Id": "found"}
        assert api.calls == [("inspect_image", ("sha256:1",), {})]

    @pytest.mark.parametrize("method", ["image", "image_by_id"])
    def test_that_are_not_there_are_none(self, api, engine, method):
        api.answers["inspect_image"] = GONE
        assert getattr(engine, method)("made") is None

    @pytest.mark.parametrize(
        ("image", "labels"),
        [
            ({"Config": {"Labels": {"a": "1"}}}, {"a": "1"}),
            ({"Config": {"Labels": None}}, {}),
            ({"Config": None}, {}),
            ({}, {}),
        ],
    )
    def test_have_labels_or_none(self, engine, image, labels):
        assert engine.image_labels(image) == labels

    def test_are_listed_by_labels_without_those_that_others_stand_on(self, api, engine):
        api.answers["images"] = ["entry"]
        assert engine.images(a="1") == ["entry"]
        assert api.calls == [("images", (), {"all": False, "filters": {"label": ["a=1"]}})]

    def test_that_others_stand_on_are_told_by_all(self, api, engine):
        api.answers["images"] = [{"ParentId": "p"}, {"ParentId": ""}, {}]
        assert engine.parents() == {"p", ""}
        assert api.calls == [("images", (), {"all": True})]

    @pytest.mark.parametrize(
        ("told", "tags"),
        [({"RepoTags": ["<none>:<none>", "a:1"]}, ["a:1"]), ({"RepoTags": None}, []), ({}, [])],
    )
    def test_have_tags_or_none(self, engine, told, tags):
        assert engine.tags(told) == tags

    @pytest.mark.parametrize("answer", [None, GONE])
    def test_are_removed_without_force(self, api, engine, answer):
        api.answers["remove_image"] = answer
        engine.remove_image("made:1")
        assert api.calls == [("remove_image", ("made:1",), {"force": False, "noprune": False})]


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
