# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every check passes on a machine that is right, and fails for each of its parameters alone."""

from __future__ import annotations

import base64
import functools
import json
import os
import stat
import subprocess
import time
from pathlib import Path

import pytest

import ansible_collections.workshop.containers.plugins.plugin_utils.content as content_package
from ansible_collections.workshop.containers.plugins.module_utils.http_request import Answer
from ansible_collections.workshop.containers.plugins.module_utils.machine import apt
from ansible_collections.workshop.containers.plugins.module_utils.workshop.checks import (
    CHECKS,
    FAILED,
    PASSED,
    UNKNOWN,
    base,
    system,
    web,
)
from ansible_collections.workshop.containers.plugins.module_utils.workshop.walk import Walk

SCHEMA = Path(content_package.__path__[0]) / "schemas/checks.json"
PARAMETERS = {
    name: set(check["properties"])
    for name, check in json.loads(SCHEMA.read_text("utf-8"))["$defs"].items()
}
FINDINGS = Path(__file__).with_name("findings.json")
FINGERPRINT = "9DC858229FC7DD38854AE2D88D81803C0EBFCD88"

# The machine: what the steps of `machine` below have made.
WEB = {
    "image": "busybox",
    "command": ["httpd", "-f"],
    "name": "web",
    "detach": True,
    "ports": ["8080:80"],
}
DATE = {"image": "busybox", "command": ["date"], "name": "date"}
SHELL = {"image": "busybox", "command": ["sh"], "name": "shell", "tty": True}
PASSING = {"image": "busybox", "command": ["true"], "auto_remove": True}
STEPS = [
    ("web", [{"container_run": WEB}], []),
    ("date", [{"container_run": DATE}], []),
    ("made", [{"image_commit": {"container": "date", "name": "made"}}], []),
    ("push", [{"image_push": {"name": "made"}}], []),
    ("shell", [{"container_run": SHELL}], []),
    ("build", [{"image_build": {"name": "built", "path": "FOLDER"}}], []),
    ("passing", [{"container_run": PASSING}], []),
]
# Check, the step that it belongs to, parameters that hold, and for each parameter what does not.
TABLE = [
    (
        "container",
        "date",
        {
            "name": "date",
            "exists": True,
            "running": False,
            "exit_code": 0,
            "output": "^now$",
            "command": ["date"],
            "tty": False,
            "auto_remove": False,
            "oom_killed": False,
            "ports": {},
        },
        {
            "name": "web",
            "exists": False,
            "running": True,
            "exit_code": 1,
            "output": "^later$",
            "command": ["ls"],
            "tty": True,
            "auto_remove": True,
            "oom_killed": True,
            "ports": {"80/tcp": 8080},
        },
    ),
    (
        "container",
        "web",
        {"step": "lesson.web", "running": True, "ports": {"80/tcp": 8080}},
        {"step": "lesson.date", "running": False, "ports": {"80/tcp": 8081}},
    ),
    ("container", "passing", {"exit_code": 0, "exists": False}, {"exit_code": 3, "exists": True}),
    ("container", "date", {"name": "nobody", "exists": False}, {"name": "web"}),
    ("containers", "shell", {"running": 2, "stopped": 1}, {"running": 1, "stopped": 2}),
    (
        "container_log",
        "date",
        {"name": "date", "matches": "^now$"},
        {"name": "web", "matches": "^x"},
    ),
    ("container_log", "date", {"step": "lesson.date", "matches": "now"}, {"step": "lesson.web"}),
    (
        "container_file",
        "date",
        {"name": "date", "path": "/hello", "executable": True, "matches": "^hello$"},
        {"name": "web", "path": "/bye", "executable": False, "matches": "^bye$", "exists": False},
    ),
    (
        "container_file",
        "date",
        {"step": "lesson.date", "path": "/bye", "exists": False},
        {"path": "/hello", "exists": True},
    ),
    ("container_file", "date", {"step": "lesson.date", "path": "/hello"}, {"step": "lesson.web"}),
    (
        "container_changes",
        "date",
        {"name": "date", "added": ["/hello"], "deleted": ["/etc/issue"]},
        {"name": "web", "added": ["/none"], "deleted": ["/none"]},
    ),
    (
        "container_changes",
        "date",
        {"step": "lesson.date", "added": ["/hello"]},
        {"step": "lesson.web"},
    ),
    (
        "namespaces",
        "web",
        {"name": "web", "own": ["pid"], "shared": ["user"]},
        {"name": "date", "own": ["cgroup"], "shared": ["pid"]},
    ),
    ("namespaces", "web", {"step": "lesson.web", "own": ["pid"]}, {"step": "lesson.date"}),
    (
        "image",
        "made",
        {
            "name": "made",
            "exists": True,
            "command": ["sh"],
            "env": {"PATH": "/bin"},
            "exposed": ["80/tcp"],
            "not_smaller_than": "busybox",
        },
        {
            "name": "none",
            "exists": False,
            "command": ["ls"],
            "env": {"PATH": "/sbin"},
            "exposed": ["81/tcp"],
            "not_smaller_than": "large",
        },
    ),
    ("image", "push", {"name": "made", "up_to_date": True}, {"name": "outdated"}),
    ("image", "made", {"name": "none", "exists": False}, {"name": "made"}),
    (
        "image_history",
        "made",
        {"name": "made", "instructions": ["^sh$", "^sh$"]},
        {"name": "none", "instructions": ["^sh$", "^RUN"]},
    ),
    (
        "image_layers",
        "made",
        {"name": "made", "on": "busybox", "own": 1},
        {"name": "large", "on": "large", "own": 2},
    ),
    ("image_served", "push", {"name": "made"}, {"name": "outdated"}),
    ("image_not_pulled", "date", {"name": "busybox"}, {"name": "pulled"}),
    ("images", "build", {"untagged": 1}, {"untagged": 0}),
    (
        "build",
        "build",
        {"cached": ["^FROM"], "ran": ["^COPY"]},
        {"cached": ["^COPY"], "ran": ["^FROM"]},
    ),
    (
        "output",
        "date",
        {"exit_code": 0, "matches": "now", "not_matches": "later", "same_as": ["printf", "now"]},
        {"exit_code": 1, "matches": "later", "not_matches": "now", "same_as": ["printf", "x"]},
    ),
    (
        "terminal",
        "shell",
        {"name": "A", "matches": "#", "not_matches": "dockerd", "closed": False},
        {"name": "B", "matches": "dockerd", "not_matches": "#", "closed": True},
    ),
    (
        "http",
        "web",
        {"url": "http://localhost:8080/", "status": 200, "body": "^hello$"},
        {"url": "http://localhost:8081/", "status": 404, "body": "^bye$"},
    ),
    (
        "directory",
        "web",
        {"path": "FOLDER", "mode": "0755", "writable_by": "root"},
        {"path": "FOLDER/none", "mode": "0700", "writable_by": "nobody"},
    ),
    (
        "file",
        "web",
        {
            "path": "FOLDER/hello",
            "executable": True,
            "has": {"a greeting": "^hello$", "a letter": "o"},
            "matches": "^hello$",
            "source": "hello",
        },
        {
            "path": "FOLDER/bye",
            "executable": False,
            "has": {"a letter": "o", "a farewell": "^bye$"},
            "matches": "^bye$",
            "source": "bye",
        },
    ),
    (
        "login",
        "web",
        {"registry": "127.0.0.1:5002", "username": "learner"},
        {"registry": "127.0.0.1:5003", "username": "teacher"},
    ),
    ("package", "web", {"names": ["docker.io"]}, {"names": ["docker.io", "docker-ce"]}),
    (
        "apt_key",
        "web",
        {"path": "FOLDER/*.asc", "fingerprint": FINGERPRINT},
        {"path": "FOLDER/*.gpg", "fingerprint": FINGERPRINT[::-1]},
    ),
    (
        "apt_source",
        "web",
        {
            "path": "FOLDER/*.list",
            "url": "https://example.org/linux",
            "signed_by": "FOLDER/*.asc",
            "suite": "bookworm",
            "component": "stable",
        },
        {
            "path": "FOLDER/*.sources",
            "url": "https://example.net",
            "signed_by": "FOLDER/hello",
            "suite": "trixie",
            "component": "test",
        },
    ),
    ("engine", "web", {"answers": True}, {}),
    ("container_file", "date", {"name": "date", "path": "/hello"}, {"path": "/folder"}),
    ("wsl", "web", {"on_offer": "^Ubuntu", "version": 2}, {"on_offer": "^Fedora", "version": 1}),
    (
        "editor",
        "web",
        {
            "command": "code",
            "extension": "ms-vscode-remote.remote-wsl",
            "folder": "/home/user/docker",
        },
        {"command": "codium", "extension": "nobody.nothing", "folder": "/home/user"},
    ),
]


