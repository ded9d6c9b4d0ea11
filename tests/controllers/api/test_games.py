import random
from decimal import ROUND_HALF_UP, Decimal

import pytest

from controllers import create_app
from controllers.application import Quizboard
from models.game import LENGTH
from models.seeding import seed
from models.store import Store
from tests.conftest import NOON, Clock
from tests.controllers.api_client import GAMES, ApiClient, a_key, choice
from tests.controllers.banks import SECRETS, a_secretive_bank, statements

ELAPSED = ("0.499", "0.5", "1", "3.333", "7.5", "10.001", "19.999", "20.5", "21", "21.001")
"""Seconds until each answer: immediate, within the limit, in the grace (counts as 20), too late."""


def formula(elapsed: str, limit: int = 20) -> int:
    """The points of a right answer, as the design states them."""
    seconds = Decimal(elapsed)
    if seconds > limit + 1:
        return 0
    t = Decimal(0) if seconds < Decimal("0.5") else min(seconds, Decimal(limit))
    return int((1000 * (1 - t / (2 * limit))).quantize(Decimal(1), ROUND_HALF_UP))


@pytest.mark.parametrize("category", ["mix", "geography", "statements"])
def test_a_whole_game_gives_the_points_of_the_formula(
    api: ApiClient, bank: Store, clock: Clock, category: str
) -> None:
    seed(bank, statements(), NOON)
    question = api.start("Ada", category=category).json["question"]
    score, given, points = 0, [], []
    for index, elapsed in enumerate(ELAPSED):
        clock.tick(float(elapsed))
        given.append(choice(question, "Lima") if question["type"] == "single" else True)
        feedback = api.answer(index, given[-1]).json
        points.append(formula(elapsed) if feedback["correct"] else 0)
        score += points[-1]
        assert (feedback["points"], feedback["score"]) == (points[-1], score)
        assert feedback["late"] is (elapsed == "21.001")
        assert feedback["seconds"] == min(float(elapsed), 20.0)
        assert feedback["finished"] is (index == LENGTH - 1)
        if index < LENGTH - 1:
            question = api.reveal(index + 1).json
    game = api.show().json
    result = game["result"]
    assert (game["state"], game["score"], result["points"]) == ("finished", score, score)
    assert score > 0
    assert [turn["feedback"]["points"] for turn in result["review"]] == points
    assert [turn["answer"] for turn in result["review"]] == given
    assert result["correct"] == sum(turn["feedback"]["correct"] for turn in result["review"])
    assert result["seconds"] == sum(min(float(elapsed), 20.0) for elapsed in ELAPSED)
    scopes = ["overall"] if category == "mix" else [category, "overall"]
    assert [board["board"] for board in result["boards"]] == [
        f"{scope}:{period}"
        for scope in scopes
        for period in ("day:2026-11-23", "week:2026-W48", "month:2026-11", "all")
    ]
    assert {(board["rank"], board["total"]) for board in result["boards"]} == {(1, 1)}


def test_choices_are_shuffled_and_right_answers_name_them_by_their_place(api: ApiClient) -> None:
    question = api.start().json["question"]
    places = set()
    for index in range(LENGTH):
        assert sorted(choice["id"] for choice in question["choices"]) == [0, 1, 2, 3]
        feedback = api.answer(index, 0).json
        assert feedback["right_answer"] == choice(question, "Lima")
        places.add(feedback["right_answer"])
        question = api.reveal(index + 1).json
    assert len(places) > 1


def test_questions_come_easy_first_and_in_full_number(api: ApiClient) -> None:
    api.start()
    api.play()
    review = api.show().json["result"]["review"]
    assert [turn["question"]["difficulty"] for turn in review] == ["easy"] * 3 + ["medium"] * 4 + ["hard"] * 3
    assert [turn["question"]["index"] for turn in review] == list(range(LENGTH))


def test_a_question_tells_its_times(api: ApiClient, clock: Clock) -> None:
    question = api.start().json["question"]
    assert (question["revealed_at"], question["time_limit_seconds"], question["deadline"]) == (
        "2026-11-23T12:00:00.000Z",
        20,
        "2026-11-23T12:00:20.000Z",
    )


def test_a_relaxed_game_has_no_limits_and_is_on_no_board(api: ApiClient, clock: Clock) -> None:
    question = api.start(pace="relaxed").json["question"]
    assert (question["time_limit_seconds"], question["deadline"]) == (None, None)
    clock.tick(24 * 3600)
    assert api.show().json["state"] == "open"
    feedback = api.answer(0, choice(question, "Lima")).json
    assert (feedback["points"], feedback["late"], feedback["seconds"]) == (1000, False, 86400.0)
    for index in range(1, LENGTH):
        api.reveal(index)
        api.answer(index, None)
    assert api.show().json["result"]["boards"] == []
    assert api.get("/api/v1/leaderboards/overall/all").json["total"] == 0


def test_null_gives_up_and_is_worth_nothing(api: ApiClient, clock: Clock) -> None:
    api.start()
    clock.tick(2)
    feedback = api.answer(0, None).json
    assert (feedback["correct"], feedback["points"], feedback["late"], feedback["seconds"]) == (
        False,
        0,
        False,
        2.0,
    )


