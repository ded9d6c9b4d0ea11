"""The state table of the design, a test for each cell; HTML and API only hand it on."""

from datetime import timedelta
from typing import Any

import pytest

from models.answer import Filled, UnreadableAnswer
from models.game import LENGTH, Game, OutOfTurn, Pace, State
from models.store import Store
from tests.builders import START, a_game, a_question, a_statement

LIMIT = 20
SOON = START + timedelta(seconds=5)
TOO_LATE = START + timedelta(seconds=LIMIT + 1, milliseconds=1)


def the_right(game: Game) -> Any:
    return game.turn.right_answer


def the_wrong(game: Game) -> Any:
    return (game.turn.right_answer + 1) % 4


def answered(game: Game) -> Game:
    return game.answered(game.index, the_right(game), SOON)


def at_question(index: int, game: Game | None = None) -> Game:
    """A game whose question `index` was just revealed, at START."""
    game = game or a_game()
    for _ in range(index):
        game = answered(game).revealing(game.index + 1, START)
    return game


def finished() -> Game:
    return answered(at_question(LENGTH - 1))


class TestOpen:
    def test_is_the_state_of_a_question_just_revealed(self) -> None:
        assert a_game().state(SOON) is State.OPEN

    def test_lasts_until_the_deadline_and_its_grace(self) -> None:
        assert a_game().state(START + timedelta(seconds=LIMIT + 1)) is State.OPEN
        assert a_game().state(TOO_LATE) is State.OVERDUE

    def test_an_answer_is_scored_and_closes_the_question(self) -> None:
        game = answered(a_game())
        assert game.points == 875
        assert game.state(SOON) is State.FEEDBACK

    def test_a_wrong_answer_is_worth_nothing(self) -> None:
        game = a_game()
        assert game.answered(0, the_wrong(game), SOON).points == 0

    def test_the_next_question_has_to_wait(self) -> None:
        with pytest.raises(OutOfTurn):
            a_game().revealing(1, SOON)

    def test_the_question_at_hand_can_be_asked_for_again(self) -> None:
        game = a_game()
        assert game.revealing(0, SOON) is game

    def test_is_shown_as_it_is(self) -> None:
        game = a_game()
        assert game.seen(SOON) is game


class TestOverdue:
    def test_an_answer_is_late_and_worth_nothing(self) -> None:
        game = a_game()
        late = game.answered(0, the_right(game), TOO_LATE)
        assert late.points == 0
        assert late.turn.verdict is not None
        assert late.turn.verdict.late
        assert late.turn.verdict.elapsed_ms == LIMIT * 1000

    def test_asking_for_the_next_question_closes_this_one(self) -> None:
        game = a_game().revealing(1, TOO_LATE)
        assert game.index == 1
        assert game.turns[0].verdict is not None
        assert game.turns[0].verdict.late
        assert game.turns[1].revealed_at == TOO_LATE

    def test_asking_for_more_after_the_last_question_finishes(self) -> None:
        game = at_question(LENGTH - 1).revealing(LENGTH, TOO_LATE)
        assert game.finished_at == TOO_LATE
        assert game.correct == LENGTH - 1

    def test_is_shown_as_a_time_out_and_not_changed(self) -> None:
        game = a_game()
        assert game.seen(TOO_LATE).turn.verdict is not None
        assert game.turn.verdict is None


class TestFeedback:
    @pytest.mark.parametrize("answer", [0, 1, 2, 3, None, "nonsense"])
    def test_the_first_answer_stands(self, answer: Any) -> None:
        game = answered(a_game())
        assert game.answered(0, answer, SOON) is game

    def test_the_next_question_is_revealed(self) -> None:
        game = answered(a_game()).revealing(1, SOON)
        assert game.state(SOON) is State.OPEN
        assert game.turn.revealed_at == SOON

    def test_a_question_further_ahead_is_out_of_turn(self) -> None:
        with pytest.raises(OutOfTurn):
            answered(a_game()).revealing(2, SOON)

    def test_an_answer_to_a_question_not_yet_asked_is_out_of_turn(self) -> None:
        with pytest.raises(OutOfTurn):
            answered(a_game()).answered(1, 0, SOON)

    def test_reading_it_is_never_on_the_clock(self) -> None:
        game = answered(a_game())
        assert game.state(SOON + timedelta(days=1)) is State.FEEDBACK


