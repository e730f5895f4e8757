# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person does is seen as the step that it is; what they did otherwise is not."""

from __future__ import annotations

import time

import pytest

RUN = {"image": "busybox", "command": ["date"]}
DATE = [{"container": {"command": ["date"], "exit_code": 0, "output": r"\d\d:\d\d"}}]
RUN_STEP = ("run", [{"container_run": RUN}], DATE)
AGAIN = ("again", [{"container_run": RUN}], [{"image_not_pulled": {"name": "busybox"}}, *DATE])
NOW = "12:30:45"
SERVER = {"image": "busybox", "name": "web", "command": ["httpd"], "detach": True}
RUNS = [{"container": {"name": "web", "running": True}}]
SERVE = ("serve", [{"container_run": SERVER}], RUNS)
LOOK = ("look", [], RUNS)
STOP = (
    "stop",
    [{"container_stop": {"name": "web"}}],
    [{"container": {"name": "web", "running": False}}],
)
SHELL = {"image": "busybox", "name": "box", "tty": True}
OPEN = ("open", [{"container_run": SHELL}], [{"container": {"name": "box", "running": True}}])
PS = (
    "ps",
    [{"terminal_type": {"terminal": "A", "input": "ps"}}],
    [{"terminal": {"name": "A", "matches": "PID"}}],
)


class TestContainers:
    def test_a_step_is_done_as_it_happens(self, person):
        learner = person(RUN_STEP, AGAIN)
        learner.lab.content.needs[1] = {0}
        assert learner.states() == {"run": "open", "again": "waiting"}
        learner.run("busybox", "date", printed=NOW)
        assert learner.states() == {"run": "done", "again": "open"}
        learner.run("busybox", "date", printed=NOW)
        assert learner.states() == {"run": "done", "again": "done"}

    def test_a_pull_for_a_failed_try_is_not_that_of_the_next(self, person):
        learner = person(AGAIN)
        learner.run("busybox", "date", printed=NOW)  # pulls
        assert learner.states() == {"again": "open"}
        assert learner.missing("again")[1] == "1 pulls"
        learner.run("busybox", "date", printed=NOW)
        assert learner.states() == {"again": "done"}

    def test_it_stays_done_when_what_it_made_is_gone(self, person):
        learner = person(RUN_STEP)
        container = learner.run("busybox", "date", printed=NOW)
        assert learner.states() == {"run": "done"}
        learner.removes(container)
        assert learner.states() == {"run": "done"}

    def test_one_that_removed_itself_before_anybody_judged_is_known(self, person):
        passing = {**RUN, "auto_remove": True}
        check = [{"container": {"exit_code": 0, "output": NOW, "exists": False}}]
        learner = person(("run", [{"container_run": passing}], check))
        learner.run("busybox", "date", printed=NOW, remove=True)
        assert learner.states() == {"run": "done"}

    @pytest.mark.parametrize(
        ("command", "printed", "exit_code", "observed"),
        [
            (["true"], "", 0, None),
            (["date", "-u"], "nothing", 0, "output 'nothing', command `date -u`"),
            (["date"], NOW, 1, "exit code 1"),
        ],
    )
    def test_a_failed_try_costs_nothing_and_says_what_is_missing(
        self, person, command, printed, exit_code, observed
    ):
        learner = person(RUN_STEP)
        tried = learner.run("busybox", *command, printed=printed, exit_code=exit_code)
        assert learner.states() == {"run": "open"}
        found = learner.missing("run")
        named = observed and f"{learner.memory.containers[tried].name}: {observed}"
        assert (found and found[1]) == named
        learner.run("busybox", "date", printed=NOW)
        assert learner.states() == {"run": "done"}
        assert learner.missing("run") is None

    @pytest.mark.parametrize("image", ["docker.io/library/busybox", "busybox:latest", "its id"])
    def test_the_image_may_be_named_otherwise(self, person, image):
        learner = person(RUN_STEP)
        learner.api.pull("busybox", "latest")
        name = learner.api.tagged["busybox:latest"] if image == "its id" else image
        learner.run(name, "date", printed=NOW)
        assert learner.states() == {"run": "done"}

    def test_another_image_is_another_thing(self, person):
        learner = person(RUN_STEP)
        learner.api.add_image("alpine")
        learner.run("alpine", "date", printed=NOW)
        assert learner.states() == {"run": "open"}

    def test_what_ran_before_the_step_could_be_done_is_not_it(self, person):
        needy = ("again", [{"container_run": RUN}], DATE)
        learner = person(RUN_STEP, needy)
        learner.lab.content.needs[1] = {0}
        learner.run("busybox", "date", printed=NOW)
        assert learner.states() == {"run": "done", "again": "open"}

    def test_what_it_printed_has_to_be_known(self, person):
        learner = person(RUN_STEP)
        container = learner.run("busybox", "date")
        learner.see({"event": "die", "at": 1100.0, "id": container, "exit_code": 0})
        assert learner.states() == {"run": "open"}
        name = learner.memory.containers[container].name
        assert learner.missing("run")[1] == f"{name}: nothing tells what it printed"

    def test_the_labs_own_is_nobodys_work(self, person):
        learner = person(SERVE)
        learner.lab.walk()
        assert learner.states() == {"serve": "done"}
        assert learner.memory.ticks == {}

    def test_what_the_lab_has_made_is_removed_by_a_person(self, person):
        removal = [{"container_remove": {"name": "box"}}]
        gone = [{"container": {"name": "box", "exists": False}}]
        run = {"image": "busybox", "name": "box", "command": ["date"]}
        ran = [{"container": {"name": "box", "exit_code": 0}}]
        learner = person(("run", [{"container_run": run}], ran), ("remove", removal, gone))
        learner.lab.walk(todo=[0])
        box = learner.api.named("box")
        maker = ["lesson.run", 0]
        seen = {"name": "box", "image": "busybox", "image_id": "", "command": ["date"]}
        seen.update(tty=False, auto_remove=False, ports={}, maker=maker, id=box["Id"])
        learner.see({"event": "create", "at": time.time(), "source": "engine", **seen})
        assert learner.states() == {"run": "done", "remove": "open"}
        learner.api.stock.pop(box["Id"])
        learner.see({"event": "destroy", "at": time.time() + 5, "id": box["Id"]})
        assert learner.states()["remove"] == "done"

    def test_the_labs_steps_open_those_behind_them(self, person):
        learner = person(SERVE, STOP)
        learner.lab.walk(todo=[0])
        assert learner.states() == {"serve": "done", "stop": "open"}


