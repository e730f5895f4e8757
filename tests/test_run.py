"""The main job, on this machine, as a person runs it: `./lab run`, and what it leaves."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import jsonschema
import pytest

from support import docker

pytestmark = pytest.mark.xdist_group("here")  # one worker, in order

ROOT = Path(__file__).parent.parent
PLUGINS = ROOT / "collections/ansible_collections/workshop/containers/plugins"
SCHEMA = PLUGINS / "plugin_utils/report/results.schema.json"
LABEL = "label=workshop.containers.workshop=containers"


def recap(output: str) -> dict[str, int]:
    """Ansible's counts of the one machine: {ok: 12, changed: 0, …}."""
    [line] = re.findall(r"^localhost +: (.*)$", output, re.MULTILINE)
    return {key: int(count) for key, count in re.findall(r"(\w+)=(\d+)", line)}


def results() -> dict:
    """The entry of this machine in the report, which must be as its schema says."""
    report = json.loads((ROOT / "report/results.json").read_text(encoding="utf-8"))
    jsonschema.validate(report, json.loads(SCHEMA.read_text()), cls=jsonschema.Draft202012Validator)
    return report["hosts"]["localhost"]


def made_by_the_workshop() -> list[str]:
    """Containers and images that carry the workshop's label."""
    containers = subprocess.check_output(
        ["docker", "ps", "-aq", "--filter", LABEL], text=True
    ).split()
    images = subprocess.check_output(
        ["docker", "images", "-q", "--filter", LABEL], text=True
    ).split()
    return containers + images


def test_mistake_in_a_lesson_stops_before_a_machine_is_touched(run, tmp_path):
    copy = tmp_path / "containers"
    shutil.copytree(ROOT / "workshops/containers", copy)
    lesson = copy / "network-service/lesson.yml"
    lesson.write_text(lesson.read_text().replace("container_run:", "container_rn:"))
    leave = {
        "WORKSHOP_REPORT_PATH": ""
    }  # the report is the first run's, which may have ended already
    output = run("run-mistake", ROOT / "lab", "run", "-e", f"workshop_path={copy}", rc=2, env=leave)
    assert re.search(
        r"network-service/lesson.yml:\d+: .*container_rn.*did you mean container_run\?", output
    )
    assert "Provision" not in output


@pytest.mark.usefixtures("first_run")
class TestAfterTheFirstRun:
    """Each of these starts from a machine on which the workshop was done, and leaves one."""

    def test_every_step_passed(self):
        entry = results()
        assert (entry["status"], entry["reached"]) == ("passed", entry["until"])

    def test_second_run_changes_nothing(self, run):
        output = run("run-second", ROOT / "lab", "run")
        assert recap(output)["changed"] == 0
        assert not results()["changed"]

    def test_dry_run_would_change_nothing(self, run):
        assert recap(run("run-check", ROOT / "lab", "run", "--check", "--diff"))["changed"] == 0

    def test_machine_is_graded_as_done(self, run):
        after_su = {"LOGNAME": "learner"}  # which is what it still says there, to root
        assert recap(run("run-grade", ROOT / "lab", "grade", env=after_su))["changed"] == 0
        entry = results()
        assert (entry["action"], entry["status"]) == ("grade", "passed")

    def test_other_languages(self, run):
        run("run-russian", ROOT / "lab", "grade", "-e", "workshop_language=ru")
        assert not any(step["title"].isascii() for step in results()["steps"])

    def test_one_run_repairs_what_was_broken(self, run):
        subprocess.run(
            ["docker", "rmi", "--force", "greeting", "hello"], check=True, stdout=subprocess.DEVNULL
        )
        assert recap(run("run-repair", ROOT / "lab", "workshop"))["changed"] == 1
        assert recap(run("run-repaired", ROOT / "lab", "workshop"))["changed"] == 0

    def test_reset_leaves_nothing_and_the_way_starts_again(self, run):
        assert recap(run("run-reset", ROOT / "lab", "reset"))["changed"] == 1
        assert made_by_the_workshop() == []
        assert recap(run("run-reset-again", ROOT / "lab", "reset"))["changed"] == 0
        output = run("run-after-reset", ROOT / "lab", "workshop", "-e", "workshop_until=dockerfile")
        assert recap(output)["changed"] == 1
        assert results()["status"] == "passed"
        shown_live = output.partition("PLAY RECAP")[0]
        done = [step["id"] for step in results()["steps"] if step["status"] != "not_here"]
        assert [step for step in done if f" {step} " not in shown_live] == []

    def test_reset_keeps_what_a_learner_made_out_of_it_and_what_that_needs(self, run):
        run("run-reset-before", ROOT / "lab", "reset")
        until = ["-e", "workshop_until=dockerfile"]
        run("run-before-kept", ROOT / "lab", "workshop", *until)
        docker("commit", "session", "learner/thesis")
        docker("run", "-d", "--name=learner-work", "-v/anonymous", "learner/thesis", "sleep", "999")
        docker("run", "--name=learner-visit", "greeting", "/goodbye")
        docker("build", "--tag=learner/derived", "-", stdin="FROM greeting\nENV MINE=yes\n")
        volume = docker("inspect", "--format={{(index .Mounts 0).Name}}", "learner-work")
        try:
            assert recap(run("run-reset-kept", ROOT / "lab", "reset"))["changed"] == 1
            why = {each["what"]: each["why"] for each in results()["kept"]}
            assert why["image greeting:latest"] == "the container learner-visit uses it"
            assert {"container learner-work", "image learner/thesis:latest"} <= set(why)
            names = set(docker("ps", "-a", "--format={{.Names}}").split())
            assert {"learner-visit", "learner-work"} <= names
            assert not {"session", "layer"} & names
            for image in ("learner/thesis", "learner/derived", "greeting"):
                docker("inspect", image)
            docker("volume", "inspect", volume)
            assert recap(run("run-reset-kept-again", ROOT / "lab", "reset"))["changed"] == 0
        finally:
            docker("rm", "--force", "--volumes", "learner-work", "learner-visit")
            docker("rmi", "learner/thesis", "learner/derived")
        assert recap(run("run-reset-rest", ROOT / "lab", "reset"))["changed"] == 1
        assert made_by_the_workshop() == []
        output = run("run-after-kept", ROOT / "lab", "workshop", *until)
        assert recap(output)["changed"] == 1
