import pytest

from controllers.application import Quizboard
from models.store import Store
from tests.conftest import Clock
from tests.controllers.api_client import ApiClient, a_key
from tests.events.fakes import FakePubSub


def test_the_first_daily_start_of_a_day_is_new_and_the_second_finds_it(api: ApiClient, clock: Clock) -> None:
    first = api.start(daily=True)
    assert first.status_code == 201
    assert first.json["id"] == f"daily-2026-11-23-{first.json['player_id']}"
    for again in (api.start(daily=True), api.start(daily=True, pace="relaxed", key=a_key())):
        assert (again.status_code, again.json) == (200, first.json)
    clock.tick(12 * 3600)
    assert api.start(daily=True).status_code == 201


def test_everybody_is_asked_the_same(app: Quizboard) -> None:
    prompts = set()
    for _ in range(3):
        api = ApiClient(app)
        api.start(daily=True)
        prompts.add(tuple(turn["question"]["prompt"] for turn in api.play()["review"]))
    assert len(prompts) == 1


def test_a_newcomer_with_the_same_key_gets_the_same_game(app: Quizboard) -> None:
    key = a_key()
    first, again = ApiClient(app).start(daily=True, key=key), ApiClient(app).start(daily=True, key=key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json


def test_a_daily_game_is_on_the_daily_board_of_its_day(
    api: ApiClient, bank: Store, pubsub: FakePubSub, clock: Clock
) -> None:
    api.start(daily=True)
    result = api.play()
    assert result["boards"] == [{"board": "daily:day:2026-11-23", "rank": 1, "total": 1}]
    pubsub.hand_on(bank, clock())
    board = api.get("/api/v1/leaderboards/daily/day").json
    assert (board["board"], board["total"]) == ("daily:day:2026-11-23", 1)
    assert api.get("/api/v1/leaderboards/daily/day/me").status_code == 200
    assert api.get("/api/v1/leaderboards/overall/day").json["total"] == 0


def test_a_relaxed_daily_game_is_on_none(api: ApiClient) -> None:
    api.start(daily=True, pace="relaxed")
    assert api.play()["boards"] == []


@pytest.mark.parametrize("period", ["week", "month", "all"])
def test_the_daily_quiz_has_days_only(api: ApiClient, period: str) -> None:
    assert api.get(f"/api/v1/leaderboards/daily/{period}").status_code == 404


def test_daily_false_is_a_game_like_any_other(api: ApiClient) -> None:
    first, second = api.start(daily=False), api.start(daily=False, category="music")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json["id"] != second.json["id"]


@pytest.mark.parametrize(
    "fields", [{"daily": "yes"}, {"daily": 1}, {"daily": None}, {"daily": True, "category": "music"}]
)
def test_a_wish_that_cannot_be_is_refused(api: ApiClient, fields: dict[str, object]) -> None:
    assert api.start(**fields).status_code == 422