class TestOrder:
    def test_a_step_waits_for_what_it_needs(self, person):
        learner = person(SERVE, STOP)
        assert learner.states() == {"serve": "open", "stop": "waiting"}
        server = learner.run("busybox", "httpd", name="web")
        assert learner.states() == {"serve": "done", "stop": "open"}
        learner.ends(server)
        assert learner.states() == {"serve": "done", "stop": "done"}

    def test_what_was_done_at_once_is_seen_in_one_go(self, person):
        learner = person(SERVE, STOP)
        learner.ends(learner.run("busybox", "httpd", name="web"))
        # It is over by now: that it ran was seen, but by nobody who judged it.
        assert learner.states() == {"serve": "open", "stop": "waiting"}

    def test_who_skips_a_step_may_go_on(self, person):
        learner = person(OPEN, PS, TestImages.COMMIT_BOX)
        learner.lab.content.needs[2] = {0, 1}
        box = learner.run("busybox", "sh", name="box", tty=True)
        assert learner.states() == {"open": "done", "ps": "open", "commit": "waiting"}
        learner.api.add_image("made")
        learner.does("commit", box)
        learner.does("tag", "docker.io/library/made:latest")
        assert learner.states() == {"open": "done", "ps": "open", "commit": "done"}

    def test_what_an_earlier_step_did_by_the_way_is_not_a_later_one(self, person):
        pull = [{"image_pull": {"name": "busybox"}}]
        learner = person(RUN_STEP, ("pull", pull, [{"image": {"name": "busybox"}}]))
        learner.lab.content.needs[1] = {0}
        learner.run("busybox", "true", printed="")
        assert learner.states() == {"run": "open", "pull": "waiting"}
        learner.run("busybox", "date", printed=NOW)
        assert learner.states() == {"run": "done", "pull": "open"}
        learner.does("pull", "docker.io/library/busybox:latest")
        assert learner.states() == {"run": "done", "pull": "done"}

    def test_that_something_is_gone_proves_nothing_where_it_never_was(self, person):
        gone = ("gone", [{"container_remove": {"stopped": True}}], [{"containers": {"stopped": 0}}])
        learner = person(RUN_STEP, gone)
        learner.removes(learner.run("busybox", "true", printed=""))
        assert learner.states() == {"run": "open", "gone": "waiting"}

    def test_looking_leaves_nothing_and_blocks_nobody(self, person):
        learner = person(SERVE, LOOK, STOP)
        learner.run("busybox", "httpd", name="web")
        assert learner.states() == {"serve": "done", "look": "not_seen", "stop": "open"}

    def test_shells_are_followed_after_a_reset_too(self, person):
        learner = person(SERVE, LOOK, follows_shells=True)
        learner.see({"event": "reset", "at": 1000.5})
        learner.run("busybox", "httpd", name="web")
        assert learner.states()["look"] == "open"

    def test_looking_is_seen_in_a_shell_that_is_followed(self, person):
        learner = person(SERVE, LOOK, follows_shells=True)
        learner.lab.content.data[1]["command"] = "docker ps"
        learner.run("busybox", "httpd", name="web")
        assert learner.states() == {"serve": "done", "look": "open"}
        learner.types("docker images")
        learner.types("docker ps", exit_code=1)
        assert learner.states()["look"] == "open"
        learner.types("docker container ps --all")
        assert learner.states()["look"] == "done"


