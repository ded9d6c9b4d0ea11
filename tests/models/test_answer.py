import random
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.answer import MOST, TEXT_LENGTH, TYPES, Filled, UnreadableAnswer
from models.question import Question
from models.turn import Turn, turn_from_json, turn_to_json
from tests.builders import START, a_question, one_of_each_type

EACH = one_of_each_type()
CITIES = ("Lima", "Quito", "Bogotá", "La Paz", "Sucre")

seeds = st.integers(0, 1000).map(random.Random)


def a_turn(question: Question, seed: int = 1) -> Turn:
    return Turn.dealt(question, is_timed=True, rng=random.Random(seed)).revealed(START)


def fraction(question: Question, answer: Any) -> Fraction:
    verdict = a_turn(question).answered(answer, START).verdict
    assert verdict is not None
    return verdict.fraction


def ids(turn: Turn, *texts: str) -> list[int]:
    return [turn.choices.index(text) for text in texts]


@pytest.mark.parametrize("question", EACH.values(), ids=EACH)
def test_the_right_answer_of_each_type_is_right(question: Question) -> None:
    for seed in range(20):
        turn = a_turn(question, seed)
        verdict = turn.answered(turn.right_answer, START).verdict
        assert verdict is not None
        assert (verdict.fraction, verdict.points) == (1, 1000)


@pytest.mark.parametrize("question", EACH.values(), ids=EACH)
def test_a_turn_of_each_type_comes_back_from_its_json_as_it_was(question: Question) -> None:
    turn = a_turn(question)
    turn = turn.answered(turn.right_answer, START)
    assert turn_from_json(turn_to_json(turn), question) == turn


@pytest.mark.parametrize("question", EACH.values(), ids=EACH)
@pytest.mark.parametrize(
    "answer",
    [{}, [[]], [True], [0, 0], [-1], [9], ["0"], 10**400, float("nan"), float("inf"), b"x", "\ud800"],
)
def test_what_is_no_answer_is_unreadable(question: Question, answer: Any) -> None:
    with pytest.raises(UnreadableAnswer):
        a_turn(question).answered(answer, START)


@pytest.mark.parametrize("question", EACH.values(), ids=EACH)
@given(values=st.lists(st.text(max_size=5) | st.sampled_from(["0", "1", "2", "true", "7"]), max_size=4))
def test_a_form_may_send_anything(question: Question, values: list[str]) -> None:
    try:
        verdict = a_turn(question).answered(Filled(values), START).verdict
    except UnreadableAnswer:
        return
    assert verdict is not None
    assert verdict.answer is not None, "giving up is another button"


@pytest.mark.parametrize(
    ("type_name", "values", "answer"),
    [
        ("single", ["2"], 2),
        ("multiple", ["2", "0"], [0, 2]),
        ("multiple", ["2"], [2]),
        ("boolean", ["false"], False),
        ("text", ["  la \n lima "], "la lima"),
        ("number", ["1,535"], 1535),
        ("ordering", ["2", "0", "1"], [2, 0, 1]),
    ],
)
def test_a_form_is_read_by_its_type(type_name: str, values: list[str], answer: Any) -> None:
    verdict = a_turn(EACH[type_name]).answered(Filled(values), START).verdict
    assert verdict is not None
    assert verdict.answer == answer


class TestMultiple:
    question = a_question(type="multiple", choices=CITIES, answer=CITIES[:2])

    @pytest.mark.parametrize(
        ("chosen", "worth"),
        [
            (CITIES[:2], Fraction(1)),
            (CITIES[:1], Fraction(1, 2)),
            (CITIES[:3], 1 - Fraction(1, 3)),
            (CITIES[1:3], Fraction(1, 2) - Fraction(1, 3)),
            (CITIES, Fraction(0)),
            (CITIES[2:], Fraction(0)),
        ],
    )
    def test_is_worth_the_right_ones_less_the_wrong_ones(self, chosen: Any, worth: Fraction) -> None:
        assert fraction(self.question, ids(a_turn(self.question), *chosen)) == worth

    def test_with_nothing_wrong_to_choose_is_worth_the_right_ones(self) -> None:
        question = a_question(type="multiple", choices=CITIES, answer=CITIES)
        assert fraction(question, [0, 1]) == Fraction(2, 5)

    def test_needs_something_chosen(self) -> None:
        with pytest.raises(UnreadableAnswer, match="at least one"):
            fraction(self.question, [])

    @given(st.sets(st.integers(0, 4), min_size=1), seeds)
    def test_the_order_and_the_shuffle_change_nothing(self, places: set[int], rng: random.Random) -> None:
        turn = Turn.dealt(self.question, True, rng).revealed(START)
        chosen = ids(turn, *(CITIES[place] for place in places))
        rng.shuffle(chosen)
        verdict = turn.answered(chosen, START).verdict
        assert verdict is not None
        right, wrong = len(places & {0, 1}), len(places - {0, 1})
        assert verdict.fraction == max(0, Fraction(right, 2) - Fraction(wrong, 3))


