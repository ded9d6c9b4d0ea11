from datetime import UTC, datetime, timedelta, timezone

import pytest

from models.game import LENGTH
from tests.builders import START, a_game
from views import shapes


def test_a_question_shows_its_choices_by_their_place_and_nothing_of_the_answer() -> None:
    game = a_game()
    shape = shapes.question(game, 0)
    assert [choice["id"] for choice in shape["choices"]] == [0, 1, 2, 3]
    assert [choice["text"] for choice in shape["choices"]] == game.turn.choices
    assert not {"answer", "right_answer", "explanation", "source", "id"} & shape.keys()


def test_an_open_game_has_no_feedback_and_a_closed_one_has() -> None:
    game = a_game()
    assert "feedback" not in shapes.game(game, START, ())
    closed = game.answered(0, 0, START)
    assert shapes.game(closed, START, ())["feedback"] == shapes.feedback(closed, 0)


def test_a_question_that_ran_out_of_time_looks_closed_but_finishes_nothing() -> None:
    game = a_game()
    for index in range(LENGTH - 1):
        game = game.answered(index, 0, START).revealing(index + 1, START)
    shape = shapes.game(game, START + timedelta(seconds=22), ())
    assert (shape["state"], shape["feedback"]["late"], shape["feedback"]["finished"]) == (
        "overdue",
        True,
        False,
    )


def test_a_score_is_that_of_the_questions_up_to_this_one() -> None:
    game = a_game()
    right = [turn.right_answer for turn in game.turns]
    game = game.answered(0, right[0], START).revealing(1, START).answered(1, right[1], START)
    assert [shapes.feedback(game, index)["score"] for index in (0, 1)] == [1000, 2000]


@pytest.mark.parametrize(
    ("when", "text"),
    [
        (None, None),
        (datetime(2026, 11, 23, 12, tzinfo=UTC), "2026-11-23T12:00:00.000Z"),
        (datetime(2026, 11, 23, 12, 0, 0, 999_999, tzinfo=UTC), "2026-11-23T12:00:00.999Z"),
    ],
)
def test_a_moment_is_in_utc_to_the_millisecond(when: datetime | None, text: str | None) -> None:
    assert shapes.moment(when) == text


def test_a_moment_of_another_zone_is_told_in_utc() -> None:
    east = datetime(2026, 11, 23, 14, tzinfo=timezone(timedelta(hours=2)))
    assert shapes.moment(east) == "2026-11-23T12:00:00.000Z"
