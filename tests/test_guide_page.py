"""The guide's pages, in a real browser and from disk, and the PDF."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from PIL import Image
from selenium.webdriver.common.keys import Keys

from ansible_collections.workshop.containers.plugins.plugin_utils.content.load import load
from ansible_collections.workshop.containers.plugins.plugin_utils.guide import (
    book,
    files,
    model,
    pages,
    recordings,
)
from browsing import Page
from support import read_yaml

pytestmark = pytest.mark.xdist_group("here")  # one worker, in order

ROOT = Path(__file__).parent.parent
WORKSHOP = ROOT / "workshops/containers"
HOSTILE = (
    "</pre></script><script>document.title = 'taken'</script>"
    "<img src=x onerror=\"document.title='taken'\"> {{ 7 * 7 }} \u202e`"
)
RECORDED = {
    "one": {
        "network-service.run": "f00d\n",
        "dockerfile.build": "Step 1/3 : FROM busybox\nSuccessfully built\n",
    },
    "two": {"dockerfile.build": "#4 [internal] load build context\n#5 exporting\n"},
}

# A part that asciinema-player draws with, under one id in each player
SHARED_ID = ("#small-triangle-mask",)


def record(folder: Path, machines: dict[str, dict[str, str]]) -> Path:
    """Recordings as `./lab replay` keeps them."""
    for machine, steps in machines.items():
        (folder / machine).mkdir(parents=True)
        for step, text in steps.items():
            head = {"version": 2, "width": 80, "height": 24}
            events = [
                [number / 10, "o", f"{line}\r\n"] for number, line in enumerate(text.split("\n"))
            ]
            cast = "\n".join(json.dumps(each) for each in [head, *events])
            (folder / machine / f"{step}.cast").write_text(cast, encoding="utf-8")
            (folder / machine / f"{step}.txt").write_text(text, encoding="utf-8")
    return folder


def write(folder: Path, workshop: Path, recorded: Path) -> Path:
    """The site of a workshop."""
    content = load(workshop, ways=True)
    known = recordings.read(recorded)
    guides = [model.guide(content, each, {}, known) for each in content["languages"]]
    files.write(folder, {**pages.render(guides), **model.pictures(content)})
    return folder


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """The site of the workshop that ships, with recordings of three steps."""
    folder = tmp_path_factory.mktemp("guide")
    return write(folder / "site", WORKSHOP, record(folder / "replay", RECORDED))


@pytest.fixture
def guide(browser, site):
    """Opens a page of the site at a width; nothing may be wrong on its console."""

    def guide(name: str, width: int = 1280, folder: Path = site) -> Page:
        return Page(browser, folder / name, width)

    yield guide
    browser.execute_script("localStorage.clear()")
    assert browser.get_log("browser") == []


def test_the_languages_lead_to_the_lessons_and_these_to_steps(guide):
    opened = guide("index.html")
    opened.one("[lang=ru] .door[href$=html]").click()
    assert opened.browser.title == "Основы контейнеров"
    opened.one("a[href='network-service.html#network-service.stop']").click()
    assert opened.one("section:target h2").text.startswith("6.5 Остановить веб-сервер")


def test_a_step_tells_what_to_type_and_what_holds_then(guide):
    opened = guide("en/network-service.html")
    told = opened.one("[id='network-service.stop']")
    assert "docker stop httpd" in told.text
    assert "Terminal of the machine" in told.text
    assert "The container httpd is gone" in told.text


def test_a_command_is_copied(guide):
    opened = guide("en/network-service.html")
    button = opened.one("[id='network-service.list'] .copy")
    button.click()
    opened.until(lambda: button.text == "Copied")
    opened.one("#search").send_keys(Keys.CONTROL, "v")
    assert opened.one("#search").get_attribute("value") == "docker ps"


def test_hints_are_folded_away_in_three_levels(guide):
    opened = guide("en/commit-image.html")
    hints = opened.all("[id='commit-image.goodbye'] .hints details")
    assert [each.get_attribute("open") for each in hints] == [None] * 3
    hints[2].find_element("tag name", "summary").send_keys(Keys.ENTER)
    opened.until(lambda: "workshop solve commit-image.goodbye" in hints[2].text)
    assert "/root/goodbye" in hints[2].text


def test_an_erratum_stands_at_its_step(guide):
    told = guide("en/wsl.html").one("[id='wsl.install'] .erratum").text
    assert "The document says\nIt installs Ubuntu-20.04." in told
    assert "This is what happens" in told


def test_search_with_the_keyboard_alone(guide):
    opened = guide("en/index.html")
    opened.press("/")
    assert opened.focused == "Search steps and commands"
    opened.press("docker logs httpd")
    assert opened.one("#found").text == "Steps found: 1"
    opened.press(Keys.ARROW_DOWN)
    assert opened.one("[aria-selected=true] .title").text == "Find the request in the log"
    opened.press(Keys.ENTER)
    opened.until(lambda: opened.browser.current_url.endswith("html#network-service.logs"))
    assert opened.all("section:target h2")


def test_search_finds_beginnings_of_words_and_the_very_words_first(guide):
    opened = guide("en/index.html")
    opened.one("#search").send_keys("docker rm ")
    found = [each.text for each in opened.all("#results .command")]
    assert found[0].startswith("docker rm ")
    assert "docker ps -ql" not in found  # whose text has a terminal


def test_search_that_finds_nothing_says_so(guide):
    opened = guide("ru/index.html")
    opened.one("#search").send_keys("кубернетес")
    assert opened.one("#found").text == "Ничего с таким названием нет."  # noqa: RUF001
    opened.press(Keys.ESCAPE)
    assert not opened.one("#found").is_displayed()


def test_the_other_language_has_the_same_step(guide):
    opened = guide("en/network-service.html")
    opened.one("[id='network-service.logs'] .anchor").click()
    opened.one(".languages [lang=ru]").click()
    assert opened.browser.current_url.endswith("ru/network-service.html#network-service.logs")


def test_recordings_of_both_builders_are_played(guide):
    opened = guide("en/dockerfile.html")
    captions = opened.all("[id='dockerfile.build'] .recording figcaption")
    assert [each.text for each in captions] == [
        "Recorded with the classic builder",
        "Recorded with BuildKit",
    ]
    captions[0].location_once_scrolled_into_view  # noqa: B018
    opened.until(lambda: len(opened.all("[id='dockerfile.build'] .ap-player")) == 2)
    opened.until(
        lambda: "Successfully built" in opened.all("[id='dockerfile.build'] .ap-term")[0].text
    )
    assert not opened.all("[id='dockerfile.build'] .as-text[open]")


def test_a_step_that_nobody_recorded_has_a_gap(guide):
    opened = guide("en/network-service.html")
    assert opened.all("[id='network-service.run'] .gap") == []
    assert opened.one("[id='network-service.list'] .gap").text.startswith("There is no recording")


def test_without_scripts_and_on_paper_recordings_are_text(guide, browser):
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        opened = guide("en/dockerfile.html")
        shown = opened.all("[id='dockerfile.build'] .as-text pre")
        assert [each.is_displayed() for each in shown] == [True, True]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        assert not opened.one("header").is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_a_theme_that_was_chosen_stays(guide):
    opened = guide("en/index.html")
    opened.choose("theme", "dark")
    opened.one("a[href='wsl.html']:not(.lessons *)").click()
    dark = "return getComputedStyle(document.body).backgroundColor"
    assert opened.browser.execute_script(dark) == "rgb(18, 22, 28)"


# Each width in each theme; a language has no part in either.
@pytest.mark.parametrize(
    ("width", "theme", "language"),
    [
        (320, "light", "ru"),
        (320, "dark", "en"),
        (1280, "light", "en"),
        (1280, "dark", "ru"),
        (2560, "light", "ru"),
        (2560, "dark", "en"),
    ],
)
def test_nobody_is_kept_out(guide, width, theme, language):
    for name in ("index", "dockerfile", "wsl"):
        opened = guide(f"{language}/{name}.html", width)
        opened.choose("theme", theme)
        for each in opened.all("main details:not([open]) > summary"):
            each.click()
        assert opened.barriers(SHARED_ID) == []
        assert opened.width <= width


def test_what_a_lesson_says_does_nothing(guide, tmp_path):
    step = {
        "id": "serve",
        "title": HOSTILE,
        "text": HOSTILE,
        "command": HOSTILE,
        "do": [{"container_run": {"name": "web", "image": "busybox", "command": [HOSTILE]}}],
        "check": [{"container": {"name": "web", "output": "a", "command": [HOSTILE]}}],
        "differs": HOSTILE,
        "hint": HOSTILE,
    }
    lesson = {"title": HOSTILE, "text": HOSTILE, "steps": [step]}
    workshop = {
        **{"title": HOSTILE, "languages": ["en"], "lessons": ["web"]},
        "base_images": ["docker.io/library/busybox:latest"],
    }
    (tmp_path / "hostile/web").mkdir(parents=True)
    for name, content in (("workshop.yml", workshop), ("web/lesson.yml", lesson)):
        (tmp_path / "hostile" / name).write_text(yaml.safe_dump(content), encoding="utf-8")
    recorded = record(tmp_path / "replay", {"one": {"web.serve": f"\x1b]0;taken\x07{HOSTILE}"}})
    folder = write(tmp_path / "site", tmp_path / "hostile", recorded)
    for name in ("en/index.html", "en/web.html"):
        opened = guide(name, folder=folder)
        opened.one("#search").send_keys("script")
        assert opened.one("#results .title").text.startswith("</pre></script><script>")
        assert opened.browser.title.startswith("</pre></script><script>")
        assert opened.all("img, main script") == []
        assert "{{ 7 * 7 }}" in opened.one("main").text


@pytest.fixture(scope="module")
def sheets(tmp_path_factory) -> list[Path]:
    """The pages of a PDF of one lesson, whose text shows a red picture, as pictures."""
    packages = [*read_yaml(ROOT / "roles/guide/vars/main.yml")["__guide_packages"], "poppler-utils"]
    asked = ["dpkg-query", "--show", *packages]
    if subprocess.run(asked, check=False, capture_output=True).returncode:
        for words in (["update"], ["install", "--yes", *packages]):
            subprocess.run(["apt-get", "-q", *words], check=True, capture_output=True, timeout=600)
    folder = tmp_path_factory.mktemp("book")
    content = load(WORKSHOP, ways=True)
    guide = model.guide(content, "ru", {}, {})
    [lesson] = [each for each in guide.lessons if each.id == "network-service"]
    lesson = replace(lesson, text="![красное](pictures/red.png)")
    Image.new("RGB", (400, 100), "#ff0000").save(folder / "red.png")
    pdf = book.render(
        replace(guide, lessons=[lesson]), {"pictures/red.png": (folder / "red.png").read_bytes()}
    )
    (folder / "guide.pdf").write_bytes(pdf)
    for command in (["pdftoppm", "-r", "40"], ["pdftotext"]):
        subprocess.run([*command, folder / "guide.pdf", folder / "sheet"], check=True)
    return sorted(folder.glob("*.ppm"))


def test_the_pdf_has_cover_contents_and_lesson(sheets):
    assert 4 <= len(sheets) <= 8
    text = (sheets[0].parent / "sheet").read_text(encoding="utf-8")
    for words in ("Основы контейнеров", "Содержание", "Сетевые службы", "docker stop httpd"):
        assert words in text


def test_no_page_of_the_pdf_is_empty(sheets):
    for sheet in sheets:
        shades = Image.open(sheet).convert("L").histogram()
        assert sum(shades[:128]) > 100, sheet.name


def test_the_pdf_shows_pictures(sheets):
    colours = [Image.open(sheet).getcolors(100_000) for sheet in sheets]
    assert any(colour == (255, 0, 0) for each in colours for _number, colour in each)
