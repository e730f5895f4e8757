#!/usr/bin/python
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trials of image_build in one process, for a task each would take too long.

Fails with the first case that goes wrong.

contexts: folders and rules are made up; what the digest saw, what arrives in an image by each
builder, and what BuildKit takes by itself when it walks the folder must be the same. edits: a file
is edited with its size and time kept, by its own or by another name, or links are made to lead
elsewhere; each image must hold what is new.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import shutil
import subprocess
import tarfile
import tempfile

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.workshop.containers.plugins.module_utils.builds import image_build
from ansible_collections.workshop.containers.plugins.module_utils.builds.builder import build
from ansible_collections.workshop.containers.plugins.module_utils.builds.image_build import (
    ImageBuild,
)
from ansible_collections.workshop.containers.plugins.module_utils.builds.request import Request
from ansible_collections.workshop.containers.plugins.module_utils.builds.source import Source
from ansible_collections.workshop.containers.plugins.module_utils.engine.client import Engine
from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError

IMAGE = "integration-image-build:trial"
NAMES = ["a", "b", "A", "ab", "a.b", "é", "дом", "a b", "#x", "!x", "[a]", "1", "Dockerfile"]
PARTS = [
    "a",
    "b",
    "*",
    "*",
    "?",
    "**",
    "a*",
    "*b",
    "[ab]",
    "[^a]",
    "[!a]",
    "\\a",
    "a.b",
    "é",
    "..",
    ".",
    "[[:alpha:]]",
    "a b",
    "Dockerfile",
    "[z-a]",
    "a[",
]
RECIPE = "FROM scratch\nCOPY . /\n"


def make_tree(dice, folder, depth=1):
    """Fill a folder."""
    for name in sorted({dice.choice(NAMES) for _each in range(dice.randint(1, 4))}):
        path = os.path.join(folder, name)
        kind = dice.random()
        if depth == 1 and name == "Dockerfile":
            continue
        if depth < 4 and kind < 0.45:
            os.mkdir(path)
            make_tree(dice, path, depth + 1)
            os.chmod(path, dice.choice([0o755, 0o700, 0o775]))
        elif kind < 0.55:
            os.symlink(dice.choice(["a", "../b", "/nowhere", name]), path)
        else:
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(dice.choice(["", "x", "y" * 5000]))
            os.chmod(path, dice.choice([0o644, 0o755, 0o600, 0o4755]))


def make_rules(dice, paths):
    """A .dockerignore."""
    lines = []
    for _each in range(dice.randint(0, 4)):
        parts = (
            dice.choice(paths).split("/")
            if dice.random() < 0.5
            else [dice.choice(PARTS) for _part in range(dice.randint(1, 3))]
        )
        parts = ["*" if dice.random() < 0.2 else part for part in parts]
        lines.append(
            dice.choice(["", "", "!"])
            + dice.choice(["", "", "/"])
            + "/".join(parts)
            + dice.choice(["", "", "/", "/**"])
        )
    return "\n".join(lines)


def listed(tar):
    """List a file system: path to kind, mode and content."""
    found = {}
    for member in tar:
        path = member.name.strip("/")
        path = path[2:] if path.startswith("./") else path
        if path in ("", "."):
            continue
        if member.isdir():
            found[path] = ("d", member.mode & 0o7777, "")
        elif member.issym():
            found[path] = ("l", 0o777, hashlib.sha256(member.linkname.encode()).hexdigest())
        else:
            found[path] = (
                "f",
                member.mode & 0o7777,
                hashlib.sha256(tar.extractfile(member).read()).hexdigest(),
            )
    return found


def by_itself(folder):
    """List what BuildKit takes of the folder by itself; None: it refuses."""
    command = [
        "docker",
        "buildx",
        "build",
        "--no-cache",
        "--progress",
        "plain",
        "--output",
        "type=tar,dest=-",
        folder,
    ]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode != 0:
        return None, done.stderr.decode(errors="replace")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as tar:
        return listed(tar), ""


def arrived(engine):
    """List the files of the image that was built last."""
    with tarfile.open(fileobj=io.BytesIO(b"".join(engine.api.get_image(IMAGE)))) as saved:
        layers = json.load(saved.extractfile("manifest.json"))[0]["Layers"]
        found = {}
        for layer in layers:
            with tarfile.open(fileobj=saved.extractfile(layer)) as tar:
                found.update(listed(tar))
        return found


def content(entry):
    """The sha256 of small files is the digest of their only chunk."""
    return (entry.kind, entry.mode, entry.digest)


def masked(entry, bits):
    """An entry with these bits of its mode only."""
    return entry and (entry[0], entry[1] & bits, entry[2])


def differing(engine, source, builder):
    """List what only one of image and context holds.

    A text, empty if it is all the same.
    """
    found, seen = (
        arrived(engine),
        {os.fsdecode(entry.path): content(entry) for entry in source.entries},
    )
    # The classic builder's own hand on the rules: it may have a line more, for a Dockerfile that is
    # not to be seen.
    skipped = {".dockerignore"} if builder == "classic" and source.dockerfile is None else set()
    # It takes away the bits that give others' rights, too.
    bits = 0o777 if builder == "classic" else 0o7777
    paths = {
        path
        for path in {*found, *seen} - skipped
        if masked(found.get(path), bits) != masked(seen.get(path), bits)
    }
    told = [(path, found.get(path), seen.get(path)) for path in sorted(paths)]
    return f"with {builder} there arrived {told}" if told else ""


