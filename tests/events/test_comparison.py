from datetime import UTC, datetime, timedelta

import pytest

from events import __main__ as command_line
from events.counting import current_build
from models.aggregate import Aggregate
from models.checkpoint import Checkpoint
from models.insights import TOTALS
from models.store import Store
from tests.events.builders import a_finish, a_round, told
from tests.events.test_counting import put

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def past(store: Store) -> Store:
    """A stream of three games and of one that cannot be."""
    games = [told(a_round(f"player-{n}", LONG_AGO + n * timedelta(days=1))) for n in range(3)]
    put(store, *games, told(a_finish("bob", 500, finished_at=LONG_AGO)))
    return store


def run(store: Store, command: str) -> int:
    return command_line.main(["--project", store.project, command])


def test_a_long_past_is_counted_by_one_command_and_a_batch_agrees(
    past: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(past, "count") == 0
    assert run(past, "count") == 0
    assert capsys.readouterr().out == "4 events counted into 1-UTC.\n0 events counted into 1-UTC.\n"
    assert run(past, "compare") == 0
    assert capsys.readouterr().out.startswith("No differences.\nAll was counted up to 20")


def test_what_differs_is_printed_and_the_exit_status_says_so(
    past: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    run(past, "count")
    totals = Aggregate.all(past, current_build())[TOTALS]
    past.put_many([Aggregate(current_build(), TOTALS, {**totals, "games": [4]}).to_entity(past)])
    capsys.readouterr()
    assert run(past, "compare") == 1
    assert capsys.readouterr().out.splitlines()[0] == "totals, games: [4] is kept, it should be [3]"


def test_what_was_not_counted_yet_is_no_difference(past: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(past, "compare") == 0
    assert "up to 1970" in capsys.readouterr().out


def test_two_do_not_count_at_once(past: Store, capsys: pytest.CaptureFixture[str]) -> None:
    held = Checkpoint(current_build()).taken("another", datetime.now(UTC))
    past.put_many([held.to_entity(past)])
    assert run(past, "count") == 1
    assert capsys.readouterr().err == "Somebody else is counting just now.\n"
