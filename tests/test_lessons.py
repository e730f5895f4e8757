"""The lessons: what a learner types is what the automation does, in both languages, with the same
files.
"""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from textwrap import indent
from typing import Any

import pytest

from ansible_collections.workshop.containers.plugins.plugin_utils.content.load import load

WORKSHOP = Path(__file__).parent.parent / "workshops/containers"
CONTENT = load(WORKSHOP)
STEPS = {step["id"]: step for step in CONTENT["steps"]}
HERE_DOCUMENT = re.compile(r"cat > (\S+) << (\w+)\n(.*?)^\2$", re.MULTILINE | re.DOTALL)
Operation = tuple[str, dict[str, Any]]

RUN = argparse.ArgumentParser()  # the options of `docker run` that lessons use
for flag in ("-i", "-t", "-d", "--rm"):
    RUN.add_argument(flag, action="store_true")
for flag in ("--name", "-p", "--memory", "--memory-swap", "--pids-limit", "--cpus"):
    RUN.add_argument(flag)
RUN.add_argument("image")
RUN.add_argument("command", nargs=argparse.REMAINDER)


def run(words: list[str], where: str) -> Operation:
    options = RUN.parse_args(words)
    assert options.memory_swap == options.memory
    settings = {
        "name": options.name,
        "image": options.image,
        "command": options.command,
        "tty": (options.i and options.t) or None,
        "terminal": where if options.i and options.t and where == "B" else None,
        "detach": options.d,
        "auto_remove": options.rm,
        "ports": options.p and [options.p],
        "memory": options.memory,
        "pids_limit": options.pids_limit and int(options.pids_limit),
        "cpus": options.cpus and float(options.cpus),
    }
    return "container_run", {key: value for key, value in settings.items() if value}


def commit(words: list[str]) -> Operation:
    changes = [word.partition("=")[2] for word in words if word.startswith("--change=")]
    names = dict(zip(("container", "name"), words[-2:], strict=True))
    return "image_commit", {**names, **({"changes": changes} if changes else {})}


def removed(name: str) -> Operation:
    lists = {"$(docker ps -aq)": {"stopped": True}, "`docker ps -ql`": {"newest": True}}
    return "container_remove", lists.get(name, {"name": name})


# What commands of docker do; those that only show something are not here.
DOCKER: dict[str, Callable[[list[str], str], list[Operation]]] = {
    "build": lambda words, _: [("image_build", {"name": words[words.index("-t") + 1]})],
    "commit": lambda words, _: [commit(words)],
    "cp": lambda words, _: [
        (
            "container_copy",
            dict(zip(("container", "path"), words[1].split(":"), strict=True)),
        )
    ],
    "image": lambda words, _: [("image_prune", {})],
    "login": lambda words, _: [
        (
            "registry_login",
            {"username": words[1], "registry": words[-3], "password_file": words[-1]},
        )
    ],
    "pull": lambda words, _: [("image_pull", {"name": words[0]})],
    "push": lambda words, _: [("image_push", {"name": words[0]})],
    "rm": lambda words, _: [removed(name) for name in words if name != "-f"],
    "rmi": lambda words, _: [("image_remove", {"name": words[0]})],
    "run": lambda words, where: [run(words, where)],
    "stop": lambda words, _: [("container_stop", {"name": words[0]})],
    "tag": lambda words, _: [("image_tag", {"name": words[0], "target": words[1]})],
}
SHOWING = {"diff", "exec", "history", "images", "inspect", "logs", "ps"}
# Commands that only show what is checked otherwise
SHOWN = {"docker run --rm greeting cat /hello"}


def commands(typed: str) -> Iterator[str]:
    """The commands of what is typed, without its here-documents; one goes on while a quotation is
    open.
    """
    begun = ""
    for line in HERE_DOCUMENT.sub("", typed).splitlines():
        begun = f"{begun}\n{line}" if begun else line
        try:
            shlex.split(begun)
        except ValueError:
            continue
        if begun:
            yield begun
        begun = ""
    assert not begun


