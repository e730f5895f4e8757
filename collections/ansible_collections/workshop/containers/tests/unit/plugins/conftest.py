# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An engine that remembers, and a lab that works on it: what the tests of workshops share."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from types import SimpleNamespace

import docker
import docker.errors
import pytest

from ansible_collections.workshop.containers.plugins.module_utils.builds import image_build
from ansible_collections.workshop.containers.plugins.module_utils.builds.log import BuildStep
from ansible_collections.workshop.containers.plugins.module_utils.engine.client import Engine
from ansible_collections.workshop.containers.plugins.module_utils.names import familiar_reference
from ansible_collections.workshop.containers.plugins.module_utils.workshop import (
    context as contexts,
)
from ansible_collections.workshop.containers.plugins.module_utils.workshop.content import Content
from ansible_collections.workshop.containers.plugins.module_utils.workshop.context import Context
from ansible_collections.workshop.containers.plugins.module_utils.workshop.grading import Grading
from ansible_collections.workshop.containers.plugins.module_utils.workshop.operations import (
    containers,
    terminals,
)
from ansible_collections.workshop.containers.plugins.module_utils.workshop.ownership import (
    Ownership,
)
from ansible_collections.workshop.containers.plugins.module_utils.workshop.record import Record
from ansible_collections.workshop.containers.plugins.module_utils.workshop.reset import Reset
from ansible_collections.workshop.containers.plugins.module_utils.workshop.walk import Walk


def conflict(explanation):
    return docker.errors.APIError("409 Client Error", explanation=explanation)


