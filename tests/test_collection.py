"""The collection as it is published: what it holds, and that it works without the repository."""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import subprocess
import tarfile
import tomllib
from pathlib import Path
from typing import Any

import pytest

from support import load_release, read_yaml

ROOT = Path(__file__).parent.parent
COLLECTION = ROOT / "collections/ansible_collections/workshop/containers"
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir())
PLAYBOOKS = sorted(path.stem for path in ROOT.glob("playbooks/*.yml"))
ASK = {
    "name": "Ask for an engine that is not there",
    "workshop.containers.container_run": {"name": "web", "state": "absent"},
    "register": "answer",
    "failed_when": "answer is not failed",
}


def play_asking() -> dict[str, Any]:
    """A play that asks an engine that is not there, and tells what was answered."""
    return {
        "hosts": "lab",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
        "module_defaults": {
            "group/workshop.containers.engine": {"docker_host": "unix:///nowhere.sock"}
        },
        "tasks": [ASK, {"ansible.builtin.debug": {"var": "answer.msg"}}],
    }


def play_telling(role: Path, *variables: str) -> dict[str, Any]:
    """A play that tells where a role would write its results: the values of `variables`."""
    return {
        "hosts": "lab",
        "gather_facts": False,
        "vars_files": [str(role / part / "main.yml") for part in ("defaults", "vars")],
        "vars": {"role_path": str(role)},
        "tasks": [{"ansible.builtin.debug": {"msg": f"{{{{ {name} }}}}"}} for name in variables],
    }


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> Path:
    return load_release("collection").make(ROOT, tmp_path_factory.mktemp("built"))


@pytest.fixture(scope="module")
def alone(archive, tmp_path_factory, run):
    """Runs a command in an empty folder, with the collection and what it depends on installed."""
    folder = tmp_path_factory.mktemp("alone")
    home, empty = folder / "home", folder / "empty"
    for each in (home, empty):
        each.mkdir()
    (home / "ansible.cfg").touch()
    (empty / "hosts").write_text("[lab]\nlocalhost ansible_connection=local\n", encoding="utf-8")
    env = {
        "ANSIBLE_COLLECTIONS_PATH": str(folder / "installed"),
        "ANSIBLE_CONFIG": str(home / "ansible.cfg"),
        "HOME": str(home),
        "PWD": str(empty),
    }

    def alone(name: str, *command: str | Path) -> str:
        return run(f"alone-{name}", *command, cwd=empty, env=env)

    alone.folder = empty
    alone.installed = folder / "installed/ansible_collections/workshop/containers"
    alone("install", "ansible-galaxy", "collection", "install", "--offline", archive)
    return alone


def test_archive_holds_what_git_tracks(archive):
    with tarfile.open(archive) as tar:
        names = {member.name for member in tar if member.isfile()}
    assert {"COPYING", "MANIFEST.json", "meta/runtime.yml"} <= names
    for part in ("playbooks", "roles", "workshops"):
        tracked = {
            str(path)
            for path in load_release("collection").tracked(ROOT, part)
            if (ROOT / path).exists()
        }
        assert {name for name in names if name.startswith(f"{part}/")} == tracked
    assert [name for name in names if name.startswith("tests/") or "__pycache__" in name] == []


def test_same_files_make_the_same_archive(archive, tmp_path):
    """Whatever the order of the disk, and the time."""
    other, again = tmp_path / "other.tar.gz", tmp_path / "again.tar.gz"
    shutil.copy(archive, other)
    reverse(other)
    load_release("collection").repack(other, again)
    assert again.read_bytes() == archive.read_bytes()
    assert other.read_bytes() != archive.read_bytes()


def reverse(archive: Path) -> None:
    """Make it what a disk with another order would give, at another time."""
    contents = {}
    with tarfile.open(archive) as tar:
        for member in tar:
            member.mtime += 1_000_000_000
            stream = tar.extractfile(member)
            contents[member] = stream.read() if stream else b""
    with tarfile.open(archive, "w:gz") as tar:
        for member in reversed(contents):
            if member.name == "FILES.json":
                listed = json.loads(contents[member])
                listed["files"].reverse()
                contents[member] = json.dumps(listed).encode()
                member.size = len(contents[member])
            tar.addfile(member, io.BytesIO(contents[member]))


