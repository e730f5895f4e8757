"""Our reading of .dockerignore beside Docker's own matcher, in Go, on generated rules and folders.

Debian's golang-go and golang-github-moby-patternmatcher-dev bring the other opinion, and are
installed for it. IGNORE_CASES says how many cases (2,000; all of them the same each time),
IGNORE_ORACLE names a ready-made tests/oracle (with the reader of files, 0.6 or newer).
"""

from __future__ import annotations

import base64
import json
import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.builds.context import walk
from ansible_collections.workshop.containers.plugins.module_utils.builds.dockerignore import (
    _pattern,
    read_rules,
)
from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError

ORACLE = Path(__file__).parent / "oracle"
GO = Path("/usr/share/gocode")
CASES = int(os.environ.get("IGNORE_CASES", "2000"))
NAMES = [
    "a",
    "b",
    "A",
    "ab",
    "a.b",
    "é",
    "дом",
    "a b",
    "#x",
    "!x",
    "x+y",
    "-",
    "[a]",
    "a\\b",
    "^",
    "1",
    "*",
    "a\nb",
    "z$",
    " a",
]
RAW = [b"\xff", b"\xc3\x28", "é".encode()[:1]]
PARTS = [
    *(
        "a",
        "b",
        "A",
        "ab",
        "a.b",
        "é",
        "дом",
        "*",
        "*",
        "?",
        "**",
        "**",
        "***",
        "a*",
        "*b",
        "a**",
        "**a",
        "[ab]",
        "[^a]",
        "[!a]",
        "[a-z]",
    ),
    *(
        "[A-Я]",
        "[",
        "a[",
        "]",
        "\\a",
        "\\d",
        "\\*",
        "\\",
        "a\\",
        "[*]",
        "[?]",
        "[[:alpha:]]",
        "[[:nope:]]",
        "[\\]a]",
        "[a-]",
        "[z-a]",
        "\\pL",
    ),
    *(
        ".",
        "..",
        "",
        " ",
        "#x",
        "!x",
        "x+y",
        "$",
        "^",
        "(a)",
        "{a,b}",
        "a|b",
        "a{2}",
        "*{2}",
        "{1,2}a*",
        "\\p{Lu}",
        "\\Qa",
        "[\\w]",
        "[^\\d]",
        "\\b",
        "\\101",
        "\\x61",
        "1",
        "-",
    ),
    *("[a-c-e]", "[**]", "a\\\\b", "[\\d]?", "\\é", "[é]", "a b", "\ufeffa", "\ufeff*"),
]


def tree(dice: random.Random) -> list[tuple[bytes, bool]]:
    """Paths, parents first, and whether each is a folder."""
    out: list[tuple[bytes, bool]] = []

    def fill(folder: bytes, depth: int) -> None:
        names = {
            dice.choice(NAMES).encode() if dice.random() < 0.97 else dice.choice(RAW)
            for _each in range(dice.randint(1, 4))
        }
        for name in sorted(names):
            path = folder + b"/" + name if folder else name
            is_folder = depth < 4 and dice.random() < 0.5
            out.append((path, is_folder))
            if is_folder:
                fill(path, depth + 1)

    fill(b"", 1)
    return out


def rules(dice: random.Random, paths: list[bytes]) -> bytes:
    """A .dockerignore: some lines near to the paths, some far out."""
    lines = [rule(dice, paths) for _each in range(dice.randint(1, 5))]
    text = (b"\r\n" if dice.random() < 0.05 else b"\n").join(lines)
    return b"\xef\xbb\xbf" * (dice.random() < 0.05) + text