def test_nobody_reads_a_right_answer_before_its_feedback(
    store: Store, clock: Clock, rng: random.Random
) -> None:
    seed(store, a_secretive_bank(), NOON)
    app = create_app(store=store, clock=clock, rng=rng)
    api, key = ApiClient(app), a_key()
    api.start(key=key)
    for index in range(LENGTH):
        before = [api.show(), api.reveal(index), api.get("/api/v1/categories")]
        before += [api.answer(index, 99), api.answer(index, "w"), api.answer(index + 1, 0)]
        before += [api.reveal(index + 1), api.get(f"{api.game}/answers")]
        if index == 0:
            before.append(api.start(key=key))
        for response in before:
            everything = f"{response.headers}{response.get_data(as_text=True)}"
            assert not [secret for secret in SECRETS if secret in everything]
            assert '"answer"' not in everything
            assert '"right_answer"' not in everything
            assert '"correct"' not in everything
            assert everything.count("Prompt number") <= 1
        feedback = api.answer(index, 0).json
        assert feedback["explanation"].startswith("Secret reason")
        clock.tick(1)
        api.reveal(index + 1)


def test_somebody_elses_game_is_as_good_as_none(api: ApiClient, app: Quizboard) -> None:
    api.start()
    api.answer(0, 0)
    other = ApiClient(app)
    other.start("Grace")
    other.game = api.game
    nowhere = other.get(f"{GAMES}/nowhere")
    for response in (other.show(), other.answer(0, 0), other.reveal(1)):
        assert response.status_code == 404
        assert response.json == nowhere.json
    assert api.show().json["state"] == "feedback"


@pytest.mark.parametrize("token", ["", "x", "a.b", "é", "a=b", "eyJh.bGci.OiJI"])
def test_a_token_that_we_did_not_sign_opens_no_game(api: ApiClient, token: str) -> None:
    api.start()
    api.token = token
    assert api.show().status_code == 404
    assert api.answer(0, 0).status_code == 404


def test_a_changed_token_opens_no_game(api: ApiClient) -> None:
    api.start()
    assert api.token is not None
    payload, signature = api.token.split(".")
    for token in (f"{payload}.{signature[::-1]}", payload, f"{payload}x.{signature}"):
        assert api.get(api.game, Authorization=f"Bearer {token}").status_code == 404


def test_the_word_bearer_may_be_written_small(api: ApiClient) -> None:
    api.start()
    assert api.get(api.game, Authorization=f"bearer {api.token}").status_code == 200


def test_no_token_opens_no_game(api: ApiClient) -> None:
    api.start()
    api.token = None
    assert api.show().status_code == 404


@pytest.mark.parametrize("id", ["x" * 2000, "__reserved__", "a%2Fb", "%00", "é", ".", "-"])
def test_an_id_that_no_game_can_have_is_not_found(api: ApiClient, id: str) -> None:
    assert api.get(f"{GAMES}/{id}").status_code == 404


def test_a_token_starts_further_games_of_the_same_player(api: ApiClient) -> None:
    first, second = api.start().json, api.start().json
    assert first["player_id"] == second["player_id"]
    assert first["id"] != second["id"]


def test_the_same_key_starts_the_same_game(api: ApiClient, app: Quizboard, clock: Clock) -> None:
    key = a_key()
    first = api.start(key=key).json
    clock.tick(5)
    again, newcomer = api.start(key=key), ApiClient(app).start(key=key)
    assert (again.status_code, again.json) == (201, first)
    assert (newcomer.status_code, newcomer.json) == (201, first)


def test_the_same_key_still_starts_the_same_game_when_it_is_over(api: ApiClient) -> None:
    key = a_key()
    first = api.start(key=key).json
    api.play()
    assert api.start(key=key).json == first


@pytest.mark.parametrize("other", [{"pace": "relaxed"}, {"category": "music"}])
def test_the_same_key_starts_no_game_of_another_kind(api: ApiClient, other: dict[str, str]) -> None:
    key = a_key()
    api.start(key=key)
    assert api.start(key=key, **other).status_code == 422


@pytest.mark.parametrize(("length", "status"), [(1, 422), (15, 422), (16, 201), (255, 201), (256, 422)])
def test_a_key_is_neither_too_short_nor_too_long(api: ApiClient, length: int, status: int) -> None:
    assert api.start(key="k" * length).status_code == status


def test_two_players_with_the_same_key_get_different_games(api: ApiClient, app: Quizboard) -> None:
    key, other = a_key(), ApiClient(app)
    api.start("Ada")
    other.start("Grace")
    ada, grace = api.start("Ada", key=key).json, other.start("Grace", key=key).json
    assert ada["id"] != grace["id"]
    assert ada["player_id"] != grace["player_id"]


def test_without_a_key_two_newcomers_get_two_games(app: Quizboard) -> None:
    first, second = ApiClient(app).start().json, ApiClient(app).start().json
    assert first["id"] != second["id"]
    assert first["player_id"] != second["player_id"]


def test_a_game_may_be_of_one_category(api: ApiClient) -> None:
    api.start(category="music")
    api.play()
    assert {turn["question"]["category"] for turn in api.show().json["result"]["review"]} == {"music"}


def test_the_categories_are_those_with_questions(api: ApiClient) -> None:
    assert api.get("/api/v1/categories").json == [
        {"slug": "geography", "name": "Geography", "questions": 15},
        {"slug": "music", "name": "Music", "questions": 15},
    ]


def test_without_questions_no_game_starts(store: Store, clock: Clock, rng: random.Random) -> None:
    api = ApiClient(create_app(store=store, clock=clock, rng=rng))
    assert api.start().status_code == 503
    assert api.get("/api/v1/categories").json == []
