"""A page in a browser, and what a person does with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from axe_core_python.selenium import Axe
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait


class Page:
    """A page that is open in the browser (the fixture of this name), so many pixels wide."""

    def __init__(self, browser, path: Path, width: int = 1280) -> None:
        self.browser = browser
        size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        browser.get(path.as_uri())

    def all(self, selector: str):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector: str):
        [found] = self.all(selector)
        return found

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds: the browser may be slow to show what it was told."""
        WebDriverWait(self.browser, 20).until(lambda _browser: holds())

    def choose(self, select: str, value: str) -> None:
        self.one(f"#{select} option[value='{value}']").click()

    @property
    def focused(self) -> str:
        return self.browser.switch_to.active_element.get_attribute("aria-label")

    def press(self, *keys: str) -> None:
        for key in keys:
            ActionChains(self.browser).send_keys(key).perform()

    def barriers(self, without: Sequence[str] = ()) -> list[tuple[str, list[str]]]:
        """What keeps people out, as axe-core sees it: the rule and the elements.

        Parts that match the selectors ``without`` are not looked at.
        """
        context = {"include": [["html"]], "exclude": [[each] for each in without]}
        found = Axe().run(self.browser, context)["violations"]
        return [(each["id"], [node["html"] for node in each["nodes"]]) for each in found]

    @property
    def width(self) -> int:
        """How many pixels wide the page is, what is to be scrolled to included."""
        return self.browser.execute_script("return document.documentElement.scrollWidth")
