"""A real browser at the real application: Chromium, driven by Playwright, on a server in a thread."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from controllers.application import Quizboard
from tests.browser.site import RunningClock, Site
from tests.browser.states import STATES, Scene
from tests.browser.visitor import Visitor
from tests.conftest import NOON

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
PATIENCE_MS = 5_000
"""How long a test waits for what should be there at once."""


# Of the package, not of the session: Playwright keeps an event loop in the thread, which others may not want.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        reason = f"no browser to test with: there is none of {', '.join(BROWSERS)}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def clock() -> RunningClock:
    return RunningClock(NOON)


@pytest.fixture
def site(chromium: Browser, app: Quizboard, clock: RunningClock) -> Iterator[Site]:
    """After the browser, so that nothing is served where there is none."""
    with Site(app, clock) as site:
        yield site


@pytest.fixture
def newcomer(chromium: Browser, site: Site) -> Iterator[Callable[..., Visitor]]:
    """Opens the browser of somebody who was never here; at the end nobody may have met a fault."""
    visitors: list[Visitor] = []

    def open_browser(width: int = 360, **options: Any) -> Visitor:
        context = chromium.new_context(
            base_url=site.address, viewport={"width": width, "height": 800}, **options
        )
        context.set_default_timeout(PATIENCE_MS)
        visitors.append(Visitor(context.new_page()))
        return visitors[-1]

    yield open_browser
    faults = [fault for visitor in visitors for fault in visitor.faults]
    for visitor in visitors:
        visitor.page.context.close()
    assert not faults


@pytest.fixture
def arrive(
    newcomer: Callable[..., Visitor], site: Site, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Visitor]:
    def arrive(
        state: str, prepare: Callable[[Page], object] = lambda page: None, **options: object
    ) -> Visitor:
        visitor = newcomer(**options)
        prepare(visitor.page)
        STATES[state](Scene(visitor, site, monkeypatch))
        # What a click leads to can be read before its style sheet is there.
        visitor.page.wait_for_load_state()
        return visitor

    return arrive


@pytest.fixture
def visitor(newcomer: Callable[..., Visitor]) -> Visitor:
    return newcomer()
