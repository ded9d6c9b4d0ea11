"""Who stands where on a board; all ranking lives here.

Equal points share a rank and leave a gap (1, 2, 2, 4); among equals the earlier finish stands first. A rank
is counted when it is asked for, so nothing has to be kept right but the entries themselves.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import NamedTuple, Self

from google.cloud.datastore import Key

from models.board import Board, challenge_board
from models.game import Game
from models.leaderboard import (
    LeaderboardEntry,
    first_place_with,
    live_version,
    place_of,
    root_on_board,
    versioned,
)
from models.player import Player
from models.store import Filter, Store

PAGE_LENGTH = 100
NEIGHBOURS = 3


class Ranked(NamedTuple):
    rank: int
    entry: LeaderboardEntry


class BoardPage(NamedTuple):
    """`next` is the cursor of the page that follows, None on the last."""

    board: Board
    total: int
    rows: Sequence[Ranked]
    next: str | None


class Standing(NamedTuple):
    """A player's row with its neighbours, best first; `points_to_next` is None for who leads."""

    mine: Ranked
    above: Sequence[Ranked]
    below: Sequence[Ranked]
    points_to_next: int | None


class Rank(NamedTuple):
    """Where a game stands on a board, whether or not it is on it yet."""

    board: Board
    rank: int
    total: int


class Placing(NamedTuple):
    """A game's rank on a board, the nearest other players, and the most points that its player has there."""

    rank: Rank
    above: LeaderboardEntry | None
    below: LeaderboardEntry | None
    best: int


def page(store: Store, board: Board, after: str | None = None, limit: int = PAGE_LENGTH) -> BoardPage:
    """Raises BadCursor. Costs a count of the board and, below the top, two of what is above."""
    table = _Table.of(store, board, live_version(store))
    with store.snapshot():
        found = store.query(LeaderboardEntry.KIND, table.filters, ["place"], limit=limit, after=after)
        entries = [LeaderboardEntry.from_entity(entity, board) for entity in found.entities]
        rows = table.ranked(entries, begins_at_top=after is None)
        is_last = len(entries) < limit or not table.goes_on(found.cursor)
        total = table.total()
    return BoardPage(board, total, rows, None if is_last else found.cursor)


def standing(store: Store, board: Board, player: str) -> Standing | None:
    """None where the player has no entry on the board."""
    table = _Table.of(store, board, live_version(store))
    with store.snapshot():
        [entity] = store.get_many([table.key(player)])
        if entity is None:
            return None
        mine = LeaderboardEntry.from_entity(entity, board)
        above = [*table.above(mine.place, NEIGHBOURS)][::-1]
        same = [*table.some(("place", "=", mine.place), "place", PAGE_LENGTH)]
        below = table.below(mine.place, NEIGHBOURS)
        rows = table.ranked([*above, *same, *below])
        ahead = next(table.above(first_place_with(mine.points), 1), None)
    me = len(above) + same.index(mine)
    return Standing(
        mine=rows[me],
        above=rows[max(0, me - NEIGHBOURS) : me],
        below=rows[me + 1 : me + 1 + NEIGHBOURS],
        points_to_next=ahead.points - mine.points if ahead else None,
    )


def ranks_of(store: Store, game: Game) -> Sequence[Rank]:
    """Where a finished game stands among the other players on each of its boards; nowhere before.

    Costs a lookup, and two counts a board; of a challenge two lookups more, until its player has an entry.
    """
    with _boards_of(store, game) as met:
        return [table.rank_of(game, beside) for table, beside in met]


def placings_of(store: Store, game: Game) -> Sequence[Placing]:
    """As `ranks_of`, each among its neighbours: two queries more a board."""
    with _boards_of(store, game) as met:
        return [table.placing_of(game, beside) for table, beside in met]


class _Beside(NamedTuple):
    """Beside a game on a board: points of its player's entry, and of a root whose entry is to come."""

    own: int | None
    root: int | None = None