class TestTerminals:
    def test_what_was_typed_in_a_container_is_read_from_what_it_printed(self, person):
        learner = person(OPEN, PS)
        box = learner.run("busybox", "sh", name="box", tty=True)
        assert learner.states() == {"open": "done", "ps": "open"}
        learner.prints(box, "/ # ls\r\nbin\r\n/ # ")
        assert learner.states()["ps"] == "open"
        learner.prints(box, "/ # ps\r\nPID USER\r\n/ # ")
        assert learner.states()["ps"] == "done"

    def test_what_was_typed_before_the_step_does_not_count(self, person):
        learner = person(OPEN, PS, ("once-more", *PS[1:]))
        box = learner.run("busybox", "sh", name="box", tty=True)
        learner.judge()
        learner.prints(box, "PID USER\r\n")
        assert learner.states() == {"open": "done", "ps": "done", "once-more": "open"}
        learner.prints(box, "/ # ls\r\n")
        assert learner.states()["once-more"] == "open"
        learner.prints(box, "PID USER\r\n")
        assert learner.states()["once-more"] == "done"


class TestImages:
    COMMIT = (
        "commit",
        [{"image_commit": {"container": "web", "name": "made"}}],
        [{"image": {"name": "made"}}],
    )

    COMMIT_BOX = (
        "commit",
        [{"image_commit": {"container": "box", "name": "made"}}],
        [{"image": {"name": "made"}}],
    )

    def test_an_image_that_was_there_before_is_not_the_steps(self, person):
        learner = person(SERVE, self.COMMIT)
        learner.api.add_image("made")
        web = learner.run("busybox", "httpd", name="web")
        assert learner.states() == {"serve": "done", "commit": "open"}
        learner.does("commit", web)
        learner.does("tag", "docker.io/library/other:latest")
        assert learner.states()["commit"] == "open"
        learner.does("tag", "docker.io/library/made:latest")
        assert learner.states()["commit"] == "done"

    def test_an_image_of_another_container_is_not_the_steps(self, person):
        learner = person(SERVE, self.COMMIT)
        learner.lab.content.data[1]["command"] = "docker commit web made"
        other = learner.run("busybox", "true", name="other", printed="")
        web = learner.run("busybox", "httpd", name="web")
        learner.judge()
        learner.api.add_image("made")
        learner.does("commit", other)
        learner.does("tag", "docker.io/library/made:latest")
        assert learner.states()["commit"] == "open"
        assert learner.missing("commit")[1] == "the container other was committed"
        learner.does("commit", web)
        learner.does("tag", "docker.io/library/made:latest")
        assert learner.states()["commit"] == "done"

    def test_what_the_builder_had_in_its_cache_is_seen_in_the_history(self, person, tmp_path):
        (tmp_path / "Dockerfile").write_text("FROM busybox\nRUN x\nCOPY a /\n", encoding="ascii")
        build = {"name": "made", "path": str(tmp_path)}
        check = {"cached": ["^RUN x"], "ran": ["^COPY a"]}
        learner = person(("build", [{"image_build": build}], [{"build": check}]))

        def built(at, copied, ran="1"):
            history = [["COPY file:1 in /", copied], ["RUN x", ran], ["CMD sh", "0"]]
            name = "docker.io/library/made:latest"
            event = {"event": "act", "action": "tag", "name": name, "history": history}
            learner.see({**event, "at": at, "source": "engine"})

        built(1001.0, "1")
        built(1001.0, "1")  # told once more after a restart
        assert learner.states() == {"build": "open"}
        built(1002.0, "1")
        assert learner.states() == {"build": "open"}
        built(1003.0, "1003", ran="1003")
        assert learner.states() == {"build": "open"}
        built(1004.0, "2", ran="1")  # as older builds have left it in the cache
        assert learner.states() == {"build": "done"}

    def test_what_was_made_and_not_told_yet_is_nobodys(self, person):
        tag = [{"image_tag": {"name": "busybox", "target": "made"}}]
        learner = person(RUN_STEP, ("tag", tag, [{"image": {"name": "made"}}]))
        learner.run("busybox", "date", printed=NOW)
        learner.judge()

        def tagged(image):
            name = "docker.io/library/made:latest"
            event = {"event": "act", "action": "tag", "name": name, "id": image}
            learner.see({**event, "at": 1100.0, "source": "engine"})

        made = learner.api.add_image("made")
        tagged("sha256:of-an-older-one")
        assert learner.states()["tag"] == "open"
        tagged(made)
        assert learner.states()["tag"] == "done"


