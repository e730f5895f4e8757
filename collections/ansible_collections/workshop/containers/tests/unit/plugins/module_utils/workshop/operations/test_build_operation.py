# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Building images in lessons: when, how, and what a build that was killed has left."""

from __future__ import annotations

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.builds import image_build
from ansible_collections.workshop.containers.plugins.module_utils.builds.log import BuildStep
from ansible_collections.workshop.containers.plugins.module_utils.builds.request import Build
from ansible_collections.workshop.containers.plugins.module_utils.engine.client import timestamp
from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError
from ansible_collections.workshop.containers.plugins.module_utils.workshop.fold import Maker
from ansible_collections.workshop.containers.plugins.module_utils.workshop.ownership import (
    IMAGE,
    labels_for,
)
from ansible_collections.workshop.containers.plugins.module_utils.workshop.walk import Walk

APP = "docker.io/library/app:latest"
RECIPE = "FROM busybox\nRUN echo one\nRUN /bin/sh -c true\n"
KILLED = "2026-01-01T12:00:00Z"


@pytest.fixture
def folder(tmp_path):
    """A folder that can be built."""
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "Dockerfile").write_text(RECIPE, encoding="ascii")
    return folder


@pytest.fixture
def building(lab, folder):
    """A lab that builds the folder; the arguments are more parameters of the build."""

    def building(**more):
        build = {"image_build": {"name": "app", "path": str(folder), **more}}
        return lab(("build", [build], []))

    return building


def outcome(machine, monkeypatch, build):
    """The result of a walk whose build ends so: a Build, or an error."""

    def done(*_arguments):
        if isinstance(build, Exception):
            raise build
        return build

    monkeypatch.setattr(image_build, "build", done)
    return machine.walk().results[0]


def todo(machine):
    return Walk(machine.content, machine.context).plan()


class TestWhen:
    def test_it_is_done_once(self, api, building):
        machine = building()
        assert machine.walk().results[0]["changed"] is True
        assert todo(machine) == []
        assert machine.walk([0]).results[0]["changed"] is False

    def test_it_is_done_each_time_where_the_lesson_forces_it(self, api, building):
        machine = building(force=True)
        machine.walk()
        assert machine.walk([0]).results[0]["changed"] is True
        assert todo(machine) == []

    def test_it_is_done_again_where_the_folder_has_changed(self, api, building, folder):
        machine = building()
        machine.walk()
        (folder / "hello").write_text("hello\n", encoding="ascii")
        assert todo(machine) == [0]
        assert machine.walk([0]).results[0]["changed"] is True

    def test_it_is_done_again_where_the_folder_cannot_be_judged(self, api, building, folder):
        machine = building()
        machine.walk()
        (folder / "Dockerfile").unlink()
        assert todo(machine) == [0]

    @pytest.mark.parametrize("image", ["app", "busybox"])
    def test_it_is_done_again_where_an_image_is_gone(self, api, lab, folder, image):
        write = {"file_write": {"path": str(folder / "Dockerfile"), "source": "Dockerfile"}}
        make = {"directory_create": {"path": str(folder)}}
        build = {"image_build": {"name": "app", "path": str(folder)}}
        files = {"lesson/Dockerfile": RECIPE.encode()}
        (folder / "Dockerfile").unlink()
        machine = lab(("make", [make, write], []), ("build", [build], []), files=files)
        assert machine.walk().failure == ""
        assert todo(machine) == []
        del api.tagged[f"{image}:latest"]
        assert todo(machine) == [1]


class TestHow:
    @pytest.mark.parametrize(
        ("more", "builder"), [({}, "auto"), ({"builder": "classic"}, "classic")]
    )
    def test_by_the_builder_of_the_lesson(self, api, building, monkeypatch, more, builder):
        asked = []
        monkeypatch.setattr(
            image_build, "choose", lambda _engine, name, _needed: asked.append(name) or "classic"
        )
        assert building(**more).walk().failure == ""
        assert {*asked} == {builder}

    def test_from_the_dockerfile_of_the_lesson(self, api, building, folder):
        (folder / "Dockerfile").rename(folder / "Other")
        assert building(dockerfile="Other").walk().failure == ""

    def test_the_image_is_the_labs_and_its_base_was_pulled(self, api, building):
        machine = building()
        machine.walk()
        image = api.inspect_image("app")
        marks = labels_for("demo", Maker("lesson.build"), IMAGE)
        assert marks.items() <= image["Config"]["Labels"].items()
        assert machine.record.images == {
            api.tagged["busybox:latest"]: {"step": "lesson.build", "pulled": True},
            image["Id"]: {"step": "lesson.build", "pulled": False},
        }
        assert machine.record.claims == {}

    def test_what_the_builder_said_is_known(self, api, building, monkeypatch):
        machine = building()
        steps = [BuildStep("FROM busybox", True)]
        assert outcome(machine, monkeypatch, Build("said", steps))["status"] == "passed"
        assert machine.context.details[Maker("lesson.build")] == {
            "stdout": "said",
            "exit_code": 0,
            "build": steps,
        }

    def test_what_was_made_on_the_way_is_noted_where_it_is_there(self, api, building, monkeypatch):
        machine = building()
        asked = []

        def find(short):
            asked.append(short)
            return {"Id": "the whole id"} if short == "b3859f8eb038" else None

        log = "".join(
            f"Step {each} : RUN x\n ---> {short}\n"
            for each, short in (
                ("1/2", "f52f8e431f33"),
                ("2/2", "b3859f8eb038"),
            )
        )
        monkeypatch.setattr(machine.engine, "image_by_id", find)
        assert outcome(machine, monkeypatch, Build(log))["status"] == "passed"
        assert asked[-2:] == ["f52f8e431f33", "b3859f8eb038"]
        assert machine.record.images["the whole id"] == {"step": "lesson.build", "pulled": False}

    def test_one_that_is_stopped_leaves_claims(self, api, building, monkeypatch):
        machine = building()
        outcome(machine, monkeypatch, LabError("to go on", "it was stopped"))
        assert {*machine.record.claims} == {f"image:{APP}", "build:app"}


