# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Grading: what is passed, failed, blocked and unknown, and on what evidence.

The engine is a fake that only remembers.
"""

from __future__ import annotations

import base64

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.workshop.content import Content
from ansible_collections.workshop.containers.plugins.module_utils.workshop.fold import Maker
from ansible_collections.workshop.containers.plugins.module_utils.workshop.grading import Grading
from ansible_collections.workshop.containers.plugins.module_utils.workshop.ownership import (
    CONTAINER,
    IMAGE,
    labels_for,
)
from ansible_collections.workshop.containers.plugins.module_utils.workshop.record import Record

DATE = {"image": "busybox", "command": ["date"]}
STEPS = [
    ("run", [{"container_run": DATE}], [{"container": {"exit_code": 0, "command": ["date"]}}]),
    (
        "again",
        [{"container_run": DATE}],
        [{"image_not_pulled": {"name": "busybox"}}, {"container": {"exit_code": 0}}],
    ),
    ("list", [], [{"containers": {"stopped": 2}}]),
    ("remove", [{"container_remove": {"stopped": True}}], [{"containers": {"stopped": 0}}]),
    (
        "passing",
        [{"container_run": {**DATE, "auto_remove": True}}],
        [{"container": {"exit_code": 0, "exists": False}}],
    ),
    (
        "file",
        [{"file_write": {"path": "/srv/hello", "source": "hello"}}],
        [{"file": {"path": "/srv/hello"}}],
    ),
    ("read", [], [{"file": {"path": "/srv/hello"}}]),
    ("last", [], [{"file": {"path": "/etc/passwd"}}]),
]


def content(until, errata=(), made_of=STEPS):
    steps = [
        {
            "id": f"lesson.{name}",
            "lesson": "lesson",
            "title": {"en": name},
            "hint": {},
            "do": do,
            "check": check,
            "digest": name,
        }
        for name, do, check in made_of
    ]
    files = {"lesson/hello": base64.b64encode(b"hello").decode()}
    data = {
        "name": "containers",
        "title": {"en": "Containers"},
        "path": "/workshops/containers",
        "base_images": [],
        "files": files,
        "steps": steps,
        "until": f"lesson.{until}",
        "errata": errata,
    }
    return Content(data, "en")


class Remembering:
    """An engine with given containers and events."""

    def __init__(self, containers=(), events=()):
        self.known = {container["Id"]: container for container in containers}
        self.known_events = list(events)

    def containers(self):
        return [{"Id": identity} for identity in self.known]

    def inspect(self, identity):
        return self.known.get(identity)

    def image_by_id(self, _identity):
        return {"Config": {"Labels": {}, "Cmd": ["sh"]}}

    def image_labels(self, image):
        return image["Config"]["Labels"]

    def container_named(self, _name):
        return None

    def events(self, since, _until):
        return [event for event in self.known_events if event["timeNano"] / 1e9 >= since]


def own(step):
    return labels_for("containers", Maker(step), CONTAINER) if step else {}


def container(identity, second, exit_code=0, command=("date",), step=None, tty=False):
    return {
        "Id": identity,
        "Name": f"/name-{identity}",
        "Created": f"2026-01-01T00:00:{second:02d}.5Z",
        "Image": "sha256:busybox",
        "Config": {"Image": "busybox", "Cmd": list(command), "Tty": tty, "Labels": own(step)},
        "State": {
            "Running": False,
            "ExitCode": exit_code,
            "StartedAt": "2026-01-01T00:00:00Z",
            "OOMKilled": False,
        },
        "HostConfig": {"PortBindings": {}, "AutoRemove": False},
    }


def event(action, identity, second, kind="container", **attributes):
    actor = {
        "ID": identity,
        "Attributes": {"image": "busybox", "name": f"name-{identity}", **attributes},
    }
    nanoseconds = int((1767225600 + second) * 1e9)
    return {"Type": kind, "Action": action, "Actor": actor, "id": identity, "timeNano": nanoseconds}


def life(identity, second, exit_code=0, step=None):
    """The events of a container that ran and was removed."""
    more = own(step)
    return [
        event("create", identity, second, **more),
        event("start", identity, second, **more),
        event("die", identity, second, exitCode=str(exit_code), **more),
        event("destroy", identity, second + 0.1, **more),
    ]


def grade(tmp_path, engine, until="last", verified=(), made=None):
    """Grade; ``made`` maps the ids of containers that the lab's record knows to their steps."""
    record = Record(str(tmp_path / "containers" / "progress.json"))
    for identity, step in (made or {}).items():
        record.note_container(identity, Maker(step))
    for name in verified:
        record.verify({"id": f"lesson.{name}", "digest": name}, [])
    results = Grading(content(until), engine, record).grade()
    return {result["id"].partition(".")[2]: result for result in results}


