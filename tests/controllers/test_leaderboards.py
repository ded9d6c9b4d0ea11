import pytest

from controllers.application import Quizboard
from models import leaderboard
from models.board import Period
from models.player import Player
from models.store import Store
from tests.conftest import NOON, Clock
from tests.controllers.board_builders import finish, token_of
from tests.controllers.browser import Browser
from tests.events.builders import a_finish, told


def as_player(app: Quizboard, player: str) -> Browser:
    browser = Browser(app)
    browser.client.set_cookie("player", token_of(app, player))
    return browser


def test_a_board_is_the_same_page_for_everyone(app: Quizboard, bank: Store) -> None:
    ada = finish(bank, "Ada", 5000)
    tampered = Browser(app)
    tampered.client.set_cookie("player", "x.y")
    pages = [browser.visit("/leaderboard") for browser in (Browser(app), as_player(app, ada), tampered)]
    assert len({page.html for page in pages}) == 1
    for page in pages:
        assert page.headers["Cache-Control"] == "public, max-age=5"
        assert "Set-Cookie" not in page.headers
        assert "Vary" not in page.headers


def test_equal_names_are_told_apart_where_they_meet(browser: Browser, bank: Store) -> None:
    _, other, _ = (finish(bank, name, 5000) for name in ("Ada", "Ada Lovelace", "Grace"))
    bank.put_many([Player(other, "Ada", created_at=NOON).to_entity(bank)])
    leaderboard.record(bank, told(a_finish(other, 6000, game="better", finished_at=NOON)))
    names = [row[1] for row in browser.visit("/leaderboard").rows]
    assert names == ["Ada ·player-ada-", "Ada ·player-ada", "Grace"]
    assert [row[1] for row in browser.visit("/").rows] == names


def test_an_unchanged_board_costs_no_body(browser: Browser, bank: Store) -> None:
    etag = browser.visit("/leaderboard").headers["ETag"]
    again = browser.client.get("/leaderboard", headers={"If-None-Match": etag})
    assert (again.status_code, again.get_data()) == (304, b"")
    finish(bank, "Ada", 5000)
    assert browser.client.get("/leaderboard", headers={"If-None-Match": etag}).status_code == 200


