# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a step types and what its operations do: which differences are told, and which are none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.workshop.containers.plugins.plugin_utils.content.drift.compare import (
    differences,
)
from ansible_collections.workshop.containers.plugins.plugin_utils.content.rules import Lesson
from ansible_collections.workshop.containers.plugins.plugin_utils.content.yaml_lines import Document

Told = Callable[..., list[str]]
HELLO = '#!/bin/sh\necho "hello"\n'
ADVICE = "make the two agree, or say in differs why they do not"
HEREDOC = f"cat > hello << EOF\n{HELLO}EOF"


@pytest.fixture
def told(tmp_path: Path) -> Told:
    """The key and message of each difference in a lesson of these steps."""

    def told(*steps: dict[str, Any]) -> list[str]:
        (tmp_path / "one/files").mkdir(parents=True)
        (tmp_path / "one/files/hello").write_text(HELLO, encoding="utf-8")
        data = {"steps": [{"id": f"s{number}", **step} for number, step in enumerate(steps)]}
        lesson = Lesson("one", tmp_path / "one", Document("one/lesson.yml", data))
        return [f"{problem.key}: {problem.what}" for problem in differences([lesson])]

    return told


def step(command: str, *do: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"command": command, "do": list(do), **more}


def run(**parameters: Any) -> dict[str, Any]:
    return {"container_run": {"image": "busybox", **parameters}}


def write(path: str, **parameters: Any) -> dict[str, Any]:
    return {"file_write": {"path": path, "source": "hello", **parameters}}


def typing(terminal: str, text: str, **parameters: Any) -> dict[str, Any]:
    return {"terminal_type": {"terminal": terminal, "input": text, **parameters}}


WEB = run(name="web", ports=["8080:80"], detach=True, command=["httpd", "-f"])
LIMITED = run(memory="64m", pids_limit=8, cpus=0.5, env={"A": "b"}, auto_remove=True)
SHELL = run(command=["sh"], tty=True)
BUILD = {"image_build": {"name": "greeting", "path": "/app"}}
COMMIT = {
    "image_commit": {"container": "box", "name": "made", "changes": ['CMD ["/hello", "you"]']}
}
COPY = {"container_copy": {"container": "box", "source": "/root/hello", "path": "/hello"}}
STOP = {"container_stop": {"name": "box"}}
KILL = {"container_stop": {"name": "box", "timeout": 0}}
REMOVE = {"container_remove": {"name": "box"}}
NEWEST = {"container_remove": {"newest": True}}
STOPPED = {"container_remove": {"stopped": True}}
EXEC = {"container_exec": {"container": "newest", "command": ["sh"], "terminal": "B"}}
TAG = {"image_tag": {"name": "made", "target": "127.0.0.1:5002/made"}}
PUSH = {"image_push": {"name": "127.0.0.1:5002/made"}}
PULL = {"image_pull": {"name": "busybox"}}
RMI = {"image_remove": {"name": "made"}}
FOLDER = {"directory_create": {"path": "/app"}}
LOGIN = {
    "registry_login": {"registry": "127.0.0.1:5002", "username": "me", "password_file": "/etc/word"}
}


