# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Command lines of shells that are followed, and whether one is what a step has typed.

Long and short options, their order, the words container and image before a verb, and the name or id
of a container or image may differ. What a command speaks of, and what it shows, may not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable, Sequence

from ..command_line import docker_verb, parts_of

if TYPE_CHECKING:
    from ..workshop.content import Step

# Exit codes of commands that did what they were meant to, Ctrl-C at the end of an endless one too.
SUCCESS = (0, 130)

# Programs that are about any of their words
_ANY = {"curl"}
# By verb, its options: their letters, and those that take a value.
_LETTERS = {
    "ps": {"a": "all", "f": "filter", "l": "latest", "n": "last", "q": "quiet", "s": "size"},
    "images": {"a": "all", "f": "filter", "q": "quiet"},
    "logs": {"f": "follow", "n": "tail", "t": "timestamps"},
    "inspect": {"f": "format", "s": "size"},
    "history": {"H": "human", "q": "quiet"},
}
_VALUED = {"filter", "format", "last", "since", "tail", "type", "until"}
# Options that show less than without them
_HIDING = {"quiet", "latest"}
# Options that lessons have and that show nothing more
_FORGIVEN = {"follow"}


@dataclass(frozen=True)
class Command:
    """A command: its program, for docker the verb, its options, and the words that are none."""

    program: str
    verb: str
    options: frozenset[str]
    arguments: tuple[str, ...]

    @property
    def start(self) -> tuple[str, str]:
        """The subject of it: for docker the verb, else the first word that is no option."""
        first = "" if self.program in _ANY else next(iter(self.arguments), "")
        return self.program, self.verb or first


def commands(line: str) -> list[Command]:
    """The commands of a line, with what they substitute by other commands as it is written.

    >>> commands("sudo docker container ls -aq")[0].start
    ('docker', 'ps')
    """
    return [_command(words) for words in parts_of(line)]


def _command(words: list[str]) -> Command:
    program = words[0].rpartition("/")[2]
    words = words[1:]
    if program != "docker":
        plain = [word for word in words if not word.startswith("-")]
        return Command(program, "", frozenset(words) - frozenset(plain), tuple(plain))
    verb, words = docker_verb(words)
    options, arguments = _options(words, _LETTERS.get(verb, {}))
    return Command(program, verb, frozenset(options), tuple(arguments))


def _options(words: list[str], letters: dict[str, str]) -> tuple[set[str], list[str]]:
    """The long names of options, and the words that are neither options nor their values."""
    options: set[str] = set()
    arguments: list[str] = []
    left = iter(words)
    for word in left:
        if not word.startswith("-") or word == "-":
            arguments.append(word)
            continue
        name, _, value = word.lstrip("-").partition("=")
        names = [name] if word.startswith("--") else [letters.get(each, each) for each in name]
        options.update(names)
        if names and names[-1] in _VALUED:
            value = value or next(left, "")
            options |= {"latest"} if (names[-1], value) == ("last", "1") else set()
    return options, arguments


def same(typed: Command, own: Command, meant: Callable[[str], str]) -> bool:
    """True if a command shows, or does to the same things, what a lesson's own one does.

    ``meant`` gives the identity of the thing that a word stands for.
    """
    if typed.start != own.start:
        return False
    if own.program == "docker":
        lacking = own.options - typed.options - _FORGIVEN
        if lacking or (typed.options - own.options) & _HIDING:
            return False
    return {meant(word) for word in own.arguments} <= {meant(word) for word in typed.arguments}


def own_lines(step: Step) -> list[str]:
    """The lines that a lesson has typed for a step."""
    lines: list[str] = step.data.get("command", "").splitlines()
    return [line.strip() for line in lines if line.strip()]


def words_of(steps: Sequence[Step]) -> set[tuple[str, str]]:
    """The subjects of all steps' commands: of what else is typed nobody needs to know."""
    return {
        command.start for step in steps for line in own_lines(step) for command in commands(line)
    }


def concerns(line: str, words: set[tuple[str, str]]) -> bool:
    """True if one of a line's commands may be that of a step."""
    return any(command.start in words for command in commands(line))
