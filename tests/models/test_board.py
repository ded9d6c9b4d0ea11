from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.board import BadBoard, Board, Period, boards_of

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("when", "period", "at"),
    [
        (NOW, Period.DAY, "2026-11-23"),
        (NOW, Period.WEEK, "2026-W48"),
        (NOW, Period.MONTH, "2026-11"),
        (NOW, Period.ALL, ""),
        (datetime(2027, 1, 1, tzinfo=UTC), Period.WEEK, "2026-W53"),  # ISO weeks belong to their Thursday
        (datetime(2024, 12, 30, tzinfo=UTC), Period.WEEK, "2025-W01"),
        (datetime(2026, 11, 24, 1, tzinfo=timezone(timedelta(hours=2))), Period.DAY, "2026-11-23"),
    ],
)
def test_a_moment_falls_on_one_board_of_each_period(when: datetime, period: Period, at: str) -> None:
    assert Board.holding("overall", period, when).at == at


@given(when=st.datetimes(datetime(1000, 1, 1), datetime(9999, 1, 1)), period=st.sampled_from(Period))
def test_every_board_is_found_again_by_its_address(when: datetime, period: Period) -> None:
    board = Board.holding("overall", period, when.replace(tzinfo=UTC))
    assert Board.parse(board.scope, board.period, board.at, NOW) == (
        board if board.at else Board.holding("overall", period, NOW)
    )


@pytest.mark.parametrize(
    ("scope", "period", "at"),
    [
        ("", "day", ""),
        ("Overall", "day", ""),
        ("a:b", "day", ""),
        ("overall", "year", ""),
        ("overall", "all", "2026"),
        ("overall", "day", "2026-13-01"),
        ("overall", "day", "20261123"),
        ("overall", "day", "2026-W48-1"),
        ("overall", "week", "2026-W54"),
        ("overall", "week", "2026-W00"),
        ("overall", "month", "2026-00"),
        ("overall", "month", "2026-1"),
        ("overall", "month", "٢٠٢٦-11"),
        ("daily", "week", ""),
        ("daily", "all", ""),
        ("daily", "day", "2027-02-29"),
    ],
)
def test_what_is_no_board_is_refused(scope: str, period: str, at: str) -> None:
    with pytest.raises(BadBoard):
        Board.parse(scope, period, at, NOW)


def test_a_mix_stands_on_overall_and_a_category_on_its_own_boards_too() -> None:
    assert {board.scope for board in boards_of(None, NOW)} == {"overall"}
    assert {board.name for board in boards_of("music", NOW)} == {
        "music:day:2026-11-23",
        "music:week:2026-W48",
        "music:month:2026-11",
        "music:all",
        "overall:day:2026-11-23",
        "overall:week:2026-W48",
        "overall:month:2026-11",
        "overall:all",
    }


@pytest.mark.parametrize("scope", ["overall", "daily", "challenge:0f3a"])
@pytest.mark.parametrize("period", Period)
def test_a_board_is_found_by_its_name(scope: str, period: Period) -> None:
    board = Board.holding(scope, period, datetime(2026, 11, 23, tzinfo=UTC))
    assert Board.from_name(board.name) == board


def test_a_daily_game_stands_on_the_board_of_its_day_alone() -> None:
    [board] = boards_of(None, NOW + timedelta(days=1), daily=date(2026, 11, 23))
    assert board.name == "daily:day:2026-11-23"
    assert Board.parse(board.scope, board.period, board.at, NOW) == board
