# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The texts of the command `workshop`, in the languages of learners."""

from __future__ import annotations

from ..workshop.said import Said

TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "done": "done",
        "open": "to do",
        "waiting": "waits",
        "not_seen": "not seen",
        "not_here": "not here",
        "progress": "{done} of {all} steps done",
        "next": "Next: {step}",
        "all_done": "Everything is done. Well done!",
        "type_host": "Type:",
        "type_A": "Type in terminal A:",
        "type_B": "Type in terminal B:",
        "nothing_yet": "Nothing of it has been seen yet.",
        "missing": "Still missing:",
        "expected": "expected: {text}",
        "observed": "but: {text}",
        "done_at": "done at {time}",
        "found": "it was so already",
        "by_lab": "done by the lab",
        "waits_for": "first do {step}",
        "unseen": "nothing shows whether this was done; it blocks nothing",
        "hint": "Where to look:",
        "no_hint": "There is no hint for this step.",
        "command": "What to type:",
        "solution": "The solution:",
        "in_file": "In {path}:",
        "or_solve": "`workshop solve {step}` does it for you.",
        "more_help": "More help: `workshop hint {step}` once more.",
        "keys": "n next  p back  h hint  l list  / search  u undo  L language  Enter now  q quit",
        "keys_list": "j k move  / search  Enter go there  l back  q quit",
        "nothing_found": "Nothing is called so.",
        "wait": "One moment …",
        "any_key": "Any key goes on.",
        "scroll": "j k scroll",
        "unknown_step": "there is no step {step}",
        "never_here": "{step} does not belong to this machine.",
        "help": "The workshop on this machine: what is done, and what comes next.",
        "help_plain": "print the current step as text, and end",
        "help_status": "every step, and whether it is done",
        "help_json": "for programs",
        "help_check": "what a step still lacks; without STEP the current one",
        "help_hint": "where to look; asked again the command, then the solution",
        "help_level": "1: where to look, 2: the command, 3: the solution",
        "help_step": "LESSON.STEP, or a lesson",
        "help_solve": "have a step done, and what it needs",
        "help_goto": "have all done that a step or a lesson needs",
        "help_undo": "take back what a step made, and that it is done",
        "help_reset": "begin the whole workshop anew, or one lesson",
        "help_yes": "do not ask",
        "help_language": "the language in which you are spoken to",
        "help_observe": "the service that sees what is done; for root",
        "help_obey": "carry out an order, for the service; for root",
        "see_status": "; `workshop status` lists them",
        "did_you_mean": "; did you mean {step}?",
        "no_observer": (
            "Nobody observes this machine, so nothing is ticked. "
            "As root: service docker-workshop start"
        ),
        "observer_stopped": (
            "The observer does not run, so nothing is ticked. "
            "As root: service docker-workshop start"
        ),
        "no_engine": "The Docker Engine does not run. As root: service docker start",
        "no_permission": (
            "You may not use the Docker Engine and the workshop: join the group docker "
            "(`sudo usermod -aG docker $USER`), then log in again."
        ),
        "broken_journal": (
            "Lines of the journal that cannot be read: {number}. The others count. Where a tick is "
            "missing, do that step again."
        ),
        "journal_full": "The journal is full: `workshop reset` begins a new one.",
        "disk_full": (
            "The disk is full, so what you do cannot be kept. Free some space: `df -h` and `docker "
            "system df` show where. What was seen so far is not lost."
        ),
        "language_is": "The language is {language}.",
        "no_language": "This workshop has no {language}; it has {languages}.",
        "list_title": "Steps",
        "passed": "done",
        "failed": "failed",
        "blocked": "not begun",
        "nothing_to_do": "Nothing is left to be done for that.",
        "doing": "Steps to do: {number}. Ctrl-C stops; another time it goes on from there.",
        "ask_reset": (
            "Begin the whole workshop anew? What the lab made is removed, what you made stays."
        ),
        "ask_reset_lesson": (
            "Begin the lesson {lesson} anew? "
            "What the lab made for it is removed, what you made stays."
        ),
        "ask_undo": "Undo {step}?",
        "yes_or_no": "[y/N]",
        "not_reset": "Nothing was changed.",
        "anew": "You can begin anew.",
        "moves": "yours, moves to a dated folder: {what}",
        "goes": "yours, is stopped, and as it was run with --rm it is gone then: {what}",
        "set_aside": "yours, is set aside under another name: {what}",
        "undone_too": "These count as not done any more, too: {steps}",
        "undone": "not done any more: {steps}",
        "not_done": "{step} is not done, so there is nothing to undo.",
        "no_service": (
            "The observer, which does this for you, does not run. As root: "
            "service docker-workshop start"
        ),
        "busy": "The lab is doing something else on this machine: try again in a moment.",
        "broke_off": "The observer broke off. Look with `workshop status`, then try again.",
        "free_some_space": "If the disk is full (`df -h`), free some space and try again.",
        "error": "Expected: {expected}. Found: {observed}.",
        "remedy": "What to do: {text}",
        "need_rich": "the screen needs the package python3-rich; `workshop --plain` does without",
        "unknown_lesson": "there is no lesson {step}",
        "removed": "removed: {what}",
        "stays": "{what} stays: {why}",
        "moved": "{what} is now {path}",
    },
    "ru": {
        "done": "сделано",
        "open": "сделать",
        "waiting": "ждёт",
        "not_seen": "не видно",
        "not_here": "не здесь",
        "progress": "сделано шагов: {done} из {all}",
        "next": "Дальше: {step}",
        "all_done": "Всё сделано. Отлично!",
        "type_host": "Введите:",
        "type_A": "Введите в терминале A:",
        "type_B": "Введите в терминале B:",
        "nothing_yet": "Пока ничего из этого не видно.",
        "missing": "Ещё не хватает:",
        "expected": "ожидалось: {text}",
        "observed": "на деле: {text}",
        "done_at": "сделано в {time}",
        "found": "так уже было",
        "by_lab": "сделано лабораторией",
        "waits_for": "сначала выполните {step}",
        "unseen": "по машине не видно, сделано ли это; дальше идти можно",
        "hint": "Куда смотреть:",
        "no_hint": "К этому шагу подсказки нет.",
        "command": "Что ввести:",
        "solution": "Решение:",
        "in_file": "В файле {path}:",
        "or_solve": "`workshop solve {step}` сделает это за вас.",
        "more_help": "Ещё подсказка: снова `workshop hint {step}`.",
        "keys": "n дальше p назад h помощь l список / поиск u отмена L язык Enter текущий q выход",
        "keys_list": "j k выбор  / поиск  Enter перейти  l назад  q выход",
        "nothing_found": "Ничего с таким названием нет.",
        "wait": "Минутку …",
        "any_key": "Любая клавиша — дальше.",
        "scroll": "j k прокрутка",
        "unknown_step": "шага {step} нет",
        "never_here": "Шаг {step} не для этой машины.",
        "help": "Семинар на этой машине: что сделано и что дальше.",
        "help_plain": "напечатать текущий шаг текстом и завершиться",
        "help_status": "все шаги и что сделано",
        "help_json": "для программ",
        "help_check": "чего не хватает шагу; без STEP — текущему",
        "help_hint": "куда смотреть; в другой раз команда, потом решение",
        "help_level": "1: куда смотреть, 2: команда, 3: решение",
        "help_step": "УРОК.ШАГ или урок",
        "help_solve": "поручить шаг лаборатории, вместе с тем, что для него нужно",
        "help_goto": "сделать всё, что нужно шагу или уроку",
        "help_undo": "отменить шаг и то, что он сделал",
        "help_reset": "начать заново весь семинар или один урок",
        "help_yes": "не спрашивать",
        "help_language": "язык, на котором с вами говорят",
        "help_observe": "служба, которая видит сделанное; для root",
        "help_obey": "выполнить поручение, для службы; для root",
        "see_status": "; все перечислит `workshop status`",
        "did_you_mean": "; может быть, {step}?",
        "no_observer": (
            "За этой машиной никто не наблюдает, поэтому шаги не отмечаются. "
            "От имени root: service docker-workshop start"
        ),
        "observer_stopped": (
            "Наблюдатель не работает, поэтому шаги не отмечаются. От имени root: "
            "service docker-workshop start"
        ),
        "no_engine": "Docker Engine не работает. От имени root: service docker start",
        "no_permission": (
            "Вам нельзя пользоваться Docker Engine и семинаром: вступите в группу docker "
            "(`sudo usermod -aG docker $USER`) и войдите в систему заново."
        ),
        "broken_journal": (
            "Строк журнала, которые не читаются: {number}. Остальные учтены. Если у шага нет "
            "отметки, выполните его ещё раз."
        ),
        "journal_full": "Журнал полон, новое не видно: `workshop reset` начнёт новый.",
        "disk_full": (
            "Диск заполнен, и сделанное негде сохранить. Освободите место: где оно занято, покажут "
            "`df -h` и `docker system df`. То, что уже увидено, не потеряно."
        ),
        "language_is": "Язык: {language}.",
        "no_language": "У этого семинара нет языка {language}, есть {languages}.",
        "list_title": "Шаги",
        "passed": "сделано",
        "failed": "не получилось",
        "blocked": "не начато",
        "nothing_to_do": "Для этого больше ничего не нужно.",
        "doing": "Шагов: {number}. Ctrl-C прервёт; в другой раз продолжится с этого места.",
        "ask_reset": "Начать весь семинар заново? Созданное лабораторией удаляется, ваше остаётся.",
        "ask_reset_lesson": (
            "Начать урок {lesson} заново? Созданное для него лабораторией удаляется, ваше остаётся."
        ),
        "ask_undo": "Отменить {step}?",
        "yes_or_no": "[д/Н]",
        "not_reset": "Ничего не изменилось.",
        "anew": "Можно начинать заново.",
        "moves": "ваше, переносится в папку с датой: {what}",
        "goes": "ваше, останавливается и исчезает, ведь оно запущено с --rm: {what}",
        "set_aside": "ваше, откладывается под другим именем: {what}",
        "undone_too": "Вместе с ним не сделанными станут: {steps}",
        "undone": "больше не сделано: {steps}",
        "not_done": "Шаг {step} не сделан, отменять нечего.",
        "no_service": (
            "Наблюдатель, который делает это за вас, не работает. От имени root: "
            "service docker-workshop start"
        ),
        "busy": "Лаборатория занята другим делом на этой машине: попробуйте чуть позже.",
        "broke_off": "Наблюдатель прервался. Посмотрите `workshop status` и попробуйте снова.",
        "free_some_space": "Если диск заполнен (`df -h`), освободите место и попробуйте снова.",
        "error": "Ожидалось: {expected}. На деле: {observed}.",
        "remedy": "Что делать: {text}",
        "need_rich": "экрану нужен пакет python3-rich; `workshop --plain` обходится без него",
        "unknown_lesson": "урока {step} нет",
        "removed": "удалено: {what}",
        "stays": "остаётся: {what}; причина: {why}",
        "moved": "{what}: теперь это {path}",
    },
}


