"""What the games say, while somebody looks and games end."""

import random

from playwright.sync_api import expect

from events.counting import count, current_build
from models.store import Store
from tests.browser.site import Site
from tests.browser.test_pages import TWO_FRAMES, WATCH_SHIFTS
from tests.browser.test_room import REFRESHED_MS
from tests.browser.visitor import Visitor
from tests.events.builders import a_round, told


def finish(store: Store, site: Site, player: str) -> None:
    store.put_many([told(a_round(player, site.clock())).to_entities(store)[0]])
    count(store, current_build(), site.clock, random.Random(1))


def test_the_page_follows_the_games_and_what_is_open_stays_open(
    visitor: Visitor, site: Site, bank: Store
) -> None:
    finish(bank, site, "ada")
    visitor.page.add_init_script(WATCH_SHIFTS)
    visitor.page.goto("/insights")
    summary = visitor.page.locator("summary").nth(2)
    summary.click()
    visitor.page.evaluate(TWO_FRAMES)
    visitor.page.evaluate("shifts.length = 0")
    finish(bank, site, "grace")
    expect(visitor.page.locator(".figures dd").first).to_have_text("2", timeout=REFRESHED_MS)
    expect(summary).to_be_focused()
    assert visitor.page.locator("details[open]").count() == 1
    assert visitor.page.locator("details").nth(2).get_attribute("open") is not None
    assert visitor.page.evaluate("shifts") == []


def test_while_nothing_changes_nothing_is_exchanged(visitor: Visitor, site: Site, bank: Store) -> None:
    finish(bank, site, "ada")
    visitor.page.goto("/insights")
    visitor.page.evaluate("document.querySelector('[data-refresh]').isTheSame = true")
    visitor.page.locator("summary").first.click()
    with visitor.page.expect_response("**/insights", timeout=REFRESHED_MS):
        pass
    assert visitor.page.evaluate("document.querySelector('[data-refresh]').isTheSame")
