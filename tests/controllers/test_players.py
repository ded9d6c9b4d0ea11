from datetime import timedelta

import pytest

from controllers.application import Quizboard
from models import history, player
from models.history import History
from models.player import Player
from models.store import Store
from models.version import FIRST
from tests.conftest import NOON, Clock
from tests.controllers.board_builders import finish, token_of
from tests.controllers.browser import Browser
from tests.controllers.page import Page
from tests.events.builders import a_finish, told


def played(
    store: Store, *correct: int, category: str | None = None, first_day: int = 0, pace: str = "timed"
) -> None:
    """Ada's games, one a day, with so many right answers each; a point for each."""
    store.put_many([Player("ada", "Ada <3", NOON).to_entity(store)])
    for n, right in enumerate(correct):
        day = NOON + timedelta(days=n + first_day)
        about = {"category": category, "correct": right, "finished_at": day, "pace": pace}
        history.record(store, told(a_finish("ada", right, n + first_day, **about)))


def figures(page: Page) -> dict[str, str]:
    return {
        term.text: value.text
        for term, value in zip(page.all("dt"), [d for d in page.all("dd") if not d.get("class")], strict=True)
    }


def badges(page: Page) -> dict[str, bool]:
    items = [item for item in page.all("li") if item.inside("ul")]
    names = [name for name in page.all("b") if name.inside("li")]
    return {name.text: item.get("class") == "right" for name, item in zip(names, items, strict=True)}


def test_a_player_has_a_page_that_says_how_they_play(browser: Browser, bank: Store, clock: Clock) -> None:
    played(bank, 10, 7, 9)
    played(bank, 4, category="music", first_day=4)
    clock.tick(3 * 24 * 3600)
    page = browser.visit("/players/ada")
    assert page.heading == "Ada <3"
    assert "Playing since 23 November 2026." in page.text
    assert figures(page) == {"Games finished": "4", "Right answers": "75%", "Days in a row": "3"}
    assert "30 of 40" in page.text
    assert "at best 3" in page.text
    assert page.rows == [["A mix of everything", "10"], ["Music", "4"]]
    assert {name for name, is_earned in badges(page).items() if is_earned} == {"First game", "Perfect game"}


def test_the_best_games_are_timed(browser: Browser, bank: Store) -> None:
    played(bank, 10, pace="relaxed")
    assert "No points at a timed pace yet." in browser.visit("/players/ada").text
    played(bank, 4, category="music", first_day=1)
    page = browser.visit("/players/ada")
    assert page.rows == [["Music", "4"]]
    assert figures(page)["Games finished"] == "2"


def test_every_badge_is_named_with_its_rule(browser: Browser, bank: Store) -> None:
    played(bank, 10)
    store_all = History(
        "ada",
        100,
        1,
        dict.fromkeys("abcde", 1),
        frozenset((NOON + timedelta(days=n)).date() for n in range(30)),
    )
    page = browser.visit("/players/ada")
    assert len(badges(page)) == len(store_all.badges)
    bank.put_many([store_all.to_entity(bank, FIRST)])
    assert all(badges(browser.visit("/players/ada")).values())


def test_almost_all_is_not_all(browser: Browser, bank: Store) -> None:
    played(bank, *[10] * 100, 9)
    assert figures(browser.visit("/players/ada"))["Right answers"] == "99%"


def test_who_has_finished_nothing_has_a_page_as_well(browser: Browser, bank: Store) -> None:
    played(bank)
    page = browser.visit("/players/ada")
    assert figures(page) == {"Games finished": "0", "Days in a row": "0"}
    assert not any(badges(page).values())


@pytest.mark.parametrize("id", ["nobody", "left"])
def test_nobody_has_no_page(browser: Browser, bank: Store, id: str) -> None:
    bank.put_many([Player("left", "Left", NOON).to_entity(bank)])
    player.erase(bank, "left", NOON)
    page = browser.visit(f"/players/{id}")
    assert page.status == 404
    assert page.headers["Cache-Control"] == "no-store"


def test_a_player_is_shown_the_same_page_as_everyone(app: Quizboard, bank: Store) -> None:
    played(bank, 5)
    ada = Browser(app)
    ada.client.set_cookie("player", token_of(app, "ada"))
    pages = [browser.visit("/players/ada") for browser in (ada, Browser(app))]
    assert pages[0].html == pages[1].html
    assert {page.headers["Cache-Control"] for page in pages} == {"public, max-age=5"}
    assert not [page for page in pages if "Vary" in page.headers or "Set-Cookie" in page.headers]


def test_a_name_on_a_board_leads_to_its_player(browser: Browser, bank: Store) -> None:
    id = finish(bank, "Ada", 5000)
    for path in ("/", "/leaderboard"):
        assert browser.visit(path).link("Ada") == f"/players/{id}"
