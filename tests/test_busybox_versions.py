"""The lessons that read what busybox prints, done with the busybox of several releases of Debian,
in this machine's engine.

A copy of the workshop has names, a port and folders of its own, so that what else is on the machine
stays as it is.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from support import docker, free_port

pytestmark = pytest.mark.xdist_group("here")  # one worker, in order

ROOT = Path(__file__).parent.parent
WORKSHOP = ROOT / "workshops/containers"
RECIPES = ROOT / "roles/base_images/files/stand_ins"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
OWN = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
RELEASES = list(dict.fromkeys([OWN, "bookworm", "trixie", "forky"]))

LESSONS = [
    "first-container",
    "interactive-terminal",
    "stopped-containers",
    "network-service",
    "image-layers",
    "commit-image",
    "dockerfile",
    "isolation",
]
OTHERS = {  # they read the output of programs, too, but not of busybox
    "base-image": "programs of Fedora",
    "system-packages": "programs of Fedora",
    "share-image": "a script of the learner, from an image of Fedora",
}
OUTPUT = {  # parameters of checks that hold a pattern of what a program prints
    "container": "output",
    "container_log": "matches",
    "terminal": "matches",
    "output": "matches",
}
NAMES = {"name", "container", "image", "on", "not_smaller_than"}
ON_THE_MACHINE = {  # parameters that hold a path of the machine, not of a container
    ("container_copy", "source"),
    ("directory", "path"),
    ("directory_create", "path"),
    ("file", "path"),
    ("file_write", "path"),
    ("image_build", "path"),
}
# The shell of the official image has an `ls` that paints on terminals; Debian's is told to do the
# same.
PAINT = """
mkdir -p "$root/etc"
echo "alias ls='ls --color=auto'" >"$root/etc/shrc"
env=', "ENV=/etc/shrc"'
"""
APT_OF_ITS_OWN = """
Dir::State "{folder}";
Dir::State::lists "{folder}/lists";
Dir::State::status "{folder}/status";
Dir::Cache "{folder}/cache";
Dir::Etc::SourceList "{folder}/sources.list";
Dir::Etc::SourceParts "-";
Acquire::Check-Valid-Until "false"; // a mirror may stand still for a while
Acquire::Languages "none";
Acquire::Retries "1";
Acquire::http::Timeout "10";
Acquire::https::Timeout "10";
"""


def steps_of(lesson: str) -> list[dict[str, Any]]:
    return yaml.safe_load((WORKSHOP / lesson / "lesson.yml").read_text(encoding="utf-8"))["steps"]


def reads_output(lesson: str) -> bool:
    """True if a check of the lesson holds a pattern of what a program prints."""
    return any(
        OUTPUT.get(kind) in parameters
        for step in steps_of(lesson)
        for check in step["check"]
        for kind, parameters in check.items()
    )


def apt(*command: str, config: Path | None = None) -> str:
    """The output of a command of apt; raises CalledProcessError."""
    environment = {**os.environ, **({"APT_CONFIG": str(config)} if config else {})}
    return subprocess.run(
        command, check=True, capture_output=True, text=True, env=environment
    ).stdout


def mirror() -> str:
    """The address from which this machine's apt has packages of Debian; empty where it has none."""
    listed = apt(
        "apt-get",
        "indextargets",
        "--format",
        "$(ORIGIN) $(CODENAME) $(REPO_URI)",
        "Created-By: Packages",
    )
    found = re.findall(rf"^Debian {re.escape(OWN)} (\S+)$", listed, re.MULTILINE)
    return found[0] if found else ""


def reason(error: subprocess.CalledProcessError) -> str:
    """The first error of apt, or all that it said."""
    errors = [line for line in error.stderr.splitlines() if line.startswith("E: ")]
    return (errors or [error.stderr])[0]


def apt_of(release: str, folder: Path) -> Path:
    """Settings with which apt knows the packages of another release and nothing else; skips where
    it cannot get their list.
    """
    address = mirror()
    if not address or not KEYRING.exists():
        pytest.skip(f"this machine has no mirror of Debian, and so no {release}")
    for place in ("lists/partial", "cache/archives/partial"):
        (folder / place).mkdir(parents=True)
    (folder / "status").touch()
    (folder / "sources.list").write_text(f"deb [signed-by={KEYRING}] {address} {release} main\n")
    (folder / "apt.conf").write_text(APT_OF_ITS_OWN.format(folder=folder))
    try:
        apt("apt-get", "-qq", "update", "--error-on=any", config=folder / "apt.conf")
    except subprocess.CalledProcessError as error:
        pytest.skip(f"the list of {release}'s packages cannot be downloaded: {reason(error)}")
    return folder / "apt.conf"


@pytest.fixture(scope="module")
def engine(request):
    """An engine on this machine: the one that answers, or that of the first run."""
    if subprocess.run(["docker", "version"], capture_output=True, check=False).returncode:
        request.getfixturevalue("first_run")


@pytest.fixture(params=RELEASES)
def release(request) -> str:
    return request.param


