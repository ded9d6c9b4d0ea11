"""What the games say, while somebody looks and games end."""

import random

from playwright.sync_api import expect

from events.counting import count, current_build
from models.store import Store
from tests.browser.site import Site
from tests.browser.test_pages import WATCH_SHIFTS
from tests.browser.test_room import REFRESHED_MS
from tests.browser.visitor import Visitor
from tests.events.builders import a_round, told


def finish(store: Store, site: Site, player: str) -> None:
    store.put_many([told(a_round(player, site.clock())).to_entities(store)[0]])
    count(store, current_build(), site.clock, random.Random(1))


def test_the_page_follows_the_games(visitor: Visitor, site: Site, bank: Store) -> None:
    finish(bank, site, "ada")
    visitor.page.add_init_script(WATCH_SHIFTS)
    visitor.page.goto("/insights")
    finish(bank, site, "grace")
    expect(visitor.page.locator(".figures dd").first).to_have_text("2", timeout=REFRESHED_MS)
    assert visitor.page.evaluate("shifts") == []


def test_what_somebody_has_opened_waits_until_it_is_closed(visitor: Visitor, site: Site, bank: Store) -> None:
    finish(bank, site, "ada")
    visitor.page.goto("/insights")
    visitor.page.locator("summary").first.click()
    finish(bank, site, "grace")
    with visitor.page.expect_response("**/insights", timeout=REFRESHED_MS):
        pass
    expect(visitor.page.locator("details[open]")).to_have_count(1)
    visitor.page.locator("summary").first.click()
    visitor.page.locator("h1").click()
    expect(visitor.page.locator(".figures dd").first).to_have_text("2", timeout=REFRESHED_MS)


def test_while_nothing_changes_nothing_is_exchanged(visitor: Visitor, site: Site, bank: Store) -> None:
    finish(bank, site, "ada")
    visitor.page.goto("/insights")
    visitor.page.evaluate("document.querySelector('[data-refresh]').isTheSame = true")
    visitor.page.locator("summary").first.click()
    with visitor.page.expect_response("**/insights", timeout=REFRESHED_MS):
        pass
    assert visitor.page.evaluate("document.querySelector('[data-refresh]').isTheSame")
