"""Who stands where: every player's best game on every board, ranked by one integer.

All ranking lives here. Equal points share a rank and leave a gap (1, 2, 2, 4); among equals the earlier
finish stands first.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Self

from google.cloud.datastore import Entity, Key

from models.board import Board, Period, challenge_board
from models.event import BestBeaten, Event, GameFinished, PlayerRenamed
from models.game import Game
from models.player import Player
from models.store import Change, Filter, Store

VERSION = 1
"""Of the boards; part of every key and of `board`, so that a new version can be built beside the old."""

MOST_POINTS = 10_000
PAGE_LENGTH = 100
NEIGHBOURS = 3

BATCH = 100
"""Entries of a player that are read or renamed at a time: there may be thousands."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_POINT = 2**42
"""What one point weighs in a place: more milliseconds than will have passed by the year 2109."""


def place_of(points: int, finished_at: datetime) -> int:
    """Orders a board, smaller is better: more points first, then the earlier finish."""
    return first_place_with(points) + (finished_at - _EPOCH) // timedelta(milliseconds=1)


def first_place_with(points: int) -> int:
    """Every place with more points is smaller than this, none with so many points is."""
    return (MOST_POINTS - points) * _POINT


@dataclass(frozen=True)
class LeaderboardEntry:
    """A player's best game on one board, under the player's name."""

    KIND = "LeaderboardEntry"
    INDEXED = ("board", "place", "player")

    board: Board
    player: str
    name: str
    points: int
    correct: int
    elapsed_ms: int
    finished_at: datetime
    game: str

    @classmethod
    def from_entity(cls, entity: Entity, board: Board) -> Self:
        return cls(
            board=board,
            player=entity["player"],
            name=entity["name"],
            points=entity["points"],
            correct=entity["correct"],
            elapsed_ms=entity["elapsed_ms"],
            finished_at=entity["finished_at"],
            game=entity["game"],
        )

    @classmethod
    def of_player(cls, store: Store, player: str) -> Iterator[Self]:
        for page in store.pages(cls.KIND, [("player", "=", player)], BATCH):
            for entity in page:
                yield cls.from_entity(entity, Board.from_name(entity["board"].partition("-")[2]))

    @classmethod
    def of(cls, finished: GameFinished, board: Board, name: str) -> Self:
        return cls(
            board=board,
            player=finished.player,
            name=name,
            points=finished.points,
            correct=finished.correct,
            elapsed_ms=finished.elapsed_ms,
            finished_at=finished.finished_at,
            game=finished.game,
        )

    def to_entity(self, store: Store) -> Entity:
        properties = {
            "board": _versioned(self.board),
            "place": self.place,
            "player": self.player,
            "name": self.name,
            "points": self.points,
            "correct": self.correct,
            "elapsed_ms": self.elapsed_ms,
            "finished_at": self.finished_at,
            "game": self.game,
        }
        name = _entry_name(self.board, self.player)
        return store.entity(self.KIND, name, properties, indexed=self.INDEXED)

    @property
    def place(self) -> int:
        return place_of(self.points, self.finished_at)


@dataclass(frozen=True)
class Ranked:
    rank: int
    entry: LeaderboardEntry


@dataclass(frozen=True)
class BoardPage:
    """`next` is the cursor of the page that follows, None on the last."""

    board: Board
    total: int
    rows: Sequence[Ranked]
    next: str | None


@dataclass(frozen=True)
class Standing:
    """A player's row with its neighbours, best first; `points_to_next` is None for who leads."""

    mine: Ranked
    above: Sequence[Ranked]
    below: Sequence[Ranked]
    points_to_next: int | None


@dataclass(frozen=True)
class Rank:
    """Where a game stands on a board, whether or not it is on it yet."""

    board: Board
    rank: int
    total: int