@pytest.fixture
def machine(api, lab, tmp_path, monkeypatch, stand_in):
    """The walk over a machine on which STEPS have been done."""
    folder = tmp_path / "app"
    folder.mkdir()
    folder.chmod(0o755)
    (folder / "Dockerfile").write_text("FROM busybox\nCOPY hello /\n", encoding="ascii")
    (folder / "hello").write_text("hello\n", encoding="ascii")
    (folder / "hello").chmod(0o755)
    (folder / "docker.asc").touch()
    source = f"deb [signed-by={folder}/docker.asc] https://example.org/linux bookworm stable\n"
    (folder / "docker.list").write_text(source, encoding="ascii")
    files = {"lesson/hello": b"hello\n", "lesson/bye": b"bye\n"}
    machine = lab(*placed(STEPS, folder), files=files)
    engine = machine.engine
    monkeypatch.setattr(
        engine, "logs", lambda identity: "now\n" if is_named(api, identity, "date") else ""
    )
    walk = Walk(machine.content, machine.context)
    walk.do_steps(list(range(len(STEPS))))
    assert walk.failure == ""
    for image in api.pictures.values():
        image["Config"]["ExposedPorts"] = {"80/tcp": {}}
    api.add_image("large", layers=3)
    api.pictures[api.tagged["large:latest"]]["Size"] = 10**9
    api.serve("outdated")
    api.add_image("outdated")
    api.registry["pulled:latest"] = None
    monkeypatch.setattr(engine, "events", lambda *_times: [pulled("pulled:latest")])
    untagged(api, machine)
    machine.context.attach("A", api.named("shell")["Id"])
    monkeypatch.setattr(engine, "file_in", lambda identity, path: file_in(api, identity, path))
    changes = {"/hello": "A", "/etc/issue": "D"}
    monkeypatch.setattr(
        engine, "changes", lambda identity: changes if is_named(api, identity, "date") else {}
    )
    monkeypatch.setattr(engine, "version", lambda: "26.1.5")
    monkeypatch.setattr(engine, "pid", lambda _id: os.getpid())
    checks = "ansible_collections.workshop.containers.plugins.module_utils.workshop.checks"
    monkeypatch.setattr(
        f"{checks}.containers._shares", lambda _pid, kind: kind in ("user", "cgroup")
    )
    answers = {"http://localhost:8080/": Answer(200, "hello\n", {})}
    monkeypatch.setattr(web, "request", lambda url: answers.get(url, Answer(0, "refused", {})))
    monkeypatch.setattr(system, "Packages", OnlyDockerIo)
    monkeypatch.setattr(
        system, "fingerprints", lambda path: [FINGERPRINT] if path.endswith(".asc") else []
    )
    config = tmp_path / ".docker/config.json"
    config.parent.mkdir()
    auth = base64.b64encode(b"learner:secret").decode()
    config.write_text(json.dumps({"auths": {"127.0.0.1:5002": {"auth": auth}}}), encoding="ascii")
    config.chmod(0o600)
    return walk


