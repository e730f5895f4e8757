# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The JSON Schema of workshops and lessons, and its errors in plain words."""

from __future__ import annotations

import copy
import functools
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import jsonschema
from jsonschema.exceptions import ValidationError
from referencing import Registry, Resource

from ansible_collections.workshop.containers.plugins.module_utils.names import full_reference
from ansible_collections.workshop.containers.plugins.plugin_utils.content.problems import (
    Problem,
    quoted,
    suggestion,
)
from ansible_collections.workshop.containers.plugins.plugin_utils.content.yaml_lines import (
    Document,
    Key,
)

_FOLDER = Path(__file__).parent / "schemas"
_NAMES = ("values", "operations", "checks", "lesson", "workshop", "errata")
_TYPES = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
}
# Keys that were called otherwise before.
_RENAMED = {"type": "command", "always": "force"}
_FORMATS = jsonschema.FormatChecker(formats=())


@_FORMATS.checks("regex", raises=(re.error, OverflowError, RecursionError))
def _is_regex(value: object) -> bool:
    return not isinstance(value, str) or bool(re.compile(value, re.MULTILINE))


@_FORMATS.checks("image", raises=ValueError)
def _is_image(value: object) -> bool:
    return not isinstance(value, str) or bool(full_reference(value))


@_FORMATS.checks("full image", raises=ValueError)
def _is_full_image(value: object) -> bool:
    return not isinstance(value, str) or full_reference(value) == value


def operations() -> list[str]:
    """The names of the operations that a step may use under ``do``."""
    return list(_schemas()["operations"]["$defs"])


def checks() -> list[str]:
    """The names of the checks that a step may use under ``check``."""
    return list(_schemas()["checks"]["$defs"])


def problems(document: Document, kind: str, languages: Sequence[str] = ()) -> Iterator[Problem]:
    """Find what the schema of a kind (``workshop``, ``lesson`` or ``errata``) does not allow.

    Every text must be there in all the languages.
    """
    misplaced = dict(_misplaced(document))
    for key, what in misplaced.items():
        yield document.problem(key, what)
    for error in _validator(kind, tuple(languages)).iter_errors(document.data):
        key = tuple(error.absolute_path)
        if not any(key[: len(each)] == each for each in misplaced):
            yield from _problems(error, document)


def _misplaced(document: Document) -> Iterator[tuple[Key, str]]:
    """The items of `do` and `check` whose parameters stand beside their name, not below it."""
    names = {"do": operations(), "check": checks()}
    for key, value in _walk(document.data):
        part = key[-2] if len(key) > 1 else ""
        if part not in names or not isinstance(value, dict) or len(value) == 1:
            continue
        name = next((each for each in value if value[each] is None and each in names[part]), "")
        if name and not any(each in names[part] for each in value if each != name):
            yield (
                (*key, name),
                f"expected the parameters of {name} below it: indent them by four more columns",
            )


def _walk(data: Any, key: Key = ()) -> Iterator[tuple[Key, Any]]:
    """Every value of the data with its key."""
    yield key, data
    pairs: Iterable[tuple[Any, Any]] = ()
    if isinstance(data, dict):
        pairs = data.items()
    elif isinstance(data, list):
        pairs = enumerate(data)
    for name, value in pairs:
        yield from _walk(value, (*key, name))


@functools.cache
def _schemas() -> dict[str, dict[str, Any]]:
    schemas = {
        name: json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8")) for name in _NAMES
    }
    for name in ("operations", "checks"):
        schemas[name]["properties"] = {
            item: {"$ref": f"#/$defs/{item}"} for item in schemas[name]["$defs"]
        }
    return schemas


