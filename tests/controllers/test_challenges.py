from datetime import timedelta

import pytest

from controllers.application import Quizboard
from models.game import LENGTH, Game
from models.player import Player
from models.store import Store
from tests.conftest import NOON, Clock
from tests.controllers.browser import Browser
from tests.controllers.page import Page
from tests.events.fakes import FakePubSub


def play_on(browser: Browser, page: Page, text: str) -> Page:
    while page.move:
        page = browser.answer(page, text) if page.move == "answers" else browser.go_on(page)
    return page


def take(browser: Browser, link: str, name: str = "Grace", **changes: str) -> Page:
    return browser.submit(browser.visit(link).form(link), name=name, **changes)


def link_in(result: Page) -> str:
    return result.link("See the challenge")


def meta(page: Page) -> dict[str, str]:
    named = [(one.get("property") or one.get("name"), one.get("content")) for one in page.all("meta")]
    return {name: content for name, content in named if name.partition(":")[0] in ("og", "twitter")}


@pytest.fixture
def other(app: Quizboard) -> Browser:
    return Browser(app)


def test_every_result_offers_the_link_to_challenge_a_friend(browser: Browser) -> None:
    for pace in ("timed", "relaxed"):
        result = browser.play(pace=pace)
        link = link_in(result)
        assert link == result.path.replace("/games/", "/challenges/")
        [field] = result.all("textarea")
        assert field.text.splitlines()[-1] == f"http://localhost{link}"
        assert "See the challenge" not in browser.visit(link).text


def test_a_friend_plays_the_same_ten_and_both_see_who_was_better(
    browser: Browser, other: Browser, app: Quizboard, bank: Store, pubsub: FakePubSub
) -> None:
    link = link_in(browser.play("Lima", category="music"))
    page = other.visit(link)
    assert page.heading == "Ada scored 10,000. Can you beat that?"
    result = play_on(other, take(other, link), "Quito")
    assert "10,000 points behind" in result.text
    sides = [row for row in result.rows if len(row) == 3 and "right in" in row[0]]
    assert [row[1:] for row in sides] == [["✗ wrong, 0", "✓ right, 1,000"]] * LENGTH
    pubsub.hand_on(bank, NOON)
    for visitor, me in ((browser, "Ada"), (other, "Grace")):
        page = visitor.visit(link)
        standing = [row[:3] for row in page.rows if row[0] in "12"]
        assert [row[1].removesuffix(" you") for row in standing] == ["Ada", "Grace"]
        assert [row[1] for row in standing if row[1].endswith(" you")] == [f"{me} you"]
    assert "10,000 points behind" in page.text
    board = Browser(app).visit(page.link("The whole board"))
    assert [row[1] for row in board.rows] == ["Ada", "Grace"]
    assert board.link("The challenge") == link


def test_the_preview_says_who_scored_what_and_no_answer(browser: Browser, other: Browser) -> None:
    link = link_in(browser.play("Lima"))
    page = other.visit(link)
    assert meta(page)["og:title"] == "Ada scored 10,000. Can you beat that?"
    assert meta(page)["og:url"] == f"http://localhost{link}"
    assert meta(page)["twitter:card"] == "summary_large_image"
    picture = other.client.get(meta(page)["og:image"], buffered=True)
    assert (picture.status_code, picture.mimetype) == (200, "image/png")
    size = tuple(int.from_bytes(picture.data[start : start + 4], "big") for start in (16, 20))
    assert size == tuple(int(meta(page)[f"og:image:{side}"]) for side in ("width", "height"))
    assert "Lima" not in page.html
    assert "capital" not in page.html


def test_nothing_of_the_questions_is_told_before_they_are_closed(browser: Browser, other: Browser) -> None:
    link = link_in(browser.play())
    assert "Which city" not in other.visit(link).html
    page = other.answer(take(other, link), "Quito")
    assert page.move == "questions"
    assert "Which city" not in other.visit(link).html


def test_in_the_middle_one_goes_on_and_a_second_tab_finds_the_same_game(
    browser: Browser, other: Browser, bank: Store
) -> None:
    link = link_in(browser.play())
    form = other.visit(link).form(link)
    question = other.submit(form, name="Grace")
    page = other.visit(link)
    assert page.forms == []
    assert other.visit(page.link("Go on")).path == question.path
    assert other.submit(form, name="Grace", pace="relaxed").path == question.path


def test_who_is_through_and_sends_the_form_again_sees_the_challenge(browser: Browser, other: Browser) -> None:
    link = link_in(browser.play())
    form = other.visit(link).form(link)
    play_on(other, other.submit(form, name="Grace"), "Lima")
    again = other.submit(form, name="Grace")
    assert (again.path, again.forms) == (link, [])


def test_who_challenges_watches_and_cannot_play_again(browser: Browser, bank: Store, other: Browser) -> None:
    link = link_in(browser.play())
    page = browser.visit(link)
    assert page.forms == []
    assert "Your challenge" in page.heading
    form = other.visit(link).form(link)
    assert browser.submit(form, name="Ada").path == link
    assert len(bank.query(Game.KIND).entities) == 1