class TestFinished:
    def test_the_tenth_answer_finishes_the_game(self) -> None:
        assert finished().state(SOON) is State.FINISHED
        assert finished().finished_at == SOON

    @pytest.mark.parametrize("index", range(LENGTH))
    def test_every_answer_stands(self, index: int) -> None:
        game = finished()
        assert game.answered(index, 0, SOON) is game

    @pytest.mark.parametrize("index", range(LENGTH + 1))
    def test_every_question_and_the_result_can_be_asked_for(self, index: int) -> None:
        game = finished()
        assert game.revealing(index, SOON) is game

    @pytest.mark.parametrize("index", [-1, LENGTH + 1, 99])
    def test_there_is_nothing_beyond(self, index: int) -> None:
        with pytest.raises(OutOfTurn):
            finished().revealing(index, SOON)


@pytest.mark.parametrize("index", [-1, 1, 10])
def test_a_question_that_was_never_asked_takes_no_answer(index: int) -> None:
    with pytest.raises(OutOfTurn):
        a_game().answered(index, 0, SOON)


@pytest.mark.parametrize("answer", [4, -1, True, "x", "²", 1.0, [0], {}])
def test_an_answer_that_is_no_choice_changes_nothing(answer: Any) -> None:
    with pytest.raises(UnreadableAnswer):
        a_game().answered(0, answer, SOON)


def test_a_form_sends_the_choice_as_text() -> None:
    game = a_game()
    assert game.answered(0, Filled([str(the_right(game))]), SOON).points == 875


@pytest.mark.parametrize(
    ("answer", "points"), [(True, 875), (Filled(["true"]), 875), (False, 0), (Filled(["false"]), 0)]
)
def test_a_statement_is_true_or_false(answer: Any, points: int) -> None:
    game = a_game(questions=[a_statement(f"s{n}") for n in range(LENGTH)])
    assert game.answered(0, answer, SOON).points == points


@pytest.mark.parametrize("answer", [0, 1, "yes", "True", [True]])
def test_nothing_else_answers_a_statement(answer: Any) -> None:
    with pytest.raises(UnreadableAnswer):
        a_game(questions=[a_statement(f"s{n}") for n in range(LENGTH)]).answered(0, answer, SOON)


def test_giving_up_closes_the_question_for_nothing() -> None:
    game = a_game().answered(0, None, SOON)
    assert game.state(SOON) is State.FEEDBACK
    assert game.points == 0
    assert game.turn.verdict is not None
    assert not game.turn.verdict.late


def test_a_relaxed_game_has_no_clock() -> None:
    game = a_game(Pace.RELAXED)
    next_year = START + timedelta(days=400)
    assert game.state(next_year) is State.OPEN
    assert game.answered(0, the_right(game), next_year).points == 1000


def test_a_question_may_have_a_limit_of_its_own() -> None:
    game = a_game(questions=[a_question(f"q{n}", time_limit_seconds=60) for n in range(LENGTH)])
    assert game.state(START + timedelta(seconds=61)) is State.OPEN
    assert game.answered(0, the_right(game), START + timedelta(seconds=30)).points == 750


def test_choices_are_shuffled_and_statements_are_not() -> None:
    orders = {tuple(a_game(seed=seed).turn.choices) for seed in range(50)}
    assert len(orders) > 10
    assert a_game(questions=[a_statement(f"s{n}") for n in range(LENGTH)]).turn.choices == []


def test_points_add_up_question_by_question() -> None:
    game = finished()
    assert [game.score_after(index) for index in range(LENGTH)] == [875 * n for n in range(1, LENGTH + 1)]
    assert (game.points, game.correct, game.elapsed_ms) == (8750, LENGTH, 50_000)


@pytest.mark.parametrize("game", [a_game(), answered(a_game()), finished(), a_game(Pace.RELAXED)])
def test_a_game_comes_back_from_datastore_as_it_was(game: Game, store: Store) -> None:
    store.put_many([game.to_entity(store)])
    entity = store.get(Game.KIND, game.id)
    assert entity is not None
    assert Game.from_entity(entity) == game