def statuses(results):
    return {name: result["status"] for name, result in results.items()}


def test_a_fresh_machine_passes_nothing_that_must_be_done(tmp_path):
    results = grade(tmp_path, Remembering(), until="passing")
    assert set(statuses(results).values()) == {"unknown"}
    assert statuses(grade(tmp_path, Remembering(), until="run")) == {"run": "failed"}


def test_work_by_hand_counts(tmp_path):
    start = event("create", "early", 0)
    results = grade(
        tmp_path, Remembering([container("aa", 5), container("bb", 9)], [start]), until="list"
    )
    assert statuses(results) == {"run": "passed", "again": "passed", "list": "passed"}


def test_an_erratum_of_a_step_that_failed_is_told(tmp_path):
    graded = content(
        "run", [{"id": "E9", "steps": ["lesson.run"], "text": {"en": "not as written"}}]
    )
    record = Record(str(tmp_path / "containers" / "progress.json"))
    [result] = Grading(graded, Remembering(), record).grade()
    assert "E9: not as written" in result["remedy"].splitlines()


def test_one_container_is_not_given_to_two_steps(tmp_path):
    results = grade(tmp_path, Remembering([container("aa", 5)]), until="list")
    assert statuses(results)["run"] == "passed"
    assert statuses(results)["again"] == "failed"


def test_another_command_does_not_count(tmp_path):
    assert statuses(
        grade(tmp_path, Remembering([container("aa", 5, command=["ls"])]), until="run")
    ) == {"run": "failed"}


def test_a_terminal_of_which_the_step_does_not_speak_is_no_fault(tmp_path):
    engine = Remembering([container("aa", 5, tty=True)])
    assert statuses(grade(tmp_path, engine, until="run")) == {"run": "passed"}
    failed = container("aa", 5, exit_code=1, tty=True)
    engine = Remembering([failed, container("bb", 9)])
    assert statuses(grade(tmp_path, engine, until="run")) == {"run": "passed"}


@pytest.mark.parametrize("kept", [True, False])
def test_a_try_with_another_command_is_no_run_of_the_image(tmp_path, kept):
    greet = [{"container_run": {"image": "busybox"}}]
    steps = [("greet", greet, [{"container": {"exit_code": 0}}])]
    tried = container("aa", 5, exit_code=1, command=["ls"])
    right = [container("bb", 9, command=["sh"])] if kept else []
    record = Record(str(tmp_path / "containers" / "progress.json"))
    engine = Remembering([tried, *right], [] if kept else life("bb", 9))
    [result] = Grading(content("greet", made_of=steps), engine, record).grade()
    if kept:
        assert result["status"] == "passed"
    else:
        assert result["observed"] == "name-bb: gone"


def test_a_wrong_exit_code_fails_although_a_later_step_removes_it(tmp_path):
    results = grade(tmp_path, Remembering([container("aa", 5, exit_code=1)]), until="remove")
    assert results["run"]["status"] == "failed"
    assert "exit code 1" in results["run"]["observed"]


def test_a_pull_in_between_fails(tmp_path):
    pull = event("pull", "busybox:latest", 7, kind="image")
    engine = Remembering(
        [container("aa", 5), container("bb", 9)], [event("create", "early", 0), pull]
    )
    assert statuses(grade(tmp_path, engine, until="again"))["again"] == "failed"