@pytest.fixture
def image(engine, release, tmp_path) -> Iterator[str]:
    """An image with the busybox of a release, made as the lab makes its stand-in."""
    name = f"busybox:test-{release}"
    recipes = shutil.copytree(RECIPES, tmp_path / "recipes")
    with (recipes / "busybox.sh").open("a") as recipe:
        recipe.write(PAINT)
    config = None if release == OWN else apt_of(release, tmp_path / "apt")
    try:
        apt("sh", str(recipes / "build"), name, str(tmp_path / "image.tar"), config=config)
    except subprocess.CalledProcessError as error:
        if release == OWN:
            raise
        pytest.skip(f"busybox of {release} cannot be downloaded: {reason(error)}")
    docker("load", "--quiet", "--input", tmp_path / "image.tar")
    yield name
    docker("rmi", "--force", name)


class Copy:
    """A copy of the lessons for one release, in which nothing has the name that it has in the
    workshop.
    """

    def __init__(self, folder: Path, release: str, image: str) -> None:
        self.folder = folder / f"busybox-{release}"
        self.machine = folder / "machine"  # stands for / of the machine
        (self.machine / "root").mkdir(parents=True)
        self.prefix = f"{release}-"
        self.image = image
        self.port = str(free_port())

    def write(self) -> Path:
        """Write it; its folder."""
        for lesson in LESSONS:
            self._write(lesson)
        workshop = yaml.safe_load((WORKSHOP / "workshop.yml").read_text(encoding="utf-8"))
        workshop["lessons"] = [self.prefix + lesson for lesson in LESSONS]
        workshop["base_images"] = [f"docker.io/library/{self.image}"]
        (self.folder / "workshop.yml").write_text(json.dumps(workshop))
        return self.folder

    def _write(self, lesson: str) -> None:
        place = self.folder / (self.prefix + lesson)
        shutil.copytree(WORKSHOP / lesson, place)
        for file in place.glob("files/**/Dockerfile"):
            file.write_text(file.read_text().replace("busybox:latest", self.image))
        content = yaml.safe_load((place / "lesson.yml").read_text(encoding="utf-8"))
        # No registry serves this image.
        content["steps"] = [
            step for step in content["steps"] if "image_pull" not in json.dumps(step.get("do", []))
        ]
        for step in content["steps"]:
            if "do" in step:
                step |= {"command": "true", "differs": "Only do has the other names."}
            if "file_write" in json.dumps(step.get("do", [])):
                step["do"].insert(0, {"directory_create": {"path": "/root"}})
            for part in ("do", "check"):
                for item in step.get(part, []):
                    for kind, parameters in item.items():
                        item[kind] = {
                            key: self._renamed(kind, key, value)
                            for key, value in parameters.items()
                        }
        (place / "lesson.yml").write_text(json.dumps(content))

    def _renamed(self, kind: str, key: str, value: Any) -> Any:
        if (kind, key) in ON_THE_MACHINE:
            return f"{self.machine}{value}"
        if key in NAMES and kind != "terminal" and value != "newest":
            busybox = re.fullmatch(r"(docker\.io/)?busybox(:latest)?", value)
            return self.image if busybox else self.prefix + value
        if key == "step":
            return self.prefix + value
        if key in ("ports", "url"):
            return json.loads(json.dumps(value).replace("8080", self.port))
        if (kind, key) == ("file", "matches"):
            return value.replace("busybox:latest", self.image)
        if (kind, key) == ("file", "has"):
            return {
                what: pattern.replace("busybox(:latest)?", re.escape(self.image))
                for what, pattern in value.items()
            }
        return value


@pytest.mark.parametrize("lesson", [path.parent.name for path in WORKSHOP.glob("*/lesson.yml")])
def test_lesson_that_reads_output_is_done_on_each_busybox(lesson):
    if lesson in LESSONS:
        assert reads_output(lesson)
    else:
        assert reads_output(lesson) == (lesson in OTHERS)


def test_lessons_are_done_and_graded(run, release, image, tmp_path):
    workshop = {"workshop": str(Copy(tmp_path, release, image).write())}
    options = {**workshop, "state_path": str(tmp_path / "state")}
    if os.environ.get("DOCKER_HOST"):
        options["docker_host"] = os.environ["DOCKER_HOST"]
    module = "workshop.containers."
    tasks = [
        {"name": "Do the lessons", f"{module}checkpoint": options},
        {"name": "Grade them", f"{module}grade": options, "register": "graded"},
        {
            "name": "See that nothing failed",
            "ansible.builtin.assert": {
                "that": ["graded.steps | selectattr('status', 'eq', 'failed') | length == 0"]
            },
        },
    ]
    tidy = {"name": "Remove what they made", f"{module}checkpoint": {**options, "state": "absent"}}
    play = {
        "name": f"Do the lessons on busybox of {release}",
        "hosts": "localhost",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": sys.executable},
        "tasks": [{"name": "Do and grade", "block": tasks, "always": [tidy]}],
    }
    (tmp_path / "play.yml").write_text(json.dumps([play]))
    run(
        f"busybox-{release}",
        "ansible-playbook",
        "--inventory=localhost,",
        "--connection=local",
        tmp_path / "play.yml",
        env={"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "WORKSHOP_REPORT_PATH": ""},
    )
