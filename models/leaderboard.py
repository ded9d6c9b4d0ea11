"""Every player's best game on every board, ordered by one integer; `ranking.py` says who stands where."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from operator import itemgetter
from typing import Self

from google.cloud.datastore import Entity, Key

from models.board import Board, challenge_board
from models.event import BestBeaten, Event, GameFinished, PlayerRenamed
from models.game import Game
from models.player import Player
from models.store import Change, Store
from models.version import Rows, Versions, change

SUBSCRIBER = "leaderboard"

MOST_POINTS = 10_000

BATCH = 100
"""Entries of a player that are read or renamed at a time: there may be thousands."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_POINT = 2**42
"""What one point weighs in a place: more milliseconds than will have passed by the year 2109."""


def place_of(points: int, finished_at: datetime) -> int:
    """Orders a board, smaller is better: more points first, then the earlier finish."""
    return first_place_with(points) + (finished_at - _EPOCH) // _MILLISECOND


def first_place_with(points: int) -> int:
    """Every place with more points is smaller than this, none with so many points is."""
    return (MOST_POINTS - points) * _POINT


def live_version(store: Store) -> int:
    """Of the boards: the one that is shown."""
    return Versions.recent(store, SUBSCRIBER).live


def versioned(version: int, board: Board) -> str:
    """What the property `board` says."""
    return f"{version}-{board.name}"


_properties_of = itemgetter("player", "name", "points", "correct", "elapsed_ms", "finished_at", "game")
"""Of an entry's entity, in the order of its fields."""


@dataclass
class LeaderboardEntry:
    """A player's best game on one board, under the player's name.

    Not frozen, as all else is: that takes twice as long to make, and a page reads a hundred of them.
    """

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
        return cls(board, *_properties_of(entity))

    @staticmethod
    def key(store: Store, board: str, player: str) -> Key:
        """`board` as `versioned` says."""
        return store.key(LeaderboardEntry.KIND, f"{board}-{player}")

    @staticmethod
    def of_player(store: Store, player: str) -> "Iterator[LeaderboardEntry]":
        """Of the live version."""
        live = live_version(store)
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
        board = versioned(version, self.board)
        properties = {
            "board": board,
            "place": self.place,
            "player": self.player,
            "name": self.name,
            "points": self.points,
            "correct": self.correct,
            "elapsed_ms": self.elapsed_ms,
            "finished_at": self.finished_at,
            "game": self.game,
        }
        key = self.key(store, board, self.player)
        return store.entity(self.KIND, key.name, properties, indexed=self.INDEXED)

    @property
    def place(self) -> int:
        return place_of(self.points, self.finished_at)


def root_on_board(store: Store, id: str) -> Game | None:
    """The game that a challenge began with; None where it is on no board, also not on the challenge's."""
    entity = store.get(Game.KIND, id)
    root = Game.from_entity(entity) if entity else None
    return root if root and root.boards else None


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
            LeaderboardEntry.key(store, versioned(version, board), result.player)
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


def _root_of(store: Store, finished: GameFinished) -> list[tuple[GameFinished, Board]]:
    """The result that a challenge began with, and the challenge's board. A finished game changes no more."""
    root = root_on_board(store, finished.challenge) if finished.challenge else None
    return [(GameFinished.of(root), challenge_board(root.id))] if root else []


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


def _kept(entity: Entity) -> LeaderboardEntry:
    """Whatever version it is of."""
    return LeaderboardEntry.from_entity(entity, Board.from_name(entity["board"].partition("-")[2]))


KEEPS = (Rows(LeaderboardEntry.KIND, "", _kept),)
"""What there is of a version."""