class RememberingApi:
    """The SDK's client of an engine that keeps containers and images in dictionaries.

    Labels are inherited, names and the beginnings of ids are resolved, a filter by name is a
    regular expression, and what is in use is not removed, as in an engine. ``log`` has what was
    changed.
    """

    api_version = "1.41"

    @staticmethod
    def version():
        return {"Version": "20.10.24", "ApiVersion": "1.41"}

    def __init__(self):
        self.stock = {}
        self.pictures = {}
        self.tagged = {}
        self.registry = {}
        self.log = []
        self.happened = []
        self._numbers = itertools.count(1)

    def _id(self):
        return hashlib.sha256(str(next(self._numbers)).encode()).hexdigest()

    # What a test, or somebody by hand, does

    def add_image(self, *names, labels=None, parent="", command=("sh",), layers=1):
        below = self.pictures[parent]["RootFS"]["Layers"] if parent else []
        identity = f"sha256:{self._id()}"
        self.pictures[identity] = {
            "Id": identity,
            "Parent": parent,
            "Created": "2026-01-01T00:00:00Z",
            "Size": 1000 + 10 * len(below),
            "RepoDigests": [],
            "Config": {"Labels": dict(labels or {}), "Cmd": list(command), "Env": ["PATH=/bin"]},
            "RootFS": {"Layers": [*below, *(self._id() for _ in range(layers))]},
        }
        for name in names:
            self.tagged[familiar_reference(name)] = identity
        return identity

    def add_container(self, name, image, labels=None, running=False, command=("sh",)):
        identity = self.create_container(image, name=name, labels=labels, command=list(command))
        self.stock[identity["Id"]]["State"]["Running"] = running
        self.log.clear()
        return identity["Id"]

    def named(self, name):
        return next((each for each in self.stock.values() if each["Name"] == f"/{name}"), None)

    # Containers

    def _container(self, word):
        if word in self.stock:
            return self.stock[word]
        found = [each for each in self.stock.values() if each["Name"] == f"/{word}"]
        found = found or [each for key, each in self.stock.items() if key.startswith(word)]
        if len(found) != 1:
            raise docker.errors.NotFound(f"No such container: {word}")
        return found[0]

    def containers(self, filters=None, **_all):
        wanted = filters or {}
        return [
            {
                "Id": each["Id"],
                "Names": [each["Name"]],
                "Image": each["Config"]["Image"],
                "ImageID": each["Image"],
                "Labels": each["Config"]["Labels"],
                "State": "running" if each["State"]["Running"] else "exited",
                "Created": number,
                "Ports": [],
            }
            for number, each in enumerate(self.stock.values())
            if re.search(wanted.get("name", ""), each["Name"])
            and all(pair in _pairs(each["Config"]["Labels"]) for pair in wanted.get("label", ()))
        ]

    def inspect_container(self, word):
        return self._container(word)

    def create_host_config(self, **settings):
        return settings

    def create_container(self, image, name=None, labels=None, command=None, **more):
        identity = self._id()
        name = name or f"name-{identity[:6]}"
        if self.named(name):
            raise conflict(f'Conflict. The container name "/{name}" is already in use')
        picture = self._image(image)
        host = more.get("host_config", {})
        self.stock[identity] = {
            "Id": identity,
            "Name": f"/{name}",
            "Image": picture["Id"],
            "Created": "2026-01-01T00:00:00Z",
            "Config": {
                "Image": image,
                "Cmd": command or picture["Config"]["Cmd"],
                "Tty": bool(more.get("tty")),
                "Labels": {**picture["Config"]["Labels"], **(labels or {})},
            },
            "State": {
                "Running": False,
                "ExitCode": 0,
                "Pid": 0,
                "OOMKilled": False,
                "StartedAt": "0001-01-01T00:00:00Z",
                "Status": "created",
            },
            "HostConfig": {
                "AutoRemove": host.get("auto_remove", False),
                "PortBindings": {
                    f"{port}": [{"HostIp": "", "HostPort": str(outside[0][1])}]
                    for port, outside in host.get("port_bindings", {}).items()
                },
            },
        }
        self.log.append(("create", identity))
        return {"Id": identity}

    def start(self, word):
        state = self._container(word)["State"]
        state.update(Running=True, Status="running", StartedAt="2026-01-01T00:00:01Z", Pid=1)
        self.log.append(("start", self._container(word)["Id"]))

    def _end(self, container):
        container["State"].update(Running=False, Status="exited", Pid=0)
        if container["HostConfig"]["AutoRemove"]:
            del self.stock[container["Id"]]

    def stop(self, word, timeout=10):
        container = self._container(word)
        self.log.append(("stop", container["Id"]))
        self._end(container)

    def wait(self, word, timeout=None):
        container = self._container(word)
        self._end(container)
        return {"StatusCode": container["State"]["ExitCode"]}

    def rename(self, word, name):
        container = self._container(word)
        self.log.append(("rename", container["Id"]))
        container["Name"] = f"/{name}"

    def remove_container(self, word, force=False, v=False):
        container = self._container(word)
        if container["State"]["Running"] and not force:
            raise conflict("You cannot remove a running container")
        self.log.append(("remove", container["Id"]))
        del self.stock[container["Id"]]

    def _get(self, _url, **_options):
        return SimpleNamespace(close=lambda: None, iter_content=lambda _size: iter(()))

    def _raise_for_status(self, _answer):
        """All went well."""

    def _url(self, path, *_parts):
        return path

    def diff(self, _word):
        return []

    # Images

    def _image(self, word):
        if word in self.pictures:
            return {**self.pictures[word], "RepoTags": self._tags(word)}
        try:
            identity = self.tagged[familiar_reference(word)]
        except (KeyError, ValueError):
            raise docker.errors.NotFound(f"No such image: {word}") from None
        return {**self.pictures[identity], "RepoTags": self._tags(identity)}

    def _tags(self, identity):
        return sorted(name for name, each in self.tagged.items() if each == identity)

    def inspect_image(self, word):
        return self._image(word)

    def history(self, word):
        found, identity = [], self._image(word)["Id"]
        while identity:
            found.append({"Id": identity, "CreatedBy": "sh", "Created": 0, "Tags": None})
            identity = self.pictures[identity]["Parent"]
        return found

    def images(self, filters=None, **options):
        return [
            {
                "Id": identity,
                "ParentId": each["Parent"],
                "RepoTags": self._tags(identity),
                "Labels": each["Config"]["Labels"],
                "Created": 0,
            }
            for identity, each in self.pictures.items()
            if (
                options.get("all")
                or self._tags(identity)
                or each["RepoDigests"]
                or not self._is_parent(identity)
            )
            and all(
                pair in _pairs(each["Config"]["Labels"])
                for pair in (filters or {}).get("label", ())
            )
        ]

    def _is_parent(self, identity):
        return any(each["Parent"] == identity for each in self.pictures.values())

    def tag(self, word, repository, tag):
        identity = self._image(word)["Id"]
        self.tagged[f"{repository}:{tag}"] = identity
        self.log.append(("tag", identity))

    def remove_image(self, word, force=False, noprune=False):
        identity = self._image(word)["Id"]
        users = [each for each in self.stock.values() if each["Image"] == identity]
        tags = self._tags(identity)
        if word not in self.pictures and len(tags) > 1:
            del self.tagged[familiar_reference(word)]
        elif users:
            raise conflict(
                f"conflict: unable to remove repository reference, {users[0]['Id'][:12]} uses it"
            )
        elif word in self.pictures and self._is_parent(identity):
            raise conflict("conflict: unable to delete: image has dependent child images")
        elif word in self.pictures and tags and not force:
            raise conflict("conflict: unable to delete: image is referenced in repositories")
        else:
            for name in tags:
                del self.tagged[name]
            if not self._is_parent(identity):
                del self.pictures[identity]
        self.log.append(("untag" if word not in self.pictures else "rmi", identity))

    def post(self, _url, params, json):
        container = self._container(params["container"])
        labels = dict(container["Config"]["Labels"])
        for change in params["changes"].splitlines():
            if change.startswith("LABEL "):
                key, _, value = change[len("LABEL ") :].partition("=")
                labels[key] = value
        self.log.append(("commit", container["Id"]))
        return {
            "Id": self.add_image(
                f"{params['repo']}:{params['tag']}", labels=labels, parent=container["Image"]
            )
        }

    def _result(self, answer, _json):
        return answer

    # Registries

    def serve(self, name):
        """Let the registry have an image of this name."""
        identity = self.add_image()
        self.registry[familiar_reference(name)] = self.pictures.pop(identity)

    def pull(self, repository, tag, **_options):
        name = f"{repository}:{tag}"
        if name not in self.registry:
            return iter([{"error": f"manifest for {name} not found: manifest unknown"}])
        picture = self.registry[name]
        picture["RepoDigests"] = [f"{repository}@{_digest(picture)}"]
        self.pictures[picture["Id"]] = picture
        self.tagged[name] = picture["Id"]
        self.happened.append(("image", "pull", name))
        return iter([{"status": "done"}])

    def push(self, repository, tag, **_options):
        picture = self.pictures[self.tagged[f"{repository}:{tag}"]]
        self.registry[f"{repository}:{tag}"] = picture
        picture["RepoDigests"] = [f"{repository}@{_digest(picture)}"]
        return iter([{"aux": {"Digest": _digest(picture)}}])

    def inspect_distribution(self, name, **_options):
        if name not in self.registry:
            raise docker.errors.NotFound("404", explanation="manifest unknown")
        return {"Descriptor": {"digest": _digest(self.registry[name])}}

    def login(self, username, password, **_options):
        if password != "right":
            raise docker.errors.APIError("401", explanation="unauthorized")

    def events(self, **_options):
        return iter(())

    def close(self):
        """Nothing is open."""

    def info(self):
        return {"RegistryConfig": {"Mirrors": []}}


