import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from google.cloud.datastore import Entity
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import leaderboard, ranking
from models.board import Board, Period, boards_of
from models.event import BestBeaten, Event, GameFinished, PlayerRenamed
from models.leaderboard import LeaderboardEntry, place_of
from models.player import Player
from models.store import Store
from tests.events.builders import NOON, a_finish, told

_numbers = itertools.count()

TODAY = Board.holding("overall", Period.DAY, NOON)


def a_scope() -> str:
    """One that no other example has used."""
    return f"category-{next(_numbers)}"


def meet(store: Store, *names: str) -> None:
    store.put_many([Player(name.lower(), name, NOON).to_entity(store) for name in names])


def play(store: Store, *finishes: GameFinished) -> list[Event]:
    """What the boards tell of them."""
    meet(store, *{finish.player.title() for finish in finishes})
    return [event for finish in finishes for event in leaderboard.record(store, told(finish))]


def ranks(rows: Sequence[ranking.Ranked]) -> list[tuple[int, str]]:
    return [(row.rank, row.entry.player) for row in rows]


def test_more_points_stand_higher_and_equals_share_a_rank_and_leave_a_gap(store: Store) -> None:
    play(store, a_finish("ada", 700), a_finish("bob", 500, 2), a_finish("cy", 500, 1), a_finish("di", 300))
    page = ranking.page(store, TODAY)
    assert ranks(page.rows) == [(1, "ada"), (2, "cy"), (2, "bob"), (4, "di")]
    assert page.total == 4
    assert page.next is None


def test_only_the_best_game_of_a_player_counts(store: Store) -> None:
    play(store, a_finish("ada", 500, 0), a_finish("ada", 700, 1), a_finish("ada", 600, 2))
    [row] = ranking.page(store, TODAY).rows
    assert row.entry.points == 700


def test_the_earlier_of_two_equal_games_counts(store: Store) -> None:
    play(store, a_finish("ada", 500, 5), a_finish("ada", 500, 1), a_finish("ada", 500, 9))
    [row] = ranking.page(store, TODAY).rows
    assert row.entry.finished_at == NOON + timedelta(minutes=1)


def test_a_game_stands_on_every_period_of_its_category_and_overall(store: Store) -> None:
    play(store, a_finish("ada", 500, category="music"))
    for board in boards_of("music", NOON):
        assert ranking.page(store, board).total == 1
    assert ranking.page(store, Board.holding("history", Period.ALL, NOON)).total == 0


def test_a_relaxed_game_stands_nowhere(store: Store) -> None:
    play(store, a_finish("ada", 500, pace="relaxed"))
    assert ranking.page(store, TODAY).total == 0


def test_nobody_who_was_erased_comes_back(store: Store) -> None:
    store.put_many([Player("ada", "Ada", NOON, erased_at=NOON).to_entity(store)])
    leaderboard.record(store, told(a_finish("ada", 500)))
    leaderboard.record(store, told(a_finish("nobody", 500)))
    assert ranking.page(store, TODAY).total == 0


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(6)), repeats=st.lists(st.integers(0, 5), max_size=6))
def test_events_in_any_order_and_twice_leave_the_same_board(
    store: Store, order: list[int], repeats: list[int]
) -> None:
    scope = a_scope()
    games = [("ada", 500, 3), ("ada", 500, 1), ("ada", 700, 2), ("bob", 700, 1), ("bob", 0, 0), ("cy", 9, 9)]
    finishes = [a_finish(name, points, minute, category=scope) for name, points, minute in games]
    play(store, *[finishes[place] for place in [*order, *repeats]])
    page = ranking.page(store, Board.holding(scope, Period.DAY, NOON))
    assert ranks(page.rows) == [(1, "bob"), (1, "ada"), (3, "cy")]