@functools.cache
def _validator(kind: str, languages: tuple[str, ...]) -> Any:
    schemas = copy.deepcopy(_schemas())
    if languages:
        text = schemas["values"]["$defs"]["text"]
        text["description"] += f", such as {{{languages[0]}: …}}"
        text["required"] = list(languages)
        text["properties"] = {language: {"$ref": "#/$defs/words"} for language in languages}
        text["additionalProperties"] = False
    registry: Registry[Any] = Registry().with_resources(
        (schema["$id"], Resource.from_contents(schema)) for schema in schemas.values()
    )
    return jsonschema.Draft202012Validator(
        schemas[kind], registry=registry, format_checker=_FORMATS
    )


def _problems(error: ValidationError, document: Document) -> Iterator[Problem]:
    """The problems of one schema error.

    One for each key that is unknown or missing, else a single one.
    """
    key: Key = tuple(error.absolute_path)
    schema: dict[str, Any] = error.schema  # type: ignore[assignment]
    found: Any = error.instance
    noun = schema.get("title", "key")
    if error.validator == "additionalProperties":
        known = list(schema.get("properties", ()))
        for name in found:
            if name not in known:
                yield document.problem((*key, name), _unknown(noun, name, found[name], known))
    elif error.validator == "dependentRequired":
        for name, needed in schema["dependentRequired"].items():
            for each in needed:
                if name in found and each not in found:
                    yield document.problem((*key, name), f"expected {each} beside it")
    elif error.validator == "required":
        for name in schema["required"]:
            if name not in found:
                yield document.problem((*key, name), f"missing {noun}")
    elif list(error.absolute_schema_path)[-2:-1] == ["propertyNames"]:
        yield document.problem((*key, found), f"expected {schema['description']}")
    else:
        yield document.problem(key, _sentence(error, schema, document.spelling.get(key)))


def _unknown(noun: str, name: str, value: Any, known: Sequence[str]) -> str:
    """Word what to say of a key that is not known."""
    if _RENAMED.get(name) in known:
        return f"unknown {noun}; it is called {_RENAMED[name]} now"
    if noun == "translation" and value is None:
        return "a comma ends a text inside { }: put the text in quotes"
    hint = suggestion(name, known)
    if noun in ("operation", "check") and not hint.startswith("; did you mean"):
        return f"unknown {noun}; docs/authoring.md lists those that there are"
    return f"unknown {noun}{hint}"


def _sentence(error: ValidationError, schema: dict[str, Any], spelling: str | None) -> str:
    found: Any = error.instance
    if error.validator == "format" and "image" in schema["format"]:
        why = f" ({error.cause})" if error.cause else ""
        return f"expected {schema['description']}, found {_kind(found, spelling)}{why}"
    if error.validator == "format":
        return f"{quoted(found)} is not {schema['description']}: {error.cause}"
    if error.validator == "uniqueItems":
        return f"expected {schema['description']}, found {_repeated(found)} twice"
    if error.validator == "not":
        return f"expected {schema['not']['description']}"
    if error.validator == "anyOf":
        return (
            "expected at least one of "
            f"{_listed(choice['required'][0] for choice in schema['anyOf'])}"
        )
    if error.validator in ("minProperties", "maxProperties"):
        return f"expected {_how_many(schema)}, found {_listed(found) or 'none'}"
    expected = schema.get("description") or _TYPES[schema["type"]]
    quotes = ""
    if (
        schema.get("type") == "string"
        and spelling
        and re.search(schema.get("pattern", ""), spelling)
    ):
        quotes = "; put it in quotes"
    return f"expected {expected}, found {_kind(found, spelling)}{quotes}"


def _how_many(schema: dict[str, Any]) -> str:
    if schema.get("maxProperties") == 1:
        return schema.get("description") or f"exactly one of {_listed(schema['properties'])}"
    known = schema.get("properties")
    return (
        f"at least {schema['minProperties']} of {_listed(known)}"
        if known
        else str(schema.get("description"))
    )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def _repeated(items: list[Any]) -> str:
    return next(quoted(item) for index, item in enumerate(items) if item in items[:index])


def _kind(value: object, spelling: str | None) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    if isinstance(value, str):
        return f"the text {quoted(value)}"
    return spelling or str(value)
