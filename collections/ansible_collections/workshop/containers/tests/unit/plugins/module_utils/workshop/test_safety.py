# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing that the lab did not make is stopped, removed, overwritten or entered.

Every operation and the reset meet a container or an image of each kind: the lab's own, a
stranger's, another workshop's, one that inherited the lab's labels, and one whose name is the
wanted one as a pattern.
"""

from __future__ import annotations

import copy

import docker.errors
import pytest

from ansible_collections.workshop.containers.plugins.module_utils.workshop.fold import Maker
from ansible_collections.workshop.containers.plugins.module_utils.workshop.ownership import (
    CONTAINER,
    IMAGE,
    labels_for,
)

SLEEP = {"image": "busybox", "command": ["sleep", "1000"]}
RUN = {"container_run": {**SLEEP, "name": "web", "detach": True}}
STOPPED = {"container_run": {**SLEEP, "name": "web"}}
SHELL = {"container_run": {"image": "busybox", "command": ["sh"], "name": "web", "tty": True}}
COPY = {"container_copy": {"container": "web", "source": "/etc/hostname", "path": "/x"}}
OF_CONTAINERS = {
    "container_run": [[RUN]],
    "container_stop": [[RUN], [{"container_stop": {"name": "web"}}]],
    "container_remove, by name": [[STOPPED], [{"container_remove": {"name": "web"}}]],
    "container_remove, newest": [[STOPPED], [{"container_remove": {"newest": True}}]],
    "container_remove, stopped": [[STOPPED], [{"container_remove": {"stopped": True}}]],
    "container_exec": [
        [RUN],
        [{"container_exec": {"container": "web", "command": ["sh"], "terminal": "B"}}],
    ],
    "terminal_type": [[SHELL], [{"terminal_type": {"terminal": "A", "input": "ls"}}]],
    "terminal_type, exits": [
        [SHELL],
        [{"terminal_type": {"terminal": "A", "input": "exit", "exits": True}}],
    ],
    "container_copy": [[RUN], [COPY]],
    "image_commit": [[RUN], [{"image_commit": {"container": "web", "name": "made"}}]],
}
MAKE = {"image_commit": {"container": "web", "name": "made"}}
OF_IMAGES = {
    "image_commit": [[STOPPED], [MAKE]],
    "image_build": [[{"image_build": {"name": "made", "path": "FOLDER"}}]],
    "image_tag": [
        [{"image_pull": {"name": "busybox"}}],
        [{"image_tag": {"name": "busybox", "target": "made"}}],
    ],
    "image_remove": [[STOPPED], [MAKE], [{"image_remove": {"name": "made"}}]],
}


def by_hand(api, relation, name="web", running=True):
    """A container of this name that is not the lab's; its id."""
    if not api.tagged.get("busybox:latest"):
        api.add_image("busybox")
    if relation == "stranger":
        return api.add_container(name, "busybox", running=running)
    if relation == "another workshop":
        labels = labels_for("other", Maker("lesson.s0"), CONTAINER)
        return api.add_container(name, "busybox", labels=labels, running=running)
    if relation == "inherited":
        labels = labels_for("demo", Maker("lesson.s0"), CONTAINER)
        api.add_image("mine", labels=labels)
        return api.add_container(name, "mine", running=running)
    if relation == "from our image":
        labels = labels_for("demo", Maker("lesson.s0"), IMAGE)
        api.add_image("mine", labels=labels)
        return api.add_container(name, "mine", running=running)
    raise KeyError(relation)


def image_by_hand(api, relation, name="made"):
    """An image of this name that is not the lab's; its id."""
    labels = {
        "stranger": {},
        "another workshop": labels_for("other", Maker("lesson.s1"), IMAGE),
        "inherited": labels_for("demo", Maker("lesson.s1"), IMAGE),
        "committed from ours": labels_for("demo", Maker("lesson.s0"), CONTAINER),
    }[relation]
    return api.add_image(name, labels=labels)