def test_manifest_agrees_with_the_files(archive):
    with tarfile.open(archive) as tar:

        def read(name: str) -> bytes:
            stream = tar.extractfile(name)
            assert stream is not None
            return stream.read()

        manifest = json.loads(read("MANIFEST.json"))
        listed = read("FILES.json")
        entries = [entry for entry in json.loads(listed)["files"] if entry["ftype"] == "file"]
        sums = {entry["name"]: hashlib.sha256(read(entry["name"])).hexdigest() for entry in entries}
    assert manifest["file_manifest_file"]["chksum_sha256"] == hashlib.sha256(listed).hexdigest()
    assert sums == {entry["name"]: entry["chksum_sha256"] for entry in entries}


def test_symbolic_link_is_refused(tmp_path):
    (tmp_path / "roles").mkdir()
    (tmp_path / "roles/link").symlink_to("/etc/hostname")
    git = ["git", "-C", str(tmp_path), "-c", f"safe.directory={tmp_path}"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    module = load_release("collection")
    with pytest.raises(module.BuildError, match="roles/link is a symbolic link"):
        module.stage(tmp_path, tmp_path / "staged")


def test_without_git_the_message_says_what_to_do(tmp_path):
    module = load_release("collection")
    with pytest.raises(module.BuildError, match="Build in a checkout"):
        module.tracked(tmp_path, "roles")


@pytest.fixture(scope="module")
def told(alone, tmp_path_factory) -> str:
    """The output of plays with the modules and roles of the collection alone, and with the same
    roles in the repository.
    """
    plays = [play_asking()]
    for folder in (alone.installed, ROOT):
        plays.append(play_telling(folder / "roles/learner", "learner_recordings"))
        plays.append(play_telling(folder / "roles/guide", "guide_path"))
        plays.append(play_telling(folder / "roles/wsl_host", "wsl_host_files"))
    playbook = tmp_path_factory.mktemp("plays") / "plays.json"
    playbook.write_text(json.dumps(plays), encoding="utf-8")
    return alone("plays", "ansible-playbook", "-i", "hosts", playbook)


def test_modules_work_alone(told):
    assert "Cannot reach the Docker Engine: the socket /nowhere.sock does not exist" in told


def test_results_stay_out_of_the_collection(alone, told):
    """The next version replaces it: they belong where Ansible was called, or in the repository."""
    assert f'"{alone.folder}/report/replay"' in told
    assert f'"{alone.folder}/guide"' in told
    assert f'"{alone.folder}/report/windows"' in told
    assert f'"{ROOT}/roles/learner/../../report/replay"' in told
    assert f'"{ROOT}/roles/guide/../../guide"' in told


def test_roles_are_documented(alone):
    names = [f"workshop.containers.{name}" for name in ROLES]
    told = json.loads(alone("doc-roles", "ansible-doc", "--type", "role", "--json", *names))
    assert set(told) == set(names)
    assert all("main" in role["entry_points"] for role in told.values())


def test_documentation_can_be_published(alone):
    """What a site would make of plugins and roles, links to options and return values included."""
    options = ("--plugin-docs", "--skip-rstcheck", alone.installed)
    alone("lint-antsibull-docs", "antsibull-docs", "lint-collection-docs", *options)


def test_links_of_the_documents_lead_somewhere(alone):
    code = re.compile(r"^```.*?^```$|(`+)(?!`).+?(?<!`)\1(?![`\]])", re.DOTALL | re.MULTILINE)
    broken = [
        f"{page.relative_to(alone.installed)}: {link}"
        for page in alone.installed.rglob("*.md")
        for link in re.findall(
            r"\]\((?![a-z]+:|#)([^)#\s]+)", code.sub("", page.read_text(encoding="utf-8"))
        )
        if not (page.parent / link).exists()
    ]
    assert broken == []


def test_dependencies_are_those_of_the_roles():
    listed = {
        each["name"]: each["version"]
        for each in read_yaml(ROOT / "requirements.yml")["collections"]
    }
    assert read_yaml(COLLECTION / "galaxy.yml")["dependencies"] == {
        name: f">={version}" for name, version in listed.items()
    }


def test_execution_environment_has_what_the_controller_needs():
    """Ansible itself is chosen by whoever makes the environment."""
    described = read_yaml(COLLECTION / "meta/execution-environment.yml")["dependencies"]
    assert all((COLLECTION / path).is_file() for path in described.values())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {re.split(r"[^a-z0-9-]", name)[0] for name in project["dependencies"]} - {"ansible"}
    text = (COLLECTION / described["python"]).read_text(encoding="utf-8")
    assert set(re.findall(r"^([a-z0-9-]+)", text, re.MULTILINE)) == needed


def test_versions_agree():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert read_yaml(COLLECTION / "galaxy.yml")["version"] == project["version"]
