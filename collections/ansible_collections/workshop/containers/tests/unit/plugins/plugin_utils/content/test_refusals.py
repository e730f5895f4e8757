# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that `load` refuses, with the file, the line and the key that it names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ansible_collections.workshop.containers.plugins.plugin_utils.content.load import (
    load,
)
from ansible_collections.workshop.containers.plugins.plugin_utils.content.problems import SHOWN

WORKSHOP, GREET, SERVE = "workshop.yml", "greet/lesson.yml", "serve/lesson.yml"


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        # Keys
        (
            GREET,
            "    command: vim",
            "    comand: vim",
            "8: steps[0].comand: unknown key; did you mean command?",
        ),
        (GREET, "    command: vim", "    comand: vim", "5: steps[0].command: missing key"),
        (WORKSHOP, "lessons:", "lesons:", "6: lesons: unknown key; did you mean lessons?"),
        (SERVE, "          status: 404\n", "", "20: steps[0].check[1].http.status: missing key"),
        (
            SERVE,
            "    command: docker stop -t 0 web",
            "    on: docker stop -t 0 web",
            "28: steps[1]: the key 'on' is not text; put it in quotes",
        ),
        (
            SERVE,
            "status: 404",
            "status: 404\n          status: 405",
            "23: steps[0].check[1].http.status: written twice; line 22 has it already",
        ),
        # Needs
        (
            SERVE,
            "    command: docker stop -t 0 web",
            "    command: docker stop -t 0 web\n    needs: [rum]",
            "29: steps[1].needs[0]: 'rum' names no step; did you mean serve.run?",
        ),
        (
            GREET,
            "    command: vim",
            "    needs: [serve.run]\n    command: vim",
            "8: steps[0].needs[0]: 'serve.run' does not come before greet.write",
        ),
        # Operations and checks
        (
            SERVE,
            "container_run:",
            "container_rn:",
            "10: steps[0].do[0].container_rn: unknown operation; did you mean container_run?",
        ),
        (
            SERVE,
            "      - http:",
            "      - htp:",
            "20: steps[0].check[1].htp: unknown check; did you mean http?",
        ),
        (
            GREET,
            "source: hello, mode",
            "sorce: hello, mode",
            "10: steps[0].do[0].file_write.sorce: unknown key; did you mean source?",
        ),
        (
            SERVE,
            "      - http:",
            "      - containers: {running: 1}\n        http:",
            "20: steps[0].check[1]: expected one check with its parameters, found containers, http",
        ),
        (
            SERVE,
            "timeout: 0",
            "timeout: 0\n      -",
            "33: steps[1].do[1]: expected one operation with its parameters, found nothing",
        ),
        (
            SERVE,
            "container_stop:\n          name: web\n          timeout: 0",
            "container_remove: {name: web, stopped: true}",
            "30: steps[1].do[0].container_remove: expected exactly one of name, newest, stopped, "
            "found name, stopped",
        ),
        (
            SERVE,
            "step: serve.run",
            "step: serve.run\n          name: web",
            "34: steps[1].check[0].container: expected name or step, not both",
        ),
        (
            GREET,
            "name: A\n          matches: \\bsh\\b",
            "name: A",
            "32: steps[1].check[1].terminal: expected at least 2 of name, matches, not_matches, "
            "closed, found name",
        ),
        (
            SERVE,
            "container_stop:",
            "network_create:",
            "30: steps[1].do[0].network_create: unknown operation; docs/authoring.md lists those",
        ),
        (
            SERVE,
            "container_stop:",
            "container_inspect:",
            "30: steps[1].do[0].container_inspect: unknown operation; docs/authoring.md lists "
            "those",
        ),
        (
            SERVE,
            "      - container_stop:\n          name: web\n          timeout: 0",
            "      - container_stop:\n        name: web\n        timeout: 0",
            "30: steps[1].do[0].container_stop: expected the parameters of container_stop below "
            "it:",
        ),
        (
            SERVE,
            "    command: docker stop -t 0 web",
            "    type: docker stop -t 0 web",
            "28: steps[1].type: unknown key; it is called command now",
        ),
        (
            GREET,
            "          tty: true\n",
            "          terminal: A\n",
            "24: steps[1].do[0].container_run.terminal: expected tty beside it",
        ),
        # Types
        (
            SERVE,
            "timeout: 0",
            "timeout: soon",
            "32: steps[1].do[0].container_stop.timeout: expected a whole number of seconds from 0 "
            "to 3600, found the text 'soon'",
        ),
        (
            SERVE,
            "timeout: 0",
            "timeout: yes",
            "32: steps[1].do[0].container_stop.timeout: expected a whole number of seconds from 0 "
            "to 3600, found yes",
        ),
        (
            SERVE,
            "running: false",
            "running: 'no'",
            "36: steps[1].check[0].container.running: expected true or false, found the text 'no'",
        ),
        (
            SERVE,
            "command: [httpd, -f]",
            "command: httpd -f",
            "13: steps[0].do[0].container_run.command: expected a list of words, the program "
            "first, found the text 'httpd -f'",
        ),
        (
            SERVE,
            "[httpd, -f]",
            "[sleep, 5]",
            "13: steps[0].do[0].container_run.command[1]: expected a word of the command, as "
            "text, found 5; put it in quotes",
        ),
        (
            SERVE,
            "{GREETING: hello}",
            "{GREETING: on}",
            "15: steps[0].do[0].container_run.env.GREETING: expected the variable's value, as "
            "text, found on; put it in quotes",
        ),
        (
            SERVE,
            "name: web\n          ports",
            "name: [web]\n          ports",
            "18: steps[0].check[0].container.name: expected a container name of at least two "
            "characters: a letter or digit, then",
        ),
        (
            GREET,
            'mode: "0755"',
            "mode: 0755",
            "10: steps[0].do[0].file_write.mode: expected a file mode of four octal digits in "
            'quotes, such as "0755", found 0755',
        ),
        (
            SERVE,
            "status: 404",
            "status: 2024-01-01",
            "22: steps[0].check[1].http.status: '2024-01-01' reads as a timestamp here; put it in "
            "quotes to make it text",
        ),
        (
            SERVE,
            "text: {en: Run it., ru: Запустите службу.}",
            "text: Run it.",
            "7: steps[0].text: expected a text in each language of the workshop, such as {en: …}, "
            "found the text 'Run it.'",
        ),
        (
            SERVE,
            "env: {GREETING: hello}",
            "memory: 64",
            "15: steps[0].do[0].container_run.memory: expected an amount of memory with its unit in"
            " lower case (k, m or g), such as 64m, found 64",
        ),
        (
            SERVE,
            "env: {GREETING: hello}",
            "memory: 64M",
            "15: steps[0].do[0].container_run.memory: expected an amount of memory with its unit in"
            " lower case",
        ),
        (
            SERVE,
            "name: web\n          timeout",
            "name: x\n          timeout",
            "31: steps[1].do[0].container_stop.name: expected a container name of at least two",
        ),
        (
            WORKSHOP,
            "docker.io/library/busybox:latest",
            "busybox:latest",
            "5: base_images[0]: expected an image reference with registry, path and tag,",
        ),
        (
            SERVE,
            "image: busybox",
            "image: LABSERVER/busybox",
            "12: steps[0].do[0].container_run.image: expected an image reference such as",
        ),
        # Translations
        (
            SERVE,
            "text: {en: Stop it.,",
            "text: {en: Stop it, at once,",
            "27: steps[1].text.at once: a comma ends a text inside { }: put the text in quotes",
        ),
        (SERVE, ", ru: Остановить}", "}", "26: steps[1].title.ru: missing translation"),
        (WORKSHOP, "{en: Demo, ru: Образец}", "{ru: Образец}", "2: title.en: missing translation"),
        (WORKSHOP, "[en, ru]", "[en, ru, de]", "2: title.de: missing translation"),
        (
            SERVE,
            "{en: Stop, ru",
            "{en: Stop, fr: Arrêter, ru",
            "26: steps[1].title.fr: unknown translation; expected one of en, ru",
        ),
        (
            SERVE,
            "{en: Stop, ru",
            "{en: ' ', ru",
            "26: steps[1].title.en: expected a text that is not empty, found the text ' '",
        ),
        (
            WORKSHOP,
            "[en, ru]",
            "[en, ru, Russian]",
            "3: languages[2]: expected a language code such as en or pt-BR, found the text "
            "'Russian'",
        ),
        # Values
        (
            SERVE,
            "image: busybox",
            "image: Busy Box",
            "12: steps[0].do[0].container_run.image: expected an image reference such as "
            "docker.io/busybox:latest, found",
        ),
        (
            WORKSHOP,
            "busybox:latest",
            "busybox:la test",
            "5: base_images[0]: expected an image reference",
        ),
        (
            SERVE,
            '"8080:80"',
            '"80800:80"',
            '14: steps[0].do[0].container_run.ports[0]: expected "machine port:container port" in '
            "quotes",
        ),
        (
            SERVE,
            '"8080:80"',
            "22:22",
            '14: steps[0].do[0].container_run.ports[0]: expected "machine port:container port" in '
            "quotes",
        ),
        (
            SERVE,
            "80/tcp",
            "eighty",
            "19: steps[0].check[0].container.ports.eighty: expected a container port such as "
            "80/tcp",
        ),
        (
            SERVE,
            "name: web\n          image",
            "name: newest\n          image",
            "11: steps[0].do[0].container_run.name: expected a container name",
        ),
        (
            SERVE,
            "name: web\n          image",
            "name: -web\n          image",
            "11: steps[0].do[0].container_run.name: expected a container name",
        ),
        (
            GREET,
            "path: /srv/hello, source: hello, mode",
            "path: app/hello, source: hello, mode",
            "10: steps[0].do[0].file_write.path: expected an absolute path",
        ),
        (
            GREET,
            "path: /srv/hello, source: hello, mode",
            "path: /srv/../etc, source: hello, mode",
            "10: steps[0].do[0].file_write.path: expected an absolute path",
        ),
        (
            GREET,
            "tty: true\n      -",
            "tty: true\n          terminal: C\n      -",
            "25: steps[1].do[0].container_run.terminal: expected A or B, found the text 'C'",
        ),
        (
            GREET,
            "where: A",
            "where: C",
            "19: steps[1].where: expected host, A or B: the terminal in which the learner types, "
            "found the text 'C'",
        ),
        (
            SERVE,
            "http://localhost:8080/",
            "localhost:8080",
            "21: steps[0].check[1].http.url: expected an address such as http://localhost:8080/, "
            "found",
        ),
        (
            SERVE,
            "id: stop",
            "id: Stop it",
            "25: steps[1].id: expected lower-case letters, digits and single hyphens, such as "
            "run-again, found the text 'Stop it'",
        ),
        (WORKSHOP, "- serve", "- ../serve", "8: lessons[1]: expected lower-case letters"),
        (
            WORKSHOP,
            "- serve",
            "- greet",
            "6: lessons: expected a list of lesson folders without repetition, found 'greet' twice",
        ),
        # Regular expressions
        (
            GREET,
            "matches: \\bsh\\b",
            "matches: '(sh'",
            "34: steps[1].check[1].terminal.matches: '(sh' is not a regular expression: missing "
            "), unterminated subpattern",
        ),
        (
            GREET,
            "expect: sh",
            "expect: '*'",
            "28: steps[1].do[1].terminal_type.expect: '*' is not a regular expression: nothing to "
            "repeat at position 0",
        ),
        # Steps, and what they refer to
        (
            SERVE,
            "id: stop",
            "id: run",
            "25: steps[1].id: line 25 repeats the id 'run' of the step on line 5",
        ),
        (
            SERVE,
            "step: serve.run",
            "step: serve.rn",
            "35: steps[1].check[0].container.step: 'serve.rn' names no step; did you mean "
            "serve.run?",
        ),
        (
            SERVE,
            "step: serve.run",
            "step: serve.stop",
            "35: steps[1].check[0].container.step: the step 'serve.stop' runs no container",
        ),
        (
            GREET,
            "running: true",
            "step: serve.run",
            "31: steps[1].check[0].container.step: the step 'serve.run' comes later",
        ),
        (
            SERVE,
            "name: web\n          timeout",
            "name: wbe\n          timeout",
            "31: steps[1].do[0].container_stop.name: no step up to here leaves a container named "
            "'wbe'; did you mean web?",
        ),
        (
            SERVE,
            "name: web\n          ports",
            "name: wbe\n          ports",
            "18: steps[0].check[0].container.name: no step up to here runs a container named "
            "'wbe'; did you mean web?",
        ),
        (
            SERVE,
            "step: serve.run\n",
            "exists: true\n",
            "34: steps[1].check[0].container: this step runs no container; say which one is meant "
            "with name or step",
        ),
        (
            GREET,
            "name: A",
            "name: B",
            "33: steps[1].check[1].terminal.name: no step up to here opens terminal B",
        ),
        (
            GREET,
            "terminal: A\n          input",
            "terminal: B\n          input",
            "26: steps[1].do[1].terminal_type.terminal: no step up to here leaves terminal B "
            "open; container_run with tty: true",
        ),
        # Files
        (
            GREET,
            "source: hello, mode",
            "source: helo, mode",
            "10: steps[0].do[0].file_write.source: there is no file 'helo' in the lesson's files "
            "folder; did you mean hello?",
        ),
        (
            GREET,
            "source: hello}",
            "source: helo}",
            "12: steps[0].check[0].file.source: there is no file 'helo' in the lesson's files "
            "folder; did you mean hello?",
        ),
        (
            GREET,
            "source: hello, mode",
            "source: ../lesson.yml, mode",
            "10: steps[0].do[0].file_write.source: expected a file below the lesson's files folder",
        ),
        (
            GREET,
            "source: hello, mode",
            "source: /etc/passwd, mode",
            "10: steps[0].do[0].file_write.source: expected a file below the lesson's files folder",
        ),
        # Lessons
        (
            WORKSHOP,
            "- serve",
            "- sevre",
            "8: lessons[1]: there is no demo/sevre/lesson.yml; did you mean serve?",
        ),
        # YAML
        (
            SERVE,
            "    check:\n      - container:\n          step",
            "\t check:\n      - container:\n          step",
            "33: a tab in the indentation; YAML is indented with spaces",
        ),
        (
            SERVE,
            "[httpd, -f]",
            "[httpd, -f",
            "14: this is not YAML: while parsing a flow sequence, did not find expected ',' or ']'",
        ),
        (
            GREET,
            "matches: \\bsh\\b",
            'matches: "\\dsh"',
            "34: this is not YAML: while parsing a quoted scalar, found unknown escape character;"
            " use single quotes, in which a backslash stays what it is",
        ),
        (
            SERVE,
            "text: {en: Stop it.,",
            "text: Nothing is stopped: it is gone. {en: Stop it.,",
            "27: this is not YAML: mapping values are not allowed in this context; put the text in",
        ),
        (
            SERVE,
            "text: {en: Stop it.,",
            "text: {en: `docker stop`,",
            "27: this is not YAML: while scanning for the next token, found character that cannot"
            " start any token; put the text in quotes",
        ),
        (
            SERVE,
            "image: busybox",
            "image: *web",
            "12: the alias *web is not allowed here; write the value out",
        ),
        (
            SERVE,
            "image: busybox",
            "image: !!binary YQ==",
            "12: steps[0].do[0].container_run.image: 'YQ==' reads as a binary here; put it in "
            "quotes to make it text",
        ),
        (
            SERVE,
            "image: busybox",
            "image: !!int busybox",
            "12: steps[0].do[0].container_run.image: 'busybox' reads as a int here; put it in "
            "quotes to make it text",
        ),
        (
            SERVE,
            "image: busybox",
            'image: "busy\\0box"',
            "12: steps[0].do[0].container_run.image: the character U+0000 does not belong in a "
            "text",
        ),
    ],
)
def test_refused(
    demo: Path,
    file: str,
    old: str,
    new: str,
    message: str,
    refusal: Callable[[Path], list[str]],
    spoil: Callable[[Path, str, str], None],
) -> None:
    spoil(demo / file, old, new)
    assert any(line.startswith(f"demo/{file}:{message}") for line in refusal(demo)), "\n".join(
        refusal(demo)
    )


