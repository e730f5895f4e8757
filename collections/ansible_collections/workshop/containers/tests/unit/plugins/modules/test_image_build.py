# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module image_build against a client that only remembers.

What it decides, and what it says when something is wrong.
"""

from __future__ import annotations

import json

import docker
import docker.errors
import pytest
import requests
from ansible.module_utils.testing import patch_module_args

from ansible_collections.workshop.containers.plugins.modules import image_build

BUSYBOX = {
    "Id": "sha256:busybox",
    "RepoDigests": ["busybox@sha256:old"],
    "Config": {"Labels": None},
}


class Client:
    """An engine with one image, which builds by remembering labels."""

    api_version = "1.41"

    def info(self):
        return {"RegistryConfig": {"Mirrors": ["http://127.0.0.1:5000/"]}}

    def __init__(self):
        self.images = {"busybox:latest": dict(BUSYBOX)}
        self.builds = []
        self.pulls = []
        self.messages = [
            {"stream": "Step 1/2 : FROM busybox\n"},
            {"stream": "Step 2/2 : COPY . /\n"},
        ]
        self.refusal = self.lost = None
        self.pull_error = {"error": "manifest for nosuch:1 not found: manifest unknown"}

    def version(self):
        return {"Version": "20.10.24", "MinAPIVersion": "1.12"}

    def inspect_image(self, name):
        if name not in self.images:
            raise docker.errors.NotFound("No such image", requests.Response())
        return self.images[name]

    def inspect_distribution(self, name, auth_config=None):
        if self.lost:
            raise self.lost
        return {"Descriptor": {"digest": "sha256:new"}}

    def pull(self, repository, tag, platform=None, **_options):
        self.pulls.append((f"{repository}:{tag}", platform))
        if self.pull_error:
            return iter([self.pull_error])
        self.images[f"{repository}:{tag}"] = {**BUSYBOX, "Id": f"sha256:{repository}"}
        return iter([])

    def build(self, **given):
        if self.refusal:
            raise self.refusal
        given["context"] = b"".join(given["fileobj"])
        self.builds.append(given)
        if not any("error" in message for message in self.messages):
            self.images[given["tag"]] = {
                "Id": f"sha256:built{len(self.builds)}",
                "Config": {"Labels": given["labels"]},
            }
        return iter([json.dumps(message).encode() + b"\n" for message in self.messages])

    def close(self):
        pass


@pytest.fixture
def client(monkeypatch):
    client = Client()
    monkeypatch.setattr(docker, "APIClient", lambda **_settings: client)
    return client


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "Dockerfile").write_text("FROM busybox\nCOPY . /\n")
    (tmp_path / "hello").write_text("hello\n")
    return tmp_path


@pytest.fixture
def run(client, folder, capsys):
    """Runs the module and gives its result."""

    def run(check=False, **options):
        given = {
            "name": "app",
            "path": str(folder),
            "_ansible_check_mode": check,
            "_ansible_diff": True,
            **options,
        }
        with patch_module_args(given), pytest.raises(SystemExit):
            image_build.main()
        return json.loads(capsys.readouterr().out)

    return run


def test_built_once_and_again_only_after_an_edit(run, client, folder):
    foretold = run(check=True)
    assert (foretold["changed"], foretold["changes"], foretold["image"], client.builds) == (
        True,
        ["no image app:latest"],
        "",
        [],
    )
    built = run()
    assert (built["changed"], built["image"], built["digest"], built["builder"]) == (
        True,
        "sha256:built1",
        foretold["digest"],
        "classic",
    )
    assert [step["instruction"] for step in built["steps"]] == ["FROM busybox", "COPY . /"]
    assert [run(check=True)["changed"], run()["changed"], len(client.builds)] == [False, False, 1]
    (folder / "hello").chmod(0o755)
    (folder / "new").write_text("")
    edited = run(check=True)
    assert edited["changes"] == ["mode of hello (0644, now 0755)", "new added"]
    assert edited["diff"] == {
        "before": "hello f 0644 5891b5b522d5\n",
        "after": "hello f 0755 5891b5b522d5\nnew f 0644 e3b0c44298fc\n",
    }
    assert run()["changes"] == edited["changes"]
    assert [run()["changed"], len(client.builds)] == [False, 2]


def test_another_base_image_is_a_change(run, client):
    run()
    client.images["busybox:latest"] = {**BUSYBOX, "Id": "sha256:other"}
    assert run()["changes"] == ["base image busybox"]
    assert run()["changes"] == []


def test_a_base_image_that_is_missing_is_pulled(run, client, folder):
    del client.images["busybox:latest"]
    client.pull_error = None
    assert run(check=True)["changes"] == ["no image app:latest"]
    assert "busybox:latest" not in client.images
    run()
    assert client.images["busybox:latest"]["Id"] == "sha256:busybox"
    assert run()["changed"] is False


def test_a_base_image_that_went_away_is_taken_for_what_it_was(run, client, folder):
    run()
    del client.images["busybox:latest"]
    assert [run(check=True)["changed"], run()["changed"], client.pulls] == [False, False, []]
    (folder / "hello").write_text("other\n")
    client.pull_error = None
    assert run()["changes"] == ["content of hello"]
    assert client.pulls == [("busybox:latest", None)]


def test_newer_base_images_are_asked_for_and_pulled_only_if_wanted(run, client):
    run()
    assert run()["changed"] is False
    assert run(check=True, pull=True)["changes"] == [
        "base image busybox: its registry serves a newer one"
    ]
    assert client.pulls == []
    client.images["busybox:latest"] = {**BUSYBOX, "RepoDigests": ["busybox@sha256:new"]}
    assert run(pull=True)["changed"] is False


def test_a_newer_index_with_the_same_image_is_no_change(run, client):
    run()
    client.pull_error = None
    assert [run(pull=True)["changed"], client.pulls, len(client.builds)] == [
        False,
        [("busybox:latest", None)],
        1,
    ]


def test_a_registry_that_does_not_answer_is_an_error_where_it_was_to_be_asked(run, client):
    run()
    client.lost = docker.errors.APIError(
        "500", requests.Response(), "dial tcp: lookup registry-1.docker.io: no such host"
    )
    failed = run(check=True, pull=True)
    assert "the base image busybox (" in failed["msg"]
    assert "no such host. Run without `pull`" in failed["msg"]
    assert run()["changed"] is False


def test_a_base_image_for_another_platform_is_another_image(run, client):
    client.images["busybox:latest"] = {**BUSYBOX, "Os": "linux", "Architecture": "amd64"}
    run(platform="linux/amd64")
    assert client.pulls == []
    failed = run(platform="linux/arm64/v8")
    assert client.pulls == [("busybox:latest", "linux/arm64/v8")]
    assert failed["failed"]


@pytest.mark.parametrize(
    ("recipe", "line"), [("FROM Busybox\n", 1), ("FROM busybox\nCOPY --from=Bad@x /a /\n", 2)]
)
def test_a_base_image_whose_name_is_none(run, client, folder, recipe, line):
    (folder / "Dockerfile").write_text(recipe)
    failed = run(check=True)
    assert failed["line"] == line
    assert (
        f"the name of a base image in {folder}/Dockerfile:{line}, but the build failed: 'B"
        in failed["msg"]
    )
    assert f">>>   {line} |" in failed["msg"]


def test_a_forced_build_says_so(run, client):
    run()
    assert run(force=True, no_cache=True)["changes"] == ["the option `force` is set"]
    assert client.builds[-1]["nocache"] is True


def test_an_image_of_somebody_else_is_replaced(run, client):
    client.images["app:latest"] = BUSYBOX
    assert run()["changes"] == ["app:latest was built by something else"]
    assert run()["changed"] is False
    assert len(client.builds) == 1


def test_a_failed_build_says_where(run, client):
    client.messages += [
        {"stream": " ---> Running in 1\n"},
        {"stream": "words\n"},
        {"error": "returned a non-zero code: 42"},
    ]
    failed = run()
    assert (failed["failed"], failed["changed"], failed["line"], failed["output"]) == (
        True,
        False,
        2,
        ["words"],
    )
    assert "but the build failed: returned a non-zero code: 42 at " in failed["msg"]
    assert "Dockerfile:2 (`COPY . /`)" in failed["msg"]
    assert ">>>   2 | COPY . /\nIts last output:\nwords" in failed["msg"]
    assert "Traceback" not in failed["msg"]


def test_a_command_for_which_there_is_no_room(run, client):
    """The command says so in its own words, and fails like any other."""
    client.messages += [
        {"stream": " ---> Running in 1\n"},
        {"stream": "dd: error writing '/big': No space left on device\n"},
        {"error": "returned a non-zero code: 1"},
    ]
    assert run()["remedy"].startswith("free some space (`docker system df`")


def api_error(text):
    answer = requests.Response()
    answer.status_code = 400
    return docker.errors.APIError("400 Client Error", answer, text)


@pytest.mark.parametrize(
    ("recipe", "error", "words"),
    [
        (
            "FROM busybox\nFORM x\n",
            api_error("dockerfile parse error line 2: unknown instruction: FORM"),
            "Dockerfile:2 (`FORM x`); did you mean FROM?",
        ),
        (
            "FROM Busy Box\n",
            api_error(
                "dockerfile parse error on line 1: FROM requires either one or three arguments"
            ),
            "Dockerfile:1 (`FROM Busy Box`)",
        ),
        ("FROM busybox\n", api_error("write /var/lib: no space left on device"), "Free some space"),
    ],
)
def test_what_the_engine_refuses_names_the_line(run, client, folder, recipe, error, words):
    (folder / "Dockerfile").write_text(recipe)
    client.refusal = error
    failed = run()
    assert failed["failed"]
    assert words in failed["msg"]


@pytest.mark.parametrize(
    ("ignore", "file", "words"),
    [
        ("", "nope", "nope does not exist in"),
        ("*\n!hello\n", "Dockerfile", "Dockerfile exists, but .dockerignore:1 excludes it"),
    ],
)
def test_a_file_that_cannot_be_copied(run, client, folder, ignore, file, words):
    (folder / ".dockerignore").write_text(ignore)
    client.messages.append(
        {
            "error": f"COPY failed: file not found in build context or excluded by .dockerignore: stat {file}: file does not exist"
        }
    )
    assert words in run()["msg"]


def test_a_base_image_that_nobody_serves(run, client, folder):
    (folder / "Dockerfile").write_text("# what\nFROM nosuch:1\n")
    failed = run()
    assert "the base image nosuch:1" in failed["msg"]
    assert (
        "Dockerfile:2) from its registry, but the build failed: manifest for nosuch:1 not found"
        in failed["msg"]
    )
    assert (failed["line"], failed["steps"], failed["output"]) == (2, [], [])
    assert failed["changed"] is False


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"name": "Bad/Name:1"}, "must be lower case"),
        ({"name": "bad/name:t@g"}, "not a valid image reference"),
        ({"name": "app:" + "x" * 129}, "at most 128 characters"),
        ({"name": "app:-x"}, "begins with no dot or hyphen"),
        ({"name": "app@sha256:" + "0" * 64}, "which has a digest"),
        ({"path": "/nowhere/at/all"}, "but found nothing at that path on"),
        ({"dockerfile": "Dockerfil"}, "did you mean Dockerfile"),
        ({"args": {"A": True}}, "text for A in args, but found bool True"),
        ({"labels": {"a": ["b"]}}, "text for a in labels"),
        ({"builder": "classic", "ssh": ["default"]}, "BuildKit for secrets and ssh"),
        ({"secrets": [{"id": "a", "env": "NOT_SET_AT_ALL"}]}, "no such variable"),
        ({"secrets": [{"id": "a"}]}, "one of the following is required: src, env, value"),
        ({"secrets": [{"id": "a", "value": "sesame", "env": "y"}]}, "mutually exclusive"),
    ],
)
def test_bad_options(run, client, options, words):
    failed = run(**options)
    assert failed["failed"]
    assert words in failed["msg"]
    assert not failed.get("changed")
    assert client.builds == []


def test_arguments_are_text(run, client):
    run(args={"A": 1, "B": "x"}, labels={"n": 2})
    assert client.builds[0]["buildargs"] == {"A": "1", "B": "x"}
    assert client.builds[0]["labels"]["n"] == "2"


def test_labels_count(run, client):
    run(labels={"a": "1"})
    assert len(client.builds) == 1
    assert run(labels={"a": "1"})["changed"] is False
    assert run(labels={"a": "1", "other": "2"}, check=True)["changes"] == ["label other added"]
    assert run(labels={}, check=True)["changes"] == ["label a removed"]


def test_an_instruction_that_was_taken_away_is_an_edit(run, folder):
    (folder / "Dockerfile").write_text("FROM busybox\nCOPY . /\n")
    run()
    (folder / "Dockerfile").write_text("FROM busybox\n")
    assert run(check=True)["changes"] == ["Dockerfile"]


def test_the_rules_that_docker_refuses(run, folder):
    (folder / ".dockerignore").write_text("a\nfoo[\n")
    assert ".dockerignore:2, but found syntax error in pattern" in run()["msg"]


def test_warnings_come_before_the_build(run, folder, monkeypatch):
    said = []
    monkeypatch.setattr(image_build.AnsibleModule, "warn", lambda self, text: said.append(text))
    (folder / "Dockerfile").write_text("FROM busybox\nCMD ['/hello']\n")
    run(check=True)
    assert "looks like a JSON array" in said[0]


def test_no_engine(folder, capsys):
    with patch_module_args(
        {"name": "app", "path": str(folder), "docker_host": f"unix://{folder}/none.sock"}
    ), pytest.raises(SystemExit):
        image_build.main()
    failed = json.loads(capsys.readouterr().out)
    assert "none.sock does not exist" in failed["msg"]
