from models.board import OVERALL, Board, Period
from models.leaderboard import LeaderboardEntry
from models.ranking import Ranked
from tests.conftest import NOON
from views.twins import twin_marks


def rows(**names: str) -> list[Ranked]:
    board = Board.holding(OVERALL, Period.DAY, NOON)
    return [
        Ranked(1, LeaderboardEntry(board, player, name, 5000, 5, 60_000, NOON, f"game-{player}"))
        for player, name in names.items()
    ]


def test_only_who_has_a_twin_is_marked() -> None:
    assert twin_marks(rows(a3f1="Ada", b7c2="Grace", c0d9="Ada")) == {"a3f1": "a3", "c0d9": "c0"}


def test_names_that_only_look_the_same_are_twins() -> None:
    assert twin_marks(rows(a3f1="Iris", b7c2="lris", c0d9="Аса", d1e2="Aca")).keys() == {
        "a3f1",
        "b7c2",
        "c0d9",
        "d1e2",
    }


def test_a_capital_is_another_name() -> None:
    assert twin_marks(rows(a3f1="Ada", b7c2="ADA")) == {}


def test_marks_are_as_long_as_it_takes() -> None:
    assert twin_marks(rows(a3f1="Ada", a3f2="Ada", b7c2="Ada")) == {
        "a3f1": "a3f1",
        "a3f2": "a3f2",
        "b7c2": "b7c2",
    }