class OnlyDockerIo:
    def is_installed(self, name):
        return name == "docker.io"


def is_named(api, identity, name):
    return identity in api.stock and api.stock[identity]["Name"] == f"/{name}"


def file_in(api, identity, path):
    if is_named(api, identity, "date") and path == "/folder":
        return stat.S_IFDIR | 0o755, ""
    return (
        (stat.S_IFREG | 0o755, "hello\n")
        if is_named(api, identity, "date") and path == "/hello"
        else None
    )


def pulled(name):
    return {"Type": "image", "Action": "pull", "id": name, "timeNano": 0}


def untagged(api, machine):
    """Let one image of the workshop have no name any more."""
    identity = api.add_image()
    machine.record.images[identity] = {"step": "lesson.build", "pulled": False}


def placed(value, folder):
    """The same with the word FOLDER as a path."""
    return json.loads(json.dumps(value).replace("FOLDER", str(folder)))


def judge(walk, name, step, parameters, tmp_path, past=False):
    walk.view.index = next(
        index for index, each in enumerate(walk.content.steps) if each.id == f"lesson.{step}"
    )
    check = CHECKS[name](f"lesson.{step}", placed(parameters, tmp_path / "app"))
    return check.judge(walk.view, past=past)


def told(finding, tmp_path):
    """What a finding says to people, wherever the test runs."""
    words = [finding.status, finding.expected, finding.observed, finding.evidence]
    return [
        *(each.replace(str(tmp_path), "TMP") for each in words),
        *(["absence"] if finding.absence else []),
    ]


@functools.lru_cache(maxsize=None)
def findings():
    """What each row of the table says: status, expected, observed, evidence.

    These are sentences that people read. WRITE_FINDINGS=1 writes them anew, to be read in the diff.
    """
    if os.environ.get("WRITE_FINDINGS"):
        return Recorder()
    return json.loads(FINDINGS.read_text("utf-8"))


class Recorder:
    """Takes every finding for right, and keeps it."""

    def __getitem__(self, name):
        return Taken(name)


class Taken:
    def __init__(self, name):
        self.name = name

    def __eq__(self, other):
        known = json.loads(FINDINGS.read_text("utf-8")) if FINDINGS.exists() else {}
        known[self.name] = other
        text = json.dumps(dict(sorted(known.items())), ensure_ascii=False, indent=1)
        FINDINGS.write_text(f"{text}\n", encoding="utf-8")
        return True

    __hash__ = None