class TestFiles:
    @pytest.fixture
    def learner(self, person, tmp_path):
        """Before a step that makes a folder, and one that writes ``self.path`` into it."""
        folder = {"path": str(tmp_path / "app")}
        self.path = tmp_path / "app/hello"
        write = [{"file_write": {"path": str(self.path), "source": "hello"}}]
        steps = [
            ("folder", [{"directory_create": folder}], [{"directory": folder}]),
            ("write", write, [{"file": {"path": str(self.path), "matches": "hello"}}]),
        ]
        learner = person(*steps, files={"lesson/hello": b"hello"})
        learner.memory.since = time.time()
        return learner

    def test_it_is_done_when_it_says_what_it_should(self, learner):
        assert learner.states() == {"folder": "open", "write": "waiting"}
        self.path.parent.mkdir()
        assert learner.states() == {"folder": "done", "write": "open"}
        self.path.write_text("hallo", encoding="ascii")
        assert learner.states()["write"] == "open"
        assert learner.missing("write")[1] == "it ends with 'hallo'"
        self.path.write_text("hello", encoding="ascii")
        assert learner.states()["write"] == "done"

    def test_what_is_right_already_is_found_so(self, learner):
        self.path.parent.mkdir()
        self.path.write_text("hello", encoding="ascii")
        learner.memory.since = time.time() + 10
        assert learner.states() == {"folder": "done", "write": "open"}
        assert learner.memory.ticks["lesson.folder"].found


def test_the_journal_alone_gives_the_same_states(person):
    learner = person(RUN_STEP, AGAIN, SERVE, LOOK, STOP)
    learner.run("busybox", "true", printed="")
    learner.run("busybox", "date", printed=NOW)
    learner.judge()
    learner.run("busybox", "httpd", name="web")
    before = learner.states()
    learner.memory = type(learner.memory)(learner.events)
    assert learner.states(judge=False) == before


def test_nothing_that_a_person_has_is_touched(person):
    learner = person(RUN_STEP, SERVE, STOP)
    learner.run("busybox", "date", printed=NOW)
    learner.run("busybox", "httpd", name="web")
    learner.api.log.clear()
    learner.judge()
    assert learner.api.log == []


class TestWordsOfCommands:
    def test_the_newest_container_may_be_named_in_any_way(self, person):
        logs = ("logs", [], [{"container": {"step": "lesson.serve", "running": True}}])
        learner = person(SERVE, logs, follows_shells=True)
        learner.lab.content.data[1]["command"] = "docker logs `docker ps -ql`"
        other = learner.run("busybox", "true", name="other", printed="")
        web = learner.run("busybox", "httpd", name="web")
        learner.types("docker run -d --name web busybox httpd")
        for wrong in ("docker logs other", f"docker logs {other[:12]}", "docker logs $(ls)"):
            learner.types(wrong)
            assert learner.states()["logs"] == "open"
            assert learner.missing("logs")[1] == f"typed was `{wrong}`"
        for right in (
            "docker logs $(docker ps -l -q)",
            "docker logs $(docker ps -q)",  # it is the only one that runs
            "docker container logs web",
            f"docker logs {web[:12]}",
        ):
            learner.memory.commands.clear()
            learner.memory.ticks.pop("lesson.logs", None)
            learner.types(right)
            assert learner.states()["logs"] == "done", right

    def test_an_image_may_be_named_by_its_id(self, person):
        history = ("history", [], [{"image": {"name": "busybox"}}])
        learner = person(RUN_STEP, history, follows_shells=True)
        learner.lab.content.data[1]["command"] = "docker history busybox"
        learner.lab.content.needs[1] = {0}
        learner.run("busybox", "date", printed=NOW)
        learner.api.add_image("alpine")
        learner.judge()
        learner.types("docker history alpine")
        assert learner.states()["history"] == "open"
        learner.types(f"docker history {learner.api.tagged['busybox:latest']}")
        assert learner.states()["history"] == "done"