def test_a_long_board_has_further_pages(
    browser: Browser, bank: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.ranking.page.__defaults__", (None, 3))
    for n in range(8):
        finish(bank, f"Player {n}", 9000 - 100 * n, n)
    page = browser.visit("/leaderboard")
    names = [row[1] for row in page.rows]
    while any("next" in link.text for link in page.all("a")):
        page = browser.visit(page.link("next"))
        names += [row[1] for row in page.rows]
    assert names == [f"Player {n}" for n in range(8)]


def test_boards_are_reached_by_links_and_form(browser: Browser, bank: Store) -> None:
    finish(bank, "Ada", 5000, category="music")
    page = browser.visit("/leaderboard")
    [current] = [link.get("href") for link in page.all("a") if link.get("aria-current")]
    assert "period=day" in current
    [form] = page.forms
    assert [row[1] for row in browser.submit(form, scope="music").rows] == ["Ada"]
    assert browser.submit(form, scope="geography").rows == []
    for period in ("Week", "Month", "All time"):
        assert [row[1] for row in browser.visit(page.link(period)).rows] == ["Ada"]


def test_an_earlier_board_keeps_its_date(browser: Browser, bank: Store, clock: Clock) -> None:
    finish(bank, "Ada", 5000)
    clock.tick(24 * 3600)
    assert browser.visit("/leaderboard").rows == []
    page = browser.visit("/leaderboard?at=2026-11-23")
    assert [row[1] for row in page.rows] == ["Ada"]
    assert "2026-11-23" in page.text
    assert clock() != NOON


def test_a_screen_shows_the_top_and_how_to_join(browser: Browser, bank: Store) -> None:
    for n in range(12):
        finish(bank, f"Player {n}", 9000 - 100 * n, n, category="music")
    page = browser.visit(browser.visit("/leaderboard?scope=music&period=week").link("on a big screen"))
    assert page.heading == "Music: This week"
    assert [row[1] for row in page.rows] == [f"Player {n}" for n in range(10)]
    assert "and 2 more" in page.text
    assert "localhost" in page.text
    assert page.forms == []


@pytest.mark.parametrize("period", list(Period))
@pytest.mark.parametrize("scope", ["overall", "music", "geography"])
def test_every_board_has_a_screen(browser: Browser, bank: Store, scope: str, period: Period) -> None:
    finish(bank, "Ada", 5000, category="music")
    page = browser.visit(f"/leaderboard?view=screen&scope={scope}&period={period}")
    assert [row[1] for row in page.rows] == ([] if scope == "geography" else ["Ada"])


def test_a_screen_of_an_earlier_board_keeps_its_date(browser: Browser, bank: Store, clock: Clock) -> None:
    clock.tick(24 * 3600)
    link = browser.visit("/leaderboard?at=2026-11-23").link("on a big screen")
    assert browser.visit(link).heading == "Everything: 2026-11-23"
    assert "at=" not in browser.visit("/leaderboard").link("on a big screen")


def test_a_screen_is_cached_as_its_board_and_asks_again_after_that(browser: Browser, bank: Store) -> None:
    page = browser.visit("/leaderboard?view=screen")
    assert page.headers["Cache-Control"] == "public, max-age=5"
    [without_a_script] = [meta for meta in page.all("meta") if meta.get("http-equiv") == "refresh"]
    assert without_a_script.inside("noscript")
    assert int(without_a_script.get("content")) > 5
    unchanged = browser.client.get(
        "/leaderboard?view=screen", headers={"If-None-Match": page.headers["ETag"]}
    )
    assert (unchanged.status_code, unchanged.get_data()) == (304, b"")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("view=screen&scope=Nope", 404),
        ("scope=Nope", 404),
        ("period=year", 404),
        ("at=2026-02-30", 404),
        ("after=x", 400),
        ("after=é", 400),
    ],
)
def test_a_board_that_cannot_be_is_refused(browser: Browser, bank: Store, query: str, status: int) -> None:
    finish(bank, "Ada", 5000)
    assert browser.visit(f"/leaderboard?{query}").status == status


def test_my_row_is_marked_among_its_neighbours(app: Quizboard, bank: Store) -> None:
    players = [finish(bank, f"Player {n}", 9000 - 500 * n, n) for n in range(6)]
    page = as_player(app, players[4]).visit("/leaderboard/me")
    assert [row[0] for row in page.rows] == ["2", "3", "4", "5", "6"]
    [mine] = [row for row in page.all("tr") if "mine" in row.get("class")]
    assert "Player 4" in mine.text
    assert "you" in mine.text
    assert "500 points" in page.text


def test_who_is_not_on_the_board_is_told_how_to_get_there(browser: Browser, bank: Store) -> None:
    finish(bank, "Grace", 5000)
    page = browser.visit("/leaderboard/me")
    assert (page.status, page.rows) == (200, [])
    assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("board", "way_in"),
    [
        ("", "/"),
        ("?scope=music&period=week", "/"),
        ("?scope=daily&period=day", "/daily"),
        ("?period=day&at=2020-01-01", None),
        ("?scope=daily&period=day&at=2020-01-01", None),
    ],
)
def test_an_empty_board_leads_to_where_one_comes_onto_it_while_that_can_be(
    browser: Browser, board: str, way_in: str | None
) -> None:
    for path, words in (("/leaderboard", "Be the first."), ("/leaderboard/me", "Play a timed game")):
        page = browser.visit(path + board)
        assert [link.get("href") for link in page.all("a") if link.text == words] == [way_in] * bool(way_in)
        assert ("on this board yet" in page.text) is bool(way_in)