def _pairs(labels):
    return {f"{key}={value}" for key, value in labels.items()}


def _digest(picture):
    return f"sha256:{hashlib.sha256(picture['Id'].encode()).hexdigest()}"


class QuietTerminal:
    """A terminal that shows a prompt, prints what is typed, and closes at ``exit``."""

    def __init__(self, api, container_id, main):
        self.api, self.container_id, self.main = api, container_id, main
        self.printed, self.closed = "/ # ", False
        self.everything = ""

    def forget(self):
        self.printed = "/ # "

    def type(self, text):
        self.printed += text
        self.everything += f"{text}\n"
        if text == "exit":
            self.closed = True
            if self.main:
                self.api.stop(self.container_id)

    def read_until(self, *_arguments):
        return self.closed

    def close(self):
        self.closed = True


def packed(steps, name="demo", files=None, title=""):
    """The content of a workshop as the controller packs it. ``steps``: (id, do, check) each."""
    return {
        "name": name,
        "title": {"en": title or name.title()},
        "path": f"/srv/{name}",
        "base_images": [],
        "files": {
            path: base64.b64encode(content).decode() for path, content in (files or {}).items()
        },
        "steps": [
            {
                "id": f"lesson.{step}",
                "lesson": "lesson",
                "title": {"en": step},
                "hint": {"en": f"the hint of {step}"},
                "do": do,
                "check": check,
                "digest": f"{step} {do} {check}",
            }
            for step, do, check in steps
        ],
        "until": f"lesson.{steps[-1][0]}",
        "errata": [],
    }


