"""The command `lab` itself: what it says, and that it can make its environment anywhere."""

from __future__ import annotations

import os
import pty
import re
import shutil
import signal
import subprocess
import termios
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TOOLS = [
    "cat",
    "cmp",
    "cp",
    "dirname",
    "env",
    "grep",
    "mkdir",
    "printf",
    "readlink",
    "rm",
    "sed",
    "sh",
    "stty",
    "tail",
    "tr",
]


@pytest.fixture
def copy(tmp_path):
    """What `lab` needs of the repository, in a path with a space, without an environment."""
    folder = tmp_path / "a lab"
    folder.mkdir()
    for name in ("lab", "ansible.cfg", *(path.name for path in ROOT.glob("requirements*.txt"))):
        shutil.copy(ROOT / name, folder)
    for name in ("playbooks", "roles", "inventory", "collections", "workshops"):
        (folder / name).symlink_to(ROOT / name)
    return folder


@pytest.fixture
def tools(tmp_path):
    """A folder for PATH that holds no Python, no sudo and no apt-get, and an `id` that says that we
    are not root.
    """
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in TOOLS:
        (folder / name).symlink_to(shutil.which(name))
    fake(folder, "id", "echo 1000")
    return folder


def fake(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def test_alone_says_what_there_is(run):
    output = run("lab-help", ROOT / "lab")
    assert len(output.splitlines()) < 24  # it fits in a small terminal, with the next prompt
    assert max(len(line) for line in output.splitlines()) <= 100
    for playbook in ROOT.glob("playbooks/*.yml"):
        assert f"./lab {playbook.stem}" in output


def test_commands_stand_in_columns(run):
    commands = re.findall(r"^( +./lab (\w+) +)[A-Z]", run("lab-help", ROOT / "lab"), re.MULTILINE)
    assert {name for _, name in commands} >= {"run", "test", "engine_remove"}
    assert len({len(start) for start, _ in commands}) == 1


@pytest.mark.parametrize("word", ["wrokshop", "--check", "../site", ""])
def test_unknown_word_is_one_sentence(run, word):
    output = run("lab-unknown", ROOT / "lab", word, rc=2)
    assert output.startswith("lab: ")
    assert len(output.splitlines()) == 1


def test_unknown_word_names_what_there_is(run):
    output = run("lab-unknown", ROOT / "lab", "wrokshop", rc=2)
    assert {"run", "test", "workshop", "grade"} <= set(output.replace(",", "").split())


def test_without_python_and_apt(run, copy, tools):
    assert "Python 3.11" in run(
        "lab-no-python", copy / "lab", "run", rc=2, env={"PATH": str(tools)}
    )


def test_without_root_and_sudo(run, copy, tools):
    fake(tools, "apt-get", "exit 0")
    assert "no sudo" in run("lab-no-sudo", copy / "lab", "run", rc=2, env={"PATH": str(tools)})


def test_without_network(run, copy):
    output = run(
        "lab-no-network",
        copy / "lab",
        "run",
        rc=2,
        env={"PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_NO_CACHE_DIR": "1"},
    )
    assert "is there a network" in output.splitlines()[-1]
    assert not (copy / ".venv/lock").exists()


def test_password_is_asked_for_once_and_reaches_ansible(copy, tools):
    """Both sudo and Ansible get it on their standard input, so that it stands in no file and in no
    list of processes.
    """
    fake(tools, "sudo", '[ "$1" = -kn ] && exit 1; read -r word; [ "$word" = secret ]')
    (copy / ".venv/bin").mkdir(parents=True)
    fake(copy / ".venv/bin", "ansible-playbook", 'echo "$1 $2 $(cat)"')
    shutil.copy(copy / "requirements.txt", copy / ".venv/lock")
    terminal, inside = pty.openpty()
    os.write(terminal, b"secret\n")
    done = subprocess.run(
        [copy / "lab", "run"],
        stdin=inside,
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": str(tools)},
    )
    assert done.stderr.count("for sudo") == 1
    assert done.stdout == "--become-password-file - secret\n"


@pytest.fixture
def ready(copy, tools):
    """The copy with an environment in which Ansible shows its options; sudo wants a password."""
    fake(tools, "sudo", "exit 1")
    (copy / ".venv/bin").mkdir(parents=True)
    fake(copy / ".venv/bin", "ansible-playbook", 'echo "$@"')
    shutil.copy(copy / "requirements.txt", copy / ".venv/lock")
    return copy


@pytest.mark.parametrize("options", ["-i X", "-iX", "-vviX", "--inventory=X", "-K", "-bK", "-vKb"])
def test_password_is_not_asked_for_where_ansible_needs_none_of_it(ready, tools, options):
    done = subprocess.run(
        [ready / "lab", "run", *options.split()],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": str(tools)},
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(f"site.yml {options}\n")


@pytest.mark.parametrize(
    "options", ["", "-vv", "-e KIND=iX", "-eKi=1", "-t Ki", "-lhosts", "--limit Ki"]
)
def test_password_is_asked_for_with_other_options(run, ready, tools, options):
    output = run("lab-asks", ready / "lab", "run", *options.split(), rc=2, env={"PATH": str(tools)})
    assert "sudo asks for a password" in output


@pytest.mark.parametrize("name", ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"])
def test_terminal_shows_what_is_typed_after_an_end_at_the_password(ready, tools, name):
    terminal, inside = pty.openpty()

    def echoes() -> bool:
        return bool(termios.tcgetattr(inside)[3] & termios.ECHO)

    with subprocess.Popen(
        # In the background some are ignored, and no shell can trap what it was told to ignore.
        ["/usr/bin/env", f"--default-signal={name[3:]}", ready / "lab", "run"],
        stdin=inside,
        stderr=subprocess.DEVNULL,
        env={"PATH": str(tools)},
    ) as asking:
        try:
            while echoes():
                assert asking.poll() is None
                time.sleep(0.01)
            asking.send_signal(getattr(signal, name))
            assert asking.wait(10) == 130
        finally:
            asking.kill()
    assert echoes()
    os.close(terminal)
    os.close(inside)


def test_makes_its_environment_after_an_interrupted_try_and_only_once(run, copy):
    (copy / ".venv/bin").mkdir(parents=True)
    first = run("lab-install", copy / "lab", "validate", cwd=copy.parent)
    assert len([line for line in first.splitlines() if line.startswith("lab: ")]) == 1
    assert "failed=0" in first
    assert list(copy.glob(".venv/lib/*/site-packages/ansible/cli/__pycache__/*.pyc"))
    second = run("lab-second", copy / "lab", "validate", cwd=copy.parent)
    assert "lab: " not in second
