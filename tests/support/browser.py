"""A real exchange in a process of its own, and Debian's Chromium in front of it.

Whatever breaks the content security policy, is written to the console as an error, or fails an accessibility rule, fails
the test. Screenshots go to the folder that `TONGGUAN_SCREENSHOTS` names (tests/conftest.py), or `.state/screenshots`.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.support.city import free_port, wait_for

ROOT: Final = Path(__file__).parents[2]
TONGGUAN: Final = Path(sys.executable).with_name("tongguan")
CHROMIUM: Final = "/usr/bin/chromium"
DESKTOP: Final = {"width": 1280, "height": 900}
PHONE: Final = {"width": 390, "height": 844}


def screenshots() -> Path:
    folder = Path(os.environ.get("SCREENSHOTS") or ROOT / ".state" / "screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextlib.contextmanager
def exchange(home: Path, *, port: int | None = None, **settings: str) -> Iterator[str]:
    """A served exchange over a built city; its address."""
    port = port or free_port()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TONGGUAN_")}
    environment = {**inherited, "TONGGUAN_DEVELOPMENT": "true", "PYTHONPATH": str(ROOT), **settings}
    command = [str(TONGGUAN), "serve", "--home", str(home), "--port", str(port)]
    with (home / "serve.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            wait_for(f"http://127.0.0.1:{port}/health/live")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=20)


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Window:
    """One window, and everything that went wrong in it. `close` judges."""

    page: Page
    base: str
    wrong: list[str] = field(default_factory=list)
    allowed: tuple[str, ...] = ()

    def open(self, path: str) -> None:
        self.page.goto(self.base + path)

    def sign_in(self, person: str) -> None:
        self.open("/sign-in")
        self.page.locator(f'input[name="person"][value="{person}"]').check()
        self.page.locator('form[action="/sign-in/development"] button').click()
        self.page.wait_for_url(self.base + "/")

    def look(self, name: str) -> None:
        """Judge what is shown by the rules of accessibility, and keep a picture of it."""
        found = Axe().run(self.page).response["violations"]
        self.wrong += [f"{one['id']}: {[node['html'][:160] for node in one['nodes'][:3]]}" for one in found]
        self.page.screenshot(path=str(screenshots() / f"{name}.png"), full_page=True)
        width = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if width > 0:
            self.wrong.append(f"{name} is {width} px wider than its window")

    def judge(self) -> None:
        assert not self.wrong, "\n".join(self.wrong)

    def told(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(one in message.text for one in self.allowed):
            self.wrong.append(f"console: {message.text}")


_VIOLATIONS: Final = """
document.addEventListener("securitypolicyviolation", event => console.error("CSP " + event.violatedDirective
  + " " + event.blockedURI + " " + event.sourceFile + ":" + event.lineNumber));
"""


@contextlib.contextmanager
def window(
    browser: Browser, base: str, *, phone: bool = False, language: str = "zh-CN", **more: Any
) -> Iterator[Window]:
    """A window of its own cookies. A page may answer 4xx: say so by `allowed`, a piece of the console's words."""
    size: Any = PHONE if phone else DESKTOP
    context = browser.new_context(viewport=size, locale=language, has_touch=phone, reduced_motion="reduce")
    context.add_init_script(_VIOLATIONS)
    context.set_default_timeout(10_000)
    made = Window(context.new_page(), base, **more)
    made.page.on("console", made.told)
    made.page.on("pageerror", lambda error: made.wrong.append(f"script: {error}"))
    try:
        yield made
        made.judge()
    finally:
        context.close()
