import random
from collections.abc import Sequence
from statistics import StatisticsError, correlation

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import statistics
from models.question import Difficulty
from models.statistics import (
    ENOUGH_ANSWERS,
    PAGES,
    SHOWN,
    QuestionSums,
    extremes,
    hardest_and_easiest,
    interval,
    kept,
    page_of,
)

ANSWERS = st.lists(
    st.tuples(st.sampled_from([0, 333, 500, 1000]), st.integers(0, 9000)), min_size=1, max_size=40
)


def a_question(asked: int, right: int) -> QuestionSums:
    return QuestionSums(asked=asked, right=right, x=1000 * right, xx=10**6 * right)


def sums_of(answers: Sequence[tuple[int, int]]) -> QuestionSums:
    each = [QuestionSums.of_answer(x, y, 1000, is_late=False).numbers for x, y in answers]
    return QuestionSums(*(sum(numbers) for numbers in zip(*each, strict=True)))


@given(ANSWERS)
def test_discrimination_is_the_correlation_with_the_rest_of_the_game(answers: list[tuple[int, int]]) -> None:
    found = sums_of(answers).discrimination
    try:
        expected = correlation([x for x, _ in answers], [y for _, y in answers])
    except StatisticsError:
        assert found is None
        return
    assert found == pytest.approx(expected, abs=1e-9)


def test_a_question_that_only_the_strong_get_right_discriminates() -> None:
    strong, weak = [(1000, 9000)] * 10, [(0, 1000)] * 10
    assert sums_of(strong + weak).discrimination == pytest.approx(1)
    assert sums_of([(0, 9000)] * 10 + [(1000, 1000)] * 10).discrimination == pytest.approx(-1)
    assert sums_of(strong).discrimination is None


def test_only_answers_against_the_clock_have_a_mean_time() -> None:
    relaxed = QuestionSums.of_answer(1000, 0, None, is_late=False)
    assert relaxed.mean_ms is None
    assert sums_of([(0, 0), (0, 0)]).mean_ms == 1000


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"), [(0, 10, 0.0, 0.278), (5, 10, 0.237, 0.763), (10, 10, 0.722, 1.0)]
)
def test_the_interval_is_wilsons(part: int, whole: int, low: float, high: float) -> None:
    assert interval(part, whole) == (pytest.approx(low, abs=1e-3), pytest.approx(high, abs=1e-3))


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_the_interval_holds_the_share_and_lies_between_none_and_all(part: int, more: int) -> None:
    whole = part + more
    low, high = interval(part, whole)
    share = part / whole if whole else 0.5
    assert -1e-9 <= low <= share + 1e-9
    assert share - 1e-9 <= high <= 1 + 1e-9


@pytest.mark.parametrize(
    ("asked", "right", "told", "disagrees"),
    [
        (100, 20, Difficulty.EASY, True),
        (100, 20, Difficulty.MEDIUM, True),
        (100, 20, Difficulty.HARD, False),
        (100, 95, Difficulty.HARD, True),
        (100, 95, Difficulty.EASY, False),
        (100, 60, Difficulty.MEDIUM, False),
        (10, 4, Difficulty.MEDIUM, False),
        (ENOUGH_ANSWERS - 1, 0, Difficulty.EASY, False),
        (0, 0, Difficulty.EASY, False),
    ],
)
def test_a_difficulty_is_doubted_only_where_it_can_hardly_be(
    asked: int, right: int, told: Difficulty, disagrees: bool
) -> None:
    assert a_question(asked, right).disagrees_with(told) is disagrees


@pytest.mark.parametrize(
    ("right", "measured"),
    [(0, "hard"), (44, "hard"), (45, "medium"), (74, "medium"), (75, "easy"), (100, "easy")],
)
def test_the_share_of_right_answers_says_how_hard_a_question_is(right: int, measured: str) -> None:
    assert a_question(100, right).measured == measured


def test_every_question_has_one_of_sixteen_pages() -> None:
    assert {page_of(f"question-{n}") for n in range(500)} == set(PAGES)


QUESTIONS = st.dictionaries(
    st.text("abcdef", min_size=1, max_size=4),
    st.tuples(st.integers(0, 40), st.integers(0, 40)).map(lambda ns: a_question(max(ns), min(ns)).numbers),
    max_size=40,
)


@given(QUESTIONS, st.integers(1, 4))
def test_the_extremes_of_the_extremes_are_the_extremes(
    questions: dict[str, Sequence[int]], pages: int
) -> None:
    parts = [dict(list(questions.items())[n::pages]) for n in range(pages)]
    known = {id: numbers for id, numbers in questions.items() if numbers[0] >= ENOUGH_ANSWERS}
    chosen = extremes(parts)
    assert hardest_and_easiest(chosen) == hardest_and_easiest(known)
    hardest, easiest = hardest_and_easiest(chosen)
    assert not set(hardest) & set(easiest)
    assert len(hardest) == len(easiest) == min(SHOWN, len(known) // 2)


def test_few_answers_make_no_question_the_hardest() -> None:
    questions = {"often": a_question(200, 10).numbers, "seldom": a_question(10, 0).numbers}
    questions |= {f"easy-{n}": a_question(100, 90).numbers for n in range(10)}
    assert hardest_and_easiest(questions)[0][0] == "often"


@given(st.lists(st.text("abcdef", min_size=1, max_size=3), max_size=60), st.integers(1, 7), st.randoms())
def test_a_full_page_keeps_the_same_questions_whole_in_whatever_order_they_come(
    asked: list[str], size: int, chance: random.Random
) -> None:
    def page_of_all(ids: list[str], step: int) -> dict[str, int]:
        page: dict[str, Sequence[int]] = {}
        for start in range(0, len(ids), step):
            for id in ids[start : start + step]:
                page = {**page, id: [page[id][0] + 1 if id in page else 1]}
            page = dict(kept(page))
        return {id: numbers[0] for id, numbers in page.items()}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(statistics, "QUESTIONS_PER_PAGE", 4)
        in_order = page_of_all(asked, size)
        chance.shuffle(asked)
        assert page_of_all(asked, 1) == in_order
        assert in_order == {id: asked.count(id) for id in in_order}