@pytest.mark.parametrize("part", ["check", "do"])
def test_a_step_without_checks_or_with_empty_lists(
    demo: Path,
    part: str,
    refusal: Callable[[Path], list[str]],
    spoil: Callable[[Path, str, str], None],
) -> None:
    old = {
        "check": "    check:\n      - file: {path: /srv/hello, source: hello}\n",
        "do": '    do:\n      - file_write: {path: /srv/hello, source: hello, mode: "0755"}\n',
    }
    spoil(demo / GREET, old[part], f"    {part}: []\n")
    (line,) = refusal(demo)
    assert "expected a list of" in line
    assert line.endswith("found an empty list")


def test_a_lesson_without_steps(demo: Path, refusal: Callable[[Path], list[str]]) -> None:
    text = (demo / SERVE).read_text(encoding="utf-8")
    (demo / SERVE).write_text(text[: text.index("steps:")] + "steps: []\n", encoding="utf-8")
    assert refusal(demo) == [
        f"demo/{SERVE}:4: steps: expected a list of at least one step, found an empty list"
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "1: the file is empty"),
        (b"- a\n", "1: expected a lesson: title, text and steps, found a list"),
        (b"hello\n", "1: expected a lesson: title, text and steps, found the text 'hello'"),
        (
            b"a: 1\n---\nb: 2\n",
            "2: this is not YAML: expected a single document in the stream, but found another "
            "document",
        ),
        (b"title:\n  en: caf\xe9\n", "2: the text is not UTF-8 (byte 0xe9)"),
        (b"title:\n  en: \x1b[31m\n", "2: the character U+001B does not belong in a text file"),
        (b"a: " + b"[" * 40 + b"]" * 40, "1: nested more than 32 levels deep"),
        (b"#" * (1024 * 1024 + 1), "1: the file is larger than 1 MiB"),
    ],
)
def test_a_file_that_is_no_lesson(
    demo: Path, text: bytes, message: str, refusal: Callable[[Path], list[str]]
) -> None:
    (demo / SERVE).write_bytes(text)
    assert refusal(demo) == [f"demo/{SERVE}:{message}"]


