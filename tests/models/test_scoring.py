from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.scoring import FULL_POINTS, clamped, is_late, points

RIGHT, HALF, WRONG = Fraction(1), Fraction(1, 2), Fraction(0)
T = 20_000


@pytest.mark.parametrize(
    ("fraction", "elapsed_ms", "limit_ms", "expected"),
    [
        (RIGHT, 0, T, 1000),
        (RIGHT, 499, T, 1000),
        (RIGHT, 500, T, 988),  # 987.5 rounds half up
        (RIGHT, 501, T, 987),
        (RIGHT, 3_214, T, 920),  # 919.65
        (RIGHT, 10_000, T, 750),
        (RIGHT, T, T, 500),
        (HALF, 10_000, T, 375),
        (HALF, 20, T, 500),
        (WRONG, 0, T, 0),
        (RIGHT, 0, None, 1000),
        (RIGHT, 99_000_000, None, 1000),
        (Fraction(1, 3), 0, None, 333),
        (Fraction(2, 3), 0, None, 667),
        (WRONG, 5, None, 0),
    ],
)
def test_points_are_those_of_the_formula(
    fraction: Fraction, elapsed_ms: int, limit_ms: int | None, expected: int
) -> None:
    assert points(fraction, elapsed_ms, limit_ms) == expected


@pytest.mark.parametrize(
    ("elapsed_ms", "limit_ms", "expected"),
    [(0, T, False), (T, T, False), (T + 1000, T, False), (T + 1001, T, True), (10**9, None, False)],
)
def test_an_answer_counts_until_a_second_after_the_deadline(
    elapsed_ms: int, limit_ms: int | None, expected: bool
) -> None:
    assert is_late(elapsed_ms, limit_ms) is expected


limits = st.integers(5_000, 240_000)


@given(limit=limits, data=st.data())
def test_faster_is_never_worth_less_and_right_never_less_than_half(limit: int, data: st.DataObject) -> None:
    slow = data.draw(st.integers(0, limit))
    fast = data.draw(st.integers(0, slow))
    assert FULL_POINTS // 2 <= points(RIGHT, slow, limit) <= points(RIGHT, fast, limit) <= FULL_POINTS


@given(elapsed=st.integers(-(10**6), 10**7), limit=st.none() | limits)
def test_time_is_clamped_between_nothing_and_the_limit(elapsed: int, limit: int | None) -> None:
    assert 0 <= clamped(elapsed, limit) <= (limit if limit is not None else max(0, elapsed))


@given(fraction=st.fractions(0, 1), limit=limits, data=st.data())
def test_points_are_the_nearest_integer_to_the_formula(
    fraction: Fraction, limit: int, data: st.DataObject
) -> None:
    elapsed = data.draw(st.integers(500, limit))
    exact = FULL_POINTS * fraction * (1 - Fraction(elapsed, 2 * limit))
    assert abs(points(fraction, elapsed, limit) - exact) <= Fraction(1, 2)