def record(store: Store, event: Event) -> Sequence[Event]:
    """Puts a finished game on its boards where it is its player's best; BestBeaten where another was before.

    Twice, late or in any order: the same boards. A relaxed game is on none; nobody who was erased comes back.
    The board of a challenge gets its root's own result as well: nobody needs it before a friend has played.
    """
    finished = GameFinished.from_event(event)
    results = [(finished, board) for board in finished.boards] + _root_of(store, finished)
    if not results:
        return ()
    players = list(dict.fromkeys(result.player for result, _ in results))
    entry_keys = [
        store.key(LeaderboardEntry.KIND, _entry_name(board, result.player)) for result, board in results
    ]

    def keep_the_best(found: list[Entity | None]) -> Change[Sequence[Event]]:
        met = [Player.present_or_none(entity) for entity in found[: len(players)]]
        names = {player.id: player.name for player in met if player}
        beaten = [
            (result, board, entry)
            for (result, board), entry in zip(results, found[len(players) :], strict=True)
            if result.player in names and (entry is None or _place(result) < entry["place"])
        ]
        better = [LeaderboardEntry.of(result, board, names[result.player]) for result, board, _ in beaten]
        before = {board.name: int(entry["points"]) for _, board, entry in beaten if entry}
        events = [_best_beaten(event, finished, before)] if before else []
        rows = [row for told in events for row in told.to_entities(store)]
        return Change(events, puts=[*(entry.to_entity(store) for entry in better), *rows])

    keys = [*(store.key(Player.KIND, player) for player in players), *entry_keys]
    return store.change(keys, keep_the_best, isolated=True)


def rename(store: Store, event: Event) -> Sequence[Event]:
    """Brings a player's name to every board, a commit for each BATCH of entries.

    It is the name that the player has now, and an entry that comes later has it anyway: so events that come
    late, twice or in another order leave the same boards, and one that is interrupted begins again.
    """
    player = PlayerRenamed.from_event(event).player
    for entries in store.pages(LeaderboardEntry.KIND, [("player", "=", player)], BATCH, keys_only=True):
        _bring_the_name(store, player, [entry.key for entry in entries])
    return ()


def page(store: Store, board: Board, after: str | None = None, limit: int = PAGE_LENGTH) -> BoardPage:
    """Raises BadCursor. Costs a count of the board and, below the top, two of what is above."""
    with store.snapshot():
        found = store.query(LeaderboardEntry.KIND, _on(board), order=["place"], limit=limit, after=after)
        entries = [LeaderboardEntry.from_entity(entity, board) for entity in found.entities]
        rows = _ranked(store, entries, begins_at_top=after is None)
        is_last = (
            len(entries) < limit
            or not store.query(
                LeaderboardEntry.KIND,
                _on(board),
                order=["place"],
                limit=1,
                after=found.cursor,
                keys_only=True,
            ).entities
        )
        total = store.count(LeaderboardEntry.KIND, _on(board))
    return BoardPage(board, total, rows, None if is_last else found.cursor)


def standing(store: Store, board: Board, player: str) -> Standing | None:
    """None where the player has no entry on the board."""
    with store.snapshot():
        entity = store.get(LeaderboardEntry.KIND, _entry_name(board, player))
        if entity is None:
            return None
        mine = LeaderboardEntry.from_entity(entity, board)
        above = _some(store, board, ("place", "<", mine.place), "-place", NEIGHBOURS)[::-1]
        same = _some(store, board, ("place", "=", mine.place), "place", PAGE_LENGTH)
        below = _some(store, board, ("place", ">", mine.place), "place", NEIGHBOURS)
        rows = _ranked(store, [*above, *same, *below])
        ahead = _some(store, board, ("place", "<", first_place_with(mine.points)), "-place", 1)
    me = len(above) + same.index(mine)
    return Standing(
        mine=rows[me],
        above=rows[max(0, me - NEIGHBOURS) : me],
        below=rows[me + 1 : me + 1 + NEIGHBOURS],
        points_to_next=ahead[0].points - mine.points if ahead else None,
    )


