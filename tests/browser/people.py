"""People at a real browser: Debian's Chromium, driven over the county served in this process."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Response, ViewportSize, sync_playwright

from gateway.app import Running
from gateway.console.demo_door import DemoDoor
from gateway.identity import Actor, Requester
from gateway.serving import served
from gateway.settings import Settings
from tests.county import Folder

CHROMIUM: Final = shutil.which("chromium")
_FLAGS: Final = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
DESKTOP: Final = ViewportSize(width=1280, height=900)
PHONE: Final = ViewportSize(width=390, height=844)
_RULES: Final = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
}


@dataclass(slots=True)
class Seen:
    """What a browser complained of while pages were looked at."""

    dialogs: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Person:
    """Somebody signed in, with the page they look at; `pictures` is where screenshots go."""

    page: Page
    url: str
    seen: Seen
    pictures: Path

    def goes(self, path: str) -> None:
        answer = self.page.goto(self.url + path)
        assert answer is not None
        assert answer.status < 400, f"{path}: {answer.status}"

    def presses(self, name: str) -> None:
        """Press a button and wait for what comes of it."""
        self.page.get_by_role("button", name=name, exact=True).first.click()
        self.page.wait_for_load_state()

    def looked_at(self, name: str) -> None:
        """The page as it stands has nothing wrong with it, wide and narrow; keep a picture of each."""
        for where, size in (("desktop", DESKTOP), ("phone", PHONE)):
            self.page.set_viewport_size(size)
            self.page.screenshot(path=self.pictures / f"{name}-{where}.png", full_page=True)
            wide = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert wide <= 0, f"{name}, {where}: {wide} px too wide"
            found = Axe().run(self.page, options=_RULES)
            assert found.violations_count == 0, f"{name}, {where}: {found.generate_report()}"
        self.page.set_viewport_size(DESKTOP)
        self.page.evaluate("document.activeElement?.blur()")
        assert not self.seen.complaints, self.seen.complaints


@dataclass(slots=True)
class Town:
    """The county served with its console, and one browser over it."""

    url: str
    door: DemoDoor
    browser: Browser
    pictures: Path
    _contexts: list[BrowserContext] = field(default_factory=list)

    def signed_in(self, role: str, agency: str, id: str, name: str, **options: Any) -> Person:
        context = self.browser.new_context(viewport=DESKTOP, **options)
        context.set_default_timeout(8000)
        self._contexts.append(context)
        page, seen = context.new_page(), Seen()
        page.on("dialog", lambda dialog: _opened(seen, dialog))
        page.on("console", lambda said: _noted(seen, said.type, said.text))
        page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        page.on("response", lambda got: _answered(seen, got))
        page.goto(self.url + self.door.link(Requester(agency, Actor(id, name, role))))
        page.wait_for_url("**/console/*")
        return Person(page, self.url, seen, self.pictures)


def _opened(seen: Seen, dialog: Dialog) -> None:
    seen.dialogs.append(dialog.message)
    dialog.dismiss()


def _answered(seen: Seen, got: Response) -> None:
    if got.status >= 400:
        seen.failed.append(got.url)


def _noted(seen: Seen, kind: str, text: str) -> None:
    if kind in {"error", "warning"} and "Failed to load resource" not in text:
        seen.complaints.append(text)


@contextmanager
def town(folder: Folder, pictures: Path) -> Iterator[Town]:
    door = DemoDoor()
    pictures.mkdir(parents=True, exist_ok=True)
    with served(Running(folder.path, Settings(log_level="error"), door)) as url, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
        try:
            yield Town(url, door, browser, pictures)
        finally:
            browser.close()