class TestBestBeaten:
    def test_is_told_where_a_worse_game_of_the_same_player_stood(self, store: Store) -> None:
        first, better = a_finish("ada", 500), a_finish("ada", 700, 1, category="music")
        assert play(store, a_finish("bob", 100), first) == []
        [event] = play(store, better)
        fact = BestBeaten.from_event(event)
        assert (fact.game, fact.player, fact.points) == (better.game, "ada", 700)
        assert fact.before == {board.name: 500 for board in boards_of(None, NOON)}
        assert event.causation_id == told(better).id
        assert event.time == better.finished_at

    @pytest.mark.parametrize(("points", "minute"), [(400, 1), (500, 1), (500, 0)])
    def test_is_not_told_of_a_game_that_is_no_better(self, store: Store, points: int, minute: int) -> None:
        assert play(store, a_finish("ada", 500), a_finish("ada", points, minute)) == []

    def test_is_not_told_twice(self, store: Store) -> None:
        finishes = [a_finish("ada", 500), a_finish("ada", 700, 1)]
        assert len(play(store, *finishes)) == 1
        assert play(store, *finishes) == []

    def test_is_kept_with_its_row_in_the_outbox_in_the_commit_of_the_boards(self, store: Store) -> None:
        [event] = play(store, a_finish("ada", 500), a_finish("ada", 700, 1))
        for kind in (Event.KIND, Event.OUTBOX):
            assert [row.key.name for row in store.query(kind).entities] == [event.key_name]


points_and_times = st.tuples(
    st.integers(0, leaderboard.MOST_POINTS),
    st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1)).map(lambda when: when.replace(tzinfo=UTC)),
)


@given(a=points_and_times, b=points_and_times)
def test_one_integer_orders_by_points_and_then_by_time(
    a: tuple[int, datetime], b: tuple[int, datetime]
) -> None:
    assert place_of(*a) < 2**63
    earlier_ms = (b[1] - a[1]) // timedelta(milliseconds=1)
    if a[0] != b[0]:
        assert (place_of(*a) < place_of(*b)) == (a[0] > b[0])
    elif abs(earlier_ms) > 1:
        assert (place_of(*a) < place_of(*b)) == (a[1] < b[1])


def renamed(player: str, minute: int = 0) -> Event:
    return PlayerRenamed(player).to_event(f"renamed-{minute}", NOON + timedelta(minutes=minute))


def names_of(store: Store, player: str) -> set[str]:
    return {entry.name for entry in LeaderboardEntry.of_player(store, player)}


class TestANewName:
    def test_comes_to_every_board_of_the_player_and_to_nobody_else(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(leaderboard, "BATCH", 3)
        play(store, a_finish("ada", 500, category="music"), a_finish("bob", 400))
        before = list(LeaderboardEntry.of_player(store, "ada"))
        store.put_many([Player("ada", "Countess", NOON).to_entity(store)])
        assert leaderboard.rename(store, renamed("ada")) == ()
        after = list(LeaderboardEntry.of_player(store, "ada"))
        assert after == [replace(entry, name="Countess") for entry in before]
        assert len(after) == 8
        assert names_of(store, "bob") == {"Bob"}
        assert ranks(ranking.page(store, TODAY).rows) == [(1, "ada"), (2, "bob")]

    def test_is_the_current_one_however_late_and_often_it_is_told(self, store: Store) -> None:
        play(store, a_finish("ada", 500))
        store.put_many([Player("ada", "Third", NOON).to_entity(store)])
        for minute in (2, 1, 2):
            leaderboard.rename(store, renamed("ada", minute))
            assert names_of(store, "ada") == {"Third"}

    @pytest.mark.parametrize("erased_at", [NOON, None])
    def test_of_who_was_erased_or_never_was_comes_nowhere(
        self, store: Store, erased_at: datetime | None
    ) -> None:
        play(store, a_finish("ada", 500))
        store.put_many([Player("ada", "", NOON, erased_at=NOON).to_entity(store)])
        if erased_at is None:
            store.delete_many([store.key(Player.KIND, "ada")])
        leaderboard.rename(store, renamed("ada"))
        assert names_of(store, "ada") == {"Ada"}

    def test_brings_no_entry_back_that_is_removed_meanwhile(self, store: Store) -> None:
        play(store, a_finish("ada", 500))
        store.put_many([Player("ada", "Countess", NOON).to_entity(store)])
        keys = [row.key for row in store.query(LeaderboardEntry.KIND).entities]
        store.pages = lambda *_, **__: iter([[Entity(key) for key in keys]])  # type: ignore[method-assign]
        store.delete_many(keys)
        leaderboard.rename(store, renamed("ada"))
        assert store.query(LeaderboardEntry.KIND).entities == []
