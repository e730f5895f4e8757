# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The workshop that ships: its steps, what learners type, its words, and its patterns against what the real commands print."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.workshop.containers.plugins.plugin_utils.content import load

WORKSHOP = Path(__file__).parents[8] / "workshops" / "containers"
CONTENT = load(WORKSHOP)
STEPS = {step["id"]: step for step in CONTENT["steps"]}

TYPED = {
    "first-container.run": "docker run docker.io/busybox:latest date",
    "first-container.run-again": "docker run docker.io/busybox:latest date",
    "first-container.list-images": "docker images",
    "first-container.pull": "docker pull docker.io/busybox:latest",
    "interactive-terminal.open": "docker run -it busybox sh",
    "interactive-terminal.processes": "ps",
    "interactive-terminal.list-running": "docker ps",
    "interactive-terminal.newest": "docker ps -ql",
    "interactive-terminal.second-shell": "docker exec -it `docker ps -ql` sh",
    "interactive-terminal.processes-again": "ps",
    "interactive-terminal.exit": "exit",
    "stopped-containers.list-all": "docker ps -a",
    "stopped-containers.logs": "docker logs `docker ps -ql`",
    "stopped-containers.remove-one": "docker rm `docker ps -ql`",
    "stopped-containers.remove-all": "docker rm $(docker ps -aq)",
    "stopped-containers.run-rm": "docker run --rm busybox date",
    "network-service.run": "docker run --rm -d --name httpd -p 8080:80 busybox httpd -f -vv",
    "network-service.list": "docker ps",
    "network-service.request": "curl localhost:8080",
    "network-service.logs": "docker logs -f httpd",
    "network-service.stop": "docker stop httpd",
    "dockerfile.directory": "mkdir /appHello\nchmod +x -R /appHello\ncd /appHello",
    "dockerfile.dockerfile": "vim /appHello/Dockerfile",
    "dockerfile.scripts": (
        'cat > hello << EOF\n#!/bin/sh\necho "hello"\nEOF\n\n'
        'cat > goodbye << EOF\n#!/bin/sh\necho "goodbye"\nEOF\n\n'
        "chmod +x -R /appHello\n\nls"
    ),
    "dockerfile.build": "docker build -t greeting .",
    "dockerfile.history": "docker history greeting",
    "dockerfile.run": "docker run --rm greeting",
    "dockerfile.run-goodbye": "docker run --rm greeting /goodbye",
}


def test_steps_in_order() -> None:
    assert list(STEPS) == list(TYPED)


@pytest.mark.parametrize("step", TYPED)
def test_typed(step: str) -> None:
    assert STEPS[step]["type"] == TYPED[step]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("part", ["title", "text", "hint"])
def test_words(step: str, part: str) -> None:
    words = STEPS[step][part]
    assert re.search("[а-я]", words["ru"]), "this is not Russian"  # noqa: RUF001
    assert not re.search("[а-я]", words["en"]), "this is not English"  # noqa: RUF001


def test_the_file_that_the_text_shows_is_the_one_that_the_automation_writes() -> None:
    dockerfile = (WORKSHOP / "dockerfile/files/appHello/Dockerfile").read_text(encoding="utf-8")
    assert all(dockerfile in words for words in STEPS["dockerfile.dockerfile"]["text"].values())


@pytest.mark.parametrize("script", ["hello", "goodbye"])
def test_the_script_that_is_typed_is_the_one_that_the_automation_writes(script: str) -> None:
    content = (WORKSHOP / "dockerfile/files/appHello" / script).read_text(encoding="utf-8")
    assert f"cat > {script} << EOF\n{content}EOF\n" in TYPED["dockerfile.scripts"]


def parameter(step: str, check: str, name: str) -> Any:
    """The first such parameter of the step's checks of this kind."""
    return next(item[check][name] for item in STEPS[step]["check"] if name in item.get(check, {}))


