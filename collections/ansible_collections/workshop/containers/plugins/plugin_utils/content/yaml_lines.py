# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""YAML that remembers on which line each value stands."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.workshop.containers.plugins.plugin_utils.content.problems import (
    ContentError,
    Problem,
    plain,
    quoted,
)

LARGEST = 1024 * 1024
DEEPEST = 32
# What a parser says, and what its author most likely has to do.
_QUOTE = "put the text in quotes, or below >-"
_HINTS = {
    "unknown escape character": "use single quotes, in which a backslash stays what it is",
    "mapping values are not allowed": _QUOTE,
    "did not find expected ',' or '}'": _QUOTE,
    "cannot start any token": _QUOTE,
    "could not find expected ':'": _QUOTE,
}

# The C parser is ten times faster; both are part of PyYAML and tell the same lines.
_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_UNPRINTABLE = yaml.reader.Reader.NON_PRINTABLE
_TAG = "tag:yaml.org,2002:"
# Python takes long for numbers of many digits, and cannot print the longest.
_LONGEST_NUMBER = 100
_PLAIN = {f"{_TAG}{name}" for name in ("int", "float", "bool", "null")}

Key = tuple["str | int", ...]


@dataclasses.dataclass
class Document:
    """The data of a YAML file, with the line and the spelling of its values by key, such as
    ``("steps", 0, "id")``.
    """

    file: str
    data: Any = None
    lines: dict[Key, int] = dataclasses.field(default_factory=dict)
    spelling: dict[Key, str] = dataclasses.field(default_factory=dict)
    problems: list[Problem] = dataclasses.field(default_factory=list)

    def line(self, key: Key) -> int:
        """The line of the key, or of the nearest thing around it that is there."""
        while key and key not in self.lines:
            key = key[:-1]
        return self.lines.get(key, 1)

    def problem(self, key: Key, what: str) -> Problem:
        """A problem at this place of the file."""
        return Problem(self.file, self.line(key), dotted(key), what)


def dotted(key: Key) -> str:
    """The key as messages show it.

    >>> dotted(("steps", 2, "do", 0, "container_run"))
    'steps[2].do[0].container_run'
    """
    parts = [f"[{part}]" if isinstance(part, int) else f".{plain(part)}" for part in key]
    return "".join(parts).removeprefix(".")


def shown_path(path: Path) -> str:
    """The path as messages show it: relative when it lies below the current directory."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except (OSError, RuntimeError, ValueError):
        return str(path)


def read(path: Path) -> Document:
    """Read a YAML file of at most 1 MiB.

    Values are mappings with text keys, lists, text, numbers, booleans and None. What is odd but
    leaves the rest readable (a key that is written twice, a date, an alias) is in the document's
    problems. Raises ContentError when the file cannot be read at all.
    """
    file = shown_path(path)
    text = _text(path, file)
    try:
        _refuse_endless(text, file)
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        raise ContentError([_syntax_problem(error, text, file)]) from error
    except yaml.YAMLError as error:
        raise ContentError(
            [Problem(file, 1, "", f"this is not YAML: {_one_line(error)}")]
        ) from error
    document = Document(file)
    if node is None:
        raise ContentError([Problem(file, 1, "", "the file is empty")])
    document.data = _build(node, (), document)
    return document


def _text(path: Path, file: str) -> str:
    try:
        with path.open("rb") as stream:
            raw = stream.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ContentError([Problem(file, 1, "", f"the file cannot be read: {reason}")]) from error
    if len(raw) > LARGEST:
        raise ContentError([Problem(file, 1, "", "the file is larger than 1 MiB")])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ContentError(
            [Problem(file, line, "", f"the text is not UTF-8 (byte 0x{raw[error.start]:02x})")]
        ) from error
    odd = _UNPRINTABLE.search(text)
    if odd:
        line = text.count("\n", 0, odd.start()) + 1
        raise ContentError(
            [
                Problem(
                    file,
                    line,
                    "",
                    f"the character U+{ord(odd.group()):04X} does not belong in a text file",
                )
            ]
        )
    return text


def _refuse_endless(text: str, file: str) -> None:
    """Refuse what makes a small file large.

    Aliases, which YAML expands, and depth, on which the parser recurses.
    """
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            raise ContentError(
                [
                    Problem(
                        file,
                        line,
                        "",
                        f"the alias *{event.anchor} is not allowed here; write the value out",
                    )
                ]
            )
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise ContentError([Problem(file, line, "", f"nested more than {DEEPEST} levels deep")])


def _syntax_problem(error: yaml.MarkedYAMLError, text: str, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    number = mark.line if mark else 0
    lines = text.splitlines()
    line = lines[number] if number < len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return Problem(
            file, number + 1, "", "a tab in the indentation; YAML is indented with spaces"
        )
    reasons = [_one_line(reason) for reason in (error.context, error.problem) if reason]
    said = ", ".join(reasons)
    hint = next((f"; {hint}" for words, hint in _HINTS.items() if words in said), "")
    return Problem(file, number + 1, "", f"this is not YAML: {said}{hint}")


def _one_line(message: object) -> str:
    return " ".join(str(message).split())


def _build(node: yaml.Node, key: Key, document: Document) -> Any:
    document.lines.setdefault(key, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, key, document)
    if isinstance(node, yaml.SequenceNode):
        return [_build(item, (*key, index), document) for index, item in enumerate(node.value)]
    return _scalar(node.value, node.tag, key, document)


def _mapping(node: yaml.MappingNode, key: Key, document: Document) -> dict[str, Any]:
    mapping: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        name = (*key, key_node.value)
        if key_node.tag != f"{_TAG}str":
            spelled = f" {quoted(key_node.value)}" if isinstance(key_node, yaml.ScalarNode) else ""
            document.problems.append(
                Problem(
                    document.file,
                    line,
                    dotted(key),
                    f"the key{spelled} is not text; put it in quotes",
                )
            )
        elif key_node.value in mapping:
            what = f"written twice; line {document.lines[name]} has it already"
            document.problems.append(Problem(document.file, line, dotted(name), what))
        else:
            document.lines[name] = line
            mapping[key_node.value] = _build(value_node, name, document)
    return mapping


def _scalar(text: str, tag: str, key: Key, document: Document) -> Any:
    odd = _UNPRINTABLE.search(text)
    if odd:
        document.problems.append(
            document.problem(
                key, f"the character U+{ord(odd.group()):04X} does not belong in a text"
            )
        )
    if tag == f"{_TAG}str":
        return text
    if tag in _PLAIN and len(text) <= _LONGEST_NUMBER:
        document.spelling[key] = text
        try:
            return yaml.constructor.SafeConstructor().construct_object(yaml.ScalarNode(tag, text))
        except (ValueError, LookupError, ArithmeticError, yaml.YAMLError):
            pass
    what = (
        f"{quoted(text)} reads as a {tag.removeprefix(_TAG)} here; put it in quotes to make it text"
    )
    document.problems.append(document.problem(key, what))
    return text
