"""The patterns of lessons, errata and scenarios, against what programs of several versions print.

What stands here was printed by these programs, on a terminal where lessons use one; only names,
times and numbers are shorter. What busybox of three releases prints now is seen by
test_busybox_versions.py.
"""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.containers.terminals import plain
from ansible_collections.workshop.containers.plugins.plugin_utils.content.load import load

ROOT = Path(__file__).parent.parent
WORKSHOP = ROOT / "workshops/containers"
STEPS = {step["id"]: step for step in load(WORKSHOP)["steps"]}
PROOFS = {step["id"]: step for step in load(WORKSHOP, errata=True)["steps"]}


def parameter(step: str, check: str, name: str) -> Any:
    """The first such parameter of the step's checks of this kind."""
    return next(item[check][name] for item in STEPS[step]["check"] if name in item.get(check, {}))


def written(source: str) -> str:
    """A file that a lesson shows."""
    return (WORKSHOP / source).read_text(encoding="utf-8")


def scenario(lesson: str) -> ModuleType:
    """The tests of a lesson's scenario."""
    name = f"test_{lesson.replace('-', '_')}"
    spec = importlib.util.spec_from_file_location(name, ROOT / f"molecule/{lesson}/tests/{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# `ps` in the lesson's shell, before a second one was opened and afterwards
PS = {  # of busybox
    "Debian 1.35 and 1.37": (
        "ps\r\nPID   USER     COMMAND\r\n    1 root     sh\r\n    7 root     {ps} sh\r\n/ # \x1b[6n",
        "ps\r\nPID   USER     COMMAND\r\n    1 root     sh\r\n    8 root     sh\r\n   14 root     {ps} sh\r\n/ # \x1b[6n",
    ),
    "Debian 1.38": (
        "ps\r\nPID   USER     COMMAND\r\n    1 root     sh\r\n    8 root     ps\r\n/ # \x1b[6n",
        "ps\r\nPID   USER     COMMAND\r\n    1 root     sh\r\n    9 root     sh\r\n   15 root     ps\r\n/ # \x1b[6n",
    ),
    "with the column for the time": (
        "/ # ps\r\nPID   USER     TIME  COMMAND\r\n    1 root      0:00 sh\r\n    7 root      0:00 ps\r\n/ # ",
        "/ # ps\r\nPID   USER     TIME  COMMAND\r\n    1 root      0:00 sh\r\n    8 root      0:00 sh\r\n"
        "   14 root      0:00 ps\r\n/ # ",
    ),
}
ONE, TWO = ([each[number] for each in PS.values()] for number in (0, 1))
MACHINE = "    1 root      0:09 {systemd} /sbin/init\r\n  310 root      0:12 dockerd\r\n  900 root      0:00 sh\r\n"
REQUESTS = {  # httpd -f -vv of busybox, asked for one path
    "1.35 and 1.37": "[::ffff:172.17.0.1]:41234: url:{}\n[::ffff:172.17.0.1]:41234: response:404\n",
    "1.38": "[::ffff:172.17.0.1]:41234: GET {}\n[::ffff:172.17.0.1]:41234: response:404\n",
    "1.38, curl --head": "[::ffff:172.17.0.1]:41234: HEAD {}\n[::ffff:172.17.0.1]:41234: response:404\n",
}
LOGS = list(REQUESTS.values())
LISTED = (  # ls -las of busybox 1.35, 1.37 and 1.38
    "ls -las\r\n"
    "     4 -rwxr-xr-x    1 root     root            25 Nov 26 18:15 goodbye\r\n"
    "     4 -rwxr-xr-x    1 root     root            23 Nov 26 18:15 hello\r\n"
    "     4 drwxr-xr-x    4 root     root          4096 May  7 12:00 var\r\n/ # \x1b[6n"
)
PAINTED = (  # the same with --color
    "ls -las\r\n"
    "     4 -rwxr-xr-x    1 root     root            25 Nov 26 18:15 \x1b[1;32mgoodbye\x1b[m\r\n"
    "     4 -rwxr-xr-x    1 root     root            23 Nov 26 18:15 \x1b[1;32mhello\x1b[m\r\n"
    "     4 drwxr-xr-x    4 root     root          4096 May  7 12:00 \x1b[1;34mvar\x1b[m\r\n/ # \x1b[6n"
)
NOT_EXECUTABLE = LISTED.replace("-rwxr-xr-x    1 root     root            25", "-rw-r--r--")
DATE = "Thu Nov 26 18:15:32 UTC 2026\n"  # date of busybox 1.35, 1.37 and 1.38
FORK = [  # the shell of busybox 1.35 and 1.37, and of 1.38
    "sh: can't fork: Resource temporarily unavailable\n",
    "sh: line 0: can't fork: Resource temporarily unavailable\n",
]
# find of findutils 4.9, ps of procps 4.0.2 and 4.0.4 (as wide as the kernel's largest number),
# which of debianutils 5.7
FOUND = ["/usr/bin/find\n/usr/bin/ps\n", "/bin/find\n/bin/ps\n"]
# pip list --format freeze of pip 22.0, 22.3, 23.0, 24.0, 24.3, 25.3 and 26.3
PACKAGES = (
    "click==8.5.1\nFlask==2.1.3\nitsdangerous==2.2.0\nJinja2==3.1.6\nMarkupSafe==3.0.4\npip==22.0.2\n"
    "setuptools==65.5.0\nWerkzeug==2.3.8\n"
)
DOCKERFILE = written("dockerfile/files/appHello/Dockerfile")
ON_FEDORA = written("base-image/files/appHelloFedora/Dockerfile")
INSTALLS = written("system-packages/files/appHelloFedoraDockerfile/Dockerfile")
FLASK = written("flask-app/files/Dockerfile")
SOURCE = written("flask-app/files/hello.py")
HELLO = written("dockerfile/files/appHello/hello")
GOODBYE = written("commit-image/files/goodbye")
ENTRIES = 'CMD ["/hello"]', "COPY hello goodbye / # buildkit"
OLD_ENTRIES = '/bin/sh -c #(nop)  CMD ["/hello"]', "/bin/sh -c #(nop) COPY multi:0c8d4c in / "


@pytest.mark.parametrize(
    ("step", "check", "name", "matching", "other"),
    [
        (
            "first-container.run",
            "container",
            "output",
            [DATE, "Mon Nov  3 05:10:01 GMT 2025"],
            ["", "sh: date: not found"],
        ),
        ("stopped-containers.run-rm", "container", "output", [DATE], ["05:10"]),
        (
            "interactive-terminal.processes",
            "terminal",
            "matches",
            [*ONE, *TWO],
            [MACHINE, "/ # ", "/ # ps\r\n   21 root     sh\r\n"],
        ),
        (
            "interactive-terminal.processes",
            "terminal",
            "not_matches",
            [MACHINE],
            [*ONE, *TWO],
        ),
        (
            "interactive-terminal.processes-again",
            "terminal",
            "matches",
            TWO,
            [*ONE, ""],
        ),
        (
            "stopped-containers.logs",
            "container_log",
            "matches",
            [*ONE, *TWO],
            [DATE, ""],
        ),
        (
            "network-service.logs",
            "container_log",
            "matches",
            [
                *(log.format("/") for log in LOGS),
                *(log.format("/is-the-server-there") + log.format("/") for log in LOGS),
            ],
            [
                "",
                *(log.format("/is-the-server-there") for log in LOGS),
                *(log.format("/").replace("404", "200") for log in LOGS),
            ],
        ),
        (
            "dockerfile.dockerfile",
            "file",
            "has",
            [
                DOCKERFILE,
                f"# mine\n{DOCKERFILE}".replace("\nCOPY hello ", "\n\nCOPY hello  "),
                DOCKERFILE.replace("[ ", "[").replace(" ]\n", "]"),
                DOCKERFILE.replace("FROM", "from").replace("COPY", "copy"),
                DOCKERFILE.replace("hello goodbye /", "goodbye hello ./"),
                DOCKERFILE.replace("hello goodbye", "hello /\nADD goodbye"),
                DOCKERFILE.replace("hello goodbye /", ". /"),
                DOCKERFILE.replace("busybox:latest", "docker.io/busybox"),
            ],
            [
                "",
                ON_FEDORA,
                DOCKERFILE.replace('[ "/hello" ]', "/hello"),
                DOCKERFILE.replace("hello goodbye /", "hello /"),
                DOCKERFILE.replace("COPY", "# COPY"),
                DOCKERFILE.replace("busybox:latest", "busybox:musl"),
            ],
        ),
        (
            "dockerfile.scripts",
            "file",
            "matches",
            [
                HELLO,
                "#!/bin/sh\n# greet\n  echo hello",
                "#!/bin/bash\nprintf 'hello\\n'\n",
                '#! /bin/sh -e\necho -e "hello"\n',
            ],
            [
                GOODBYE,
                HELLO.partition("\n")[2],
                HELLO.replace("echo", "# echo"),
                HELLO.replace("hello", "Hello"),
                HELLO.replace("hello", "hello2"),
            ],
        ),
        (
            "commit-image.hello",
            "container_file",
            "matches",
            [GOODBYE.replace("Goodbye", "Hello")],
            [HELLO, GOODBYE],
        ),
        (
            "commit-image.list-files",
            "terminal",
            "matches",
            [LISTED, PAINTED],
            [NOT_EXECUTABLE],
        ),
        (
            "base-image.dockerfile",
            "file",
            "has",
            [ON_FEDORA],
            [DOCKERFILE],
        ),
        (
            "base-image.shell",
            "container",
            "output",
            [
                'NAME="Fedora Linux"\nID=fedora\nVERSION_ID=35\n/usr/bin/bash\n/usr/bin/dnf\n',
                "ID=debian\n/bin/bash\n/usr/bin/dnf\n",
            ],
            ["ID=fedora\n/usr/bin/bash\n", "/usr/bin/bash\n/usr/bin/dnf\n"],
        ),
        (
            "system-packages.dockerfile",
            "file",
            "has",
            [
                INSTALLS,
                INSTALLS.replace("findutils procps which", "which findutils procps"),
                f"# mine\n{INSTALLS}",
            ],
            [
                INSTALLS.replace("procps ", ""),
                INSTALLS.replace("dnf clean", "dnf check"),
                "FROM fedora:35\nCOPY hello goodbye /\n"
                + INSTALLS.replace("COPY hello goodbye /\n", "").partition("\n")[2],
            ],
        ),
        (
            "system-packages.build",
            "container",
            "output",
            FOUND,
            [
                "/usr/bin/find\n/usr/bin/ps\n/var/cache/dnf/a.solv\n",
                "/usr/bin/find\n",
                "",
            ],
        ),
        (
            "flask-app.source",
            "file",
            "has",
            [SOURCE, SOURCE.replace("def", "\n\ndef")],
            [SOURCE.replace("World", "world"), ""],
        ),
        (
            "flask-app.dockerfile",
            "file",
            "has",
            [
                FLASK,
                FLASK.replace(" 'werkzeug<3'", ""),
                FLASK.replace("FLASK_APP=hello", "FLASK_APP hello"),
            ],
            [
                FLASK.replace("EXPOSE", "# EXPOSE"),
                FLASK.replace("22.04", "24.04"),
                FLASK.replace("flask==", "django=="),
            ],
        ),
        (
            "isolation.processes",
            "container",
            "output",
            FORK,
            ["", "sh: fork: not found"],
        ),
        (
            "isolation.cpu",
            "container",
            "output",
            [
                "10000 100000\nusage_usec 9\nnr_periods 13\nnr_throttled 10\n",
                "10000\nnr_periods 13\nnr_throttled 10\n",
            ],
            [
                "max 100000\nnr_throttled 0\n",
                "-1\nnr_throttled 0\n",
                "10000\nnr_throttled 0\n",
                "110000 100000\nnr_throttled 3\n",
            ],
        ),
        (
            "dockerfile.run",
            "container",
            "output",
            ["hello\n", "hello\r\n"],
            ["Hello\n", "say hello\n", ""],
        ),
        ("dockerfile.run-goodbye", "container", "output", ["goodbye\n"], ["hello\n"]),
    ],
)
def test_pattern(step: str, check: str, name: str, matching: list[str], other: list[str]) -> None:
    wanted = parameter(step, check, name)
    patterns = [*wanted.values()] if isinstance(wanted, dict) else [wanted]

    def matches(text: str) -> bool:
        return all(re.search(pattern, plain(text), re.MULTILINE) for pattern in patterns)

    assert matching
    assert [text for text in matching if not matches(text)] == []
    assert [text for text in other if matches(text)] == []


@pytest.mark.parametrize("output", [*ONE, *TWO])
def test_what_is_awaited_comes_after_the_echo(output: str) -> None:
    expect = STEPS["interactive-terminal.processes"]["do"][0]["terminal_type"]["expect"]
    assert re.search(expect, output)
    assert not re.search(expect, output.partition("PID")[0]), (
        "the echo of the command is not its output"
    )


@pytest.mark.parametrize("entries", [ENTRIES, OLD_ENTRIES])
def test_history(entries: tuple[str, str]) -> None:
    checks = STEPS["dockerfile.history"]["check"]
    patterns = [pattern for item in checks for pattern in item["image_history"]["instructions"]]
    assert all(re.search(pattern, entry) for pattern, entry in zip(patterns, entries, strict=True))


@pytest.mark.parametrize(
    ("step", "matching", "other"),
    [
        (
            "E4.rm-both",
            [
                "Error response from daemon: You cannot remove a running container aa9c. Stop the container before attempting removal",
                'Error response from daemon: cannot remove container "/x": container is running: stop the container before removing',
            ],
            ["Error response from daemon: No such container: x"],
        ),
        (
            "E4.rm-nothing",
            [
                '"docker rm" requires at least 1 argument.\nSee',
                "docker: 'docker rm' requires at least 1 argument\n\nUsage:",
            ],
            ["unknown command: docker rm"],
        ),
        (
            "E5.wrong-folder",
            [
                "unable to prepare context: unable to evaluate symlinks in Dockerfile path: lstat /x/Dockerfile: no such file or directory",
                "ERROR: failed to solve: failed to read dockerfile: open Dockerfile: no such file or directory",
            ],
            [
                "ERROR: BuildKit is enabled but the buildx component is missing or broken.",
                "Successfully built 7eb5136189af",
            ],
        ),
        (
            "E11.as-written",
            [
                "ImportError: cannot import name 'url_quote' from 'werkzeug.urls' (/usr/lib/python3/dist-packages/werkzeug/urls.py)"
            ],
            [
                "ModuleNotFoundError: No module named 'flask'",
                " * Running on all addresses (0.0.0.0)",
            ],
        ),
    ],
)
def test_pattern_of_a_proof(step: str, matching: list[str], other: list[str]) -> None:
    pattern = next(
        parameters["matches"]
        for item in PROOFS[step]["check"]
        for parameters in item.values()
        if "matches" in parameters
    )
    assert [text for text in matching if not re.search(pattern, text, re.MULTILINE)] == []
    assert [text for text in other if re.search(pattern, text, re.MULTILINE)] == []


@pytest.mark.parametrize("output", [*ONE, *TWO])
def test_shells_of_the_scenario(output: str) -> None:
    shells = scenario("interactive-terminal").shells(output)
    assert shells[0] == "1"
    assert len(shells) == (2 if output in TWO else 1)


@pytest.mark.parametrize(
    ("output", "scripts"),
    [
        (LISTED, ["goodbye", "hello"]),
        (PAINTED, ["goodbye", "hello"]),
        (NOT_EXECUTABLE, ["hello"]),
    ],
)
def test_listing_of_the_scenario(output: str, scripts: list[str]) -> None:
    assert scenario("commit-image").listed_scripts(output) == scripts


def test_packages_of_the_scenario() -> None:
    patterns = scenario("flask-app").TOGETHER
    too_new = PACKAGES.replace("Werkzeug==2", "Werkzeug==3").replace("Flask==2.1", "Flask==2.2")
    assert patterns
    assert all(re.search(pattern, PACKAGES, re.MULTILINE) for pattern in patterns)
    assert not any(re.search(pattern, too_new, re.MULTILINE) for pattern in patterns)