def numbered(operations, folder):
    """Steps s0, s1, … of these operations, without checks."""
    steps = copy.deepcopy(operations)
    for step in steps:
        for item in step:
            if "image_build" in item:
                item["image_build"]["path"] = str(folder)
    return [(f"s{number}", do, []) for number, do in enumerate(steps)]


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM busybox\nCOPY hello /\n", encoding="ascii")
    (folder / "hello").write_text("hello\n", encoding="ascii")
    return folder


STRANGERS = ["stranger", "another workshop", "inherited", "from our image"]
IMAGES = ["stranger", "another workshop", "inherited", "committed from ours"]


@pytest.mark.parametrize("operation", OF_CONTAINERS)
def test_a_container_of_the_lab_is_what_is_meant(api, lab, source, operation):
    walk = lab(*numbered(OF_CONTAINERS[operation], source)).walk()
    assert walk.failure == ""
    assert walk.changed


@pytest.mark.parametrize("relation", STRANGERS)
@pytest.mark.parametrize("operation", OF_CONTAINERS)
def test_a_container_of_somebody_else_is_left_alone(api, lab, source, operation, relation):
    steps = numbered(OF_CONTAINERS[operation], source)
    machine = lab(*steps)
    for index in range(len(steps) - 1):
        machine.walk([index])
    own = api.named("web")
    if own:  # somebody removed the lab's, and took its name
        api.remove_container(own["Id"], force=True)
    theirs = by_hand(api, relation)
    before = copy.deepcopy(api.stock[theirs])
    api.log.clear()
    walk = machine.walk([len(steps) - 1])
    assert api.stock[theirs] == before
    assert [entry for entry in api.log if entry[1] == theirs] == []
    removes = operation.startswith("container_remove")
    assert removes or f"step lesson.s{len(steps) - 1}" in walk.failure


@pytest.mark.parametrize("relation", STRANGERS)
def test_a_container_of_somebody_else_can_be_set_aside(api, lab, relation):
    theirs = by_hand(api, relation)
    assert lab(("s0", [RUN], []), take_over=True).walk().failure == ""
    assert api.stock[theirs]["Name"].startswith("/web-2")
    assert not api.stock[theirs]["State"]["Running"]
    assert api.named("web")["Id"] != theirs


@pytest.mark.parametrize(("wanted", "other"), [("web.1", "web-1"), ("web", "web2"), ("web", "Web")])
def test_a_name_is_no_pattern(api, lab, wanted, other):
    theirs = by_hand(api, "stranger", other)
    run = {"container_run": {**SLEEP, "name": wanted, "detach": True}}
    steps = [
        ("s0", [run], []),
        ("s1", [{"container_stop": {"name": wanted}}], []),
        ("s2", [{"container_remove": {"name": wanted}}], []),
    ]
    machine = lab(*steps)
    assert machine.walk().failure == ""
    machine.reset()
    assert api.stock[theirs]["State"]["Running"]
    assert not api.named(wanted)


def test_another_workshops_things_are_told_with_its_command(api, lab, tmp_path):
    other = lab(("s0", [RUN, MAKE], []), name="other", title="Another one")
    other.walk()
    failure = lab(("s0", [RUN], [])).walk().failure
    assert "which the workshop 'Another one' made" in failure
    assert "./lab reset -e workshop_path=/srv/other" in failure
    image = {"image_tag": {"name": "busybox", "target": "made"}}
    failure = lab(("s0", [{"image_pull": {"name": "busybox"}}, image], [])).walk().failure
    assert "which the workshop 'Another one' made" in failure
    assert "./lab reset -e workshop_path=/srv/other" in failure


def test_an_image_that_another_workshop_pulled_is_its_own(api, lab):
    lab(("s0", [{"image_pull": {"name": "busybox"}}], []), name="other", title="Other").walk()
    steps = [{"image_pull": {"name": "busybox"}}, {"image_remove": {"name": "busybox"}}]
    failure = lab(("s0", steps, [])).walk().failure
    assert "which the workshop 'Other' made" in failure
    assert "busybox:latest" in api.tagged