class _Table(NamedTuple):
    """The entries of one board, in the version that is shown; `name` as `versioned` says."""

    store: Store
    board: Board
    name: str

    @classmethod
    def of(cls, store: Store, board: Board, version: int) -> Self:
        return cls(store, board, versioned(version, board))

    @property
    def filters(self) -> list[Filter]:
        return [("board", "=", self.name)]

    def key(self, player: str) -> Key:
        return LeaderboardEntry.key(self.store, self.name, player)

    def total(self) -> int:
        return self.store.count(LeaderboardEntry.KIND, self.filters)

    def rank(self, points: int) -> int:
        """1 + how many have more points."""
        better = [*self.filters, ("place", "<", first_place_with(points))]
        return 1 + self.store.count(LeaderboardEntry.KIND, better)

    def rank_of(self, game: Game, beside: _Beside) -> Rank:
        """The player's own entry is not above the game, whatever its points are; a root is that has more."""
        own, root = beside.own, beside.root
        own_is_better = own is not None and own > game.points
        root_is_better = root is not None and root > game.points
        rank = self.rank(game.points) - own_is_better + root_is_better
        return Rank(self.board, rank, self.total() + (own is None) + (root is not None))

    def placing_of(self, game: Game, beside: _Beside) -> Placing:
        """The player's entry is no neighbour: of two entries one at least is another's."""
        assert game.finished_at is not None
        place = place_of(game.points, game.finished_at)
        above = _other(self.above(place, 2), game.player)
        below = _other(self.below(place, 2), game.player)
        return Placing(self.rank_of(game, beside), above, below, max(beside.own or 0, game.points))

    def above(self, place: int, limit: int) -> Iterator[LeaderboardEntry]:
        """Nearest first."""
        return self.some(("place", "<", place), "-place", limit)

    def below(self, place: int, limit: int) -> Iterator[LeaderboardEntry]:
        """Nearest first."""
        return self.some(("place", ">", place), "place", limit)

    def some(self, where: Filter, order: str, limit: int) -> Iterator[LeaderboardEntry]:
        found = self.store.query(LeaderboardEntry.KIND, [*self.filters, where], [order], limit=limit)
        return (LeaderboardEntry.from_entity(entity, self.board) for entity in found.entities)

    def goes_on(self, cursor: str | None) -> bool:
        following = self.store.query(
            LeaderboardEntry.KIND, self.filters, ["place"], limit=1, after=cursor, keys_only=True
        )
        return bool(following.entities)

    def ranked(self, entries: Iterable[LeaderboardEntry], begins_at_top: bool = False) -> list[Ranked]:
        """Entries that follow each other on the board, with their ranks.

        Equals of the first may stand out of sight, so its rank and that of the next lower points are counted
        in Datastore; from there on everybody is in view.
        """
        rows: list[Ranked] = []
        first_of_group = 1
        for group, (points, equals) in enumerate(groupby(entries, key=lambda entry: entry.points)):
            together = list(equals)
            is_counted = group < 2 and not begins_at_top
            rank = self.rank(points) if is_counted else first_of_group
            rows += [Ranked(rank, entry) for entry in together]
            first_of_group = rank + len(together)
        return rows


def _other(entries: Iterator[LeaderboardEntry], player: str) -> LeaderboardEntry | None:
    """The first of another player."""
    return next((entry for entry in entries if entry.player != player), None)


@contextmanager
def _boards_of(store: Store, game: Game) -> Iterator[Sequence[tuple[_Table, _Beside]]]:
    """The game's boards and what is beside it there, in the snapshot for all else."""
    boards = game.boards
    if not boards:
        yield ()
        return
    live = live_version(store)
    tables = [_Table.of(store, board, live) for board in boards]
    with store.snapshot():
        entities = store.get_many([table.key(game.player) for table in tables])
        besides = [
            _Beside(entity["points"]) if entity else _Beside(None, _root_to_come(table, game))
            for table, entity in zip(tables, entities, strict=True)
        ]
        yield [*zip(tables, besides, strict=True)]


def _root_to_come(table: _Table, game: Game) -> int | None:
    """The points of the challenge's root, which comes to its board with the first friend's entry."""
    if game.challenge is None or table.board != challenge_board(game.challenge):
        return None
    root = root_on_board(table.store, game.challenge)
    if root is None:
        return None
    player, entry = table.store.get_many([table.store.key(Player.KIND, root.player), table.key(root.player)])
    return root.points if Player.is_present(player) and entry is None else None