class TestInstead:
    """What was done instead of the step that comes next is told."""

    @pytest.fixture
    def learner(self, person):
        """Before a step that runs a server, whose name is web."""
        learner = person(SERVE, STOP, follows_shells=True)
        for number, line in enumerate(
            ("docker run -d --name web busybox httpd", "docker stop web")
        ):
            learner.lab.content.data[number]["command"] = line
        return learner

    @pytest.mark.parametrize(
        ("image", "command", "name", "observed"),
        [
            ("busybox", "httpd", "wbe", "the container wbe: its name is not web"),
            (
                "alpine",
                "httpd",
                "web",
                "the container web: it was made from alpine, not from busybox",
            ),
            (
                "busybox",
                "sh",
                "other",
                "the container other: its name is not web, it runs `sh`, not `httpd`",
            ),
        ],
    )
    def test_a_container_that_is_otherwise(self, learner, image, command, name, observed):
        learner.api.add_image("alpine")
        learner.run(image, command, name=name)
        assert learner.states()["serve"] == "open"
        assert learner.missing("serve") == (
            "`docker run -d --name web busybox httpd`",
            observed,
        )

    def test_a_container_that_has_nothing_of_it(self, learner):
        learner.api.add_image("alpine")
        learner.run("alpine", "true", name="other", printed="")
        learner.judge()
        assert learner.missing("serve") is None

    def test_another_container(self, learner):
        other = learner.run("busybox", "sleep", name="other")
        learner.run("busybox", "httpd", name="web")
        learner.judge()
        learner.ends(other)
        assert learner.states()["stop"] == "open"
        assert learner.missing("stop")[1] == "the container other ended"

    def test_a_command_that_failed(self, learner):
        learner.types("docker run -d --name web bsybox httpd", exit_code=125)
        assert learner.states()["serve"] == "open"
        assert learner.missing("serve")[1] == (
            "typed was `docker run -d --name web bsybox httpd`, which ended with exit code 125"
        )

    def test_of_several_tries_the_last_is_told(self, learner):
        learner.run("busybox", "httpd", name="wbe")
        learner.types("docker run -d --name wbe busybox httpd")
        learner.judge()
        assert learner.missing("serve")[1] == "the container wbe: its name is not web"
        learner.types("docker rn -d --name web busybox httpd", exit_code=1)
        learner.judge()
        assert learner.missing("serve")[1].startswith("typed was `docker rn ")
        learner.run("busybox", "httpd", name="webb")
        learner.types("docker run -d --name webb busybox httpd")
        learner.judge()
        assert learner.missing("serve")[1] == "the container webb: its name is not web"

    def test_what_led_to_the_step_before_is_no_try_at_the_next(self, person):
        learner = person(SERVE, LOOK, follows_shells=True)
        learner.lab.content.data[1]["command"] = "docker ps"
        learner.run("busybox", "httpd", name="web")
        learner.judge()
        learner.types("docker run -d --name web busybox httpd")
        learner.judge()
        assert learner.missing("look") is None
        learner.types("docker images")
        learner.judge()
        assert learner.missing("look")[1] == "typed was `docker images`"

    def test_what_is_typed_in_a_container_is_no_command_of_a_shell(self, person):
        look = ("look", [], [{"container": {"name": "box", "running": True}}])
        learner = person(OPEN, PS, look, follows_shells=True)
        learner.lab.content.data[2]["command"] = "docker ps"
        learner.prints(learner.run("busybox", "sh", name="box", tty=True), "PID")
        assert learner.states() == {"open": "done", "ps": "done", "look": "open"}
        learner.types("docker images")
        learner.judge()
        assert learner.missing("look")[1] == "typed was `docker images`"

    def test_only_the_step_that_comes_next_is_spoken_of(self, person):
        learner = person(RUN_STEP, SERVE)
        for number in range(2):
            learner.lab.content.data[number]["command"] = "docker run busybox"
        learner.run("busybox", "httpd", name="wbe")
        learner.judge()
        assert learner.missing("serve") is None
        assert learner.missing("run")[1] == "the container wbe: it runs `httpd`, not `date`"
