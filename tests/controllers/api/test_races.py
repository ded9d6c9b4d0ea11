from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from werkzeug.test import TestResponse

from controllers.application import Quizboard
from models.event import Event
from models.game import LENGTH
from models.store import Store
from tests.conftest import NOON
from tests.controllers.api_client import ApiClient, a_key
from tests.events.fakes import FakePubSub

RACERS = 8


def race(
    app: Quizboard, api: ApiClient, move: Callable[[ApiClient, int], TestResponse]
) -> list[TestResponse]:
    """What each of eight programs of one player is answered when all of them move at once."""
    start = Barrier(RACERS)

    def run(number: int) -> TestResponse:
        racer = ApiClient(app, api.token)
        racer.game = api.game
        start.wait()
        return move(racer, number)

    with ThreadPoolExecutor(RACERS) as pool:
        return list(pool.map(run, range(RACERS)))


@pytest.mark.parametrize("n", [0, LENGTH - 1])
def test_eight_answers_at_once_count_once_and_get_the_same_feedback(
    app: Quizboard, api: ApiClient, n: int
) -> None:
    api.start()
    api.skip_to(n)
    score = api.show().json["score"]
    answers = race(app, api, lambda racer, number: racer.answer(n, number % 4))
    assert {answer.status_code for answer in answers} == {200}
    [feedback] = {answer.get_data() for answer in answers}
    assert answers[0].json["score"] == score + answers[0].json["points"] == api.show().json["score"]
    assert api.answer(n, 0).get_data() == feedback


def test_a_raced_finish_is_one_fact_and_leaves_nothing_to_tell(
    app: Quizboard, api: ApiClient, bank: Store, pubsub: FakePubSub
) -> None:
    api.start()
    api.skip_to(LENGTH - 1)
    race(app, api, lambda racer, number: racer.answer(LENGTH - 1, number % 4))
    assert pubsub.ids == [api.show().json["id"]]
    [event] = bank.query(Event.KIND).entities

    assert (event["type"], event["id"]) == ("GameFinished", api.show().json["id"])
    assert bank.query(Event.OUTBOX).entities == []
    pubsub.hand_on(bank, NOON)
    [entry] = api.get("/api/v1/leaderboards/overall/day").json["entries"]
    assert entry["points"] == api.show().json["score"]


def test_a_game_that_was_raced_all_along_adds_up(app: Quizboard, api: ApiClient, bank: Store) -> None:
    api.start()
    total = 0
    for index in range(LENGTH):
        answers = race(app, api, lambda racer, number, index=index: racer.answer(index, number % 4))
        total += answers[0].json["points"]
        race(app, api, lambda racer, number, index=index: racer.reveal(index + 1))
    assert api.show().json["result"]["points"] == total
    assert len(bank.query(Event.KIND).entities) == 1


def test_eight_steps_at_once_reveal_one_question_at_one_time(app: Quizboard, api: ApiClient) -> None:
    api.start()
    api.answer(0, 0)
    answers = race(app, api, lambda racer, number: racer.reveal(1))
    assert sorted(answer.status_code for answer in answers) == [200] * (RACERS - 1) + [201]
    assert len({answer.get_data() for answer in answers}) == 1


def test_eight_starts_at_once_with_one_key_are_one_game(app: Quizboard, api: ApiClient) -> None:
    key = a_key()
    answers = race(app, api, lambda racer, number: racer.start(key=key))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.get_data() for answer in answers}) == 1
