"""All that is kept of a player, beside the Player: told to who asks for it, removed when the player has left.

Whatever else is kept of players one day must be named here, or it outlives them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from google.cloud.datastore import Key

from models import history
from models.event import Event, PlayerErased
from models.flag import Flag
from models.game import Game
from models.history import History
from models.leaderboard import LeaderboardEntry
from models.player import Player
from models.recent import Recent
from models.store import Filter, Store
from models.version import Versions

GAMES_AT_ONCE = 25
"""Games in memory at a time: each is up to a hundred kilobytes."""

BATCH = 250
"""Rows that are removed at a time."""


@dataclass(frozen=True)
class PersonalData:
    """The rows are read while they are gone through, and can be gone through once.

    The questions that were asked lately (Recent) are left out: they are those of the games, and of a game
    that is not over they would tell what comes.
    """

    player: Player
    history: History
    games: Iterator[Game]
    entries: Iterator[LeaderboardEntry]
    flags: Iterator[Flag]

    @classmethod
    def of(cls, store: Store, player_id: str) -> "PersonalData":
        """Raises NoSuchPlayer."""
        player, kept = history.load(store, player_id)
        return cls(
            player=player,
            history=kept,
            games=_games(store, player_id),
            entries=LeaderboardEntry.of_player(store, player_id),
            flags=Flag.of_player(store, player_id),
        )


def remove(store: Store, event: Event) -> Sequence[Event]:
    """Removes everything of who was erased.

    Many commits, because one holds only so much; interrupted or told again, it goes on with what is left. The
    tombstone, which was set before, lets nothing new come: a game is started, and a board or a history
    written, only in a commit that finds the player present. A flag holds only together with its game, so
    games go first, and after them no flag can come.
    """
    player = PlayerErased.from_event(event).player
    # Not the recent ones: a version that is put there from here on finds the tombstone.
    versions = Versions.of(store, history.SUBSCRIBER).all
    for games in store.pages(Game.KIND, _of(player), BATCH, keys_only=True):
        # Before its game, which alone says which receipt is there.
        receipts = [history.receipt_of(game.key.name, version) for game in games for version in versions]
        store.delete_many([receipt.key(store) for receipt in receipts])
        store.delete_many([game.key for game in games])
    for kind in (LeaderboardEntry.KIND, Flag.KIND):
        for rows in store.pages(kind, _of(player), BATCH, keys_only=True):
            store.delete_many([row.key for row in rows])
    store.delete_many(_single_rows(store, player, versions))
    return ()


def _games(store: Store, player: str) -> Iterator[Game]:
    for page in store.pages(Game.KIND, _of(player), GAMES_AT_ONCE):
        yield from map(Game.from_entity, page)


def _of(player: str) -> list[Filter]:
    return [("player", "=", player)]


def _single_rows(store: Store, player: str, versions: Sequence[int]) -> list[Key]:
    return [*(History.key(store, player, version) for version in versions), Recent.key(store, player)]