UPSTREAM_ONE = "/ # ps\r\nPID   USER     TIME  COMMAND\r\n    1 root      0:00 sh\r\n    7 root      0:00 ps\r\n/ # "
UPSTREAM_TWO = UPSTREAM_ONE.replace("    7 root", "    8 root      0:00 sh\r\n   14 root")
DEBIAN_ONE = "/ # ps\r\nPID   USER     COMMAND\r\n    1 root     sh\r\n    6 root     {ps} sh\r\n/ # "
DEBIAN_TWO = DEBIAN_ONE.replace("    6 root     {ps}", "    7 root     sh\r\n   13 root     {ps}")
MACHINE = "    1 root      0:09 {systemd} /sbin/init\r\n  310 root      0:12 dockerd\r\n  900 root      0:00 sh\r\n"
LOG = "[::ffff:172.17.0.1]:41234: url:{}\n[::ffff:172.17.0.1]:41234: response:404\n"
DATE = "Mon Nov 24 05:10:01 UTC 2025\n"
ENTRIES = 'CMD ["/hello"]', "COPY hello goodbye / # buildkit"
OLD_ENTRIES = '/bin/sh -c #(nop)  CMD ["/hello"]', "/bin/sh -c #(nop) COPY multi:0c8d4c in / "


@pytest.mark.parametrize(
    ("step", "check", "name", "matching", "other"),
    [
        ("first-container.run", "container", "output", [DATE, "Mon Nov  3 05:10:01 GMT 2025"], ["", "sh: date: not found"]),
        ("stopped-containers.run-rm", "container", "output", [DATE], ["05:10"]),
        (
            "interactive-terminal.processes",
            "terminal",
            "matches",
            [UPSTREAM_ONE, DEBIAN_ONE, UPSTREAM_TWO, DEBIAN_TWO],
            [MACHINE, "/ # ", "/ # ps\r\n   21 root     sh\r\n"],
        ),
        ("interactive-terminal.processes", "terminal", "not_matches", [MACHINE], [UPSTREAM_ONE, DEBIAN_ONE]),
        ("interactive-terminal.processes-again", "terminal", "matches", [UPSTREAM_TWO, DEBIAN_TWO], [UPSTREAM_ONE, DEBIAN_ONE, ""]),
        ("stopped-containers.logs", "container_log", "matches", [UPSTREAM_TWO, DEBIAN_TWO], [DATE, ""]),
        (
            "network-service.logs",
            "container_log",
            "matches",
            [LOG.format("/"), LOG.format("/is-the-server-there") + LOG.format("/")],
            ["", LOG.format("/is-the-server-there"), LOG.format("/").replace("404", "200")],
        ),
        (
            "dockerfile.dockerfile",
            "file",
            "matches",
            [
                'FROM busybox:latest\nCOPY hello goodbye /\nCMD [ "/hello" ]\n',
                '# mine\nFROM busybox:latest\n\nCOPY hello  goodbye /\nCMD ["/hello"]',
            ],
            ["", 'FROM fedora:35\nCOPY hello goodbye /\nCMD [ "/hello" ]\n', "FROM busybox:latest\nCOPY hello goodbye /\nCMD /hello\n"],
        ),
        (
            "dockerfile.scripts",
            "file",
            "matches",
            ['#!/bin/sh\necho "hello"\n', "#!/bin/sh\n# greet\n  echo hello"],
            ['#!/bin/sh\necho "goodbye"\n', 'echo "hello"\n', '#!/bin/sh\n# echo "hello"\n'],
        ),
        ("dockerfile.run", "container", "output", ["hello\n", "hello\r\n"], ["Hello\n", "say hello\n", ""]),
        ("dockerfile.run-goodbye", "container", "output", ["goodbye\n"], ["hello\n"]),
    ],
)
def test_pattern(step: str, check: str, name: str, matching: list[str], other: list[str]) -> None:
    pattern = parameter(step, check, name)
    assert [text for text in matching if not re.search(pattern, text, re.MULTILINE)] == []
    assert [text for text in other if re.search(pattern, text, re.MULTILINE)] == []


@pytest.mark.parametrize("output", [UPSTREAM_ONE, UPSTREAM_TWO, DEBIAN_ONE, DEBIAN_TWO])
def test_what_is_awaited_comes_after_the_echo(output: str) -> None:
    expect = STEPS["interactive-terminal.processes"]["do"][0]["terminal_type"]["expect"]
    assert re.search(expect, output)
    assert not re.search(expect, output.partition("PID")[0]), "the echo of the command is not its output"


@pytest.mark.parametrize("entries", [ENTRIES, OLD_ENTRIES])
def test_history(entries: tuple[str, str]) -> None:
    patterns = parameter("dockerfile.history", "image_history", "instructions")
    assert all(re.search(pattern, entry) for pattern, entry in zip(patterns, entries, strict=True))