class Lab:
    """A lab with one workshop on the machine of ``api``; its arguments are those of `packed`."""

    def __init__(self, api, folder, steps, name="demo", files=None, title="", **options):
        self.api = api
        self.content = Content(packed(steps, name, files, title), "en")
        self.engine = Engine("unix:///nowhere")
        self.path = str(folder / name / "progress.json")
        self.record = Record(self.path, self.content.identity, self.is_here)
        ownership = Ownership(self.engine, self.content.name, self.record)
        self.context = Context(
            self.engine,
            ownership,
            self.record,
            self.content.files,
            options.get("take_over", False),
        )
        self.context.patience = 0

    def is_here(self, kind, identity):
        find = self.engine.inspect if kind == "container" else self.engine.image_by_id
        return find(identity) is not None

    def walk(self, todo=None):
        """Bring the machine to the end; the walk."""
        walk = Walk(self.content, self.context)
        walk.do_steps(walk.plan() if todo is None else todo)
        return walk

    def grade(self):
        """The status of each step."""
        results = Grading(self.content, self.engine, self.record).grade()
        return {result["id"].partition(".")[2]: result["status"] for result in results}

    def reset(self, check_mode=False):
        reset = Reset(self.content, self.context, check_mode)
        reset.remove_made()
        return reset


@pytest.fixture
def api(monkeypatch, tmp_path):
    """An engine on which busybox can be had; terminals and builds do as little as they can."""
    engine = RememberingApi()
    engine.serve("busybox")
    monkeypatch.setattr(docker, "APIClient", lambda **_settings: engine)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / ".docker"))
    monkeypatch.setenv("HOME", str(tmp_path))

    def attach(_engine, container_id):
        engine.log.append(("attach", container_id))
        return QuietTerminal(engine, container_id, main=True)

    def execute(_engine, container_id, _command):
        engine.log.append(("exec", container_id))
        return QuietTerminal(engine, container_id, main=False)

    def build(_engine, request, _builder):
        parent = engine.tagged[familiar_reference("busybox")]
        engine.add_image(request.tag, labels=request.labels, parent=parent)
        steps = [BuildStep("FROM busybox", True), BuildStep("COPY hello /", False)]
        return SimpleNamespace(log="", failure="", steps=steps, warning="")

    def copy_into(_engine, container, source, path, **_options):
        engine.log.append(("copy", container["Id"]))
        return SimpleNamespace(paths=[path])

    monkeypatch.setattr(contexts, "attach", attach)
    monkeypatch.setattr(contexts, "execute", execute)
    monkeypatch.setattr(image_build, "build", build)
    monkeypatch.setattr(image_build, "choose", lambda *_arguments: "classic")
    monkeypatch.setattr(containers, "copy_into", copy_into)
    for module in (containers, terminals):
        monkeypatch.setattr(module, "await_prompt", lambda *_arguments: None)
    monkeypatch.setattr(terminals, "enter", lambda terminal, _name, text, *_: terminal.type(text))
    return engine


@pytest.fixture
def lab(api, tmp_path):
    """Makes a Lab of steps on the machine of ``api``."""

    def lab(*steps, **options):
        return Lab(api, tmp_path, steps, **options)

    return lab


@pytest.fixture
def content():
    """Makes the content of a workshop of steps."""
    return lambda *steps, **options: packed(steps, **options)
