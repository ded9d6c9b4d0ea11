import random
from datetime import timedelta

import pytest

from controllers.application import Quizboard
from events.counting import count, current_build
from models.statistics import ENOUGH_ANSWERS
from models.store import Store
from tests.conftest import NOON, Clock
from tests.controllers.api_client import ApiClient
from tests.controllers.browser import Browser
from tests.events.builders import a_round, told
from tests.events.fakes import FakePubSub

HARD, EASY = "geography-hard-0", "music-easy-0"
TEN = [HARD, EASY, *(f"music-medium-{n}" for n in range(4)), *(f"geography-easy-{n}" for n in range(4))]


def play(store: Store, clock: Clock, games: int = 1, hours_ago: int = 0, **changes: object) -> None:
    """Games in which nobody gets the first question right, and everybody the second."""
    ended_at = clock() - timedelta(hours=hours_ago)
    for n in range(games):
        fractions = [0.0, 1.0, *(float((n + place) % 2) for place in range(8))]
        ended = a_round(f"player-{n}-{clock():%H%M%S}-{hours_ago}", ended_at, fractions, TEN, **changes)  # type: ignore[arg-type]
        store.put_many([told(ended).to_entities(store)[0]])


def counted(store: Store, clock: Clock) -> None:
    count(store, current_build(), clock, random.Random(1), is_thorough=True)


def figures(browser: Browser) -> dict[str, str]:
    page = browser.visit("/insights")
    terms, numbers = page.all("dt"), page.all("dd")
    return {term.text: number.text for term, number in zip(terms, numbers, strict=True)}


def section(browser: Browser, id: str) -> str:
    page = browser.visit("/insights")
    [found] = [one for one in page.all("section") if one.get("aria-labelledby") == id]
    return " ".join(found.text.split())


def test_before_the_first_game_there_is_an_invitation(browser: Browser) -> None:
    page = browser.visit("/insights")
    assert "No game has ended yet" in page.text
    assert page.all("section") == []


def test_a_game_that_is_played_is_counted_when_its_event_is_told(
    api: ApiClient, browser: Browser, bank: Store, clock: Clock, pubsub: FakePubSub
) -> None:
    api.start()
    api.play()
    pubsub.hand_on(bank, clock())
    assert figures(browser)["Games"] == "1"


def test_the_figures_are_those_of_all_games(browser: Browser, bank: Store, clock: Clock) -> None:
    play(bank, clock, 3)
    play(bank, clock, 2, hours_ago=30)
    play(bank, clock, 1, hours_ago=2, pace="relaxed")
    counted(bank, clock)
    assert figures(browser) == {
        "Games": "6",
        "In the last hour": "3",
        "Right answers": "50%",
        "Points on average": "4,500",
    }


def test_every_chart_says_what_it_shows_and_has_its_table(
    browser: Browser, bank: Store, clock: Clock
) -> None:
    play(bank, clock, 3)
    play(bank, clock, 2, hours_ago=5)
    counted(bank, clock)
    assert "5 in the last 24 hours, 3 at most in one" in section(browser, "hours")
    assert "5 in the last 30 days, 5 at most on one" in section(browser, "days")
    assert "5 timed games by their points" in section(browser, "scores")
    assert "Most games end on Monday from 12:00 to 13:00 (UTC)" in section(browser, "week")
    page = browser.visit("/insights")
    for chart in page.all("svg"):
        assert chart.get("aria-hidden") or chart.get("role") == "img"
    of_charts = [table for table in page.all("table") if table.inside("details")]
    assert len(of_charts) == 5
    assert ["12:00", "3"] in page.rows
    assert ["7:00", "2"] in page.rows
    assert ["23 November", "5"] in page.rows
    assert ["4,500", "5"] in page.rows
    assert ["Monday", "5", "12:00"] in page.rows


def test_questions_are_shown_once_enough_is_known_and_no_right_answer_is(
    browser: Browser, bank: Store, clock: Clock
) -> None:
    play(bank, clock, ENOUGH_ANSWERS - 1)
    counted(bank, clock)
    assert "No question has enough answers yet" in section(browser, "hardest")
    clock.tick(3600)
    play(bank, clock)
    counted(bank, clock)
    assert section(browser, "hardest").startswith(f"Hardest questions Which city is right in {HARD}? 0%")
    assert section(browser, "easiest").startswith(f"Easiest questions Which city is right in {EASY}? 100%")
    html = browser.visit("/insights").html
    assert "Lima" not in html
    assert "player-" not in html


def test_unchanged_it_costs_no_body_and_a_game_changes_it(
    browser: Browser, bank: Store, clock: Clock
) -> None:
    play(bank, clock)
    counted(bank, clock)
    page = browser.visit("/insights")
    assert page.headers["Cache-Control"] == "public, max-age=5"
    assert "Set-Cookie" not in page.headers
    asked = {"If-None-Match": page.headers["ETag"]}
    clock.tick(20)
    assert browser.client.get("/insights", headers=asked).status_code == 304
    play(bank, clock)
    counted(bank, clock)
    assert browser.client.get("/insights", headers=asked).status_code == 200


def test_a_view_takes_two_lookups(
    browser: Browser, bank: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(bank, clock, ENOUGH_ANSWERS)
    counted(bank, clock)
    browser.visit("/insights")
    asked = []
    get_many = bank.get_many
    monkeypatch.setattr(bank, "get_many", lambda keys: (asked.append(len(keys)), get_many(keys))[1])
    monkeypatch.setattr(bank, "query", pytest.fail)
    browser.visit("/insights")
    assert asked == [4, 10]


def test_days_and_hours_are_the_owners(
    app: Quizboard, browser: Browser, bank: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIME_ZONE", "Asia/Tokyo")
    clock.now = NOON + timedelta(hours=4)
    play(bank, clock)
    counted(bank, clock)
    assert "Most games end on Tuesday from 1:00 to 2:00 (Asia/Tokyo)" in section(browser, "week")
    assert ["24 November", "1"] in browser.visit("/insights").rows


def test_the_json_says_the_same(api: ApiClient, bank: Store, clock: Clock) -> None:
    """And is as its description says, which every answer is checked against."""
    assert api.get("/api/v1/insights").json["games"] == 0
    play(bank, clock, 12)
    play(bank, clock, 1, hours_ago=3, pace="relaxed")
    counted(bank, clock)
    found = api.get("/api/v1/insights").json
    assert (found["games"], found["last_hour"], found["mean_points"]) == (13, 12, 4500)
    assert (found["answers"], found["right"]) == (130, 65)
    assert [hour["games"] for hour in found["hours"]][-4:] == [1, 0, 0, 12]
    assert found["hours"][-1]["start"] == "2026-11-23T12:00:00.000Z"
    assert found["days"][-1] == {"day": "2026-11-23", "games": 13}
    assert [step for step in found["scores"] if step["games"]] == [{"from": 4500, "games": 12}]
    assert found["week"][0][12] == 12
    assert {category["slug"] for category in found["categories"]} == {"geography", "music"}
    assert found["hardest"][0] == {
        "question": HARD,
        "category": "geography",
        "difficulty": "hard",
        "prompt": f"Which city is right in {HARD}?",
        "answers": 13,
        "right": 0,
        "mean_seconds": 1.0,
        "discrimination": None,
    }
    assert "Lima" not in api.get("/api/v1/insights").text


def test_an_unchanged_answer_costs_no_body(api: ApiClient) -> None:
    etag = api.get("/api/v1/insights").headers["ETag"]
    assert api.get("/api/v1/insights", If_None_Match=etag).status_code == 304
