"""A challenge: friends play the ten of a finished game, its root, once each.

There is no entity for it: what friends share is the root's name in their games, and its board. Many have
played the ten of a daily root anyway: their daily game is their one game of these ten, and on the day itself
a friend plays the daily quiz, so that nobody meets the ten of the day beforehand. Later the challenges of two
daily roots of a day lead to one game, on the board of the root that it was started from.
"""

import hashlib
import random
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from models import daily, play
from models.game import Game, Mode
from models.player import Player
from models.store import Store

NOBODY = "nobody"
"""No player has this id: it is no hexadecimal number."""


class NoSuchChallenge(Exception):
    """There is no finished game of that id, and nobody has played its ten."""


@dataclass(frozen=True)
class Challenge:
    """As one player finds it."""

    root: str
    game: Game | None
    """The root; None once its player has left and taken it along."""
    mine: Game | None
    """The player's one game of these ten, in whatever state; for the root's own player that is the root."""
    ten: Game
    """A game with these questions: the root, or else a friend's."""

    @classmethod
    def load(cls, store: Store, id: str, player: str | None) -> Self:
        """That the game of that id leads to; one lookup, however many have played. Raises NoSuchChallenge."""
        keys = [store.key(Game.KIND, name) for name in (id, *(_ids(id, player) if player else ()))]
        who, *found = store.get_many([store.key(Player.KIND, player or NOBODY), *keys])
        game, *played = [Game.from_entity(entity) if entity else None for entity in found]
        if not Player.is_present(who):
            player, played = None, []
        if game and game.challenge:
            return cls.load(store, game.challenge, player)
        ten = game or _of_a_friend(store, id)
        if ten is None or (game and not game.finished_at):
            raise NoSuchChallenge
        if game and game.player == player:
            return cls(id, game, game, ten)
        return cls(id, game, next(filter(None, played), None), ten)

    @property
    def is_own(self) -> bool:
        """It is the root's player who asks."""
        return self.game is not None and self.mine == self.game

    def challenger(self, store: Store) -> Player | None:
        """None for someone who left."""
        return Player.from_id_or_none(store, self.game.player) if self.game else None

    def is_todays(self, now: datetime) -> bool:
        """Its ten are those of today's daily quiz."""
        return daily.day_in(self.root) == daily.day_of(now)


def start(store: Store, id: str, wish: play.Start, now: datetime, rng: random.Random) -> play.Move:
    """The player's one game of these ten, new or not. Three round trips. Raises NoSuchChallenge."""
    return play.for_the_present(wish, lambda wish: _start(store, id, wish, now, rng))


def _start(store: Store, id: str, wish: play.Start, now: datetime, rng: random.Random) -> play.Move:
    """Raises NoSuchPlayer for who was erased."""
    challenge = Challenge.load(store, id, wish.player_id)
    if challenge.mine:
        return play.Move(challenge.mine, is_new=False)
    root, ten = challenge.root, challenge.ten
    if challenge.is_todays(now):
        game_id, mode = daily.game_id(daily.day_of(now), wish.player_id), Mode.DAILY
    else:
        game_id, mode = _game_id(root, wish.player_id), Mode.CHALLENGE
    questions = [turn.question for turn in ten.turns]
    return play.begin(store, replace(wish, category=ten.category), game_id, mode, questions, now, rng, root)


def _ids(root: str, player: str) -> list[str]:
    """Of the games that may be the player's one of these ten, apart from the root."""
    day = daily.day_in(root)
    return [_game_id(root, player), *([daily.game_id(day, player)] if day else [])]


def _game_id(root: str, player: str) -> str:
    """128 bits, the same whenever the ten and the player are: a double start is one game.

    All daily roots of a day have the same ten.
    """
    day = daily.day_in(root)
    ten = f"daily-{day.isoformat()}" if day else root
    return hashlib.sha256(f"challenge\0{ten}\0{player}".encode()).hexdigest()[:32]


def _of_a_friend(store: Store, root: str) -> Game | None:
    found = store.query(Game.KIND, [("challenge", "=", root)], limit=1).entities
    return Game.from_entity(found[0]) if found else None
