# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The workshop that ships: its steps, what learners type, its words, and its patterns against what the real commands print."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.workshop.containers.plugins.plugin_utils.content.load import load

WORKSHOP = Path(__file__).parents[9] / "workshops" / "containers"
CONTENT = load(WORKSHOP)
STEPS = {step["id"]: step for step in CONTENT["steps"]}

TYPED = {
    "wsl.list-online": "wsl --list --online",
    "wsl.install": "wsl --install -d Ubuntu-24.04",
    "wsl.first-user": "whoami\nsudo whoami",
    "install-docker.prerequisites": "sudo -i\napt-get update\napt-get install -y ca-certificates curl gnupg lsb-release",
    "install-docker.keyring": (
        "mkdir -p /etc/apt/keyrings\n"
        "curl -fsSL https://download.docker.com/linux/ubuntu/gpg | sudo gpg --dearmor -o /etc/apt/keyrings/docker.gpg"
    ),
    "install-docker.repository": (
        'echo "deb [arch=$(dpkg --print-architecture) signed-by=/etc/apt/keyrings/docker.gpg] '
        'https://download.docker.com/linux/ubuntu $(lsb_release -cs) stable" '
        "| sudo tee /etc/apt/sources.list.d/docker.list > /dev/null"
    ),
    "install-docker.packages": (
        "apt-get update\napt-get install -y docker-ce docker-ce-cli containerd.io docker-compose-plugin docker-buildx-plugin"
    ),
    "install-docker.start": "service docker start",
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
    "image-layers.layers": (
        "docker run --name layer busybox sh -c 'echo hello > /hello'\ndocker commit layer greeting\n"
        "docker inspect --format '{{json .RootFS.Layers}}' busybox\n"
        "docker inspect --format '{{json .RootFS.Layers}}' greeting"
    ),
    "image-layers.read-only": (
        "docker run --name eraser greeting rm /hello\ndocker commit eraser greeting:deleted\n"
        "docker inspect --format '{{json .RootFS.Layers}}' greeting:deleted\n"
        "docker run --rm greeting cat /hello"
    ),
    "image-layers.own-layer": "docker diff layer\ndocker run --rm busybox ls /hello\ndocker rm eraser",
    "commit-image.session": "docker run -it --name session busybox sh",
    "commit-image.hello": 'cat > hello << EOF\n#!/bin/sh\necho "Hello"\nEOF\n\nchmod +x hello',
    "commit-image.goodbye": 'cat > goodbye << EOF\n#!/bin/sh\necho "Goodbye"\nEOF\n\nchmod +x goodbye',
    "commit-image.copy": "docker cp goodbye session:/goodbye",
    "commit-image.list-files": "ls -las",
    "commit-image.exit": "exit\ndocker ps -a",
    "commit-image.commit": "docker commit --change='CMD [\"/hello\"]' session greeting",
    "commit-image.list-images": "docker images",
    "commit-image.run": "docker run --rm greeting",
    "commit-image.run-goodbye": "docker run --rm greeting /goodbye",
    "inspect-layers.history": "docker history greeting",
    "inspect-layers.inspect": "docker inspect greeting",
    "dockerfile.directory": "mkdir /appHello\nchmod +x -R /appHello\ncd /appHello",
    "dockerfile.dockerfile": "vim /appHello/Dockerfile",
    "dockerfile.scripts": (
        'cat > hello << EOF\n#!/bin/sh\necho "hello"\nEOF\n\ncat > goodbye << EOF\n#!/bin/sh\necho "goodbye"\n'
        "EOF\n\nchmod +x -R /appHello\n\nls"
    ),
    "dockerfile.build": "docker build -t greeting .",
    "dockerfile.history": "docker history greeting",
    "dockerfile.run": "docker run --rm greeting",
    "dockerfile.run-goodbye": "docker run --rm greeting /goodbye",
    "base-image.remove": "docker rmi greeting",
    "base-image.directory": "mkdir /appHelloFedora\nchmod +x -R /appHelloFedora\ncd /appHelloFedora",
    "base-image.dockerfile": "vim /appHelloFedora/Dockerfile",
    "base-image.scripts": (
        'cat > hello << EOF\n#!/bin/sh\necho "hello"\nEOF\n\ncat > goodbye << EOF\n#!/bin/sh\necho "goodbye"\n'
        "EOF\n\nchmod +x -R /appHelloFedora\n\nls"
    ),
    "base-image.build": "docker build -t greeting .",
    "base-image.run": "docker run --rm greeting",
    "base-image.shell": "docker run -it --rm greeting /bin/bash\ncat /etc/os-release\ncommand -v dnf\nexit",
    "system-packages.directory": (
        "mkdir /appHelloFedoraDockerfile\nchmod +x -R /appHelloFedoraDockerfile\ncd /appHelloFedoraDockerfile"
    ),
    "system-packages.dockerfile": "vim /appHelloFedoraDockerfile/Dockerfile",
    "system-packages.scripts": (
        'cat > hello << EOF\n#!/bin/sh\necho "hello"\nEOF\n\ncat > goodbye << EOF\n#!/bin/sh\necho "goodbye"\n'
        "EOF\n\nchmod +x -R /appHelloFedoraDockerfile\n\nls"
    ),
    "system-packages.build": "docker build -t greeting .",
    "system-packages.history": "docker history greeting",
    "system-packages.touch": "touch hello\ndocker build -t greeting .",
    "system-packages.change": (
        'cat > hello << EOF\n#!/bin/sh\necho "hello again"\nEOF\n\ndocker build -t greeting .\ndocker run --rm greeting'
    ),
    "share-image.login": "docker login --username learner --password-stdin 127.0.0.1:5002 < /etc/workshop/registry-password",
    "share-image.tag": "docker tag greeting:latest 127.0.0.1:5002/greeting:latest",
    "share-image.push": "docker push 127.0.0.1:5002/greeting:latest",
    "share-image.pull": (
        "docker rmi 127.0.0.1:5002/greeting:latest\ndocker pull 127.0.0.1:5002/greeting:latest\n"
        "docker run --rm 127.0.0.1:5002/greeting:latest"
    ),
    "workspace.directory": "mkdir /home/user/docker\nchmod -R 777 /home/user/docker/",
    "vscode.install": "winget install --id Microsoft.VisualStudioCode --exact",
    "vscode.extension": "code --install-extension ms-vscode-remote.remote-wsl",
    "vscode.open": "code /home/user/docker",
    "flask-app.source": "vim /home/user/docker/hello.py",
    "flask-app.dockerfile": "vim /home/user/docker/Dockerfile",
    "flask-app.build": "cd /home/user/docker\ndocker build -t hello:latest .",
    "flask-app.run": "docker run --name hello -p 8000:8000 -d hello:latest",
    "flask-app.request": "curl localhost:8000",
    "delete-images.in-use": "docker run --name visitor greeting:deleted date\ndocker rmi greeting:deleted",
    "delete-images.containers": "docker rm visitor layer session",
    "delete-images.remove": "docker rmi greeting:deleted",
    "delete-images.prune": "docker image prune --force",
    "isolation.kernel": "uname -r\ndocker run --rm busybox uname -r",
    "isolation.namespaces": (
        "docker run -d --name cell busybox sleep 1000000\nls -l /proc/self/ns\ndocker exec cell ls -l /proc/self/ns"
    ),
    "isolation.memory": (
        "docker run --rm --memory 64m --memory-swap 64m busybox dd if=/dev/zero of=/dev/null bs=128M count=1\necho $?"
    ),
    "isolation.processes": "docker run --rm --pids-limit 8 busybox sh -c 'for i in 1 2 3 4 5 6 7 8 9 10; do sleep 1 & done; wait'",
    "isolation.cpu": (
        'docker run --rm --cpus 0.1 busybox sh -c \'\n  timeout 1 sh -c "while :; do :; done"\n'
        "  cd /sys/fs/cgroup\n  cat cpu.max cpu.stat cpu/cpu.cfs_quota_us cpu/cpu.stat 2>/dev/null'"
    ),
    "isolation.remove": "docker rm -f cell",
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


@pytest.mark.parametrize(
    ("step", "source"),
    [
        ("dockerfile.dockerfile", "dockerfile/files/appHello/Dockerfile"),
        ("base-image.dockerfile", "base-image/files/appHelloFedora/Dockerfile"),
        ("system-packages.dockerfile", "system-packages/files/appHelloFedoraDockerfile/Dockerfile"),
        ("flask-app.source", "flask-app/files/hello.py"),
        ("flask-app.dockerfile", "flask-app/files/Dockerfile"),
    ],
)
def test_the_file_that_the_text_shows_is_the_one_that_the_automation_writes(
    step: str, source: str
) -> None:
    content = (WORKSHOP / source).read_text(encoding="utf-8")
    assert all(content in words for words in STEPS[step]["text"].values())


@pytest.mark.parametrize(
    ("step", "source"),
    [
        ("commit-image.goodbye", "commit-image/files/goodbye"),
        ("dockerfile.scripts", "dockerfile/files/appHello/hello"),
        ("dockerfile.scripts", "dockerfile/files/appHello/goodbye"),
        ("base-image.scripts", "base-image/files/appHelloFedora/hello"),
        ("base-image.scripts", "base-image/files/appHelloFedora/goodbye"),
        ("system-packages.scripts", "system-packages/files/appHelloFedoraDockerfile/hello"),
        ("system-packages.scripts", "system-packages/files/appHelloFedoraDockerfile/goodbye"),
        ("system-packages.change", "system-packages/files/change/hello"),
    ],
)
def test_the_script_that_is_typed_is_the_one_that_the_automation_writes(
    step: str, source: str
) -> None:
    content = (WORKSHOP / source).read_text(encoding="utf-8")
    assert f"cat > {Path(source).name} << EOF\n{content}EOF\n" in TYPED[step]


def test_the_automation_types_in_the_terminal_what_the_learner_types() -> None:
    typed = STEPS["commit-image.hello"]["do"][0]["terminal_type"]["input"]
    assert typed == TYPED["commit-image.hello"].replace("\n\n", "\n")


def parameter(step: str, check: str, name: str) -> Any:
    """The first such parameter of the step's checks of this kind."""
    return next(item[check][name] for item in STEPS[step]["check"] if name in item.get(check, {}))


UPSTREAM_ONE = "/ # ps\r\nPID   USER     TIME  COMMAND\r\n    1 root      0:00 sh\r\n    7 root      0:00 ps\r\n/ # "
UPSTREAM_TWO = UPSTREAM_ONE.replace("    7 root", "    8 root      0:00 sh\r\n   14 root")
DEBIAN_ONE = (
    "/ # ps\r\nPID   USER     COMMAND\r\n    1 root     sh\r\n    6 root     {ps} sh\r\n/ # "
)
DEBIAN_TWO = DEBIAN_ONE.replace("    6 root     {ps}", "    7 root     sh\r\n   13 root     {ps}")
MACHINE = "    1 root      0:09 {systemd} /sbin/init\r\n  310 root      0:12 dockerd\r\n  900 root      0:00 sh\r\n"
LOG = "[::ffff:172.17.0.1]:41234: url:{}\n[::ffff:172.17.0.1]:41234: response:404\n"
LISTED = (
    "     4 drwxr-xr-x    2 root     root          4096 Nov 24 05:39 etc\n"
    "     4 -rwxr-xr-x    1 root     root            25 Nov 24 05:39 goodbye\n"
    "     4 -rwxr-xr-x    1 root     root            23 Nov 24 05:39 hello\n"
    "     0 drwxr-xr-x    2 root     root          4096 Nov 24 05:39 var\n"
)
PACKAGES = (WORKSHOP / "system-packages/files/appHelloFedoraDockerfile/Dockerfile").read_text(
    encoding="utf-8"
)
FLASK = (WORKSHOP / "flask-app/files/Dockerfile").read_text(encoding="utf-8")
SOURCE = (WORKSHOP / "flask-app/files/hello.py").read_text(encoding="utf-8")
DATE = "Mon Nov 24 05:10:01 UTC 2025\n"
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
            [UPSTREAM_ONE, DEBIAN_ONE, UPSTREAM_TWO, DEBIAN_TWO],
            [MACHINE, "/ # ", "/ # ps\r\n   21 root     sh\r\n"],
        ),
        (
            "interactive-terminal.processes",
            "terminal",
            "not_matches",
            [MACHINE],
            [UPSTREAM_ONE, DEBIAN_ONE],
        ),
        (
            "interactive-terminal.processes-again",
            "terminal",
            "matches",
            [UPSTREAM_TWO, DEBIAN_TWO],
            [UPSTREAM_ONE, DEBIAN_ONE, ""],
        ),
        (
            "stopped-containers.logs",
            "container_log",
            "matches",
            [UPSTREAM_TWO, DEBIAN_TWO],
            [DATE, ""],
        ),
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
            [
                "",
                'FROM fedora:35\nCOPY hello goodbye /\nCMD [ "/hello" ]\n',
                "FROM busybox:latest\nCOPY hello goodbye /\nCMD /hello\n",
            ],
        ),
        (
            "dockerfile.scripts",
            "file",
            "matches",
            ['#!/bin/sh\necho "hello"\n', "#!/bin/sh\n# greet\n  echo hello"],
            ['#!/bin/sh\necho "goodbye"\n', 'echo "hello"\n', '#!/bin/sh\n# echo "hello"\n'],
        ),
        (
            "commit-image.hello",
            "container_file",
            "matches",
            ['#!/bin/sh\necho "Hello"\n'],
            ['echo "Hello"\n', '#!/bin/sh\necho "Goodbye"\n'],
        ),
        (
            "commit-image.list-files",
            "terminal",
            "matches",
            [LISTED],
            [LISTED.replace("-rwxr-xr-x    1 root     root            25", "-rw-r--r--")],
        ),
        (
            "base-image.dockerfile",
            "file",
            "matches",
            ['FROM fedora:35\nCOPY hello goodbye /\nCMD [ "/hello" ]\n'],
            ['FROM busybox:latest\nCOPY hello goodbye /\nCMD [ "/hello" ]\n'],
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
            "matches",
            [
                PACKAGES,
                PACKAGES.replace("findutils procps which", "which findutils procps"),
                f"# mine\n{PACKAGES}",
            ],
            [
                PACKAGES.replace("procps ", ""),
                PACKAGES.replace("dnf clean", "dnf check"),
                "FROM fedora:35\nCOPY hello goodbye /\n"
                + PACKAGES.replace("COPY hello goodbye /\n", "").partition("\n")[2],
            ],
        ),
        (
            "system-packages.build",
            "container",
            "output",
            ["/hello\n    1\n/usr/bin/sh\n", "/hello\n      1\n/bin/sh\n"],
            [
                "/hello\n    1\n/usr/bin/sh\ncache /var/cache/dnf/a.solv\n",
                "/hello\n    1\n",
                "/hello\n    1\n/bin/sh\ndocumentation /x\n",
            ],
        ),
        (
            "flask-app.source",
            "file",
            "matches",
            [SOURCE, SOURCE.replace("def", "\n\ndef")],
            [SOURCE.replace("World", "world"), ""],
        ),
        (
            "flask-app.dockerfile",
            "file",
            "matches",
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
            "delete-images.in-use",
            "output",
            "matches",
            [
                'conflict: unable to remove repository reference "greeting:deleted" (must force) - container e956 is using its image',
                "conflict: unable to delete greeting:deleted (must be forced) - image is being used by stopped container e956",
            ],
            ["No such image: greeting:deleted", "Untagged: greeting:deleted"],
        ),
        (
            "isolation.processes",
            "container",
            "output",
            ["sh: can't fork: Resource temporarily unavailable\n"],
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
    pattern = parameter(step, check, name)
    assert [text for text in matching if not re.search(pattern, text, re.MULTILINE)] == []
    assert [text for text in other if re.search(pattern, text, re.MULTILINE)] == []


@pytest.mark.parametrize("output", [UPSTREAM_ONE, UPSTREAM_TWO, DEBIAN_ONE, DEBIAN_TWO])
def test_what_is_awaited_comes_after_the_echo(output: str) -> None:
    expect = STEPS["interactive-terminal.processes"]["do"][0]["terminal_type"]["expect"]
    assert re.search(expect, output)
    assert not re.search(expect, output.partition("PID")[0]), (
        "the echo of the command is not its output"
    )


@pytest.mark.parametrize("entries", [ENTRIES, OLD_ENTRIES])
def test_history(entries: tuple[str, str]) -> None:
    patterns = parameter("dockerfile.history", "image_history", "instructions")
    assert all(re.search(pattern, entry) for pattern, entry in zip(patterns, entries, strict=True))
