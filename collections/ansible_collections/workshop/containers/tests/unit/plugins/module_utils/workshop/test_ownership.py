# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What counts as the lab's: ids in the record, labels where a run was killed, and nothing else."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.names import full_reference
from ansible_collections.workshop.containers.plugins.module_utils.workshop.fold import Maker
from ansible_collections.workshop.containers.plugins.module_utils.workshop.ownership import (
    CONTAINER,
    IMAGE,
    KIND,
    NUMBER,
    STEP,
    WORKSHOP,
    labels_for,
)
from ansible_collections.workshop.containers.plugins.module_utils.workshop.record import Record

MAKER = Maker("lesson.run", 2)
MADE = "docker.io/library/made:latest"


@pytest.fixture
def machine(api, lab):
    api.add_image("busybox")
    return lab(("run", [], []))


@pytest.fixture
def ownership(machine):
    return machine.context.ownership


def inspected(api, **labels):
    """A container from busybox with these labels."""
    return api.stock[api.add_container("web", "busybox", labels=labels)]


def test_labels_say_who():
    assert labels_for("demo", MAKER, CONTAINER) == {
        "workshop.containers.workshop": "demo",
        "workshop.containers.step": "lesson.run",
        "workshop.containers.operation": "2",
        "workshop.containers.kind": "container",
    }


class TestContainers:
    def test_the_record_tells_whatever_its_labels_say(self, api, machine, ownership):
        container = inspected(api)
        assert ownership.maker_of(container) is None
        machine.record.note_container(container["Id"], MAKER)
        assert ownership.maker_of(container) == MAKER

    def test_a_label_tells_where_the_record_does_not(self, api, ownership):
        labels = labels_for("demo", MAKER, CONTAINER)
        container = inspected(api, **labels)
        assert ownership.maker_of(container) == MAKER
        assert ownership.has_container(container)
        assert [entry["Id"] for entry in ownership.containers()] == [container["Id"]]
        assert ownership.container_of(MAKER)["Id"] == container["Id"]
        assert ownership.container_of(Maker("lesson.run", 1)) is None

    @pytest.mark.parametrize("number", ["", "x", "-1", None])
    def test_a_number_that_is_none_is_the_first(self, api, ownership, number):
        labels = {**labels_for("demo", MAKER, CONTAINER), NUMBER: number}
        labels = {key: value for key, value in labels.items() if value is not None}
        assert ownership.maker_of(inspected(api, **labels)) == Maker("lesson.run", 0)

    @pytest.mark.parametrize(
        "change", [{WORKSHOP: "other"}, {KIND: IMAGE}, {KIND: ""}, {WORKSHOP: ""}]
    )
    def test_another_label_tells_nothing(self, api, ownership, change):
        labels = {**labels_for("demo", MAKER, CONTAINER), **change}
        container = inspected(api, **labels)
        assert ownership.maker_of(container) is None
        assert ownership.containers() == []

    def test_labels_of_its_image_tell_nothing(self, api, ownership):
        api.add_image("mine", labels=labels_for("demo", MAKER, CONTAINER))
        container = api.stock[api.add_container("web", "mine")]
        assert ownership.maker_of(container) is None
        assert ownership.containers() == []

    @pytest.mark.parametrize("key", [STEP, NUMBER])
    def test_labels_that_differ_from_those_of_its_image_do(self, api, ownership, key):
        api.add_image("mine", labels={**labels_for("demo", MAKER, CONTAINER), key: "7"})
        labels = labels_for("demo", MAKER, CONTAINER)
        container = api.stock[api.add_container("web", "mine", labels=labels)]
        assert ownership.maker_of(container) == MAKER

    def test_where_the_image_is_gone_labels_tell_nothing(self, api, machine, ownership):
        container = inspected(api, **labels_for("demo", MAKER, CONTAINER))
        del api.pictures[container["Image"]]
        assert ownership.maker_of(container) is None
        machine.record.note_container(container["Id"], MAKER)
        assert ownership.maker_of(container) == MAKER

    def test_without_any_labels(self, api, ownership):
        container = inspected(api)
        container["Config"]["Labels"] = None
        assert ownership.maker_of(container) is None
        error = ownership.foreign_container(container, "it to be ours")
        assert (error.expected, error.remedy) == (
            "it to be ours",
            "remove or rename it (`docker rename web OTHER`), or set it aside with take_over: true",
        )
        assert error.observed == (
            f"the container web ({container['Id'][:12]}, from busybox), which the lab did not make"
        )

    def test_of_a_workshop_without_a_record(self, api, ownership):
        container = inspected(api, **labels_for("other", MAKER, CONTAINER))
        error = ownership.foreign_container(container, "it to be ours")
        assert error.expected == "it to be ours"
        assert "which the workshop 'other' made" in error.observed
        assert error.remedy == ("remove what that made: `./lab reset -e workshop_path=PATH/other`")