def test_a_folder_that_is_no_workshop(demo: Path, refusal: Callable[[Path], list[str]]) -> None:
    (demo / WORKSHOP).unlink()
    assert refusal(demo) == ["demo: there is no workshop: a workshop.yml is missing"]


def test_a_link_that_leads_out_of_the_lesson(
    demo: Path, refusal: Callable[[Path], list[str]]
) -> None:
    (demo / "greet/files/hello").unlink()
    (demo / "greet/files/hello").symlink_to("/etc/passwd")
    assert (
        refusal(demo)[0] == f"demo/{GREET}:10: steps[0].do[0].file_write.source: "
        "'hello' leads out of the lesson's files folder"
    )


@pytest.mark.parametrize("name", ["greet/files", "greet"])
def test_a_folder_that_is_a_link_out_of_the_workshop(
    demo: Path, tmp_path: Path, name: str, refusal: Callable[[Path], list[str]]
) -> None:
    (demo / name).rename(tmp_path / "elsewhere")
    (demo / name).symlink_to(tmp_path / "elsewhere")
    assert refusal(demo)[0].endswith(
        "lesson.yml:10: steps[0].do[0].file_write.source: "
        "the lesson's files folder leads out of the workshop"
    )


@pytest.mark.parametrize(
    "number",
    ["0x" + 5000 * "f", 5000 * "1", "1" + 5000 * ":59"],
    ids=["hexadecimal", "decimal", "sexagesimal"],
)
def test_a_number_that_nobody_can_print(
    demo: Path,
    number: str,
    refusal: Callable[[Path], list[str]],
    spoil: Callable[[Path, str, str], None],
) -> None:
    spoil(demo / SERVE, "image: busybox", f"image: {number}")
    problem = refusal(demo)[0]
    assert "reads as a int here; put it in quotes to make it text" in problem
    assert len(problem) < 500


