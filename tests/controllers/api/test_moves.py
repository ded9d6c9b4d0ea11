"""The table of states and moves, cell by cell, as it is over HTTP."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from models.game import LENGTH, Game
from models.store import Store
from tests.conftest import Clock
from tests.controllers.api_client import ApiClient, choice

LAST = LENGTH - 1
MIDDLE = 3

EITHER = pytest.mark.parametrize("n", [0, MIDDLE, LAST])
STATES = ("open", "overdue", "feedback", "finished")
BEFORE_THE_END = pytest.mark.parametrize("state", STATES[:3])


def bring(api: ApiClient, clock: Clock, state: str, n: int) -> dict[str, Any]:
    """A game to that state of question n, which is returned; to be finished, it must be the last."""
    api.start()
    question = api.skip_to(n)
    clock.tick(4)
    if state == "overdue":
        clock.tick(17.001)
    elif state in ("feedback", "finished"):
        assert api.answer(n, choice(question, "Lima")).json["points"] == 900
    assert api.show().json["state"] == state
    return question


def outcome(response: TestResponse) -> tuple[int, str]:
    """The status, and what kind of thing was answered."""
    body = response.json
    kinds = {"prompt": "question", "right_answer": "feedback", "state": "game", "title": "problem"}
    return response.status_code, next(kind for field, kind in kinds.items() if field in body)


@EITHER
def test_open_an_answer_is_scored_and_saved(api: ApiClient, clock: Clock, n: int) -> None:
    question = bring(api, clock, "open", n)
    response = api.answer(n, choice(question, "Lima"))
    assert outcome(response) == (200, "feedback")
    assert (response.json["points"], response.json["late"]) == (900, False)
    assert api.show().json["state"] == ("finished" if n == LAST else "feedback")


@EITHER
def test_open_the_next_question_has_to_wait(api: ApiClient, clock: Clock, n: int) -> None:
    bring(api, clock, "open", n)
    assert outcome(api.reveal(n + 1)) == (409, "problem")
    assert api.show().json["state"] == "open"


@EITHER
def test_open_shows_the_question(api: ApiClient, clock: Clock, n: int) -> None:
    question = bring(api, clock, "open", n)
    game = api.show().json
    assert (game["index"], game["question"]) == (n, question)
    assert "feedback" not in game


@EITHER
def test_overdue_an_answer_is_late_and_worth_nothing(api: ApiClient, clock: Clock, n: int) -> None:
    question = bring(api, clock, "overdue", n)
    response = api.answer(n, choice(question, "Lima"))
    assert outcome(response) == (200, "feedback")
    assert (response.json["points"], response.json["late"], response.json["correct"]) == (0, True, False)
    assert response.json["seconds"] == 20.0
    assert api.show().json["state"] == ("finished" if n == LAST else "feedback")


@EITHER
def test_overdue_an_answer_that_cannot_be_read_is_late_as_well(api: ApiClient, clock: Clock, n: int) -> None:
    bring(api, clock, "overdue", n)
    response = api.answer(n, "nonsense")
    assert outcome(response) == (200, "feedback")
    assert (response.json["points"], response.json["late"]) == (0, True)


@pytest.mark.parametrize("n", [0, MIDDLE])
def test_overdue_going_on_closes_the_question_and_reveals_the_next(
    api: ApiClient, clock: Clock, n: int
) -> None:
    bring(api, clock, "overdue", n)
    response = api.reveal(n + 1)
    assert outcome(response) == (201, "question")
    assert response.json["index"] == n + 1
    closed = api.answer(n, 0).json
    assert (closed["late"], closed["points"]) == (True, 0)


def test_overdue_going_on_after_the_last_finishes_the_game(api: ApiClient, clock: Clock) -> None:
    bring(api, clock, "overdue", LAST)
    response = api.reveal(LENGTH)
    assert outcome(response) == (200, "game")
    assert response.json["state"] == "finished"
    last = response.json["result"]["review"][LAST]
    assert (last["answer"], last["feedback"]["late"], last["feedback"]["points"]) == (None, True, 0)


@EITHER
def test_overdue_shows_a_time_out_and_writes_nothing(
    api: ApiClient, clock: Clock, bank: Store, n: int
) -> None:
    question = bring(api, clock, "overdue", n)
    before = bank.get(Game.KIND, api.game_id)
    game = api.show().json
    assert (game["index"], game["question"]) == (n, question)
    feedback = game["feedback"]
    assert (feedback["late"], feedback["points"], feedback["finished"]) == (True, 0, False)
    assert bank.get(Game.KIND, api.game_id) == before


@pytest.mark.parametrize("n", [0, MIDDLE])
@pytest.mark.parametrize("answer", [0, 1, 2, 3, None, "nonsense"])
def test_feedback_stays_whatever_is_answered_then(api: ApiClient, clock: Clock, n: int, answer: Any) -> None:
    bring(api, clock, "feedback", n)
    first = api.show().json["feedback"]
    clock.tick(60)
    response = (
        api.post(f"{api.game}/answers", {"index": n, "answer": answer})
        if answer != "nonsense"
        else (
            api.send(
                "POST", f"{api.game}/answers", f'{{"index": {n}, "answer": [["x"]]}}', "application/json"
            )
        )
    )
    assert (response.status_code, response.json) == (200, first)
    assert api.show().json["feedback"] == first


@pytest.mark.parametrize("n", [0, MIDDLE])
def test_feedback_goes_on_to_the_next_question(api: ApiClient, clock: Clock, n: int) -> None:
    bring(api, clock, "feedback", n)
    clock.tick(3)
    response = api.reveal(n + 1)
    assert outcome(response) == (201, "question")
    game = api.show().json
    assert (game["state"], game["index"], game["question"]) == ("open", n + 1, response.json)


@pytest.mark.parametrize("n", [0, MIDDLE])
def test_feedback_shows_itself(api: ApiClient, clock: Clock, n: int) -> None:
    question = bring(api, clock, "feedback", n)
    game = api.show().json
    assert (game["index"], game["question"], game["feedback"]["points"]) == (n, question, 900)


@pytest.mark.parametrize("k", [0, MIDDLE, LAST])
def test_finished_an_answer_gets_the_feedback_as_it_was(api: ApiClient, clock: Clock, k: int) -> None:
    bring(api, clock, "finished", LAST)
    was = api.show().json["result"]["review"][k]["feedback"]
    for answer in (0, 1, None):
        response = api.answer(k, answer)
        assert (response.status_code, response.json) == (200, was)


def test_finished_going_on_gets_the_result(api: ApiClient, clock: Clock) -> None:
    bring(api, clock, "finished", LAST)
    response = api.reveal(LENGTH)
    assert outcome(response) == (200, "game")
    assert response.json == api.show().json


@pytest.mark.parametrize("n", [0, MIDDLE])
@BEFORE_THE_END
def test_a_revealed_question_is_shown_again_as_it_was(
    api: ApiClient, clock: Clock, state: str, n: int
) -> None:
    question = bring(api, clock, state, n)
    clock.tick(1)
    response = api.reveal(n)
    assert (response.status_code, response.json) == (200, question)
    assert outcome(api.reveal(0)) == (200, "question")
    assert api.show().json["index"] == n


@pytest.mark.parametrize("k", [0, MIDDLE, LAST])
def test_a_question_of_a_finished_game_is_shown_again_as_it_was(api: ApiClient, clock: Clock, k: int) -> None:
    bring(api, clock, "finished", LAST)
    response = api.reveal(k)
    assert outcome(response) == (200, "question")
    assert response.json == api.show().json["result"]["review"][k]["question"]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("ahead", [2, 3, 50, 10**30])
def test_no_question_is_skipped(api: ApiClient, clock: Clock, state: str, ahead: int) -> None:
    n = LAST if state == "finished" else MIDDLE
    bring(api, clock, state, n)
    before = api.show().json
    assert outcome(api.reveal(n + ahead)) == (409, "problem")
    assert outcome(api.reveal(-1)) == (409, "problem")
    assert api.show().json == before


@pytest.mark.parametrize("state", STATES)
def test_a_question_that_was_never_revealed_takes_no_answer(api: ApiClient, clock: Clock, state: str) -> None:
    n = LAST if state == "finished" else MIDDLE
    bring(api, clock, state, n)
    before = api.show().json
    for index in (n + 1, LENGTH, 50, -1):
        assert outcome(api.answer(index, 0)) == (409, "problem")
    assert api.show().json == before