class TestAnotherWorkshop:
    @pytest.mark.parametrize(("workshop", "told"), [("other", True), ("demo", False), ("", False)])
    def test_its_label_tells(self, api, ownership, workshop, told):
        container = inspected(api, **labels_for(workshop, MAKER, CONTAINER))
        assert ownership.of_other_workshop(container) is told

    def test_without_any_labels(self, api, ownership):
        container = inspected(api)
        container["Config"]["Labels"] = None
        assert not ownership.of_other_workshop(container)

    def test_labels_of_its_image_tell_nothing(self, api, ownership):
        api.add_image("theirs", labels=labels_for("other", MAKER, CONTAINER))
        container = api.stock[api.add_container("web", "theirs")]
        assert not ownership.of_other_workshop(container)

    def test_its_record_knows_what_it_made_and_ours_is_not_asked(self, machine, ownership):
        folder = pathlib.Path(machine.path).parent.parent
        assert ownership.noted_by_others() == set()
        machine.record.note_container("ours", MAKER)
        for name in ("other", "third"):
            Record(str(folder / name / "progress.json")).note_container(name, MAKER)
        assert ownership.noted_by_others() == {"other", "third"}


class TestImages:
    @pytest.fixture
    def image(self, api, machine):
        api.add_image("made", labels=labels_for("demo", MAKER, IMAGE))
        return machine.engine.image("made")

    def test_labels_alone_tell_nothing(self, ownership, image):
        assert not ownership.has_image(image)
        assert not ownership.has_tag(MADE, image)
        assert ownership.images() == []

    def test_the_record_tells(self, machine, ownership, image):
        machine.record.note_image(MADE, image["Id"])
        assert ownership.has_image(image)
        assert ownership.has_tag(MADE, image)
        assert not ownership.has_tag(full_reference("other"), image)
        assert [entry["Id"] for entry in ownership.images()] == [image["Id"]]

    def test_one_that_was_pulled_was_not_made(self, machine, ownership, image):
        machine.record.note_image(MADE, image["Id"], pulled=True)
        assert not ownership.has_image(image)
        assert ownership.has_tag(MADE, image)
        assert ownership.images() == []

    def test_one_that_was_about_to_be_made_when_the_run_was_killed(self, machine, ownership, image):
        machine.record.claim("image", MADE)
        assert ownership.has_image(image)
        assert ownership.has_tag(MADE, image)
        assert not ownership.has_tag(full_reference("other"), image)

    @pytest.mark.parametrize("kind", ["pull", "build", "file"])
    def test_another_claim_tells_nothing_of_who_made_it(self, machine, ownership, image, kind):
        machine.record.claim(kind, MADE)
        assert not ownership.has_image(image)
        assert ownership.has_tag(MADE, image) == (kind == "pull")

    def test_a_claim_tells_nothing_of_an_image_without_our_labels(self, api, machine, ownership):
        machine.record.claim("image", MADE)
        api.add_image("made", labels=labels_for("other", MAKER, IMAGE))
        image = machine.engine.image("made")
        assert not ownership.has_image(image)
        assert not ownership.has_tag(MADE, image)

    def test_a_foreign_one_is_described(self, ownership, image):
        error = ownership.foreign_image("made", image, "it to be ours")
        assert (error.expected, error.remedy) == ("it to be ours", "")
        assert error.observed == (
            f"the image made ({image['Id'][7:19]}), which the lab did not make"
        )

    def test_one_of_another_workshop_is_described(self, lab, ownership, image):
        other = lab(("x", [], []), name="other", title="Another one")
        other.record.note_image(MADE, image["Id"])
        error = ownership.foreign_image("made", image, "it to be ours")
        assert error.expected == "it to be ours"
        assert "which the workshop 'Another one' made" in error.observed
        assert error.remedy == "remove what that made: `./lab reset -e workshop_path=/srv/other`"