def test_a_pull_for_another_container_does_not_count(tmp_path):
    strange = event("create", "strange", 1)
    pull = event("pull", "busybox:latest", 4, kind="image")
    engine = Remembering(
        [container("bb", 9, step="lesson.again"), container("aa", 20, step="lesson.run")],
        [strange, pull, *life("old", 5)],
    )
    assert statuses(grade(tmp_path, engine, until="again"))["again"] == "passed"


def test_events_do_not_tell_what_somebody_ran_in_what_is_gone(tmp_path):
    results = grade(
        tmp_path,
        Remembering(events=life("aa", 5) + life("bb", 9) + life("cc", 12)),
        until="passing",
    )
    unknown = dict.fromkeys(["run", "again", "remove", "passing"], "unknown")
    assert statuses(results) == unknown | {"list": "passed"}
    assert results["run"]["observed"] == "name-aa: nothing tells what it ran"
    assert results["list"]["evidence"] == "the engine's events"


def test_a_passing_container_of_somebody_else_that_failed_is_not_held_against_a_step(tmp_path):
    verified = ["run", "again", "list", "remove", "passing"]
    results = grade(
        tmp_path,
        Remembering(events=life("strange", 5, exit_code=137)),
        until="passing",
        verified=verified,
    )
    assert set(statuses(results).values()) == {"passed"}


def test_what_the_lab_did_is_not_judged_by_a_container_of_somebody_else(tmp_path):
    done = ["run", "again", "list", "remove"]
    results = grade(tmp_path, Remembering(events=life("strange", 5)), until="remove", verified=done)
    assert "the engine's events" not in {results[name]["evidence"] for name in done}


def test_an_end_that_a_later_step_does_not_want_speaks_against_a_container(tmp_path):
    steps = [
        ("open", [{"container_run": DATE}], [{"container": {"command": ["date"]}}]),
        ("exit", [], [{"container": {"step": "lesson.open", "running": False, "exit_code": 0}}]),
        ("remove", [{"container_remove": {"stopped": True}}], [{"containers": {"stopped": 0}}]),
    ]
    fitting, strange = life("aa", 9), life("strange", 5, exit_code=1)
    taken, none = "name-aa: nothing tells what it ran", "no such container"
    for events, seen in (([*strange, *fitting], taken), (strange, none)):
        graded = Grading(
            content("remove", made_of=steps),
            Remembering(events=events),
            Record(str(tmp_path / "none" / "progress.json")),
        )
        assert graded.grade()[1]["observed"] == seen


def test_a_container_from_an_image_of_the_lab_is_work_by_hand(tmp_path):
    by_hand = container("aa", 5)
    by_hand["Config"]["Labels"] = labels_for("containers", Maker("lesson.build"), IMAGE)
    assert statuses(grade(tmp_path, Remembering([by_hand]), until="run")) == {"run": "passed"}


class TestAnotherWorkshop:
    """What another workshop of the lab made on this machine is nobody's work in this one."""

    def test_a_container_that_its_record_knows_does_not_count(self, tmp_path):
        self.note(tmp_path, "aa")
        results = grade(tmp_path, Remembering([container("aa", 5)]), until="run")
        assert statuses(results) == {"run": "failed"}
        assert results["run"]["observed"] == "no such container"

    def test_nor_does_one_of_which_only_events_tell(self, tmp_path):
        self.note(tmp_path, "aa")
        results = grade(tmp_path, Remembering(events=life("aa", 5)), until="run")
        assert statuses(results) == {"run": "failed"}
        assert results["run"]["observed"] == "no such container"

    @pytest.mark.parametrize("step", ["lesson.run", "elsewhere.run"])
    def test_a_label_tells_where_no_record_does(self, tmp_path, step):
        theirs = container("aa", 5)
        theirs["Config"]["Labels"] = labels_for("other", Maker(step), CONTAINER)
        assert statuses(grade(tmp_path, Remembering([theirs]), until="run")) == {"run": "failed"}

    def test_what_somebody_runs_from_an_image_with_its_labels_counts(self, tmp_path):
        labels = labels_for("other", Maker("lesson.run"), CONTAINER)
        by_hand = container("aa", 5)
        by_hand["Config"]["Labels"] = labels
        engine = Remembering([by_hand])
        engine.image_by_id = lambda _identity: {"Config": {"Labels": labels}}
        assert statuses(grade(tmp_path, engine, until="run")) == {"run": "passed"}

    def test_work_by_hand_beside_it_counts(self, tmp_path):
        self.note(tmp_path, "aa")
        engine = Remembering([container("aa", 5), container("bb", 9)])
        assert statuses(grade(tmp_path, engine, until="run")) == {"run": "passed"}

    @staticmethod
    def note(tmp_path, identity):
        """Let the record of another workshop know a container."""
        record = Record(str(tmp_path / "other" / "progress.json"))
        record.note_container(identity, Maker("lesson.run"))


