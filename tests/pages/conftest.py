"""A served hall and a real Chromium. The clock of the site is the hall's: `site.hall.at(...)` moves it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from api.here import Here
from api.pages.look import WEB
from engine.config import Settings
from engine.people import officer_by_login
from engine.people.sign_in import set_password
from tests.hall import APPLICATIONS, Hall
from tests.served import served

PASSWORD = "demo-password-of-tests"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
AXE = (WEB / "node_modules/axe-core/axe.min.js").read_text("utf-8")


@dataclass
class Site:
    """The product as it is served: pages, API, one clock."""

    hall: Hall
    url: str
    context: Callable[..., BrowserContext]

    def visitor(self, **choices: Any) -> Page:
        """A new browser of somebody who is not signed in. choices: of the browser (viewport, java_script_enabled …)."""
        page = self.context(base_url=self.url, locale="zh-CN", timezone_id="Asia/Shanghai", **choices).new_page()
        page.set_default_timeout(30_000)
        return page

    def password(self, login: str) -> None:
        """From now on the officer's is PASSWORD."""
        with self.hall.database.writing() as tx:
            set_password(tx, officer_by_login(tx, login).id, PASSWORD)

    def officer(self, login: str, **choices: Any) -> Page:
        """A new browser in which this officer has signed in."""
        self.password(login)
        page = self.visitor(**choices)
        asked = {"login": login, "password": PASSWORD}
        assert page.request.post("/api/sessions", data=asked, headers={"X-Requested-With": "test"}).ok
        return page


def follow(page: Page, pressed: str | Locator) -> None:
    """Press what leads to another page, and be there. A click alone does not wait: what is read after it may still be the
    old page, and what is opened after it may be overtaken by the new one."""
    with page.expect_navigation():
        (page.locator(pressed).first if isinstance(pressed, str) else pressed).click()


def signs_in(page: Page, login: str) -> None:
    """From the page for signing in to where it leads."""
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    follow(page, "main button.btn--primary")


def fills(page: Page, code: str = "GH02") -> None:
    """Fill in an application of a matter with the sample of its guide."""
    page.check("#a-kind-1")
    page.fill("#a-name", "临州澄江置业有限公司")
    if page.locator("#a-identity").count():  # a form that asks for the code itself asks once
        page.fill("#a-identity", "91990000MA0000000X")
    for key, value in APPLICATIONS[code].items():
        field = page.locator(f"[name=f-{key}]").first
        if field.evaluate("e => e.type") == "radio":
            page.check(f"[name=f-{key}][value={value}]")
        elif field.evaluate("e => e.type") == "checkbox":
            field.set_checked(bool(value))
        elif field.evaluate("e => e.localName") == "select":
            page.select_option(f"#f-{key}", str(value))
        else:
            field.fill(str(value))


def task_of(hall: Hall, case_id: int, step: str, state: str = "open") -> str:
    return f"/tasks/{hall.task(case_id, step, state).id}"


def takes(page: Page, hall: Hall, case_id: int, step: str) -> None:
    """Open the task of a step and claim it."""
    page.goto(task_of(hall, case_id, step))
    page.get_by_role("button", name="签收", exact=True).click()
    expect(page.get_by_role("button", name="放回待签收")).to_be_visible()


def serious(page: Page) -> list[str]:
    """What axe finds serious or critical on this page. Of all that it tells, no more than this is brought over."""
    page.evaluate(AXE)
    found: list[str] = page.evaluate(
        """axe.run({resultTypes: ['violations']}).then(all => all.violations
            .filter(one => ['serious', 'critical'].includes(one.impact))
            .map(one => `${one.id}: ${one.nodes[0].target} ${one.help}`))"""
    )
    return found


@pytest.fixture(scope="session")
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=request.config.getoption("--chromium"), args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def site(hall: Hall, hall_url: str, tmp_path: Path, app: Flask, browser: Browser) -> Iterator[Site]:
    """Parametrised over both databases by `hall`; a test of looks alone asks for `site` with `sqlite_only`."""
    app.extensions["lianshen"] = Here(Settings(home=tmp_path, database=hall_url), hall.database, lambda: hall.now)
    opened: list[BrowserContext] = []

    def context(**choices: Any) -> BrowserContext:
        opened.append(browser.new_context(**choices))
        return opened[-1]

    with served(app) as url:
        yield Site(hall, url, context)
        for one in opened:
            one.close()
