# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a reset removes, what it keeps, and what it says of each.

That nothing of somebody else is touched is shown in test_safety.py.
"""

from __future__ import annotations

import json
import os

import docker.errors
import pytest

from ansible_collections.workshop.containers.plugins.module_utils.engine.credentials import (
    store_credentials,
    stored_credentials,
)
from ansible_collections.workshop.containers.plugins.module_utils.workshop import reset as resets
from ansible_collections.workshop.containers.plugins.module_utils.workshop.fold import Maker
from ansible_collections.workshop.containers.plugins.module_utils.workshop.ownership import (
    IMAGE,
    labels_for,
)

WEB = {"container_run": {"image": "busybox", "command": ["sh"], "name": "web", "detach": True}}
LABELS = labels_for("demo", Maker("lesson.s0"), IMAGE)
ELSEWHERE = "somebody put something else there"


def told(reset):
    """What a reset says it has removed, and what it keeps: one line each."""
    return reset.removed, [str(each) for each in reset.kept]


@pytest.fixture
def machine(lab):
    """A lab whose record a test fills; its one step makes nothing."""
    machine = lab(("nothing", [], []))
    machine.record.step = "lesson.nothing"
    machine.progress = f"the progress in {machine.path}"
    return machine


class TestProgress:
    def test_a_machine_on_which_nothing_was_done_has_nothing_to_remove(self, api, machine):
        assert told(machine.reset()) == ([], [])
        assert machine.record.since == 0

    def test_steps_alone_are_forgotten(self, api, machine):
        machine.walk()
        assert told(machine.reset()) == ([machine.progress], [])
        assert (machine.record.steps, machine.record.since > 0) == ({}, True)

    def test_claims_alone_are_forgotten(self, api, machine):
        machine.record.claim("file", "/nowhere/hello")
        assert told(machine.reset()) == ([machine.progress], [])
        assert machine.record.claims == {}

    def test_a_container_alone_is_forgotten(self, api, machine):
        machine.record.note_container("gone", Maker("lesson.nothing"))
        assert told(machine.reset()) == ([machine.progress], [])
        assert machine.record.containers == {}

    def test_an_image_alone_is_forgotten(self, api, machine):
        machine.record.note_untagged("gone")
        assert told(machine.reset()) == ([machine.progress], [])
        assert machine.record.images == {}

    def test_what_was_pushed_is_told_to_stay(self, api, machine):
        machine.record.note_served("docker.io/library/made:latest", "sha256:1")
        kept = "the image made:latest in its registry: what was pushed stays there"
        assert told(machine.reset()) == ([], [kept])


class TestFailure:
    @pytest.mark.parametrize(
        ("error", "why"),
        [
            (PermissionError(13, "Permission denied"), "Permission denied"),
            (PermissionError(), "PermissionError"),
        ],
    )
    def test_the_systems_reason_is_told(self, api, machine, monkeypatch, error, why):
        def refuse(_registry):
            raise error

        machine.record.claim("login", "127.0.0.1:5002")
        store_credentials("127.0.0.1:5002", "learner", "right")
        monkeypatch.setattr(resets, "forget_credentials", refuse)
        assert told(machine.reset()) == (
            [machine.progress],
            [f"login at 127.0.0.1:5002: {why}"],
        )

    def test_a_container_that_stays_is_still_the_labs(self, api, lab, monkeypatch):
        machine = lab(("run", [WEB], []))
        machine.walk()
        stuck = api.named("web")["Id"]

        def refuse(*_arguments, **_options):
            raise docker.errors.APIError("500", explanation="device or resource busy")

        monkeypatch.setattr(api, "remove_container", refuse)
        machine.reset()
        assert list(machine.record.containers) == [stuck]
        assert list(api.stock) == [stuck]


class TestNames:
    """Those that the lab has given to images."""

    @pytest.fixture
    def two(self, api, machine):
        """Two names that the lab gave; the ids of their images."""
        ids = [api.add_image(name) for name in ("first", "second")]
        machine.record.note_tag("docker.io/library/first:latest", ids[0])
        machine.record.note_tag("docker.io/library/second:latest", ids[1])
        return ids

    def test_all_go(self, api, machine, two):
        assert told(machine.reset()) == (["image first:latest", "image second:latest"], [])
        assert api.pictures == {}

    def test_one_that_is_gone_is_passed_over(self, api, machine, two):
        api.remove_image("first")
        assert told(machine.reset()) == (["image second:latest"], [])

    def test_one_that_passed_to_another_image_is_told_and_passed_over(self, api, machine, two):
        theirs = api.add_image("first")
        kept = "image first:latest: somebody gave its name to another image"
        assert told(machine.reset()) == (["image second:latest"], [kept])
        assert api.tagged == {"first:latest": theirs}

    def test_one_that_cannot_be_removed_stays_in_the_record(self, api, machine, two, monkeypatch):
        machine.record.note_image("docker.io/library/first:latest", two[0])
        user = api.add_container("theirs", "first")
        monkeypatch.setattr(api, "containers", lambda **_options: [])  # it has started just now
        removed, kept = told(machine.reset())
        assert removed == ["image second:latest"]
        assert kept == [
            f"image first:latest: conflict: unable to remove repository reference,"
            f" {user[:12]} uses it"
        ]
        assert list(machine.record.images) == [two[0]]
        assert machine.record.tags == {"docker.io/library/first:latest": two[0]}

    @pytest.mark.parametrize("kind", ["image", "pull"])
    def test_one_whose_image_a_killed_run_did_not_note_goes(self, api, machine, kind):
        machine.record.claim(kind, "docker.io/library/made:latest")
        api.add_image("made", labels=LABELS)
        assert told(machine.reset()) == (["image made:latest", machine.progress], [])
        assert api.pictures == {}

    @pytest.mark.parametrize("kind", ["image", "pull"])
    def test_one_that_a_killed_run_never_gave_is_not_missed(self, api, machine, kind):
        machine.record.claim(kind, "docker.io/library/made:latest")
        assert told(machine.reset()) == ([machine.progress], [])

    def test_one_that_a_killed_run_did_not_come_to_give_stays_another_ones(self, api, machine):
        machine.record.claim("image", "docker.io/library/made:latest")
        theirs = api.add_image("made")
        assert told(machine.reset()) == ([machine.progress], [])
        assert api.tagged == {"made:latest": theirs}


class TestWithoutAName:
    def test_each_is_removed_or_kept_with_its_reason(self, api, machine):
        tagged, used, parent, free = (api.add_image(labels=LABELS) for _ in range(4))
        for each in (tagged, used, parent, free):
            machine.record.note_untagged(each)
        api.tagged["precious:1"] = tagged
        user = api.add_container("X-theirs", used)
        api.stock[user]["Config"]["Labels"] = {}
        derived = api.add_image("derived", parent=parent)
        api.pictures[parent]["RepoDigests"] = ["made@sha256:1"]  # else no engine lists it
        removed, kept = told(machine.reset())
        assert removed == [f"image {free[7:19]}", machine.progress]
        assert kept == [
            f"image {used[7:19]}: the container X-theirs uses it",
            f"image {parent[7:19]}: another image stands on it",
        ]
        assert {*api.pictures} == {tagged, used, parent, derived}
        assert {*machine.record.images} == {used, parent}
        assert user in api.stock

    def test_one_that_cannot_be_removed_stays_in_the_record(self, api, machine, monkeypatch):
        ids = [api.add_image() for _ in range(2)]
        for each in ids:
            machine.record.note_untagged(each)
        remove = api.remove_image

        def refuse(word, **how):
            if word == ids[0]:
                raise docker.errors.APIError("500", explanation="busy")
            remove(word, **how)

        monkeypatch.setattr(api, "remove_image", refuse)
        short = ids[0][7:19]
        assert told(machine.reset()) == (
            [f"image {ids[1][7:19]}", machine.progress],
            [f"image {short}: busy"],
        )
        assert list(machine.record.images) == [ids[0]]

    def test_a_container_without_a_name_is_told_by_its_id(self, api, machine, monkeypatch):
        used = api.add_image()
        machine.record.note_untagged(used)
        user = api.add_container("X-theirs", used)
        listed = [{**entry, "Names": None} for entry in api.containers()]
        monkeypatch.setattr(api, "containers", lambda **_options: listed)
        kept = f"image {used[7:19]}: the container {user[:12]} uses it"
        assert told(machine.reset()) == ([], [kept])


class TestOfOthers:
    def test_what_somebody_made_out_of_the_labs_things_is_told(self, api, machine, monkeypatch):
        why = (
            "the record does not say that the lab made it; it may have been committed or built"
            " from what the lab made"
        )
        named = api.add_image("mine:2", "mine:1", labels=LABELS)
        unnamed = api.add_image(labels=LABELS)
        api.add_container("theirs", "mine:1")
        api.add_container("strange", api.add_image())
        listed = api.containers()
        listed[1]["Labels"] = None  # as some engines list a container without labels
        monkeypatch.setattr(
            api, "containers", lambda filters=None, **_all: [] if filters else listed
        )
        assert told(machine.reset()) == (
            [],
            [
                "container theirs: the lab did not make it (it runs mine:1)",
                f"image mine:1: {why}",
                f"image {unnamed[7:19]}: {why}",
            ],
        )
        assert {named, unnamed} <= {*api.pictures}


class TestLogins:
    def test_those_that_the_lab_stored_are_forgotten_and_no_other(self, api, machine, tmp_path):
        for registry in ("127.0.0.1:5001", "127.0.0.1:5002"):
            store_credentials(registry, "learner", "right")
        for registry in ("127.0.0.1:5000", "127.0.0.1:5002"):
            machine.record.claim("login", registry)
        assert told(machine.reset()) == (["login at 127.0.0.1:5002", machine.progress], [])
        assert stored_credentials("127.0.0.1:5002") is None
        kept = json.loads((tmp_path / ".docker/config.json").read_text("utf-8"))
        assert list(kept["auths"]) == ["127.0.0.1:5001"]


class TestFiles:
    @pytest.fixture
    def written(self, lab, tmp_path):
        """A lab that wrote five files and made five folders; ``at`` gives their paths."""
        folder = tmp_path / "work"
        names = "abcde"
        files = {f"lesson/{name}": f"{name}\n".encode() for name in names}
        make = [
            {"directory_create": {"path": str(path)}}
            for path in (folder, *(folder / f"f{name}" for name in names[:4]))
        ]
        write = [{"file_write": {"path": str(folder / name), "source": name}} for name in names]
        machine = lab(("write", [*make, *write], []), files=files)
        assert machine.walk().failure == ""
        machine.progress = f"the progress in {machine.path}"
        machine.at = folder.joinpath
        return machine

    def test_all_that_is_as_it_was_goes(self, api, written):
        at = written.at
        assert told(written.reset()) == (
            [
                *(f"file {at(name)}" for name in "edcba"),
                *(f"folder {at(f'f{name}')}" for name in "dcba"),
                f"folder {at()}",
                written.progress,
            ],
            [],
        )
        assert not at().exists()

    def test_what_is_gone_changed_or_something_else_is_passed_over(self, api, written):
        at = written.at
        at("e").unlink()
        at("d").write_text("a\n", encoding="ascii")  # what another file of the lab has
        at("c").unlink()
        at("c").mkdir()
        at("fd").rmdir()
        at("fc", "theirs").write_text("", encoding="ascii")
        at("fb").rmdir()
        at("fb").write_text("", encoding="ascii")
        assert told(written.reset()) == (
            [f"file {at('b')}", f"file {at('a')}", f"folder {at('fa')}", written.progress],
            [
                f"file {at('d')}: somebody has changed it",
                f"file {at('c')}: {ELSEWHERE}",
                f"folder {at('fc')}: something is in it",
                f"folder {at()}: something is in it",
            ],
        )
        assert sorted(os.listdir(at())) == ["c", "d", "fb", "fc"]

    def test_folders_behind_a_strangers_link_stay_and_the_others_go(
        self, api, written, monkeypatch
    ):
        at = written.at
        is_folder = resets.is_folder

        def refuse(path):
            if path == str(at("fd")):
                raise PermissionError(13, "Permission denied")
            return is_folder(path)

        monkeypatch.setattr(resets, "is_folder", refuse)
        removed, kept = told(written.reset())
        assert kept == [
            f"folder {at('fd')}: {ELSEWHERE}",
            f"folder {at()}: something is in it",
        ]
        assert removed[5:8] == [f"folder {at(f'f{name}')}" for name in "cba"]

    def test_in_check_mode_the_same_is_told_and_all_stays(self, api, written):
        before = sorted(os.listdir(written.at()))
        found = told(written.reset(check_mode=True))
        assert sorted(os.listdir(written.at())) == before
        assert told(written.reset()) == found
