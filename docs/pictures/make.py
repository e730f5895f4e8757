"""Make the pictures of the README: `.venv/bin/python docs/pictures/make.py`.

They show what the code draws, of a class that nobody was in. Needs Debian's chromium and
chromium-driver.
"""

from __future__ import annotations

import io
import json
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from rich.console import Console
from rich.terminal_theme import MONOKAI
from selenium import webdriver

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "collections"))

from ansible_collections.workshop.containers.plugins.module_utils.player.journal import NAME
from ansible_collections.workshop.containers.plugins.module_utils.player.lesson_view import (
    LessonView,
)
from ansible_collections.workshop.containers.plugins.module_utils.player.screen import Screen
from ansible_collections.workshop.containers.plugins.plugin_utils.content.load import load
from ansible_collections.workshop.containers.plugins.plugin_utils.guide import (
    files,
    holds,
    model,
    pages,
)
from ansible_collections.workshop.containers.plugins.plugin_utils.report import page, results

CONTENT = load(ROOT / "workshops/containers", ways=True)
NOW = "network-service.run"
MISSING = {
    "expected": "the container httpd: running, port 8080 open to 80/tcp",
    "observed": "no open port",
}


def passed_before(step: str) -> list[str]:
    """The ids of the steps of a Linux machine that come before one."""
    ids = [each["id"] for each in CONTENT["steps"]]
    here = {"engine_source": "distribution"}
    return [
        each["id"] for each in CONTENT["steps"][: ids.index(step)] if each["applies"] in ({}, here)
    ]


def screen(folder: Path, language: str) -> str:
    """The screen of a learner who forgot a port, as SVG."""
    at = time.time()
    events: list[dict[str, Any]] = [
        {"event": "watch", "at": at, "source": "engine"},
        {"event": "shells", "at": at, "followed": True},
    ]
    for step in CONTENT["steps"]:
        if step["id"] in passed_before(NOW):
            tick = {"step": step["id"], "digest": step["digest"], "after": at, "containers": []}
            events.append({"event": "tick", "at": at, "found": False, **tick})
    events.append({"event": "missing", "at": at, "step": NOW, **MISSING})
    journal = folder / CONTENT["name"] / NAME
    journal.parent.mkdir()
    journal.write_text("".join(f"{json.dumps(each)}\n" for each in events), encoding="utf-8")
    view = LessonView(CONTENT, {"state_path": str(folder), "run_path": str(folder)}, language)
    shown = Screen(view)
    shown.index, shown.troubles = view.number(NOW), []
    console = Console(
        file=io.StringIO(),
        width=92,
        height=26,
        record=True,
        force_terminal=True,
        legacy_windows=False,
    )
    console.print(shown.draw(console))
    # Its fonts would come from a network.
    svg = console.export_svg(title="workshop", theme=MONOKAI)
    return re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL).replace(
        "Fira Code", "DejaVu Sans Mono"
    )


def room() -> dict[str, Any]:
    """What a grading of a class answers; machines stopped at different steps."""
    ends = ["", "", NOW, "", "dockerfile.build", "", "commit-image.commit", "", "", NOW, "", ""]
    hosts = {f"seat{number:02}": machine(failed) for number, failed in enumerate(ends, start=1)}
    hosts["seat13"] = results.of_failure("unreachable", "no route to host", "Grade every step")
    texts = {
        "title": CONTENT["title"],
        "lessons": CONTENT["lessons"],
        "steps": {step["id"]: step["title"] for step in CONTENT["steps"]},
        "errata": {each["id"]: each for each in CONTENT["errata"]},
    }
    return {
        **{"version": results.VERSION, "playbook": "grade.yml", "check_mode": False},
        **{"started": "2026-11-27T08:00:00Z", "seconds": 12.5},
        **{"workshops": {CONTENT["name"]: texts}, "hosts": hosts},
    }


def machine(failed: str) -> dict[str, Any]:
    """The answer of a machine: all passed, or failed at a step and blocked or passed after it."""
    lesson, after = failed.partition(".")[0], False
    steps = []
    for step in CONTENT["steps"]:
        here = step["applies"] in ({}, {"engine_source": "distribution"})
        status = "passed" if here else "not_here"
        if step["id"] == failed:
            status, after = "failed", True
        elif after and step["lesson"] == lesson:
            status = "blocked"
        told = MISSING if status == "failed" and failed == NOW else {}
        blank = dict.fromkeys(("expected", "observed", "remedy", "evidence", "output"), "")
        steps.append(
            {
                **{"id": step["id"], "lesson": step["lesson"], "title": step["title"]["en"]},
                **{"status": status, "changed": False, "seconds": 0.1},
                **{**blank, **told},
            }
        )
    answer = {"workshop": CONTENT["name"], "engine": "26.1.5", "steps": steps}
    return results.of_workshop("grade", answer, "Grade every step")


@contextmanager
def chromium() -> Iterator[webdriver.Chrome]:
    """A browser without a screen."""
    options = webdriver.ChromeOptions()
    for option in ("headless", "no-sandbox", "disable-gpu", "hide-scrollbars"):
        options.add_argument(f"--{option}")
    options.binary_location = "/usr/bin/chromium"
    driver = webdriver.Chrome(
        options=options, service=webdriver.ChromeService("/usr/bin/chromedriver")
    )
    try:
        yield driver
    finally:
        driver.quit()


def take(
    browser: webdriver.Chrome, path: Path, size: tuple[int, int], name: str, script: str = ""
) -> None:
    """Take a picture of a page after a script, in few colours, which makes it small."""
    width, height = size
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1.25, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    address, _, part = str(path).partition("#")
    browser.get(f"{Path(address).as_uri()}#{part}")
    browser.execute_script(script)
    time.sleep(1)
    shot = Image.open(io.BytesIO(browser.get_screenshot_as_png())).convert("RGB")
    shot.quantize(64).save(HERE / name, optimize=True)


def main() -> None:
    """Make all pictures, in each language."""
    told = holds.read(ROOT / "workshops/containers", CONTENT["languages"])
    guides = [model.guide(CONTENT, each, told, {}) for each in CONTENT["languages"]]
    with chromium() as browser, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files.write(folder, pages.render(guides))
        for language in CONTENT["languages"]:
            (folder / language / "state").mkdir()
            drawn = folder / "screen.svg"
            drawn.write_text(screen(folder / language / "state", language), encoding="utf-8")
            browser.get(drawn.as_uri())
            box = browser.execute_script(
                "const box = document.documentElement.viewBox.baseVal;"
                "return [box.width, box.height]"
            )
            take(browser, drawn, (900, round(900 * box[1] / box[0])), f"learner.{language}.png")
            lesson = folder / f"{language}/network-service.html#{NOW}"
            take(browser, lesson, (1100, 700), f"guide.{language}.png")
            report = folder / "report.html"
            report.write_text(page.render(room()), encoding="utf-8")
            choose = (
                f"const chosen = document.querySelector('#language'); chosen.value = '{language}';"
                "chosen.dispatchEvent(new Event('change', { bubbles: true }));"
            )
            take(browser, report, (1100, 700), f"report.{language}.png", choose)


if __name__ == "__main__":
    main()
