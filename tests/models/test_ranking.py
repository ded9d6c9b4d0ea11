import random
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import ranking
from models.board import Board, Period
from models.leaderboard import LeaderboardEntry
from models.ranking import Placing
from models.store import BadCursor, Store
from models.version import FIRST
from tests.builders import a_game
from tests.events.builders import NOON, a_finish
from tests.models.test_leaderboard import TODAY, a_scope, play, ranks


def test_pages_follow_each_other_and_keep_the_ranks(store: Store) -> None:
    scores = [900, 800, 800, 800, 800, 700, 600]
    play(store, *[a_finish(f"p{n}", points, n) for n, points in enumerate(scores)])
    rows, after = [], None
    for _ in range(4):
        page = ranking.page(store, TODAY, after, limit=2)
        rows += page.rows
        after = page.next
    assert after is None
    assert ranks(rows) == [(1, "p0"), (2, "p1"), (2, "p2"), (2, "p3"), (2, "p4"), (6, "p5"), (7, "p6")]


def test_a_page_goes_on_where_it_stopped_although_somebody_came_in_above(store: Store) -> None:
    play(store, *[a_finish(f"p{n}", 900 - n, n) for n in range(4)])
    first = ranking.page(store, TODAY, limit=2)
    play(store, a_finish("new", 1000))
    assert ranks(ranking.page(store, TODAY, first.next, limit=2).rows) == [(4, "p2"), (5, "p3")]


@pytest.mark.parametrize("cursor", ["x", "garbage!", "AAAA", "é"])
def test_a_cursor_nobody_gave_out_is_refused(store: Store, cursor: str) -> None:
    with pytest.raises(BadCursor):
        ranking.page(store, TODAY, cursor)


class TestMyRow:
    def test_has_three_neighbours_on_each_side(self, store: Store) -> None:
        play(store, *[a_finish(f"p{n}", 900 - 10 * n, n) for n in range(9)])
        standing = ranking.standing(store, TODAY, "p4")
        assert standing is not None
        assert ranks(standing.above) == [(2, "p1"), (3, "p2"), (4, "p3")]
        assert ranks([standing.mine]) == [(5, "p4")]
        assert ranks(standing.below) == [(6, "p5"), (7, "p6"), (8, "p7")]
        assert standing.points_to_next == 10

    def test_knows_the_ranks_of_ties_that_begin_out_of_sight(self, store: Store) -> None:
        play(store, a_finish("top", 900), *[a_finish(f"p{n}", 500, n) for n in range(8)])
        standing = ranking.standing(store, TODAY, "p7")
        assert standing is not None
        assert ranks([*standing.above, standing.mine]) == [(2, "p4"), (2, "p5"), (2, "p6"), (2, "p7")]
        assert standing.below == []
        assert standing.points_to_next == 400

    def test_of_the_leader_has_nobody_above(self, store: Store) -> None:
        play(store, a_finish("ada", 500), a_finish("bob", 400))
        standing = ranking.standing(store, TODAY, "ada")
        assert standing is not None
        assert standing.above == []
        assert standing.points_to_next is None

    def test_is_missing_for_who_is_not_on_the_board(self, store: Store) -> None:
        assert ranking.standing(store, TODAY, "ada") is None


def test_the_rank_of_a_game_needs_no_entry(store: Store) -> None:
    play(store, a_finish("bob", 900), a_finish("cy", 8750), a_finish("di", 100))
    game = replace(a_game(), finished_at=NOON)
    assert game.points == 0
    ranked = {rank.board.period: (rank.rank, rank.total) for rank in ranking.ranks_of(store, game)}
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
    assert dict(row[::-1] for row in ranks(ranking.page(store, board).rows)) == expected
    me = random.Random(len(scores)).choice(finishes).player
    standing = ranking.standing(store, board, me)
    assert standing is not None
    for rank, player in ranks([*standing.above, standing.mine, *standing.below]):
        assert rank == expected[player]


class TestAGameAmongItsNeighbours:
    """Ada's game of 0 points, finished at NOON."""

    GAME = replace(a_game(), finished_at=NOON)

    def placing(self, store: Store) -> Placing:
        """On the day's board; on all others it stands alike."""
        placings = ranking.placings_of(store, self.GAME)
        assert [placing.rank.board.period for placing in placings] == list(Period)
        assert len(set(map(_gist, placings))) == 1
        return placings[0]

    def test_stands_alone_on_an_empty_board(self, store: Store) -> None:
        assert self.placing(store) == Placing(ranking.Rank(TODAY, 1, 1), None, None, 0)

    def test_stands_between_the_nearest_of_the_others(self, store: Store) -> None:
        play(store, a_finish("bob", 900), a_finish("cy", 300), a_finish("di", 0, 1), a_finish("eve", 0, 2))
        placing = self.placing(store)
        assert (placing.rank.rank, placing.rank.total) == (3, 5)
        assert placing.above is not None
        assert placing.below is not None
        assert (placing.above.player, placing.below.player) == ("cy", "di")

    @pytest.mark.parametrize(("points", "minute"), [(100, -1), (0, 0), (0, 1)])
    def test_is_no_neighbour_of_its_players_own(self, store: Store, points: int, minute: int) -> None:
        play(store, a_finish("bob", 900), a_finish("ada", points, minute), a_finish("cy", 0, 2))
        placing = self.placing(store)
        assert placing.above is not None
        assert placing.below is not None
        assert (placing.above.player, placing.below.player) == ("bob", "cy")
        assert placing.best == points
        assert (placing.rank.rank, placing.rank.total) == (2, 3)


def _gist(placing: Placing) -> tuple[object, ...]:
    """All but the board."""
    players = [entry and entry.player for entry in (placing.above, placing.below)]
    return (placing.rank.rank, placing.rank.total, *players, placing.best)
