"""What a player has played: how often, on which days, how well, and the badges that follow from it.

A history is folded from events that come in any order, so every part of it is a sum, a set or a maximum.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Self

from google.cloud.datastore import Entity, Key

from models.event import BadgeEarned, Event, GameFinished
from models.game import LENGTH, MIX, Pace
from models.player import Player
from models.receipt import Receipt
from models.store import Change, Store
from models.version import Rows, Versions, change

SUBSCRIBER = "history"

MANY_GAMES = {"first-game": 1, "ten-games": 10, "hundred-games": 100}
LONG_STREAKS = {"week-streak": 7, "month-streak": 30}
EXPLORED = 5
"""Categories played, for the badge `explorer`."""


@dataclass(frozen=True)
class History:
    KIND = "History"

    player: str
    games: int = 0
    perfect_games: int = 0
    best: dict[str, int] = field(default_factory=dict)
    """The most points of a timed game by category, 0 where none was; `mix` for games drawn from all."""
    days: frozenset[date] = frozenset()
    """That a finished game counts for, in UTC."""
    asked: int = 0
    right: int = 0
    """Questions of those games, and how many were answered rightly: counted since there are these two."""

    @classmethod
    def from_entity(cls, entity: Entity) -> Self:
        return cls(
            player=entity["player"],
            games=entity["games"],
            perfect_games=entity["perfect_games"],
            best=json.loads(entity["best"]),
            days=frozenset(map(date.fromordinal, entity["days"])),
            asked=entity.get("asked", 0),
            right=entity.get("right", 0),
        )

    @classmethod
    def of_player(cls, player: str, entity: Entity | None) -> Self:
        """What was read at `key`: of who has finished nothing yet, an empty one."""
        return cls.from_entity(entity) if entity else cls(player)

    @classmethod
    def key(cls, store: Store, player: str, version: int) -> Key:
        return store.key(cls.KIND, f"{version}-{player}")

    def to_entity(self, store: Store, version: int) -> Entity:
        properties = {
            "player": self.player,
            "games": self.games,
            "perfect_games": self.perfect_games,
            "best": json.dumps(self.best),
            "days": sorted(day.toordinal() for day in self.days),
            "asked": self.asked,
            "right": self.right,
        }
        return store.entity(self.KIND, self.key(store, self.player, version).name, properties)

    def with_game(self, finished: GameFinished) -> Self:
        scope = finished.category or MIX
        points = finished.points if finished.pace == Pace.TIMED else 0
        best = max(points, self.best.get(scope, 0))
        return type(self)(
            player=self.player,
            games=self.games + 1,
            perfect_games=self.perfect_games + (finished.correct == LENGTH),
            best=self.best | {scope: best},
            days=self.days | {finished.day},
            asked=self.asked + LENGTH,
            right=self.right + finished.correct,
        )

    @property
    def best_games(self) -> dict[str, int]:
        """The points of those that have any."""
        return {scope: points for scope, points in self.best.items() if points}

    @property
    def badges(self) -> set[str]:
        earned = {badge for badge, games in MANY_GAMES.items() if self.games >= games}
        earned |= {badge for badge, days in LONG_STREAKS.items() if self.longest_streak >= days}
        earned |= {"perfect-game"} if self.perfect_games else set()
        return earned | ({"explorer"} if len(self.best.keys() - {MIX}) >= EXPLORED else set())

    @property
    def longest_streak(self) -> int:
        """Days in a row on which the player has played, at best."""
        return max((self.streak_until(day) for day in self.days), default=0)

    def streak_on(self, today: date) -> int:
        """Days in a row up to today, or to yesterday as long as today is not over."""
        return self.streak_until(today) or self.streak_until(today - timedelta(days=1))

    def streak_until(self, day: date) -> int:
        """Days in a row up to and with this one."""
        length = 0
        while day in self.days:
            length += 1
            day -= timedelta(days=1)
        return length


def load(store: Store, player_id: str) -> tuple[Player, History]:
    """A player and what they have played, in one lookup. Raises NoSuchPlayer."""
    player, kept = store.get_many([store.key(Player.KIND, player_id), _live_key(store, player_id)])
    return Player.present(player), History.of_player(player_id, kept)


def streak(store: Store, player: str, today: date) -> int:
    """Days in a row on which the player has played."""
    [entity] = store.get_many([_live_key(store, player)])
    return History.of_player(player, entity).streak_on(today)


def record(store: Store, event: Event) -> Sequence[Event]:
    """Adds a finished game to its player's history, once; BadgeEarned for each badge that it brings.

    To that of every version that is fed; told is what the live one brings. Nobody who was erased comes back.
    """
    finished = GameFinished.from_event(event)

    def keys(versions: Versions) -> list[Key]:
        histories = [History.key(store, finished.player, version) for version in versions.fed]
        receipts = [receipt_of(event.id, version).key(store) for version in versions.fed]
        return [store.key(Player.KIND, finished.player), *histories, *receipts]

    def add(versions: Versions, found: list[Entity | None]) -> Change[Sequence[Event]]:
        player, *kept = found
        histories, receipts = kept[: len(versions.fed)], kept[len(versions.fed) :]
        if not Player.is_present(player):
            return Change(())
        earned: list[Event] = []
        puts: list[Entity] = []
        for version, history, receipt in zip(versions.fed, histories, receipts, strict=True):
            if receipt:
                continue
            before = History.of_player(finished.player, history)
            after = before.with_game(finished)
            puts += [
                after.to_entity(store, version),
                receipt_of(event.id, version).to_entity(store, event.time),
            ]
            if version == versions.live:
                earned = [_badge_earned(one, finished, event) for one in sorted(after.badges - before.badges)]
        rows = [row for told in earned for row in told.to_entities(store)]
        return Change(earned, puts=[*puts, *rows])

    return change(store, SUBSCRIBER, keys, add)


def receipt_of(event_id: str, version: int) -> Receipt:
    return Receipt(f"{SUBSCRIBER}@{version}", event_id)


def _live_key(store: Store, player: str) -> Key:
    return History.key(store, player, Versions.recent(store, SUBSCRIBER).live)


def _badge_earned(badge: str, finished: GameFinished, cause: Event) -> Event:
    """A badge is earned once, whichever game is told first: its event has the same id."""
    fact = BadgeEarned(finished.player, badge, finished.game)
    return fact.to_event(f"{badge}-{finished.player}", cause.time, cause)


KEEPS = (
    Rows(History.KIND, "", History.from_entity),
    Rows(Receipt.KIND, f"{SUBSCRIBER}@", dict),
)
"""What there is of a version."""
