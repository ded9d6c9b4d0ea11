import itertools
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from google.cloud.datastore import Entity
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import leaderboard
from models.board import Board, Period, boards_of
from models.event import BestBeaten, Event, GameFinished, PlayerRenamed
from models.leaderboard import LeaderboardEntry, place_of
from models.player import Player
from models.store import BadCursor, Store
from models.version import FIRST
from tests.builders import a_game
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


def ranks(rows: Sequence[leaderboard.Ranked]) -> list[tuple[int, str]]:
    return [(row.rank, row.entry.player) for row in rows]


def test_more_points_stand_higher_and_equals_share_a_rank_and_leave_a_gap(store: Store) -> None:
    play(store, a_finish("ada", 700), a_finish("bob", 500, 2), a_finish("cy", 500, 1), a_finish("di", 300))
    page = leaderboard.page(store, TODAY)
    assert ranks(page.rows) == [(1, "ada"), (2, "cy"), (2, "bob"), (4, "di")]
    assert page.total == 4
    assert page.next is None


def test_only_the_best_game_of_a_player_counts(store: Store) -> None:
    play(store, a_finish("ada", 500, 0), a_finish("ada", 700, 1), a_finish("ada", 600, 2))
    [row] = leaderboard.page(store, TODAY).rows
    assert row.entry.points == 700


def test_the_earlier_of_two_equal_games_counts(store: Store) -> None:
    play(store, a_finish("ada", 500, 5), a_finish("ada", 500, 1), a_finish("ada", 500, 9))
    [row] = leaderboard.page(store, TODAY).rows
    assert row.entry.finished_at == NOON + timedelta(minutes=1)


def test_a_game_stands_on_every_period_of_its_category_and_overall(store: Store) -> None:
    play(store, a_finish("ada", 500, category="music"))
    for board in boards_of("music", NOON):
        assert leaderboard.page(store, board).total == 1
    assert leaderboard.page(store, Board.holding("history", Period.ALL, NOON)).total == 0


def test_a_relaxed_game_stands_nowhere(store: Store) -> None:
    play(store, a_finish("ada", 500, pace="relaxed"))
    assert leaderboard.page(store, TODAY).total == 0


def test_nobody_who_was_erased_comes_back(store: Store) -> None:
    store.put_many([Player("ada", "Ada", NOON, erased_at=NOON).to_entity(store)])
    leaderboard.record(store, told(a_finish("ada", 500)))
    leaderboard.record(store, told(a_finish("nobody", 500)))
    assert leaderboard.page(store, TODAY).total == 0


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(6)), repeats=st.lists(st.integers(0, 5), max_size=6))
def test_events_in_any_order_and_twice_leave_the_same_board(
    store: Store, order: list[int], repeats: list[int]
) -> None:
    scope = a_scope()
    games = [("ada", 500, 3), ("ada", 500, 1), ("ada", 700, 2), ("bob", 700, 1), ("bob", 0, 0), ("cy", 9, 9)]
    finishes = [a_finish(name, points, minute, category=scope) for name, points, minute in games]
    play(store, *[finishes[place] for place in [*order, *repeats]])
    page = leaderboard.page(store, Board.holding(scope, Period.DAY, NOON))
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


def test_pages_follow_each_other_and_keep_the_ranks(store: Store) -> None:
    scores = [900, 800, 800, 800, 800, 700, 600]
    play(store, *[a_finish(f"p{n}", points, n) for n, points in enumerate(scores)])
    rows, after = [], None
    for _ in range(4):
        page = leaderboard.page(store, TODAY, after, limit=2)
        rows += page.rows
        after = page.next
    assert after is None
    assert ranks(rows) == [(1, "p0"), (2, "p1"), (2, "p2"), (2, "p3"), (2, "p4"), (6, "p5"), (7, "p6")]


def test_a_page_goes_on_where_it_stopped_although_somebody_came_in_above(store: Store) -> None:
    play(store, *[a_finish(f"p{n}", 900 - n, n) for n in range(4)])
    first = leaderboard.page(store, TODAY, limit=2)
    play(store, a_finish("new", 1000))
    assert ranks(leaderboard.page(store, TODAY, first.next, limit=2).rows) == [(4, "p2"), (5, "p3")]


@pytest.mark.parametrize("cursor", ["x", "garbage!", "AAAA", "é"])
def test_a_cursor_nobody_gave_out_is_refused(store: Store, cursor: str) -> None:
    with pytest.raises(BadCursor):
        leaderboard.page(store, TODAY, cursor)


class TestMyRow:
    def test_has_three_neighbours_on_each_side(self, store: Store) -> None:
        play(store, *[a_finish(f"p{n}", 900 - 10 * n, n) for n in range(9)])
        standing = leaderboard.standing(store, TODAY, "p4")
        assert standing is not None
        assert ranks(standing.above) == [(2, "p1"), (3, "p2"), (4, "p3")]
        assert ranks([standing.mine]) == [(5, "p4")]
        assert ranks(standing.below) == [(6, "p5"), (7, "p6"), (8, "p7")]
        assert standing.points_to_next == 10

    def test_knows_the_ranks_of_ties_that_begin_out_of_sight(self, store: Store) -> None:
        play(store, a_finish("top", 900), *[a_finish(f"p{n}", 500, n) for n in range(8)])
        standing = leaderboard.standing(store, TODAY, "p7")
        assert standing is not None
        assert ranks([*standing.above, standing.mine]) == [(2, "p4"), (2, "p5"), (2, "p6"), (2, "p7")]
        assert standing.below == []
        assert standing.points_to_next == 400

    def test_of_the_leader_has_nobody_above(self, store: Store) -> None:
        play(store, a_finish("ada", 500), a_finish("bob", 400))
        standing = leaderboard.standing(store, TODAY, "ada")
        assert standing is not None
        assert standing.above == []
        assert standing.points_to_next is None

    def test_is_missing_for_who_is_not_on_the_board(self, store: Store) -> None:
        assert leaderboard.standing(store, TODAY, "ada") is None


def test_the_rank_of_a_game_needs_no_entry(store: Store) -> None:
    play(store, a_finish("ada", 900), a_finish("bob", 8750), a_finish("cy", 100))
    game = replace(a_game(), finished_at=NOON)
    assert game.points == 0
    ranked = {rank.board.period: (rank.rank, rank.total) for rank in leaderboard.ranks_of(store, game)}
    assert ranked == dict.fromkeys(Period, (4, 4))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(scores=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 4)), min_size=1, max_size=12))
def test_ranks_are_those_of_a_plain_count(store: Store, scores: list[tuple[int, int]]) -> None:
    board = Board.holding(a_scope(), Period.ALL, NOON)
    finishes = [a_finish(f"p{n}", points, minute) for n, (points, minute) in enumerate(scores)]
    entries = [LeaderboardEntry.of(finish, board, finish.player) for finish in finishes]
    store.put_many([entry.to_entity(store, FIRST) for entry in entries])
    expected = {
        finish.player: 1 + sum(other.points > finish.points for other in finishes) for finish in finishes
    }
    assert dict(row[::-1] for row in ranks(leaderboard.page(store, board).rows)) == expected
    me = random.Random(len(scores)).choice(finishes).player
    standing = leaderboard.standing(store, board, me)
    assert standing is not None
    for rank, player in ranks([*standing.above, standing.mine, *standing.below]):
        assert rank == expected[player]


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
        assert ranks(leaderboard.page(store, TODAY).rows) == [(1, "ada"), (2, "bob")]

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