@pytest.mark.parametrize("operation", OF_IMAGES)
def test_an_image_of_the_lab_is_made_anew(api, lab, source, operation):
    machine = lab(*numbered(OF_IMAGES[operation], source))
    assert machine.walk().failure == ""
    assert machine.walk([len(OF_IMAGES[operation]) - 1]).failure == ""


@pytest.mark.parametrize("relation", IMAGES)
@pytest.mark.parametrize("operation", OF_IMAGES)
def test_an_image_of_somebody_else_is_left_alone(api, lab, source, operation, relation):
    steps = numbered(OF_IMAGES[operation], source)
    machine = lab(*steps)
    for index in range(len(steps) - 1):
        machine.walk([index])
    theirs = image_by_hand(api, relation)  # the name passes to it
    walk = machine.walk([len(steps) - 1])
    assert f"step lesson.s{len(steps) - 1}" in walk.failure
    assert api.tagged["made:latest"] == theirs


@pytest.mark.parametrize("relation", IMAGES)
@pytest.mark.parametrize("operation", [name for name in OF_IMAGES if name != "image_remove"])
def test_an_image_of_somebody_else_keeps_a_dated_name(api, lab, source, operation, relation):
    theirs = image_by_hand(api, relation)
    assert lab(*numbered(OF_IMAGES[operation], source), take_over=True).walk().failure == ""
    assert api.tagged["made:latest"] != theirs
    assert next(name for name, each in api.tagged.items() if each == theirs).startswith("made:2")


def test_only_the_labs_own_untagged_images_are_pruned(api, lab):
    again = {"image_commit": {"container": "web", "name": "made", "changes": ['CMD ["x"]']}}
    steps = [("s0", [STOPPED, MAKE], []), ("s1", [again], []), ("s2", [{"image_prune": {}}], [])]
    machine = lab(*steps)
    machine.walk([0])
    ours = api.tagged["made:latest"]
    machine.walk([1])
    labels = dict(api.pictures[ours]["Config"]["Labels"])
    theirs = api.add_image(labels=labels)
    stranger = api.add_image()
    machine.walk([2])
    assert ours not in api.pictures
    assert {theirs, stranger} <= set(api.pictures)


def test_untagged_images_that_something_needs_are_not_pruned(api, lab):
    again = {"image_commit": {"container": "web", "name": "made", "changes": ['CMD ["x"]']}}
    prune = ("s2", [{"image_prune": {}}], [{"images": {"untagged": 0}}])
    machine = lab(
        ("s0", [STOPPED, MAKE, {"image_push": {"name": "made"}}], []), ("s1", [again], []), prune
    )
    machine.walk([0])
    ours = api.tagged["made:latest"]
    derived = api.add_image("derived", parent=ours)
    machine.walk([1])
    assert machine.walk([2]).failure == ""
    assert {ours, derived} <= set(api.pictures)
    assert machine.walk().changed is False
    assert machine.reset().kept[0].why == "another image stands on it"


@pytest.mark.parametrize("relation", STRANGERS)
def test_reset_keeps_a_container_of_somebody_else(api, lab, relation):
    machine = lab(("s0", [RUN], []))
    machine.walk()
    api.rename(api.named("web")["Id"], "ours")
    theirs = by_hand(api, relation)
    before = copy.deepcopy(api.stock[theirs])
    reset = machine.reset()
    assert list(api.stock) == [theirs]
    assert api.stock[theirs] == before
    assert "container ours" in reset.removed
    told = [each.what for each in reset.kept]
    assert ("container web" in told) == (relation in ("inherited", "from our image"))


