"""Playing, as it is kept: every move is one lookup and one commit, safe to repeat and to race."""

import hashlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from google.cloud.datastore import Entity

from models.dealing import Dealer, TooFewQuestions
from models.event import Event, GameFinished
from models.flag import Flag
from models.game import MIX, Game, Mode, Pace
from models.player import Player
from models.question import Question
from models.recent import Recent
from models.store import Change, Store


class NoSuchGame(Exception):
    """There is no such game, or it is somebody else's: nobody is told which."""


class KeyReused(Exception):
    """The same key came before, to start a game of another kind."""


@dataclass(frozen=True)
class Move:
    """The game after a move, whether the move changed it, and the facts that it brought about."""

    game: Game
    is_new: bool
    events: tuple[Event, ...] = ()


@dataclass(frozen=True)
class Start:
    """What starts a game. `key` makes it safe to send twice: the same player and key are the same game."""

    name: str
    category: str
    pace: Pace
    key: str
    player: str | None = None
    """None for who comes for the first time: the key then stands for the player as well."""

    @property
    def player_id(self) -> str:
        return self.player or _id("player", self.key)

    @property
    def game_id(self) -> str:
        return _id("game", self.player_id, self.key)


def start(store: Store, dealer: Dealer, wish: Start, now: datetime, rng: random.Random) -> Game:
    """The new game, its first question revealed. Raises NoSuchCategory, TooFewQuestions, KeyReused."""
    slug = None if wish.category == MIX else wish.category
    deal = dealer.deal(slug, wish.player_id, now, rng)
    questions = [store.key(Question.KIND, id) for id in deal.questions]
    keys = [store.key(Game.KIND, wish.game_id), store.key(Player.KIND, wish.player_id), *questions]

    def begin(found: list[Entity | None]) -> Change[Game]:
        game_entity, player_entity, *dealt = found
        if game_entity is not None:
            return Change(_same(Game.from_entity(game_entity), wish))
        if None in dealt:
            raise TooFewQuestions("a question that the deck names is gone")
        asked = [Question.from_entity(entity) for entity in dealt if entity is not None]
        game = Game.begin(wish.game_id, wish.player_id, wish.category, wish.pace, asked, now, rng)
        recent = deal.recent.asked(deal.questions)
        player = _player(store, player_entity, wish, now)
        return Change(game, puts=[game.to_entity(store), recent.to_entity(store), *player])

    return store.change(keys, begin)


def begin(
    store: Store,
    wish: Start,
    game_id: str,
    mode: Mode,
    questions: Sequence[Question],
    now: datetime,
    rng: random.Random,
    challenge: str | None = None,
) -> Move:
    """The game of that id: the one that is there, whatever its pace, else a new one of these questions."""
    kinds = {Game.KIND: game_id, Player.KIND: wish.player_id, Recent.KIND: wish.player_id}

    def find_or_begin(found: list[Entity | None]) -> Change[Move]:
        game_entity, player_entity, recent_entity = found
        if game_entity is not None:
            return Change(Move(Game.from_entity(game_entity), is_new=False))
        about = game_id, wish.player_id, wish.category, wish.pace
        game = Game.begin(*about, questions, now, rng, mode, challenge)
        recent = Recent.of(wish.player_id, recent_entity).asked([question.id for question in questions])
        player = _player(store, player_entity, wish, now)
        puts = [game.to_entity(store), recent.to_entity(store), *player]
        return Change(Move(game, is_new=True), puts=puts)

    return store.change([store.key(kind, name) for kind, name in kinds.items()], find_or_begin)


def load(store: Store, game_id: str, player: str | None) -> Game:
    """Raises NoSuchGame, also where the game is not that player's."""
    return _own(store.get(Game.KIND, game_id), player)


def answer(store: Store, game_id: str, player: str | None, index: int, raw: Any, now: datetime) -> Move:
    """Raises NoSuchGame, OutOfTurn, UnreadableAnswer."""
    return _move(store, game_id, player, lambda game: game.answered(index, raw, now))


def reveal(store: Store, game_id: str, player: str | None, index: int, now: datetime) -> Move:
    """Raises NoSuchGame, OutOfTurn."""
    return _move(store, game_id, player, lambda game: game.revealing(index, now))


def flag(
    store: Store, game_id: str, player: str | None, index: int, reason: str, comment: str, now: datetime
) -> Move:
    """Reports a closed question; of what was reported before, in whatever game, the first word stands.

    Raises NoSuchGame, OutOfTurn, BadFlag.
    """
    game = load(store, game_id, player).flagging(index)
    told = Flag.of(game.turns[index].question.id, game.player, reason, comment, now)

    def keep(found: list[Entity | None]) -> Change[Move]:
        before, flag_entity = _own(found[0], player), found[1]
        after = before.flagging(index)
        if flag_entity:
            return Change(Move(after, False), puts=[] if after is before else [after.to_entity(store)])
        event = told.to_event()
        puts = [after.to_entity(store), told.to_entity(store), *event.to_entities(store)]
        return Change(Move(after, True, (event,)), puts=puts)

    return store.change([store.key(Game.KIND, game_id), told.key(store)], keep)


def _move(store: Store, game_id: str, player: str | None, rule: Callable[[Game], Game]) -> Move:
    def apply(found: list[Entity | None]) -> Change[Move]:
        before = _own(found[0], player)
        game = rule(before)
        if game is before:
            return Change(Move(game, is_new=False))
        events = (GameFinished.of(game).to_event(game.id, game.finished_at),) if game.finished_at else ()
        kept = [entity for event in events for entity in event.to_entities(store)]
        return Change(Move(game, True, events), puts=[game.to_entity(store), *kept])

    return store.change([store.key(Game.KIND, game_id)], apply)


def _own(entity: Entity | None, player: str | None) -> Game:
    if entity is None or entity["player"] != player:
        raise NoSuchGame
    return Game.from_entity(entity)


def _same(game: Game, wish: Start) -> Game:
    if (game.category, game.pace) != (wish.category, wish.pace):
        raise KeyReused
    return game


def _player(store: Store, entity: Entity | None, wish: Start, now: datetime) -> list[Entity]:
    """What is to be written of the player: nothing where the name is as it was."""
    player = Player.from_entity(entity) if entity else Player(wish.player_id, wish.name, created_at=now)
    if entity and player.name == wish.name:
        return []
    return [replace(player, name=wish.name).to_entity(store)]


def _id(*parts: str) -> str:
    """128 bits that tell nothing of the parts and are the same whenever they are."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
