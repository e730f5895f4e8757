# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which image is found, and how it is asked for."""

from __future__ import annotations

import docker.errors
import pytest

GONE = docker.errors.NotFound("No such thing")


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