@pytest.mark.parametrize(
    ("command", "do"),
    [
        ("docker run --name web -p 8080:80 -d busybox httpd -f", [WEB]),
        ("docker run -dp8080:80/tcp --name=web docker.io/busybox:latest httpd -f", [WEB]),
        ("sudo docker container run --detach --publish 8080:80 --name web busybox httpd -f", [WEB]),
        ("docker run \\\n  --name web -p 8080:80 \\\n  -d busybox httpd -f", [WEB]),
        (
            "docker run --rm -m 64m --memory-swap 64m --pids-limit 8 --cpus 0.5 -e A=b busybox",
            [LIMITED],
        ),
        ("docker run busybox sh -c 'echo a\n  ls'", [run(command=["sh", "-c", "echo a\n  ls"])]),
        ("docker run busybox date\ndocker ps -a\nls", [run(command=["date"])]),
        (
            "docker run busybox date && docker run busybox ls",
            [run(command=["date"]), run(command=["ls"])],
        ),
        ("docker build -t greeting /app", [BUILD]),
        ("cd /app\ndocker buildx build --tag=greeting:latest .", [BUILD]),
        (
            "docker image build -t greeting -f Dockerfile /app/.",
            [{"image_build": {**BUILD["image_build"], "force": True}}],
        ),
        ('docker commit --change=\'cmd [ "/hello",  "you" ]\' box made', [COMMIT]),
        ('docker container commit -c \'CMD ["/hello","you"]\' box made:latest', [COMMIT]),
        ("docker cp hello box:/hello", [COPY]),
        ("docker container cp /root/hello box:/", [COPY]),
        ("docker stop box", [STOP]),
        ("docker container stop -t 0 box", [KILL]),
        ("docker kill box", [KILL]),
        ("docker rm box", [REMOVE]),
        ("docker rm -f box", [KILL, REMOVE]),
        ("docker stop box\ndocker rm box", [STOP, REMOVE]),
        ("docker rm box visitor", [REMOVE, {"container_remove": {"name": "visitor"}}]),
        ("docker rm `docker ps -ql`", [NEWEST]),
        ("docker rm $(docker ps -aq)", [STOPPED]),
        ("docker container prune --force", [STOPPED]),
        ("docker rmi docker.io/library/made", [RMI]),
        (
            "docker image rm made:latest",
            [{"image_remove": {**RMI["image_remove"], "refused": "conflict"}}],
        ),
        ("docker image prune -f", [{"image_prune": {}}]),
        ("docker pull -q docker.io/busybox", [PULL]),
        ("docker tag made 127.0.0.1:5002/made:latest", [TAG]),
        ("docker image push 127.0.0.1:5002/made", [PUSH]),
        ("docker login -u me --password-stdin 127.0.0.1:5002 < /etc/word", [LOGIN]),
        ("cat /etc/word | docker login --username me --password-stdin 127.0.0.1:5002", [LOGIN]),
        ("mkdir -p /app", [FOLDER]),
        (
            "mkdir -m 700 /app && chmod +x -R /app",
            [{"directory_create": {"path": "/app", "mode": "711"}}],
        ),
        ("vim /app/hello", [write("/app/hello")]),
        ("cd /app; nano hello; chmod 755 hello", [write("/app/hello", mode="0755")]),
        (HEREDOC, [write("/app/hello", stamp=True)]),
        (f"cd /app\n{HEREDOC}\n\nchmod +x -R /app\nls", [write("/app/hello", mode="0755")]),
        ("printf 'hello' > /app/hello", [write("/app/hello")]),
        ("echo x 2>/dev/null | sudo tee /app/hello > /dev/null", [write("/app/hello")]),
        ("touch /app/hello", [{"file_touch": {"path": "/app/hello"}}]),
        ("curl -s localhost:8080", [{"http_request": {"url": "http://localhost:8080/"}}]),
        ("ls\n\nls -l", [{"shell_run": {"script": "ls\nls  -l\n"}}]),
    ],
)
def test_equal_spellings_are_no_difference(told: Told, command: str, do: list[Any]) -> None:
    assert told(step(command, *do)) == []


@pytest.mark.parametrize(
    "options", ["-it", "-ti", "-i -t", "--interactive --tty", "-t --interactive"]
)
def test_what_is_typed_in_a_container(told: Told, options: str) -> None:
    assert (
        told(
            step(f"docker run {options} busybox sh\nls", SHELL, typing("A", "ls"), where="A"),
            step(HEREDOC, typing("A", f"{HEREDOC}\n"), where="A"),
            step(f"docker exec {options} $(docker ps -lq) sh", EXEC, where="B"),
            step("ps", typing("B", "ps", expect="sh"), where="B"),
            step("exit\ndocker ps", typing("A", "exit", exits=True), where="A"),
            step("docker pull busybox", PULL, where="A"),
        )
        == []
    )


