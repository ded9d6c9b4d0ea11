import pytest

from controllers.application import Quizboard
from models.board import DAILY
from models.game import LENGTH, Game
from models.leaderboard import LeaderboardEntry
from models.store import Store
from tests.conftest import Clock
from tests.controllers.browser import Browser
from tests.controllers.page import Page
from tests.events.fakes import FakePubSub

HOUR = 3600
DAY = 24 * HOUR


def start(browser: Browser, name: str = "Ada", **changes: str) -> Page:
    return browser.submit(browser.visit("/daily").form("/daily"), name=name, **changes)


def finish(browser: Browser, page: Page) -> Page:
    while page.move:
        page = browser.answer(page, "Lima") if page.move == "answers" else browser.go_on(page)
    return page


def games(store: Store) -> list[Game]:
    return [Game.from_entity(entity) for entity in store.query(Game.KIND).entities]


def test_a_daily_quiz_is_played_through_forms_and_then_over_for_today(
    browser: Browser, bank: Store, pubsub: FakePubSub, clock: Clock
) -> None:
    page = start(browser)
    assert page.path == f"/games/{games(bank)[0].id}"
    result = finish(browser, page)
    assert "The daily quiz: Today Number 1 of 1" in " ".join(result.text.split())
    pubsub.hand_on(bank, clock())
    page = browser.visit("/daily")
    assert page.forms == []
    assert "Number 1 of 1 so far" in page.text
    assert "day streak: 1 day." in page.text
    assert browser.visit(page.link("Your result")).html == result.html
    assert [row[1:3] for row in browser.visit(page.link("Today’s board")).rows] == [["Ada", "10,000"]]


def test_a_game_that_was_begun_is_gone_on_with(browser: Browser) -> None:
    question = start(browser)
    page = browser.visit("/daily")
    assert page.forms == []
    assert browser.visit(page.link("Go on")).path == question.path


def test_two_tabs_give_one_game(browser: Browser, bank: Store) -> None:
    first, second = browser.visit("/daily"), browser.visit("/daily")
    pages = [
        browser.submit(first.form("/daily"), name="Ada"),
        browser.submit(second.form("/daily"), name="Grace", pace="relaxed"),
    ]
    assert len({page.path for page in pages}) == 1
    [game] = games(bank)
    assert game.pace == "timed"


def test_sending_twice_before_there_is_a_cookie_gives_one_game(app: Quizboard, bank: Store) -> None:
    form = Browser(app).visit("/daily").form("/daily")
    assert Browser(app).submit(form, name="Ada").path == Browser(app).submit(form, name="Ada").path
    assert len(games(bank)) == 1


def test_a_form_that_was_shown_before_midnight_starts_the_quiz_of_the_new_day(
    browser: Browser, bank: Store, clock: Clock
) -> None:
    clock.tick(12 * HOUR - 5)
    form = browser.visit("/daily").form("/daily")
    clock.tick(10)
    browser.submit(form, name="Ada")
    [game] = games(bank)
    assert game.id.startswith("daily-2026-11-24-")
    assert "Tuesday 24 November" in browser.visit("/daily").heading


def test_a_game_begun_before_midnight_counts_for_its_day_and_leaves_the_new_one_free(
    browser: Browser, bank: Store, clock: Clock, pubsub: FakePubSub
) -> None:
    clock.tick(12 * HOUR - 5)
    page = start(browser)
    clock.tick(10)
    daily = browser.visit("/daily")
    assert "still counts" in daily.text
    assert daily.form("/daily").fields["name"] == "Ada"
    finish(browser, browser.visit(daily.link("Go on")))
    pubsub.hand_on(bank, clock())
    daily = browser.visit("/daily")
    assert [row[1] for row in daily.rows] == ["Ada you"]
    assert "Number 1 of 1" in daily.text
    assert start(browser).path != page.path


def test_yesterday_is_told_with_where_i_stood(
    app: Quizboard, bank: Store, clock: Clock, pubsub: FakePubSub
) -> None:
    players = [Browser(app) for _ in range(3)]
    for number, player in enumerate(players):
        page = start(player, f"Player {number}")
        clock.tick(2 * number)
        finish(player, page)
    pubsub.hand_on(bank, clock())
    clock.tick(DAY)
    page = players[2].visit("/daily")
    assert [row[1] for row in page.rows] == ["Player 0", "Player 1", "Player 2 you"]
    assert "Number 3 of 3" in page.text
    assert "day streak: 1 day." in page.text
    assert [row[1] for row in players[2].visit(page.link("whole board")).rows] == [
        f"Player {number}" for number in range(3)
    ]


def test_a_streak_breaks_with_a_day_that_is_left_out(
    browser: Browser, bank: Store, clock: Clock, pubsub: FakePubSub
) -> None:
    finish(browser, start(browser))
    pubsub.hand_on(bank, clock())
    clock.tick(2 * DAY)
    assert "streak" not in browser.visit("/daily").text


def test_a_relaxed_quiz_says_that_it_is_on_no_board(browser: Browser, bank: Store) -> None:
    finish(browser, start(browser, pace="relaxed"))
    assert "on no board" in browser.visit("/daily").text
    assert bank.query(LeaderboardEntry.KIND).entities == []


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "in 12 h 0 min"), (8 * HOUR + 48 * 60, "in 3 h 12 min"), (12 * HOUR - 1, "in 1 min")],
)
def test_the_page_says_how_long_it_is_until_the_next(
    browser: Browser, clock: Clock, seconds: int, words: str
) -> None:
    clock.tick(seconds)
    for path in ("/", "/daily"):
        assert words in browser.visit(path).text


def test_a_bad_name_shows_the_form_again(browser: Browser, bank: Store) -> None:
    page = start(browser, "", pace="relaxed")
    assert (page.status, page.form("/daily").fields["pace"]) == (422, "relaxed")
    assert games(bank) == []
    assert browser.submit(page.form("/daily"), name="Ada").move == "answers"


def test_looking_draws_nothing_and_sets_no_cookie(browser: Browser, bank: Store) -> None:
    page = browser.visit("/daily")
    assert "Set-Cookie" not in page.headers
    assert bank.query("DailyQuiz").entities == []


def test_the_home_page_leads_to_the_daily_quiz(browser: Browser) -> None:
    assert browser.visit(browser.visit("/").link("daily quiz")).path == "/daily"


def test_the_board_of_the_daily_quiz_has_days_only(browser: Browser) -> None:
    page = browser.visit(f"/leaderboard?scope={DAILY}")
    assert (page.status, page.forms) == (200, [])
    assert browser.visit(f"/leaderboard/me?scope={DAILY}").status == 200
    for period in ("week", "month", "all"):
        assert browser.visit(f"/leaderboard?scope={DAILY}&period={period}").status == 404


def test_a_form_with_a_category_of_its_own_gets_the_daily_quiz_all_the_same(
    browser: Browser, bank: Store
) -> None:
    start(browser, category="gone")
    [game] = games(bank)
    assert (game.category, game.length) == ("mix", LENGTH)


def test_the_home_page_knows_how_far_one_is_with_todays_quiz(browser: Browser, clock: Clock) -> None:
    assert "the same ten questions for everyone" in browser.visit("/").text
    question = start(browser)
    page = browser.visit("/")
    assert "question 1 of 10" in page.text
    assert browser.visit(page.link("Go on")).path == question.path
    finish(browser, question)
    page = browser.visit("/")
    assert "You have played today: 10,000 points." in page.text
    assert browser.visit(page.link("How you did")).path == "/daily"
    clock.tick(DAY)
    assert "the same ten questions for everyone" in browser.visit("/").text
