"""The report as a page, in a real browser."""

from __future__ import annotations

import json
import re

import pytest
from selenium.webdriver.common.keys import Keys

from ansible_collections.workshop.containers.plugins.plugin_utils.report import page, results
from browsing import Page

pytestmark = pytest.mark.xdist_group("here")  # one worker, in order

LESSONS = ("one", "two", "three")
HOSTILE = (
    "</script><script>document.title = 'taken'</script>"
    "<img src=x onerror=\"document.title='taken'\">"
    "\x1b[31m\x07\u202e"
)


def step(lesson: str, number: int, status: str, **more: str) -> dict[str, object]:
    return {
        **{"id": f"{lesson}.s{number}", "lesson": lesson, "title": f"{lesson} {number}"},
        **{"status": status, "changed": False, "seconds": 0.5},
        **{
            key: more.get(key, "")
            for key in ("expected", "observed", "remedy", "evidence", "output")
        },
    }


def machine(*, failed: str = "", **more: str) -> dict[str, object]:
    steps = [
        step(lesson, number, "passed", evidence="seen as it happened")
        if f"{lesson}.s{number}" != failed
        else step(lesson, number, "failed", expected="a web server", remedy="start it", **more)
        for lesson in LESSONS
        for number in range(1, 5)
    ]
    return results.of_workshop(
        "grade", {"steps": steps, "workshop": "containers", "engine": "26.1.5"}, "Grade"
    )


def of(hosts: dict[str, dict[str, object]]) -> dict[str, object]:
    """Results of a run."""
    texts = {
        "title": {"en": "Container basics", "ru": "Основы контейнеров"},
        "lessons": {
            lesson: {"en": f"Lesson {lesson}", "ru": f"Урок {lesson}"} for lesson in LESSONS
        },
        "steps": {"two.s3": {"en": "Serve", "ru": "Показать страницу"}},
        "errata": {"E1": {"steps": ["two.s3"], "text": {"en": "It has aged.", "ru": "Устарело."}}},
    }
    return {
        **{"version": results.VERSION, "playbook": "grade.yml", "check_mode": False},
        **{"started": "2026-11-27T08:00:00Z", "seconds": 12.5},
        **{"workshops": {"containers": texts}, "hosts": hosts},
    }


ROOM = {
    "lab-1": machine(),
    "lab-2": machine(failed="two.s3", observed="no -p 8080:80"),
    "lab-3": machine(failed="one.s1", observed=HOSTILE, output="$ docker run\nA" * 9),
    "lab-4": results.of_failure("unreachable", "no route to host", "Gather facts"),
}


class Report(Page):
    """The report, and what a person does with it."""

    @property
    def machines(self) -> list[str]:
        return [each.text for each in self.all("tbody th")]


@pytest.fixture
def report(browser, tmp_path):
    """Opens the page of a room: by default that of four machines, at a width."""

    def report(room=ROOM, width=1280):
        path = tmp_path / "report.html"
        path.write_text(page.render(of(room)), encoding="utf-8")
        return Report(browser, path, width)

    yield report
    assert browser.get_log("browser") == []


def test_it_says_what_every_machine_answered(report):
    opened = report()
    assert opened.browser.title == "Container basics: report"
    assert [each.text for each in opened.all("#counts button")] == [
        *("2\nfailed", "1\nunreachable", "1\npassed")
    ]
    assert opened.machines == ["lab-1", "✕\nlab-2", "✕\nlab-3", "✕\nlab-4"]
    assert len(opened.all("tbody .m.passed")) == 12 + 11 + 11 + 1


def test_who_failed_a_step(report):
    opened = report()
    opened.choose("step", "two.s3")
    opened.choose("status", "failed")
    assert opened.machines == ["✕\nlab-2"]
    assert "Serve two.s3" in opened.one("#stuck").text
    opened.one("#filters [type=reset]").click()
    opened.until(lambda: len(opened.machines) == len(ROOM))


def test_search_and_order(report):
    opened = report()
    opened.one("#name").send_keys("LAB-3")
    assert opened.machines == ["✕\nlab-3"]
    opened.one("#name").clear()
    opened.one("#name").send_keys("lab")
    opened.choose("order", "worst")
    assert opened.machines == ["✕\nlab-2", "✕\nlab-3", "✕\nlab-4", "lab-1"]


def test_a_cell_opens_to_what_was_expected_observed_and_is_to_do(report):
    opened = report()
    opened.one("tbody tr:nth-child(2) td:nth-child(4) button").click()
    told = opened.one("#details").text
    for words in ("lab-2: Lesson two", "a web server", "no -p 8080:80", "start it", "It has aged."):
        assert words in told


def test_a_machine_opens_to_its_engine_and_all_steps(report):
    opened = report()
    opened.one("tbody tr:nth-child(1) th button").click()
    assert "26.1.5" in opened.one("#facts").text
    assert len(opened.all("#facts details")) == 12
    opened.all("#facts summary")[0].send_keys(Keys.ENTER)
    opened.until(lambda: "seen as it happened" in opened.one("#facts").text)


def test_with_the_keyboard_alone(report):
    opened = report()
    opened.one("#filters [type=reset]").send_keys(Keys.TAB, "")
    opened.press(Keys.TAB)
    assert opened.focused == "lab-1: passed"
    opened.press(Keys.ARROW_DOWN, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    assert opened.focused.startswith("lab-2, Lesson two: ")
    opened.press(Keys.ENTER)
    assert opened.one("#details").is_displayed()
    opened.press(Keys.ESCAPE)
    assert not opened.one("#details").is_displayed()
    assert opened.focused.startswith("lab-2, Lesson two: ")


def test_in_russian(report):
    opened = report()
    opened.choose("language", "ru")
    assert opened.browser.title == "Основы контейнеров: отчёт"
    assert "Показать страницу two.s3" in opened.one("#stuck").text
    assert not re.search("[A-Za-z]{4}", opened.one("#legend").text)


def test_both_languages_have_the_same_words():
    words = json.loads((page.PARTS / "words.json").read_text(encoding="utf-8"))
    assert words["en"].keys() == words["ru"].keys()


def test_what_a_machine_says_does_nothing(report):
    opened = report()
    opened.one("tbody tr:nth-child(3) td:nth-child(3) button").click()
    told = opened.one("#details").text
    assert "</script><script>" in told
    assert r"\x1b[31m" in told
    assert opened.browser.title == "Container basics: report"
    assert opened.all("#details img, #details script") == []


def test_of_an_endless_line_the_beginning_is_shown(report):
    long = machine(failed="one.s1")
    long["steps"][0]["output"] = "x" * 5_000_000
    opened = report({"lab-1": long})
    opened.one("tbody tr:nth-child(1) td:nth-child(3) button").click()
    assert opened.one("#details pre").text.endswith("… (+4980000)")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("width", [320, 1280])
def test_nobody_is_kept_out(report, theme, language, width):
    opened = report(width=width)
    opened.choose("theme", theme)
    opened.choose("language", language)
    for opens in ("", "tbody tr:nth-child(2) th button"):
        if opens:
            opened.one(opens).click()
        assert opened.barriers() == []
    assert opened.width <= width


def test_a_large_room_is_all_there(report):
    room = {f"lab-{number:03}": machine() for number in range(200)}
    opened = report(room)
    opened.until(lambda: len(opened.all("tbody tr")) == 200)
    assert len(opened.all("tbody .m")) == 200 * 13


def test_it_needs_no_network():
    text = page.render(of(ROOM))
    assert re.findall(r"(?:src|href)=\"(?!data:)", text.split('<script id="data"')[0]) == []
    assert "default-src 'none'" in text