@pytest.mark.parametrize(
    ("command", "do", "place", "types", "this"),
    [
        (
            "docker run --name web -p 8008:80 -d busybox httpd -f",
            WEB,
            "container_run.ports",
            "ports 8008:80",
            "has 8080:80",
        ),
        (
            "docker run --name web -d busybox httpd -f",
            WEB,
            "container_run.ports",
            "no ports",
            "has 8080:80",
        ),
        (
            "docker run --name wbe -p 8080:80 -d busybox httpd -f",
            WEB,
            "container_run.name",
            "name wbe",
            "has web",
        ),
        (
            "docker run --name web -p 8080:80 -d bosybox httpd -f",
            WEB,
            "container_run.image",
            "image bosybox",
            "has busybox",
        ),
        (
            "docker run --name web -p 8080:80 -d busybox httpd",
            WEB,
            "container_run.command",
            "command httpd",
            "has httpd -f",
        ),
        (
            "docker run --name web -p 8080:80 busybox httpd -f",
            WEB,
            "container_run.detach",
            "no --detach",
            "has it",
        ),
        (
            "docker run --rm --name web -p 8080:80 -d busybox httpd -f",
            WEB,
            "container_run",
            "--rm",
            "has no auto_remove",
        ),
        (
            "docker run --network host --name web -p 8080:80 -d busybox httpd -f",
            WEB,
            "container_run",
            "--network host",
            "does not",
        ),
        (
            "docker run --rm -m 64m --pids-limit 8 --cpus 0.5 -e A=b busybox",
            LIMITED,
            "container_run",
            "no memory_swap",
            "has 64m",
        ),
        ("docker run -t busybox sh", SHELL, "container_run.tty", "terminal -t", "has -i -t"),
        ("docker build -t greting /app", BUILD, "image_build.name", "name greting", "has greeting"),
        (
            "cd /other\ndocker build -t greeting .",
            BUILD,
            "image_build.path",
            "path /other",
            "has /app",
        ),
        (
            "docker build --no-cache -t greeting /app",
            BUILD,
            "image_build",
            "--no-cache",
            "does not",
        ),
        (
            "docker commit box made",
            COMMIT,
            "image_commit.changes",
            "no changes",
            'has CMD ["/hello","you"]',
        ),
        (
            "docker cp hello box:/bin/hello",
            COPY,
            "container_copy.path",
            "path /bin/hello",
            "has /hello",
        ),
        ("docker stop box", KILL, "container_stop.timeout", "no timeout", "has 0"),
        ("docker rm bix", REMOVE, "container_remove.name", "name bix", "has box"),
        (
            "docker tag made made:1",
            TAG,
            "image_tag.target",
            "target made:1",
            "has 127.0.0.1:5002/made:latest",
        ),
        (
            "docker push 127.0.0.1:5003/made",
            PUSH,
            "image_push.name",
            "name 127.0.0.1:5003/made:latest",
            "has 127.0.0.1:5002/made:latest",
        ),
        ("docker rmi made:1", RMI, "image_remove.name", "name made:1", "has made"),
        (
            "docker login -u you --password-stdin 127.0.0.1:5002 < /etc/word",
            LOGIN,
            "registry_login.username",
            "username you",
            "has me",
        ),
        ("mkdir /ap", FOLDER, "directory_create.path", "path /ap", "has /app"),
        ("mkdir /app; chmod 777 /app", FOLDER, "directory_create", "mode 0777", "has 0755"),
        (
            "vim /app/hallo",
            write("/app/hello"),
            "file_write.path",
            "path /app/hallo",
            "has /app/hello",
        ),
        ("vim hallo", write("/app/hello"), "file_write.path", "path …/hallo", "has /app/hello"),
        (
            "curl localhost:8008",
            {"http_request": {"url": "http://localhost:8080/"}},
            "http_request.url",
            "url http://localhost:8008/",
            "has http://localhost:8080/",
        ),
        ("ls", {"shell_run": {"script": "ls -l"}}, "shell_run.script", "script ls", "has ls -l"),
    ],
)
def test_each_difference_is_told(
    told: Told, command: str, do: dict[str, Any], place: str, types: str, this: str
) -> None:
    [found] = told(step(command, do))
    assert found == (
        f"steps[0].do[0].{place}: command on line 1 types {types}, and this {this}; {ADVICE}"
    )