def test_a_link_within_the_lesson_is_a_file(demo: Path) -> None:
    (demo / "greet/files/hello").rename(demo / "greet/files/script")
    (demo / "greet/files/hello").symlink_to("script")
    assert list(load(demo)["files"]) == ["greet/hello"]


def test_links_in_a_loop(demo: Path, refusal: Callable[[Path], list[str]]) -> None:
    (demo / "greet/files/hello").unlink()
    (demo / "greet/files/hello").symlink_to("hello")
    assert (
        "steps[0].do[0].file_write.source: 'hello' cannot be read: its symbolic links form a loop"
        in refusal(demo)[0]
    )


def test_a_folder_in_place_of_a_file(demo: Path, refusal: Callable[[Path], list[str]]) -> None:
    (demo / "greet/files/hello").unlink()
    (demo / "greet/files/hello").mkdir()
    assert refusal(demo)[0].endswith("'hello' is not a regular file")


def test_a_file_that_is_too_large(demo: Path, refusal: Callable[[Path], list[str]]) -> None:
    (demo / "greet/files/hello").write_bytes(b"x" * (1024 * 1024 + 1))
    assert refusal(demo)[0].endswith("'hello' is larger than 1 MiB")


def test_all_files_are_looked_at_and_the_problems_are_sorted(
    demo: Path, refusal: Callable[[Path], list[str]], spoil: Callable[[Path, str, str], None]
) -> None:
    spoil(demo / SERVE, "timeout: 0", "timeout: soon")
    spoil(demo / GREET, "id: shell", "id: write")
    spoil(demo / GREET, "expect: sh", "expect: '('")
    assert [line.split(" ", 2)[:2] for line in refusal(demo)] == [
        ["demo/greet/lesson.yml:15:", "steps[1].id:"],
        ["demo/greet/lesson.yml:28:", "steps[1].do[1].terminal_type.expect:"],
        ["demo/serve/lesson.yml:32:", "steps[1].do[0].container_stop.timeout:"],
    ]


def test_a_flood_of_problems_is_cut(demo: Path, refusal: Callable[[Path], list[str]]) -> None:
    text = (demo / SERVE).read_text(encoding="utf-8")
    (demo / SERVE).write_text(
        text + "".join(f"key{number}: 1\n" for number in range(SHOWN + 5)), encoding="utf-8"
    )
    lines = refusal(demo)
    assert len(lines) == SHOWN + 1
    assert lines[-1] == "… and 5 more"