class TestOrdering:
    question = a_question(type="ordering", choices=(), answer=CITIES)

    @given(st.permutations(CITIES))
    def test_is_worth_the_share_of_places_that_are_right(self, order: list[str]) -> None:
        right = sum(one == other for one, other in zip(order, CITIES, strict=True))
        assert fraction(self.question, ids(a_turn(self.question), *order)) == Fraction(right, 5)

    def test_is_never_dealt_solved(self) -> None:
        assert all(a_turn(self.question, seed).choices != list(CITIES) for seed in range(200))

    def test_of_two_items_may_be_dealt_solved(self) -> None:
        question = a_question(type="ordering", choices=(), answer=CITIES[:2])
        assert len({tuple(a_turn(question, seed).choices) for seed in range(50)}) == 2

    @pytest.mark.parametrize("answer", [[], [0, 1], [0, 1, 2, 3, 3], [0, 1, 2, 3, 4, 5]])
    def test_needs_every_item_once(self, answer: list[int]) -> None:
        with pytest.raises(UnreadableAnswer, match="place of its own"):
            fraction(self.question, answer)


class TestNumber:
    @pytest.mark.parametrize(
        ("right", "tolerance", "answer", "is_right"),
        [
            (1535, 0, 1535, True),
            (1535, 0, 1535.0, True),
            (1535, 0, 1536, False),
            (1535, 5, 1540, True),
            (1535, 5, 1530, True),
            (1535, 5, 1540.01, False),
            (0.2, 0.1, 0.3, True),
            (-4, 0, -4, True),
            (MOST, 0, MOST, True),
        ],
    )
    def test_is_right_up_to_its_tolerance(
        self, right: float, tolerance: float, answer: float, is_right: bool
    ) -> None:
        question = a_question(type="number", choices=(), answer=right, tolerance=tolerance)
        assert fraction(question, answer) == is_right

    def test_has_an_end(self) -> None:
        with pytest.raises(UnreadableAnswer, match="at most"):
            fraction(EACH["number"], MOST + 1)


class TestText:
    def test_is_right_in_other_words_that_are_accepted(self) -> None:
        assert fraction(EACH["text"], "city of kings") == 1
        assert fraction(EACH["text"], "Quito") == 0

    @pytest.mark.parametrize("answer", ["x" * (TEXT_LENGTH + 1), "a\x00b", "\u202etxet"])
    def test_is_of_characters_that_can_be_seen(self, answer: str) -> None:
        with pytest.raises(UnreadableAnswer, match="characters"):
            fraction(EACH["text"], answer)


class TestWhatWasChosen:
    def test_is_said_as_the_question_was_written(self) -> None:
        for seed in range(10):
            for type_name, texts, chosen in (
                ("single", ["Quito"], [1]),
                ("multiple", ["La Paz", "Lima"], [0, 3]),
                ("ordering", ["Quito", "La Paz", "Lima"], [1, 2, 0]),
            ):
                turn = a_turn(EACH[type_name], seed)
                answer = ids(turn, *texts)
                answered = turn.answered(answer[0] if type_name == "single" else answer, START)
                assert answered.chosen == chosen

    def test_is_true_or_false_of_a_statement(self) -> None:
        assert a_turn(EACH["boolean"]).answered(False, START).chosen is False

    @pytest.mark.parametrize(
        ("type_name", "answer"), [("text", "my name"), ("number", 49123), ("single", None)]
    )
    def test_is_nothing_where_it_was_typed_or_passed(self, type_name: str, answer: Any) -> None:
        assert a_turn(EACH[type_name]).answered(answer, START).chosen is None

    def test_is_nothing_before_there_is_an_answer(self) -> None:
        assert a_turn(EACH["single"]).chosen is None


def test_there_is_a_question_of_each_type_to_test_with() -> None:
    assert EACH.keys() == TYPES.keys()