def test_events_from_before_a_reset_are_none(tmp_path):
    record = Record(str(tmp_path / "containers" / "progress.json"))
    record.start_over()
    results = Grading(content("run"), Remembering(events=life("aa", 5)), record).grade()
    assert [result["status"] for result in results] == ["failed"]


def test_the_record_is_evidence_for_what_the_engine_has_forgotten(tmp_path):
    results = grade(
        tmp_path,
        Remembering(),
        until="passing",
        verified=["run", "again", "list", "remove", "passing"],
    )
    assert set(statuses(results).values()) == {"passed"}
    assert results["passing"]["evidence"] == "the progress record"


def test_the_record_of_a_step_that_reads_otherwise_now_is_none(tmp_path):
    record = Record(str(tmp_path / "containers" / "progress.json"))
    record.verify({"id": "lesson.run", "digest": "as it was"}, [])
    results = Grading(content("remove"), Remembering(), record).grade()
    assert results[0]["status"] == "unknown"


def test_nothing_there_is_no_proof_of_a_removal(tmp_path):
    results = grade(tmp_path, Remembering(), until="remove", verified=["run"])
    assert results["remove"]["status"] == "unknown"
    assert "nothing shows that it was ever different" in results["remove"]["observed"]


def test_a_failure_blocks_what_needs_it_and_nothing_else(tmp_path):
    results = grade(tmp_path, Remembering(), verified=["run", "again", "list", "remove", "passing"])
    assert results["file"]["status"] == "failed"
    assert (results["read"]["status"], results["read"]["observed"]) == (
        "blocked",
        "it needs lesson.file",
    )
    assert results["last"]["status"] == "passed"


def test_a_step_that_was_done_again_is_judged_by_its_last_container(tmp_path):
    first = life("aa", 5, exit_code=137, step="lesson.run")
    pull = [event("pull", "busybox:latest", 6, kind="image")]
    events = [*first, *pull, *life("bb", 7, step="lesson.run"), *life("cc", 9, step="lesson.again")]
    made = {"aa": "lesson.run", "bb": "lesson.run", "cc": "lesson.again"}
    results = grade(tmp_path, Remembering(events=events), until="remove", made=made)
    assert statuses(results)["run"] == "passed"
    assert statuses(results)["again"] == "passed"


@pytest.mark.parametrize("name", ["run", "passing"])
def test_a_labelled_container_belongs_to_its_step(tmp_path, name):
    events = life("aa", 5, step=f"lesson.{name}")
    made = {"aa": f"lesson.{name}"}
    results = grade(tmp_path, Remembering(events=events), until="passing", made=made)
    assert [
        each for each, result in results.items() if result["evidence"] == "the engine's events"
    ] == [name]


def test_what_a_later_step_has_left_is_not_counted(tmp_path):
    events = [*life("aa", 5, step="lesson.run"), *life("bb", 7, step="lesson.again")]
    engine = Remembering([container("cc", 9, step="lesson.passing")], events)
    made = {"aa": "lesson.run", "bb": "lesson.again", "cc": "lesson.passing"}
    assert statuses(grade(tmp_path, engine, until="passing", made=made))["remove"] == "passed"
