# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which container is found and how it is asked for; the files in it."""

from __future__ import annotations

import io
import json
import stat
import tarfile

import docker.errors
import pytest

from ansible_collections.workshop.containers.plugins.module_utils.engine.client import Engine
from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError

GONE = docker.errors.NotFound("No such thing")


def entry(name, created=1, identity="", state="running"):
    """The listing entry of a container."""
    return {
        "Id": identity or f"id of {name}",
        "Names": [f"/{name}"],
        "Created": created,
        "State": state,
    }


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
            "Expected a container named web, but found no such container; did you mean wep"
            " (exited)? Correct the name, or create the container first"
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


def test_of_changes_that_are_told_alike_one_that_is_there_counts(listening):
    told = [("/\ufffd", 1), ("/\ufffd\ufffd", 2), ("/gone", 2), ("/a", 0)]
    body = json.dumps([{"Path": path, "Kind": kind} for path, kind in told]).encode()
    assert Engine(listening(changes=(200, body))).changes("1") == {
        "/\ufffd": "A",
        "/gone": "D",
        "/a": "C",
    }


def test_a_name_is_matched_exactly(listening):
    """The engine's own filter and look-up take prefixes of names and ids for a match."""
    found = [
        {"Id": "httpd" + "0" * 59, "Names": ["/other"]},
        {"Id": "1" * 64, "Names": ["/httpd2"]},
    ]
    engine = Engine(listening(**{"containers/json": (200, json.dumps(found).encode())}))
    assert engine.container_named("httpd") is None


def test_what_is_not_there_is_told_with_what_is_like_it(listening):
    found = [{"Id": "1" * 64, "Created": 1, "Names": ["/session"], "State": "exited"}]
    engine = Engine(
        listening(
            **{"filters=": (200, b"[]"), "containers/json": (200, json.dumps(found).encode())}
        )
    )
    with pytest.raises(
        LabError, match=r"no such container; did you mean session \(exited\)\? Correct"
    ):
        engine.need_container("sesion")


@pytest.mark.parametrize("size", [5, 2**20, 2**24])
def test_of_a_huge_file_in_a_container_only_the_begin_is_read(listening, size):
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        member = tarfile.TarInfo("hello")
        member.size = size
        tar.addfile(member, io.BytesIO(size * b"x"))
    engine = Engine(listening(**{"/archive": (200, archive.getvalue())}))
    mode, text = engine.file_in("1234", "/hello")
    assert (mode, text) == (stat.S_IFREG | 0o644, min(size, 2**20) * "x")


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [(tarfile.DIRTYPE, stat.S_IFDIR), (tarfile.SYMTYPE, stat.S_IFLNK)],
)
def test_what_is_no_file_in_a_container_is_told_apart(listening, kind, wanted):
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        member = tarfile.TarInfo("hello")
        member.type = kind
        tar.addfile(member)
    engine = Engine(listening(**{"/archive": (200, archive.getvalue())}))
    assert engine.file_in("1234", "/hello") == (wanted | 0o644, "")
