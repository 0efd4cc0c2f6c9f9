"""How soon the pages are there: what the exchange takes for each, and when a real browser has it whole."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from statistics import median
from typing import Final

import httpx
from playwright.sync_api import Page, sync_playwright

from benchmarks.report import table
from benchmarks.servers import Server

MARKS: Final = ("<!-- bench-pages:begin -->", "<!-- bench-pages:end -->")
CHROMIUM: Final = Path("/usr/bin/chromium")
READY: Final = 0.3  # seconds in which a page is to be there
_LOADED: Final = "performance.getEntriesByType('navigation')[0].duration / 1000"  # Navigation Timing Level 2
_PURPOSE: Final = "epidemic-control/ordinary"
_QUESTION: Final = """
query Elderly { residents(first: 20, where: {ageBand: {gte: 70}}) {
  nodes { name ageBand phone address latestVaccination { vaccine date } mealService { active } } } }
"""


@dataclass(frozen=True, slots=True)
class PagesReport:
    """By page, medians in seconds: of the exchange alone, and of a browser until all is loaded."""

    machine: str
    answered: Mapping[str, float]
    loaded: Mapping[str, float]

    def text(self) -> str:
        rows = [
            (name, _ms(seconds), _ms(self.loaded[name]) if name in self.loaded else "no Chromium here")
            for name, seconds in self.answered.items()
        ]
        heads = ("page", "exchange, ms", "browser, until loaded, ms")
        return f"{self.machine}\n{table('Pages, signed in, one at a time (medians)', heads, rows)}"


def measure_pages(machine: str, server: Server, *, rounds: int) -> PagesReport:
    """Ask each page so many times, the first of them apart: plans and templates are warm."""
    base = f"http://127.0.0.1:{server.port}"
    answered: dict[str, float] = {}
    for person, visits in _VISITS.items():
        with _signed_in(base, person) as client:
            for name, visit in visits.items():
                answered[name] = _timed(lambda visit=visit, client=client: visit(client), rounds)  # type: ignore[misc]
    loaded = _browsed(base, rounds) if CHROMIUM.exists() else {}
    return PagesReport(machine, answered, loaded)


def _timed(visit: Callable[[], httpx.Response], rounds: int) -> float:
    times: list[float] = []
    for _ in range(rounds + 1):
        started = time.perf_counter()
        reply = visit()
        times.append(time.perf_counter() - started)
        reply.raise_for_status()
    return median(times[1:])


@contextmanager
def _signed_in(base: str, person: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=base, headers={"sec-fetch-site": "same-origin"}, trust_env=False, timeout=30) as client:
        mark = _mark(client.get("/sign-in").text)
        reply = client.post("/sign-in/development", data={"mark": mark, "person": person})
        if reply.status_code != httpx.codes.SEE_OTHER:
            raise RuntimeError("nobody can sign in")
        client.headers["x-mark"] = _mark(client.get("/").text)  # kept here for the forms; the exchange takes no notice
        yield client


def _mark(page: str) -> str:
    found = re.search(r'name="mark" value="(\w+)"', page)
    if found is None:
        raise RuntimeError("the page has no form")
    return found[1]


def _post(client: httpx.Client, path: str, **fields: str) -> httpx.Response:
    return client.post(path, data={"mark": client.headers["x-mark"], **fields})


def _list(client: httpx.Client) -> httpx.Response:
    return _post(client, "/committee", purpose=_PURPOSE)


def _one(client: httpx.Client) -> httpx.Response:
    if (known := client.headers.get("x-id")) is None:
        found = re.search(r'name="id" value="([^"]+)"', _list(client).text)
        known = client.headers["x-id"] = unescape(found[1]) if found else ""
    return _post(client, "/committee/resident", purpose=_PURPOSE, id=known)


_VISITS: Final[Mapping[str, Mapping[str, Callable[[httpx.Client], httpx.Response]]]] = {
    "committee": {
        "start": lambda client: client.get("/"),
        "own residents, 20 of them": _list,
        "one resident, across three organisations": _one,
    },
    "analyst": {
        "editor, empty": lambda client: client.get("/department"),
        "answer of 20 rows, across three organisations": lambda client: _post(
            client, "/department", purpose="epidemic-control", mode="ordinary", document=_QUESTION, go="run"
        ),
        "plan": lambda client: _post(
            client, "/department", purpose="epidemic-control", mode="ordinary", document=_QUESTION, go="plan"
        ),
        "catalogue, whole": lambda client: client.get("/catalogue"),
    },
}


def _browsed(base: str, rounds: int) -> dict[str, float]:
    """The same in Chromium: until everything of the page is loaded, styles and scripts from its cache."""
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=arguments)
        try:
            page = browser.new_context().new_page()
            _enter(page, base, "committee")
            found = {"start": _gone(page, f"{base}/", rounds)}
            page.goto(f"{base}/committee")
            page.locator('form[action="/committee"] button').last.click()
            find = page.locator('form.search button[class="button"]')
            found["own residents, 20 of them"] = _pressed(page, find.click, rounds)
            times: list[float] = []
            for _ in range(rounds + 1):
                page.locator("td.go button").first.click()
                page.wait_for_load_state("load")
                times.append(page.evaluate(_LOADED))
                page.locator("form.back button").click()
                page.wait_for_load_state("load")
            found["one resident, across three organisations"] = median(times[1:])
            page = browser.new_context().new_page()
            _enter(page, base, "analyst")
            found["editor, empty"] = _gone(page, f"{base}/department", rounds)
            found["catalogue, whole"] = _gone(page, f"{base}/catalogue", rounds)
            page.goto(f"{base}/department")
            page.locator("form[data-ready]").wait_for()
            page.locator("#document").fill(_QUESTION)
            for name, go, shows in (
                ("answer of 20 rows, across three organisations", "run", "[data-answer] table"),
                ("plan", "plan", "[data-answer] pre.plan"),
            ):
                found[name] = _shown(page, f'button[value="{go}"]', shows, rounds)
            return found
        finally:
            browser.close()


def _enter(page: Page, base: str, person: str) -> None:
    page.goto(f"{base}/sign-in")
    page.locator(f'input[value="{person}"]').check()
    page.locator('form[action="/sign-in/development"] button').click()
    page.wait_for_url(f"{base}/")


def _gone(page: Page, address: str, rounds: int) -> float:
    times: list[float] = []
    for _ in range(rounds + 1):
        page.goto(address, wait_until="load")
        times.append(page.evaluate(_LOADED))
    return median(times[1:])


def _pressed(page: Page, press: Callable[[], None], rounds: int) -> float:
    times: list[float] = []
    for _ in range(rounds + 1):
        press()
        page.wait_for_load_state("load")
        times.append(page.evaluate(_LOADED))
    return median(times[1:])


def _shown(page: Page, button: str, shows: str, rounds: int) -> float:
    """From the press of a button until its answer has come into the page."""
    times: list[float] = []
    for _ in range(rounds + 1):
        page.evaluate("document.querySelector('[data-answer]').replaceChildren()")
        started = time.perf_counter()
        page.locator(button).click()
        page.locator(shows).first.wait_for()
        times.append(time.perf_counter() - started)
    return median(times[1:])


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f}{'' if seconds < READY else ' (late)'}"