class TestRefusal:
    FAILED = Build("Step 2/3 : RUN echo one", failure="returned a non-zero code: 1")

    @pytest.mark.parametrize("pattern", ["non-zero code", "RUN echo", r"one\nreturned"])
    def test_that_the_lesson_wants_is_no_failure(self, api, building, monkeypatch, pattern):
        machine = building(refused=pattern)
        result = outcome(machine, monkeypatch, self.FAILED)
        assert (result["status"], result["changed"]) == ("passed", True)
        assert machine.context.details[Maker("lesson.build")] == {
            "stdout": self.FAILED.log,
            "exit_code": 1,
            "build": [],
        }
        assert not machine.record.has_claim("build", "app")

    @pytest.mark.parametrize(
        ("build", "observed"), [(FAILED, FAILED.failure), (Build("all went well"), "it succeeded")]
    )
    def test_of_another_kind_is_a_failure(self, api, building, monkeypatch, build, observed):
        result = outcome(building(refused="no such file"), monkeypatch, build)
        assert result["expected"] == "a build that fails with /no such file/"
        assert result["observed"] == observed

    def test_that_the_lesson_does_not_want_is_a_failure(self, api, building, monkeypatch):
        result = outcome(building(), monkeypatch, self.FAILED)
        assert result["status"] == "failed"
        assert result["observed"].startswith(self.FAILED.failure)


class TestInterrupted:
    """The classic builder leaves a container without a label where the engine died."""

    @pytest.fixture
    def machine(self, building):
        machine = building()
        machine.record.claim("build", "app")
        machine.record.claims["build:app"]["at"] = timestamp(KILLED)
        return machine

    @pytest.fixture
    def left(self, api):
        """Leaves a container; its id. The arguments say what about it is unusual."""

        def left(command=("/bin/sh", "-c", "echo one"), image="", created=KILLED, running=False):
            unnamed = api.add_image()
            identity = api.add_container("left", unnamed, running=running)
            api.stock[identity]["Config"].update(Image=image or unnamed, Cmd=command)
            api.stock[identity]["Created"] = created
            return identity

        return left

    @pytest.mark.parametrize(
        "usual",
        [{}, {"created": "2026-01-01T12:00:01Z"}, {"command": ["/bin/sh -c", "/bin/sh -c true"]}],
    )
    def test_what_it_left_is_removed_by_the_next_build(self, api, machine, left, usual):
        left(**usual)
        assert machine.walk().failure == ""
        assert api.stock == {}

    @pytest.mark.parametrize(
        "unusual",
        [
            {"running": True},
            {"image": "busybox"},
            {"created": "2026-01-01T11:59:59Z"},
            {"command": ["/bin/sh", "-c", "echo two"]},
            {"command": ["echo one"]},
            {"command": None},
        ],
    )
    def test_what_differs_in_anything_is_somebody_elses(self, api, machine, left, unusual):
        theirs = left(**unusual)
        assert machine.walk().failure == ""
        assert list(api.stock) == [theirs]

    def test_nothing_is_looked_for_where_no_build_was_killed(self, api, building, left):
        theirs = left()
        assert building().walk().failure == ""
        assert list(api.stock) == [theirs]

    def test_what_goes_meanwhile_is_passed_over(self, api, machine, left, monkeypatch):
        left()
        monkeypatch.setattr(machine.engine, "inspect", lambda _id: None)
        assert machine.walk().failure == ""

    def test_what_ran_on_until_the_next_build_had_ended_is_removed(
        self, api, machine, left, monkeypatch
    ):
        identity = left(running=True)
        build = image_build.ImageBuild.build

        def run(*arguments):
            api.stock[identity]["State"]["Running"] = False
            return build(*arguments)

        monkeypatch.setattr(image_build.ImageBuild, "build", run)
        assert machine.walk().failure == ""
        assert api.stock == {}

    def test_killed_again_the_first_time_is_kept(self, machine, monkeypatch):
        outcome(machine, monkeypatch, LabError("to go on", "it was stopped"))
        assert machine.record.claimed_since("build", "app") == timestamp(KILLED)

    def test_done_it_is_not_remembered(self, machine):
        assert machine.walk().failure == ""
        assert machine.record.claimed_since("build", "app") is None