def test_every_parameter_of_every_check_is_in_the_table():
    spoiled = {name: set() for name in CHECKS}
    for name, _step, _parameters, wrong in TABLE:
        spoiled[name] |= set(wrong)
    assert {name: PARAMETERS[name] - found for name, found in spoiled.items()} == {
        **{key: set() for key in CHECKS},
        "wsl": {"sudoer"},  # only true is allowed; test_windows.py has the users
        "engine": {"answers"},  # an engine that does not answer raises
        "image": {"up_to_date"},  # only true is allowed; another image shows it
    }


@pytest.mark.parametrize(
    ("name", "step", "parameters"),
    [row[:3] for row in TABLE],
    ids=[f"{row[0]}-{number}" for number, row in enumerate(TABLE)],
)
def test_a_check_passes_where_all_holds(request, machine, tmp_path, name, step, parameters):
    finding = judge(machine, name, step, parameters, tmp_path)
    assert finding.status == PASSED
    assert told(finding, tmp_path) == findings()[request.node.callspec.id]


@pytest.mark.parametrize(
    ("name", "step", "parameters", "parameter", "value"),
    [
        pytest.param(*row[:3], parameter, value, id=f"{row[0]}-{number}-{parameter}")
        for number, row in enumerate(TABLE)
        for parameter, value in row[3].items()
    ],
)
def test_a_check_fails_for_each_parameter(
    request, machine, tmp_path, name, step, parameters, parameter, value
):
    spoiled = {**parameters, parameter: value}
    finding = judge(machine, name, step, spoiled, tmp_path)
    assert finding.status == (UNKNOWN if (name, parameter) == ("terminal", "name") else FAILED)
    assert told(finding, tmp_path) == findings()[request.node.callspec.id]
    # Of the past, what is otherwise now may have been right.
    then = judge(machine, name, step, spoiled, tmp_path, past=True)
    assert told(then, tmp_path) == findings()[f"{request.node.callspec.id}-past"]


@pytest.mark.parametrize(("name", "status"), [("docker", PASSED), ("another", FAILED)])
def test_a_key_may_stand_in_the_source_itself(machine, tmp_path, monkeypatch, name, status):
    """As `Signed-By` of a .sources file allows; the address is then that of the source as well."""
    source = tmp_path / "app/docker.sources"
    source.write_text(
        f"URIs: https://{name}.example/\nSuites: x\nComponents: stable\n"
        f"Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n {name}\n",
        encoding="ascii",
    )
    monkeypatch.setattr(apt, "SOURCES", (str(source),))
    monkeypatch.setattr(
        system,
        "fingerprints",
        lambda path: [FINGERPRINT] if "\n docker" in Path(path).read_text("ascii") else [],
    )
    key = {"path": "FOLDER/*.none", "fingerprint": FINGERPRINT}
    assert judge(machine, "apt_key", "web", key, tmp_path).status == status
    wanted = {"path": "FOLDER/*", "url": "https://docker", "signed_by": "FOLDER/*.none"}
    assert judge(machine, "apt_source", "web", wanted, tmp_path).status == status


def test_a_login_that_others_can_read_fails(machine, tmp_path):
    (tmp_path / ".docker/config.json").chmod(0o644)
    parameters = {"registry": "127.0.0.1:5002", "username": "learner"}
    assert judge(machine, "login", "web", parameters, tmp_path).status == FAILED


def test_the_namespaces_of_a_process_are_compared_by_the_kernel():
    from ansible_collections.workshop.containers.plugins.module_utils.workshop.checks import (
        containers,
    )

    assert containers._shares(os.getpid(), "pid")
    with subprocess.Popen(["unshare", "--uts", "sleep", "60"]) as process:
        try:
            while Path(f"/proc/{process.pid}/comm").read_text("ascii").strip() != "sleep":
                assert process.poll() is None
            assert not containers._shares(process.pid, "uts")
            assert containers._shares(process.pid, "pid")
        finally:
            process.kill()


def test_a_check_that_does_not_end_fails(machine, tmp_path, monkeypatch):
    monkeypatch.setattr(base, "LONGEST", 0.05)
    evil = tmp_path / "app/evil"
    evil.write_text("a" * 60, encoding="ascii")
    parameters = {"path": str(evil), "matches": "^(a*)*b"}
    assert judge(machine, "file", "web", parameters, tmp_path).status == FAILED
    monkeypatch.setattr(machine.view.engine, "registry_digest", lambda _name: time.sleep(60))
    parameters = {"name": "made", "up_to_date": True}
    assert judge(machine, "image", "push", parameters, tmp_path).status == FAILED