def test_another_text_is_told(told: Told) -> None:
    [found] = told(step(HEREDOC.replace('hello"', 'helo"'), write("/app/hello")))
    assert found == (
        "steps[0].do[0].file_write.source: cat > hello << EOF writes another text than the file"
        f" /app/hello has here; {ADVICE}"
    )


def test_what_nobody_types_is_told(told: Told) -> None:
    [found] = told(step("docker ps", PULL))
    assert found == (f"steps[0].do[0].image_pull: nothing in command does what this does; {ADVICE}")


@pytest.mark.parametrize(
    "command",
    [
        "docker exec box ls",
        "docker rm box",
        "docker cp box:/a .",
        "touch a",
        "mkdir /b",
        "curl x",
        "docker run",
    ],
)
def test_what_nobody_does_is_told(told: Told, command: str) -> None:
    [found] = told(step(f"docker pull busybox\n{command}", PULL))
    assert found.startswith("steps[0].command: no operation in do does what is typed here, ")


def test_other_words_in_a_container_are_told_on_both_sides(told: Told) -> None:
    opened = step("docker run -it busybox sh", SHELL, where="A")
    assert [
        found.partition(";")[0] for found in told(opened, step("ls", typing("A", "ps"), where="A"))
    ] == [
        "steps[1].command: no operation in do does what is typed here, ls",
        "steps[1].do[0].terminal_type: nothing in command does what this does, ps",
    ]


def test_a_terminal_is_the_one_in_which_it_is_typed(told: Told) -> None:
    [found] = told(step("docker run -it busybox sh", SHELL, where="B"))
    assert "types terminal B, and this has A" in found


def test_a_step_that_says_why_may_differ(told: Told) -> None:
    assert told(step("docker stop box", KILL, differs="It would wait for ten seconds.")) == []


def test_a_reason_for_nothing_is_told(told: Told) -> None:
    assert told(
        step("docker stop -t 0 box", KILL, differs="It would wait."),
        {"command": "docker stop box", "differs": "It would wait."},
    ) == [
        "steps[0].differs: command and do are the same: leave this out",
        "steps[1].differs: there is no do: leave this out",
    ]


def test_a_container_that_ends_ends_all_its_shells(told: Told) -> None:
    assert (
        told(
            step("docker run -it busybox sh", SHELL, where="A"),
            step("docker exec -it `docker ps -ql` sh", EXEC, where="B"),
            step("exit", typing("A", "exit", exits=True), where="A"),
            step("docker pull busybox", PULL, where="B"),
        )
        == []
    )


WORDS = ["\n", *Path(__file__).with_name("odd_words.txt").read_text(encoding="utf-8").split()]


@given(command=st.lists(st.sampled_from(WORDS), min_size=1).map(" ".join))
def test_no_command_is_too_odd_to_be_read(command: str) -> None:
    data = {"steps": [{"id": "s", **step(command, PULL, where="A")}]}
    assert all(
        problem.what
        for problem in differences([Lesson("one", Path(), Document("one/lesson.yml", data))])
    )


def test_a_step_that_leaves_all_to_the_learner_is_not_compared(told: Told) -> None:
    assert told({"command": "docker run busybox"}) == []


def test_a_folder_and_a_mode_last_from_step_to_step(told: Told) -> None:
    assert (
        told(
            step("mkdir /app\ncd /app", FOLDER),
            step(f"{HEREDOC}\nchmod +x hello", write("/app/hello", mode="0755")),
            step(
                "touch hello\nvim hello",
                {"file_touch": {"path": "/app/hello"}},
                write("/app/hello", mode="0755"),
            ),
        )
        == []
    )