def rule(dice: random.Random, paths: list[bytes]) -> bytes:
    if dice.random() < 0.4:
        parts = dice.choice(paths).split(b"/")
        parts = [
            b"*" if dice.random() < 0.2 else b"**" if dice.random() < 0.1 else part
            for part in parts
        ]
    else:
        parts = [dice.choice(PARTS).encode() for _each in range(dice.randint(1, 3))]
        if dice.random() < 0.02:
            parts.append(dice.choice(RAW))
    line = b"/".join(parts) if dice.random() < 0.9 else b"".join(parts)
    before = dice.choice(
        [b"", b"", b"", b"", b"/", b"./", b" ", b"../", b"\t", "\u00a0".encode(), b"#"]
    )
    after = dice.choice([b"", b"", b"", b"", b"/", b"/.", b" ", b"/**", b"/*"])
    return dice.choice([b"", b"", b"!", b"! "]) + before + line + after


@pytest.fixture(scope="module")
def oracle(tmp_path_factory):
    """A running oracle, and whether it reads files of rules as they are."""
    program = os.environ.get("IGNORE_ORACLE")
    reads_files = bool(program) or (GO / "src/github.com/moby/patternmatcher/ignorefile").is_dir()
    if not program:
        program = str(tmp_path_factory.mktemp("oracle") / "oracle")
        build(program, reads_files)
    with subprocess.Popen(
        [program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        yield process, reads_files
        process.stdin.close()


def build(program: str, reads_files: bool) -> None:
    if shutil.which("go") is None or not (GO / "src/github.com/moby/patternmatcher").is_dir():
        apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run([*apt, "update"], check=False, env=environment)
        packages = ["golang-go", "golang-github-moby-patternmatcher-dev"]
        if (
            subprocess.run(
                [*apt, "install", "--no-install-recommends", *packages],
                check=False,
                env=environment,
            ).returncode
            != 0
        ):
            pytest.skip(f"this distribution does not have {' and '.join(packages)}")
    tags = [] if reads_files else ["-tags", "patterns"]
    sources = ["walk.go", "parse.go" if reads_files else "parse_patterns.go"]
    environment = {
        **os.environ,
        "GO111MODULE": "off",
        "GOPATH": str(GO),
        "GOCACHE": str(Path(program).parent),
    }
    subprocess.run(
        ["go", "build", *tags, "-o", program, *sources], check=True, cwd=ORACLE, env=environment
    )


def asked(
    process: subprocess.Popen, content: bytes, paths: list[tuple[bytes, bool]]
) -> set[bytes] | None:
    """The paths that Docker keeps; None: it refuses the rules."""
    coded = [
        {"path": base64.b64encode(path).decode(), "folder": is_folder} for path, is_folder in paths
    ]
    process.stdin.write(
        json.dumps({"rules": base64.b64encode(content).decode(), "tree": coded}) + "\n"
    )
    process.stdin.flush()
    answer = json.loads(process.stdout.readline())
    return None if answer["error"] else {base64.b64decode(each) for each in answer["kept"] or ()}


def ours(content: bytes, paths: list[tuple[bytes, bool]]) -> set[bytes] | None:
    """The paths that we keep; None: we refuse the rules."""

    def listing(folder: bytes):
        depth = folder.count(b"/") + 1 if folder else 0
        inside = folder + b"/" if folder else b""
        return [
            (path[len(inside) :], is_folder)
            for path, is_folder in paths
            if path.startswith(inside) and path.count(b"/") == depth
        ]

    try:
        kept = list(walk(read_rules(content), listing))
    except LabError:
        return None
    assert len(kept) == len(set(kept))
    return set(kept)


def test_the_same_files_as_dockers_matcher(oracle):
    process, reads_files = oracle
    dice = random.Random(20_400)
    refused = 0
    for number in range(CASES):
        paths = tree(dice)
        content = rules(dice, [path for path, _is_folder in paths])
        if not reads_files:
            # Without the reader of files only the matching is compared: a line must already be what
            # the reader makes of it.
            lines = [_pattern(line) for line in content.split(b"\n")]
            content = b"\n".join(
                line
                for line in lines
                if line == _pattern(line) and not line.startswith(b"\xef\xbb\xbf")
            )
        expected = asked(process, content, paths)
        refused += expected is None
        assert ours(content, paths) == expected, f"case {number}: {content!r} on {paths!r}"
    print(f"{CASES} cases, {refused} of them refused by both")
    assert refused < CASES / 2
