# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of a .dockerignore, on examples whose outcome Docker's own matcher gave.

Tests/test_dockerignore.py asks it itself.
"""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.workshop.containers.plugins.module_utils.builds.context import walk
from ansible_collections.workshop.containers.plugins.module_utils.builds.dockerignore import (
    clean,
    read_rules,
)
from ansible_collections.workshop.containers.plugins.module_utils.builds.go_match import (
    check_syntax,
)
from ansible_collections.workshop.containers.plugins.module_utils.builds.go_regexp import (
    BadPattern,
)
from ansible_collections.workshop.containers.plugins.module_utils.builds.path_matcher import (
    path_matcher,
)
from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError


def kept(rules, *paths):
    """What of these files (and the folders that they are in) is left, folders with a slash at the
    end.
    """
    folders = {path[: at + 1] for path in paths for at, char in enumerate(path) if char == "/"}
    everything = {path.encode() for path in paths} | {
        folder.rstrip("/").encode() for folder in folders
    }

    def listing(folder):
        inside = folder + b"/" if folder else b""
        found = {
            path
            for path in everything
            if path.startswith(inside) and b"/" not in path[len(inside) :] and path != folder
        }
        return [(path[len(inside) :], path.decode() + "/" in folders) for path in found]

    left = walk(read_rules(rules.encode()), listing)
    return {path.decode() + "/" * (path.decode() + "/" in folders) for path in left}


@pytest.mark.parametrize(
    ("rules", "paths", "left"),
    [
        ("", "a b/c", "a b/ b/c"),
        ("# a comment\n\n  a  \n", "a b", "b"),
        ("\ufeff#a\n b", "a b", "a"),
        (" #a", "#a a", "a"),
        ("/a", "a b/a", "b/ b/a"),
        ("a/", "a/x b", "b"),
        ("./a/../b", "a b", "a"),
        ("../a", "a", "a"),
        ("/", "a", "a"),
        ("A", "a A", "a"),
        ("*", "a b/c", ""),
        ("*\n!b", "a b/c", "b/ b/c"),
        ("*\n!b/c", "a b/c b/d", "b/ b/c"),
        ("*\n!*/c", "a b/c b/d", "b/ b/c"),
        ("*\n!**/c", "c b/c b/d/c e/f", "c b/ b/c b/d/ b/d/c"),
        ("b\n!b/c\nb/c", "b/c", ""),
        ("!b/c\nb", "b/c", ""),
        ("*.md\n!README*\nREADME-secret.md", "README.md README-secret.md x.md y", "README.md y"),
        ("**/x", "x a/x a/b/x y", "a/ a/b/ y"),
        ("a/**", "a/b a/c/d e", "a/ e"),
        ("a/**/d", "a/d a/b/d a/b/c/d e", "a/ a/b/ a/b/c/ e"),
        ("?", "a bb", "bb"),
        ("*", "a/b", ""),
        ("*/b", "a/b a/c/b b", "a/ a/c/ a/c/b b"),
        ("[^a]", "a b", "a"),
        ("[!a]", "a b !", "b"),
        ("\\*", "* a", "a"),
        ("\\d", "1 d", "d"),
        ("[[:alpha:]]", "a 1", "1"),
        ("é*", "été éa a", "a"),
        ("a\r\nb\r\n", "a b c", "c"),
        ("! a", "a", "a"),
        ("a|b*", "a bc xc", "xc"),
    ],
)
def test_what_is_left(rules, paths, left):
    assert kept(rules, *paths.split()) == set(left.split())


def test_an_excluded_folder_is_not_entered_without_need():
    seen = []

    def listing(folder):
        seen.append(folder)
        return {b"": [(b"node_modules", True), (b"src", True)], b"src": [(b"a", False)]}[folder]

    assert list(walk(read_rules(b"node_modules\n!src/b"), listing)) == [b"src", b"src/a"]
    assert seen == [b"", b"src"]


@pytest.mark.parametrize(
    ("rules", "line"),
    [
        (b"a\nfoo[\n", 2),
        (b"!\n", 1),
        (b"\n\n! \n", 3),
        (b"a\\", 1),
        (b"[]a]", 1),
        (b"[a-]", 1),
        (b"a" * 70000, 1),
        (b"\xff\n[\xff]\n", 2),
    ],
)
def test_a_rule_that_docker_refuses_is_named(rules, line):
    with pytest.raises(LabError, match=rf"\.dockerignore:{line}, but found"):
        read_rules(rules)


@pytest.mark.parametrize(
    "rule",
    [b"[z-a]", b"\\q*", b"[[:nope:]]", b"x{2}{3}*", b"*{1001}", b"\\pQ", b"|{2}*", b"\\x{110000}*"],
)
def test_a_rule_that_go_cannot_compile_is_named_when_it_is_needed(rule):
    with pytest.raises(LabError, match=r"\.dockerignore:2, but found"):
        list(walk(read_rules(b"# a comment\n" + rule), lambda _folder: [(b"a", False)]))


def test_the_rule_that_leaves_a_file_out():
    ignore = read_rules(b"*\n!src\nsrc/secret*\n")
    assert ignore.culprit(b"README").line == 1
    assert ignore.culprit(b"src/secret/key").line == 3
    assert ignore.culprit(b"src/a") is None


@pytest.mark.parametrize(
    "pattern",
    ["a[", "[", "[]", "[a", "[a-", "[a-]", "[-a]", "a\\", ".[", "*[", "\\", "[\\", "[\udcff]"],
)
def test_patterns_that_go_refuses(pattern):
    with pytest.raises(BadPattern):
        check_syntax(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "a",
        "[a]",
        "[^a]",
        "[a-z]",
        "[\\]]",
        "a*[",
        "b*a\\",
        "**",
        "\\[",
        "]",
        "[[:x:]]",
        "a*[b*[",
    ],
)
def test_patterns_that_go_accepts_or_never_reaches(pattern):
    check_syntax(pattern)


@pytest.mark.parametrize(
    ("expression", "text", "matches"),
    [
        (r"^[\d-]$", "-", True),
        (r"^[^\D]$", "7", True),
        (r"^\S\w\s$", "é_\t", True),
        (r"^\s$", "\v", False),
        (r"^\pL$", "д", True),
        (r"^\PL$", "д", False),
        (r"^\p{Lu}$", "a", False),
        (r"^\p{^Lu}$", "a", True),
        (r"^\Qa.\E$", "a.", True),
        (r"^\101\x42\x{43}$", "ABC", True),
        (r"^[[:^digit:]x]$", "1", False),
        ("^[a-c-]$", "-", True),
        ("^a{2}$", "aa", True),
        ("^a{2,}$", "aaa", True),
        ("^a{,2}$", "a{,2}", True),
        ("^a|b$", "xb", True),
        (r"^a\b$", "a", True),
        ("^a$", "a\n", False),
    ],
)
def test_expressions_as_go_reads_them(expression, text, matches):
    assert path_matcher(expression)(text) == matches


@given(st.lists(st.sampled_from(["a", "..", ".", "", "b"])), st.booleans())
def test_cleaned_paths_are_as_short_as_can_be(parts, rooted):
    text = ("/" if rooted else "") + "/".join(parts)
    cleaned = clean(text.encode()).decode()
    assert clean(cleaned.encode()).decode() == cleaned
    assert "//" not in cleaned
    assert ".." not in cleaned.lstrip("./").split("/")
    assert cleaned.startswith("/") == text.startswith("/")


@given(
    st.binary(max_size=60),
    st.lists(
        st.binary(min_size=1, max_size=6).filter(lambda name: not {0, 47} & set(name)), unique=True
    ),
)
def test_any_bytes_are_rules_or_an_error(content, names):
    """Never a traceback, never a file that is not there."""
    left = []
    with suppress(LabError):
        left = list(walk(read_rules(content), lambda _folder: [(name, False) for name in names]))
    assert set(left) <= set(names)