def try_context(engine, number, builders, folder):
    """One made up context; a text tells what is wrong, and whether the rules were refused."""
    dice = random.Random(number)
    make_tree(dice, folder)
    paths = [
        os.path.relpath(os.path.join(parent, each), folder)
        for parent, folders, files in os.walk(folder)
        for each in folders + files
    ]
    for name, text in (
        ("Dockerfile", RECIPE),
        (".dockerignore", make_rules(dice, [*paths, "Dockerfile"])),
    ):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as stream:
            stream.write(text)
    try:
        source = Source.read(folder)
    except LabError as error:
        expected, said = by_itself(folder) if "buildkit" in builders else (None, "")
        return (f"we refuse ({error}), BuildKit does not" if expected is not None else ""), True
    seen = {os.fsdecode(entry.path): content(entry) for entry in source.entries}
    if "buildkit" in builders:
        expected, said = by_itself(folder)
        if expected is None and seen:
            return f"BuildKit refuses: {said}", False
        if expected is not None and expected != seen:
            return f"BuildKit by itself takes {expected}", False
    for builder in builders if seen else []:
        done = build(engine, Request(source, IMAGE, {image_build.DIGEST: "trial"}), builder)
        wrong = done.failure or differing(engine, source, builder)
        if wrong:
            return wrong, False
    return "", False


def try_contexts(module, engine, builders):
    """All of them; how many were refused."""
    refused = 0
    for number in range(module.params["count"]):
        folder = tempfile.mkdtemp(prefix="trial")
        try:
            wrong, was_refused = try_context(
                engine, module.params["seed"] + number, builders, folder
            )
            refused += was_refused
            if wrong:
                with open(os.path.join(folder, ".dockerignore"), encoding="utf-8") as stream:
                    module.fail_json(
                        msg=f"context {number} with the rules {stream.read()!r}: {wrong}"
                    )
        finally:
            shutil.rmtree(folder)
    return refused


def edit_file(folder, number):
    """Edit a file with two names, by one of them; its time stays."""
    if number == 0:
        with open(os.path.join(folder, "one"), "wb") as stream:
            stream.write(bytes(7))
        os.link(os.path.join(folder, "one"), os.path.join(folder, "two"))
    with open(os.path.join(folder, ("one", "two")[number % 2]), "r+b") as stream:
        stream.write(f"{number:07}".encode())
    os.utime(os.path.join(folder, "one"), (1e9, 1e9))


def edit_links(folder, number):
    """Let links lead elsewhere, one to nothing, two others each to what the other led to.

    Above, and in a folder.
    """
    os.makedirs(os.path.join(folder, "deep", "deeper"), exist_ok=True)
    for place in (folder, os.path.join(folder, "deep", "deeper")):
        for name in ("a", "b"):
            with open(os.path.join(place, name), "w", encoding="utf-8") as stream:
                stream.write(name)
    link(os.path.join(folder, "deep", "deeper") if number % 3 else folder, number)


def edit_links_alone(folder, number):
    """Let links lead elsewhere where there is nothing but links."""
    with open(os.path.join(folder, ".dockerignore"), "w", encoding="utf-8") as stream:
        stream.write(".dockerignore\nDockerfile\n")
    link(folder, number)


def link(folder, number):
    """Make three links, each time with other targets."""
    for name, target in (
        ("nowhere", f"/nowhere/{number}"),
        ("one", "ab"[number % 2]),
        ("two", "ba"[number % 2]),
    ):
        path = os.path.join(folder, name)
        if os.path.lexists(path):
            os.unlink(path)
        os.symlink(target, path)


def options(folder, builder):
    """Those of image_build."""
    return {"name": IMAGE, "path": folder, "builder": builder}


def try_edits(module, engine, builders):
    """Edits that builders miss; each builder gets all of them."""
    for builder in builders:
        for edit in (edit_file, edit_links, edit_links_alone):
            folder = tempfile.mkdtemp(prefix="trial")
            try:
                try_edit(module, engine, builder, folder, edit)
            finally:
                shutil.rmtree(folder)
    return 0


def try_edit(module, engine, builder, folder, edit):
    """One kind of edit, again and again."""
    with open(os.path.join(folder, "Dockerfile"), "w", encoding="utf-8") as stream:
        stream.write(RECIPE)
    params = options(folder, builder)
    for number in range(module.params["count"]):
        edit(folder, number)
        image = ImageBuild(engine, params)
        judgement = image.judge()
        if not judgement.changes:
            module.fail_json(msg=f"edit {number} was not seen ({edit.__doc__})")
        image.build(judgement)
        wrong = differing(engine, image.source, builder)
        if wrong:
            module.fail_json(msg=f"after edit {number} {wrong} ({edit.__doc__})")
        if ImageBuild(engine, params).judge().changes:
            module.fail_json(
                msg=(
                    f"after edit {number} the image by {builder} is to be built again "
                    f"({edit.__doc__})"
                )
            )


def main():
    """Run as an Ansible module."""
    spec = {
        "trial": {"type": "str", "choices": ["contexts", "edits"], "required": True},
        "count": {"type": "int"},
        "path": {"type": "path"},
        "seed": {"type": "int", "default": 0},
        "builders": {"type": "list", "elements": "str", "required": True},
    }
    module = AnsibleModule(argument_spec=spec)
    engine = Engine("unix:///var/run/docker.sock")
    work = {"contexts": try_contexts, "edits": try_edits}[module.params["trial"]]
    refused = work(module, engine, module.params["builders"])
    engine.remove_image(IMAGE)
    module.exit_json(changed=True, refused=refused)


if __name__ == "__main__":
    main()