@pytest.mark.parametrize("relation", IMAGES)
def test_reset_keeps_an_image_of_somebody_else(api, lab, relation):
    machine = lab(("s0", [STOPPED, MAKE], []))
    machine.walk()
    theirs = image_by_hand(api, relation, "theirs")
    reset = machine.reset()
    assert api.tagged == {"theirs:latest": theirs}
    told = [each.what for each in reset.kept]
    assert ("image theirs:latest" in told) == (relation in ("inherited", "committed from ours"))


def test_reset_keeps_what_somebody_made_out_of_the_labs_things_and_what_that_needs(api, lab):
    machine = lab(("s0", [STOPPED, MAKE], []))
    machine.walk()
    api.post(
        "/commit",
        {"container": api.named("web")["Id"], "repo": "mine", "tag": "thesis", "changes": ""},
        {},
    )
    from_commit = api.add_container("from-my-commit", "mine:thesis", running=True)
    labels = api.pictures[api.tagged["made:latest"]]["Config"]["Labels"]
    built = api.add_image("derived:1", labels=labels, parent=api.tagged["made:latest"])
    user = api.add_container("mine", "made", running=True)
    reset = machine.reset()
    assert set(api.stock) == {from_commit, user}
    assert {"mine:thesis", "derived:1", "made:latest"} <= set(api.tagged)
    assert built in api.pictures
    why = {each.what: each.why for each in reset.kept}
    assert why["image made:latest"] == "the container mine uses it"
    assert {"container from-my-commit", "image mine:thesis", "image derived:1"} <= set(why)
    assert "container web" in reset.removed
    again = machine.reset()
    assert again.removed == []
    api.remove_container(user, force=True)
    assert machine.reset().removed == ["image made:latest", f"the progress in {machine.path}"]
    assert "made:latest" not in api.tagged


def test_reset_goes_on_where_something_cannot_be_removed(api, lab, monkeypatch):
    machine = lab(("s0", [STOPPED, {"container_run": {**SLEEP, "name": "two"}}, MAKE], []))
    machine.walk()
    stuck = api.named("web")["Id"]
    remove = api.remove_container

    def refuse(word, **how):
        if word == stuck:
            raise docker.errors.APIError("500", explanation="device or resource busy")
        remove(word, **how)

    monkeypatch.setattr(api, "remove_container", refuse)
    reset = machine.reset()
    assert "container web: device or resource busy" in [str(each) for each in reset.kept]
    assert {"container two", "image made:latest"} <= set(reset.removed)
    monkeypatch.setattr(api, "remove_container", remove)
    assert "container web" in machine.reset().removed
    assert (api.stock, api.tagged) == ({}, {})


def test_reset_in_check_mode_touches_nothing(api, lab):
    machine = lab(("s0", [STOPPED, MAKE], []))
    machine.walk()
    api.log.clear()
    removed = machine.reset(check_mode=True).removed
    assert api.log == []
    assert machine.reset().removed == removed


def test_a_name_that_passed_to_another_image_stays_with_it(api, lab):
    machine = lab(("s0", [STOPPED, MAKE], []))
    machine.walk()
    theirs = api.add_image("made")
    reset = machine.reset()
    assert api.tagged == {"made:latest": theirs}
    assert "somebody gave its name to another image" in [each.why for each in reset.kept]


def test_a_name_that_somebody_gave_to_an_image_of_the_lab_stays(api, lab):
    machine = lab(("s0", [STOPPED, MAKE], []))
    machine.walk()
    ours = api.tagged["made:latest"]
    api.tag("made", "precious", "1")
    machine.reset()
    assert api.tagged == {"precious:1": ours}


def test_an_image_that_was_here_before_stays(api, lab):
    here = api.add_image("busybox")
    machine = lab(("s0", [STOPPED], []))
    machine.walk()
    machine.reset()
    assert api.tagged == {"busybox:latest": here}


def test_an_image_that_the_lab_pulled_goes(api, lab):
    machine = lab(("s0", [STOPPED], []))
    machine.walk()
    machine.reset()
    assert api.tagged == {}
    assert machine.reset().removed == []