def words_of(command: str) -> list[str]:
    """A command's words; a list of containers is one."""
    lists = re.findall(r"`[^`]*`|\$\(docker [^)]*\)", command)
    words = shlex.split(re.sub(r"`[^`]*`|\$\(docker [^)]*\)", "LIST", command))
    return [
        part
        for word in words
        for part in (
            [lists.pop(0)] if word == "LIST" else ["-i", "-t"] if word == "-it" else [word]
        )
    ]


def typed_operations(step: dict[str, Any]) -> Iterator[Operation]:
    """What the commands that a learner types do, as operations with the parameters that the
    commands name.
    """
    for command in commands(step["command"]):
        program, *words = words_of(command)
        if program == "docker" and words[0] == "exec" and words[1:3] == ["-i", "-t"]:
            yield "container_exec", {"command": words[4:], "terminal": step["where"]}
        elif program == "docker" and words[0] not in SHOWING and command not in SHOWN:
            yield from DOCKER[words[0]](words[1:], step["where"])
        elif program == "curl" and "-fsSL" not in words:
            yield "http_request", {"url": f"http://{words[0]}/"}
        elif program == "mkdir" and "-p" not in words:
            yield "directory_create", {"path": words[0]}
        elif program == "vim":
            yield "file_write", {"path": words[0]}


@pytest.mark.parametrize("step", STEPS)
def test_automation_does_what_is_typed(step: str) -> None:
    done = [(kind, item[kind]) for item in STEPS[step]["do"] for kind in item]
    for kind, named in typed_operations(STEPS[step]):
        alike = [parameters for each, parameters in done if each == kind]
        if kind == "container_run":  # every option is typed
            assert named in alike, f"typed is {named}"
        else:
            assert any(named.items() <= each.items() for each in alike), f"typed is {kind} {named}"


@pytest.mark.parametrize("step", STEPS)
def test_automation_does_nothing_of_which_nothing_is_typed(step: str) -> None:
    typed = STEPS[step]["command"]
    words = {
        "container_stop": "docker (stop|rm -f)",
        "file_touch": "touch",
        "file_write": "vim|cat >",
        "http_request": "curl|docker run .*-p",  # to wait until a server is up
        "terminal_type": ".",
    }
    kinds = {kind for kind, _ in typed_operations(STEPS[step])}
    other = {kind for item in STEPS[step]["do"] for kind in item} - kinds
    # A look into an image that was built in this step
    other -= {"container_run"} if "image_build" in kinds else set()
    assert [kind for kind in other if not re.search(words.get(kind, "$^"), typed)] == []


@pytest.mark.parametrize("step", STEPS)
def test_automation_types_in_the_terminal_what_the_learner_types(step: str) -> None:
    inputs = [
        item["terminal_type"]["input"] for item in STEPS[step]["do"] if "terminal_type" in item
    ]
    on_host = re.sub(r"^docker .*$", "", STEPS[step]["command"], flags=re.MULTILINE)
    lines = [line for line in on_host.splitlines() if line]
    assert not inputs or "\n".join(inputs).splitlines() == lines


WRITTEN = [
    (step, item["file_write"]["path"], item["file_write"]["source"])
    for step, data in STEPS.items()
    for item in data["do"]
    if "file_write" in item
]


@pytest.mark.parametrize(("step", "path", "source"), WRITTEN)
def test_file_that_the_automation_writes_is_the_one_that_is_shown(
    step: str, path: str, source: str
) -> None:
    """In the text as a block of code, for an editor, or typed as a here-document."""
    data = STEPS[step]
    content = (WORKSHOP / data["lesson"] / "files" / source).read_text(encoding="utf-8")
    typed = {name: text for name, _, text in HERE_DOCUMENT.findall(data["command"])}
    name = PurePosixPath(path).name
    if name in typed:
        assert typed[name] == content
    else:
        assert data["command"] == f"vim {path}"
        block = indent(content, " " * 4)
        assert all(block in words for words in data["text"].values())


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("part", ["title", "text", "hint"])
def test_words(step: str, part: str) -> None:
    words = STEPS[step][part]
    assert re.search("[а-я]", words["ru"]), "this is not Russian"  # noqa: RUF001
    assert not re.search("[а-я]", words["en"]), "this is not English"  # noqa: RUF001
