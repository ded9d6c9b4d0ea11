from datetime import date, timedelta
from gettext import NullTranslations

import pytest

from models.board import OVERALL, Board, Period
from tests.builders import START, a_game, a_statement
from views import words
from views.translation import Language


@pytest.mark.parametrize(
    ("elapsed_ms", "text"),
    [(0, "0.0 s"), (5_400, "5.4 s"), (59_900, "59.9 s"), (65_400, "1:05.4"), (600_000, "10:00.0")],
)
def test_a_duration_is_said_in_seconds_or_minutes(elapsed_ms: int, text: str) -> None:
    assert words.duration(elapsed_ms) == text


@pytest.mark.parametrize(("elapsed_ms", "text"), [(59_999, "1:00.0"), (119_999, "2:00.0")])
def test_a_duration_never_says_sixty_seconds(elapsed_ms: int, text: str) -> None:
    assert words.duration(elapsed_ms) == text


def test_numbers_are_grouped() -> None:
    assert [words.number(value) for value in (0, 999, 1000, 10_000)] == ["0", "999", "1,000", "10,000"]


def test_a_difference_has_its_sign() -> None:
    assert [words.difference(value) for value in (1200, -80, 0)] == ["+1,200", "−80", "±0"]


def test_a_sign_stands_before_its_number_also_from_right_to_left(monkeypatch: pytest.MonkeyPatch) -> None:
    hebrew = Language("he", NullTranslations())
    monkeypatch.setattr(words, "language", lambda: hebrew)
    assert words.difference(-80) == "\N{LEFT-TO-RIGHT MARK}−80"


def test_options_are_what_a_form_sends() -> None:
    assert [value for _, value, _ in words.options(a_game().turn)] == ["0", "1", "2", "3"]
    statement = a_game(questions=[a_statement(f"s{n}") for n in range(10)])
    assert words.options(statement.turn) == [(True, "true", "True"), (False, "false", "False")]


@pytest.mark.parametrize("period", list(Period))
def test_the_present_is_called_so_and_the_past_by_its_date(period: Period) -> None:
    board = Board.holding(OVERALL, period, START)
    names = {"day": "Today", "week": "This week", "month": "This month", "all": "All time"}
    assert words.period_name(board, START) == names[period]
    later = START + timedelta(days=40)
    assert words.period_name(board, later) == (board.at or "All time")


@pytest.mark.parametrize(
    ("wait", "text"),
    [
        (timedelta(hours=3, minutes=12), "in 3 h 12 min"),
        (timedelta(hours=3, minutes=11, seconds=1), "in 3 h 12 min"),
        (timedelta(minutes=59, seconds=1), "in 1 h 0 min"),
        (timedelta(days=1), "in 24 h 0 min"),
        (timedelta(microseconds=1), "in 1 min"),
    ],
)
def test_a_wait_is_said_in_whole_minutes(wait: timedelta, text: str) -> None:
    assert words.wait_in_words(wait) == text


def test_a_day_is_said_as_people_do() -> None:
    assert words.day_name(date(2028, 2, 29)) == "Tuesday 29 February"