def ranks_of(store: Store, game: Game, periods: Collection[Period] = tuple(Period)) -> Sequence[Rank]:
    """Where a finished game stands on its boards of these periods; nowhere before. Costs two counts a board.

    The game may not be on them yet: then the total is what it will be at least.
    """
    boards = [board for board in game.boards if board.period in periods]
    if not boards:
        return []
    with store.snapshot():
        return [_rank_of(store, board, game.points) for board in boards]


def _root_of(store: Store, finished: GameFinished) -> list[tuple[GameFinished, Board]]:
    """The result that a challenge began with, and the challenge's board. A finished game changes no more."""
    entity = store.get(Game.KIND, finished.challenge) if finished.challenge else None
    root = Game.from_entity(entity) if entity else None
    return [(GameFinished.of(root), challenge_board(root.id))] if root and root.boards else []


def _place(finished: GameFinished) -> int:
    return place_of(finished.points, finished.finished_at)


def _best_beaten(cause: Event, finished: GameFinished, before: dict[str, int]) -> Event:
    fact = BestBeaten(finished.game, finished.player, finished.points, before)
    return fact.to_event(f"{cause.id}-leaderboard", cause.time, cause)


def _bring_the_name(store: Store, player_id: str, entry_keys: Sequence[Key]) -> None:
    """Of who was erased nothing is written, nor an entry that is gone."""

    def bring(found: list[Entity | None]) -> Change[None]:
        player_entity, *entries = found
        player = Player.present_or_none(player_entity)
        if player is None:
            return Change(None)
        return Change(
            None,
            puts=[
                _named(store, entry, player.name)
                for entry in entries
                if entry and entry["name"] != player.name
            ],
        )

    store.change([store.key(Player.KIND, player_id), *entry_keys], bring, isolated=True)


def _named(store: Store, entry: Entity, name: str) -> Entity:
    """As it is, of whatever version of the boards."""
    properties = {**entry, "name": name}
    return store.entity(entry.kind, entry.key.name, properties, indexed=LeaderboardEntry.INDEXED)


def _rank_of(store: Store, board: Board, points: int) -> Rank:
    rank = _rank(store, board, points)
    return Rank(board, rank, max(rank, store.count(LeaderboardEntry.KIND, _on(board))))


def _rank(store: Store, board: Board, points: int) -> int:
    """1 + how many have more points."""
    better = [*_on(board), ("place", "<", first_place_with(points))]
    return 1 + store.count(LeaderboardEntry.KIND, better)


def _some(store: Store, board: Board, where: Filter, order: str, limit: int) -> list[LeaderboardEntry]:
    found = store.query(LeaderboardEntry.KIND, [*_on(board), where], order=[order], limit=limit)
    return [LeaderboardEntry.from_entity(entity, board) for entity in found.entities]


def _ranked(store: Store, entries: Iterable[LeaderboardEntry], begins_at_top: bool = False) -> list[Ranked]:
    """Entries that follow each other on a board, with their ranks.

    Equals of the first may stand out of sight, so its rank and that of the next lower points are counted in
    Datastore; from there on everybody is in view.
    """
    rows: list[Ranked] = []
    first_of_group = 1
    for group, (points, equals) in enumerate(groupby(entries, key=lambda entry: entry.points)):
        together = list(equals)
        is_counted = group < 2 and not begins_at_top
        rank = _rank(store, together[0].board, points) if is_counted else first_of_group
        rows += [Ranked(rank, entry) for entry in together]
        first_of_group = rank + len(together)
    return rows


def _on(board: Board) -> list[Filter]:
    return [("board", "=", _versioned(board))]


def _versioned(board: Board) -> str:
    return f"{VERSION}-{board.name}"


def _entry_name(board: Board, player: str) -> str:
    return f"{_versioned(board)}-{player}"
