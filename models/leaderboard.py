"""Who stands where: every player's best game on every board, ranked by one integer.

All ranking lives here. Equal points share a rank and leave a gap (1, 2, 2, 4); among equals the earlier
finish stands first.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby, product
from typing import Self

from google.cloud.datastore import Entity, Key

from models.board import Board, Period, challenge_board
from models.event import BestBeaten, Event, GameFinished, PlayerRenamed
from models.game import Game
from models.player import Player
from models.store import Change, Filter, Store
from models.version import Rows, Versions, change

SUBSCRIBER = "leaderboard"

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

    @staticmethod
    def of_player(store: Store, player: str) -> "Iterator[LeaderboardEntry]":
        """Of the live version."""
        live = _live(store)
        for page in store.pages(LeaderboardEntry.KIND, [("player", "=", player)], BATCH):
            yield from (_kept(entity) for entity in page if entity["board"].startswith(f"{live}-"))

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

    def to_entity(self, store: Store, version: int) -> Entity:
        properties = {
            "board": _versioned(version, self.board),
            "place": self.place,
            "player": self.player,
            "name": self.name,
            "points": self.points,
            "correct": self.correct,
            "elapsed_ms": self.elapsed_ms,
            "finished_at": self.finished_at,
            "game": self.game,
        }
        name = _entry_name(version, self.board, self.player)
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

    On those of every version that is fed; told is what happened to the live one.
    Twice, late or in any order: the same boards. A relaxed game is on none; nobody who was erased comes back.
    The board of a challenge gets its root's own result as well: nobody needs it before a friend has played.
    """
    finished = GameFinished.from_event(event)
    results = [(finished, board) for board in finished.boards] + _root_of(store, finished)
    if not results:
        return ()
    players = list(dict.fromkeys(result.player for result, _ in results))

    def keys(versions: Versions) -> list[Key]:
        entries = [
            store.key(LeaderboardEntry.KIND, _entry_name(version, board, result.player))
            for version, (result, board) in product(versions.fed, results)
        ]
        return [*(store.key(Player.KIND, player) for player in players), *entries]

    def keep_the_best(versions: Versions, found: list[Entity | None]) -> Change[Sequence[Event]]:
        met = [Player.present_or_none(entity) for entity in found[: len(players)]]
        names = {player.id: player.name for player in met if player}
        places = product(versions.fed, results)
        beaten = [
            (version, result, board, entry)
            for (version, (result, board)), entry in zip(places, found[len(players) :], strict=True)
            if result.player in names and (entry is None or _place(result) < entry["place"])
        ]
        better = [
            LeaderboardEntry.of(result, board, names[result.player]).to_entity(store, version)
            for version, result, board, _ in beaten
        ]
        before = {
            board.name: int(entry["points"])
            for version, _, board, entry in beaten
            if entry and version == versions.live
        }
        events = [_best_beaten(event, finished, before)] if before else []
        rows = [row for told in events for row in told.to_entities(store)]
        return Change(events, puts=[*better, *rows])

    return change(store, SUBSCRIBER, keys, keep_the_best)


def rename(store: Store, event: Event) -> Sequence[Event]:
    """Brings a player's name to every board of every version, a commit for each BATCH of entries.

    It is the name that the player has now, and an entry that comes later has it anyway: so events that come
    late, twice or in another order leave the same boards, and one that is interrupted begins again.
    """
    player = PlayerRenamed.from_event(event).player
    for entries in store.pages(LeaderboardEntry.KIND, [("player", "=", player)], BATCH, keys_only=True):
        _bring_the_name(store, player, [entry.key for entry in entries])
    return ()


def page(store: Store, board: Board, after: str | None = None, limit: int = PAGE_LENGTH) -> BoardPage:
    """Raises BadCursor. Costs a count of the board and, below the top, two of what is above."""
    version = _live(store)
    with store.snapshot():
        found = store.query(
            LeaderboardEntry.KIND, _on(version, board), order=["place"], limit=limit, after=after
        )
        entries = [LeaderboardEntry.from_entity(entity, board) for entity in found.entities]
        rows = _ranked(store, version, entries, begins_at_top=after is None)
        is_last = (
            len(entries) < limit
            or not store.query(
                LeaderboardEntry.KIND,
                _on(version, board),
                order=["place"],
                limit=1,
                after=found.cursor,
                keys_only=True,
            ).entities
        )
        total = store.count(LeaderboardEntry.KIND, _on(version, board))
    return BoardPage(board, total, rows, None if is_last else found.cursor)


def standing(store: Store, board: Board, player: str) -> Standing | None:
    """None where the player has no entry on the board."""
    version = _live(store)
    with store.snapshot():
        entity = store.get(LeaderboardEntry.KIND, _entry_name(version, board, player))
        if entity is None:
            return None
        mine = LeaderboardEntry.from_entity(entity, board)
        above = _some(store, version, board, ("place", "<", mine.place), "-place", NEIGHBOURS)[::-1]
        same = _some(store, version, board, ("place", "=", mine.place), "place", PAGE_LENGTH)
        below = _some(store, version, board, ("place", ">", mine.place), "place", NEIGHBOURS)
        rows = _ranked(store, version, [*above, *same, *below])
        ahead = _some(store, version, board, ("place", "<", first_place_with(mine.points)), "-place", 1)
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
    version = _live(store)
    with store.snapshot():
        return [_rank_of(store, version, board, game.points) for board in boards]


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


def _rank_of(store: Store, version: int, board: Board, points: int) -> Rank:
    rank = _rank(store, version, board, points)
    return Rank(board, rank, max(rank, store.count(LeaderboardEntry.KIND, _on(version, board))))


def _rank(store: Store, version: int, board: Board, points: int) -> int:
    """1 + how many have more points."""
    better = [*_on(version, board), ("place", "<", first_place_with(points))]
    return 1 + store.count(LeaderboardEntry.KIND, better)


def _some(
    store: Store, version: int, board: Board, where: Filter, order: str, limit: int
) -> list[LeaderboardEntry]:
    found = store.query(LeaderboardEntry.KIND, [*_on(version, board), where], order=[order], limit=limit)
    return [LeaderboardEntry.from_entity(entity, board) for entity in found.entities]


def _ranked(
    store: Store, version: int, entries: Iterable[LeaderboardEntry], begins_at_top: bool = False
) -> list[Ranked]:
    """Entries that follow each other on a board, with their ranks.

    Equals of the first may stand out of sight, so its rank and that of the next lower points are counted in
    Datastore; from there on everybody is in view.
    """
    rows: list[Ranked] = []
    first_of_group = 1
    for group, (points, equals) in enumerate(groupby(entries, key=lambda entry: entry.points)):
        together = list(equals)
        is_counted = group < 2 and not begins_at_top
        rank = _rank(store, version, together[0].board, points) if is_counted else first_of_group
        rows += [Ranked(rank, entry) for entry in together]
        first_of_group = rank + len(together)
    return rows


def _live(store: Store) -> int:
    return Versions.recent(store, SUBSCRIBER).live


def _on(version: int, board: Board) -> list[Filter]:
    return [("board", "=", _versioned(version, board))]


def _versioned(version: int, board: Board) -> str:
    return f"{version}-{board.name}"


def _entry_name(version: int, board: Board, player: str) -> str:
    return f"{_versioned(version, board)}-{player}"


def _kept(entity: Entity) -> LeaderboardEntry:
    """Whatever version it is of."""
    return LeaderboardEntry.from_entity(entity, Board.from_name(entity["board"].partition("-")[2]))


KEEPS = (Rows(LeaderboardEntry.KIND, "", _kept),)
"""What there is of a version."""