def test_a_challenge_of_a_challenge_is_the_same_one(browser: Browser, other: Browser, app: Quizboard) -> None:
    link = link_in(browser.play())
    result = play_on(other, take(other, link), "Lima")
    assert link_in(result) == link
    third = Browser(app)
    assert third.client.get(result.path.replace("games", "challenges")).location == link


def test_someone_who_left_is_not_named(browser: Browser, other: Browser, app: Quizboard, bank: Store) -> None:
    link = link_in(browser.play())
    result = play_on(other, take(other, link), "Lima")
    [ada] = [row for row in bank.query(Player.KIND).entities if row["name"] == "Ada"]
    ada["erased_at"] = NOON
    bank.put_many([ada])
    for page in (Browser(app).visit(link), other.visit(link), other.visit(result.path)):
        assert "Someone who left" in page.text
        assert "Ada" not in page.html
    bank.delete_many([bank.key(Game.KIND, link.rpartition("/")[2])])
    stranger = Browser(app)
    assert stranger.visit(link).heading == "Someone who left has challenged you."
    assert take(stranger, link, "Cy").move == "answers"
    for path in (link, result.path):
        assert other.visit(path).status == 200


@pytest.mark.parametrize("mine", ["timed", "relaxed"])
def test_paces_may_differ_and_the_page_says_so(browser: Browser, other: Browser, mine: str) -> None:
    link = link_in(browser.play(pace="relaxed"))
    result = play_on(other, take(other, link, pace=mine), "Lima")
    assert ("at a relaxed pace time costs no points" in result.text) is (mine == "timed")
    assert ("The challenge: All time" in result.text) is (mine == "timed")


def test_a_challenge_to_the_daily_quiz_of_today_is_the_daily_quiz(
    browser: Browser, other: Browser, app: Quizboard, clock: Clock
) -> None:
    start = browser.visit("/daily").form("/daily")
    link = link_in(play_on(browser, browser.submit(start, name="Ada"), "Lima"))
    assert "daily quiz of today" in other.visit(link).text
    result = play_on(other, take(other, link), "Lima")
    assert "A draw" in result.text
    assert other.visit("/daily").forms == []
    clock.tick(timedelta(days=1).total_seconds())
    later = Browser(app)
    assert "daily quiz of today" not in later.visit(link).text


def test_a_second_challenge_to_the_daily_quiz_of_a_day_shows_the_game_that_was_the_first(
    browser: Browser, other: Browser, app: Quizboard, clock: Clock
) -> None:
    links = []
    for visitor, name in ((browser, "Ada"), (Browser(app), "Cy")):
        start = visitor.visit("/daily").form("/daily")
        links.append(link_in(play_on(visitor, visitor.submit(start, name=name), "Lima")))
    clock.tick(timedelta(days=1).total_seconds())
    first, second = links
    form = other.visit(second).form(second)
    result = play_on(other, take(other, first), "Quito")
    page = other.visit(second)
    assert page.forms == []
    assert "10,000 points behind" in page.text
    assert page.link("Your result with all answers") == result.path
    assert other.submit(form, name="Grace").path == second
    assert link_in(other.visit(result.path)) == first


@pytest.mark.parametrize(
    "path",
    [
        "/challenges/nowhere",
        "/challenges/daily-2026-02-30-ada",
        "/challenges/daily-0000-01-01-ada",
        "/leaderboard?scope=challenge:nowhere&period=all",
    ],
)
def test_what_is_no_challenge_is_not_found(browser: Browser, path: str) -> None:
    assert browser.visit(path).status == 404
    browser.start()
    assert browser.visit(path).status == 404


def test_who_has_played_its_ten_meanwhile_sees_how_that_compares(
    browser: Browser, other: Browser, app: Quizboard
) -> None:
    start = browser.visit("/daily").form("/daily")
    link = link_in(play_on(browser, browser.submit(start, name="Ada"), "Lima"))
    form = other.visit(link).form(link)
    start = other.visit("/daily").form("/daily")
    play_on(other, other.submit(start, name="Grace"), "Quito")
    page = other.submit(form, name="Grace")
    assert page.path == link
    assert "Ada" in page.text


def test_a_game_under_way_is_no_challenge(browser: Browser) -> None:
    assert browser.visit(browser.start().path.replace("games", "challenges")).status == 404


@pytest.mark.parametrize("period", ["day", "week", "month"])
def test_its_board_is_of_all_time_only(browser: Browser, period: str) -> None:
    root = link_in(browser.play()).rpartition("/")[2]
    assert browser.visit(f"/leaderboard?scope=challenge:{root}&period=all").status == 200
    assert browser.visit(f"/leaderboard/me?scope=challenge:{root}&period=all").status == 200
    assert browser.visit(f"/leaderboard?scope=challenge:{root}&period={period}").status == 404


def test_a_bad_name_shows_the_form_again(browser: Browser, other: Browser) -> None:
    link = link_in(browser.play())
    page = take(other, link, "", pace="relaxed")
    assert (page.status, page.form(link).fields["pace"]) == (422, "relaxed")
    assert other.submit(page.form(link), name="Grace").move == "answers"
