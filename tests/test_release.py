"""What a release is made of, and that one tag starts it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from support import load_release, read_yaml

ROOT = Path(__file__).parent.parent
COLLECTION = ROOT / "collections/ansible_collections/workshop/containers"
WORKFLOWS = sorted(ROOT.glob(".github/workflows/*.yml"))
RELEASE = read_yaml(ROOT / ".github/workflows/release.yml")


@pytest.fixture
def copy(tmp_path) -> Path:
    """What tells of a release, to be changed."""
    folder = tmp_path / COLLECTION.relative_to(ROOT)
    folder.mkdir(parents=True)
    shutil.copy(COLLECTION / "galaxy.yml", folder)
    shutil.copytree(COLLECTION / "changelogs", folder / "changelogs")
    return folder


def changelog(run, folder: Path, *command: str) -> str:
    return run("changelog", "antsibull-changelog", *command, cwd=folder)


def test_fragments_can_be_read(run):
    changelog(run, COLLECTION, "lint")


def test_changelog_is_made_and_not_written(run, tmp_path):
    changelog(run, COLLECTION, "generate", "--output", str(tmp_path / "made.md"))
    assert (tmp_path / "made.md").read_text() == (COLLECTION / "CHANGELOG.md").read_text()


def test_tag_is_refused_while_a_fragment_waits(copy, tmp_path):
    builder = load_release("collection")
    told = set(read_yaml(copy / "changelogs/changelog.yaml")["releases"]["0.1.0"]["fragments"])
    for path in (copy / "changelogs/fragments").iterdir():
        if path.name not in told:  # of what has come since
            path.unlink()
    version = read_yaml(copy / "galaxy.yml")["version"]
    builder.check_tag(tmp_path, f"v{version}")
    (copy / "changelogs/fragments/late.yml").write_text("bugfixes: [late]\n", encoding="utf-8")
    with pytest.raises(builder.BuildError, match=r"does not tell late\.yml yet"):
        builder.check_tag(tmp_path, f"v{version}")


def test_tag_of_another_version_is_refused(copy, tmp_path):
    builder = load_release("collection")
    with pytest.raises(builder.BuildError, match=r"v99\.0\.0 is not that of version"):
        builder.check_tag(tmp_path, "v99.0.0")


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_hash(path):
    used = re.findall(r"uses: (\S+)", path.read_text(encoding="utf-8"))
    assert used
    assert [
        each
        for each in used
        if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40}|\./\.github/workflows/\w+\.yml", each)
    ] == []


def test_release_is_tested_before_it_is_published():
    assert RELEASE["on"] == {"push": {"tags": ["v[0-9]+.[0-9]+.[0-9]+"]}}
    assert RELEASE["jobs"]["publish"]["needs"] == "test"
    assert RELEASE["jobs"]["test"]["uses"] == "./.github/workflows/test.yml"
    assert "workflow_call" in read_yaml(ROOT / ".github/workflows/test.yml")["on"]


def test_only_the_job_that_publishes_may_write():
    assert RELEASE["permissions"] == {"contents": "read"}
    writers = [name for name, job in RELEASE["jobs"].items() if "permissions" in job]
    assert writers == ["publish"]


def test_files_that_the_release_names_exist():
    commands = "\n".join(step.get("run", "") for step in RELEASE["jobs"]["publish"]["steps"])
    named = re.findall(r"(?<![\w./-])(?:requirements|release|tests)[\w./-]*\.(?:txt|py)", commands)
    assert len(named) > 3
    assert [name for name in named if not (ROOT / name).exists()] == []