# What a reset says, by the English pattern of it
_SAYINGS: dict[str, dict[str, str]] = {
    "ru": {
        "container {name}": "контейнер {name}",
        "image {name}": "образ {name}",
        "the image {name} in its registry": "образ {name} в своём реестре",
        "file {path}": "файл {path}",
        "folder {path}": "папка {path}",
        "login at {registry}": "вход в {registry}",
        "the progress in {path}": "отметки в {path}",
        "what was seen of the steps so far": "то, что было видно из сделанных шагов",
        "what was pushed stays there": "отправленное остаётся там",
        "somebody gave its name to another image": "этим именем назвали другой образ",
        "the container {name} uses it": "его использует контейнер {name}",
        "another image stands on it": "на нём стоит другой образ",
        "the lab did not make it (it runs {image})": "его создала не лаборатория (он из {image})",
        "the record does not say that the lab made it; it may have been committed or built from "
        "what the lab made": (
            "записи о том, что его создала лаборатория, нет; возможно, он сделан из того, что "
            "создала она"
        ),
        "somebody has changed it": "его кто-то изменил",
        "something is in it": "в ней что-то есть",
        "somebody put something else there": "на этом месте теперь что-то другое",
        "you made it": "это сделали вы",
        "it is kept under another name": "хранится под другим именем",
    },
}


def in_words(language: str, said: str) -> str:
    """Translate a sentence into a language, where that has words for it."""
    return said.in_words(_SAYINGS.get(language, {})) if isinstance(said, Said) else said


def texts(language: str) -> dict[str, str]:
    """The texts of a language, or of English where it has none of its own."""
    return TEXTS.get(language, TEXTS["en"])
