"""Playing, as it is kept: every move is one lookup and one commit, safe to repeat and to race."""

import hashlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from google.cloud.datastore import Entity, Key

from models.dealing import Dealer, TooFewQuestions
from models.event import Event, GameFinished
from models.flag import Flag
from models.game import MIX, Game, Mode, Pace
from models.player import NoSuchPlayer, Player
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
    """What starts a game. `key` makes it safe to send twice: the same player and key are the same game.

    Unless it is a renaming, who is known keeps the name: it may be another by now than this page has shown.
    """

    name: str
    category: str
    pace: Pace
    key: str
    player: str | None = None
    """None for who comes for the first time: the key then stands for the player as well."""
    is_renaming: bool = True

    @property
    def player_id(self) -> str:
        return self.player or _id("player", self.key)

    @property
    def game_id(self) -> str:
        return _id("game", self.player_id, self.key)

    def of_a_newcomer(self) -> "Start":
        """The same wish of who has left and comes again: as another player, however often it is sent."""
        return replace(self, player=_id("player", self.key, self.player_id))


def start(store: Store, dealer: Dealer, wish: Start, now: datetime, rng: random.Random) -> Move:
    """The new game, its first question revealed; another name than before is a renaming.

    Who was erased starts as a newcomer. Raises NoSuchCategory, TooFewQuestions, KeyReused.
    """
    return for_the_present(wish, lambda wish: _start(store, dealer, wish, now, rng))


def for_the_present(wish: Start, begin: Callable[[Start], Move]) -> Move:
    """What `begin` makes of the wish; who was erased starts as a newcomer."""
    try:
        return begin(wish)
    except NoSuchPlayer:
        return for_the_present(wish.of_a_newcomer(), begin)


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
    """The game of that id: the one that is there, whatever its pace, else a new one of these questions.

    Raises NoSuchPlayer for who was erased.
    """
    kinds = {Game.KIND: game_id, Player.KIND: wish.player_id, Recent.KIND: wish.player_id}

    def find_or_begin(found: list[Entity | None]) -> Change[Move]:
        game_entity, player_entity, recent_entity = found
        player, events = _player(player_entity, wish, now)
        if game_entity is not None:
            return Change(Move(Game.from_entity(game_entity), is_new=False))
        about = game_id, wish.player_id, wish.category, wish.pace
        game = Game.begin(*about, questions, now, rng, mode, challenge)
        recent = Recent.of(wish.player_id, recent_entity).asked([question.id for question in questions])
        return Change(Move(game, True, events), puts=_started(store, game, recent, player, events))

    return store.change([store.key(kind, name) for kind, name in kinds.items()], find_or_begin)


def load(store: Store, game_id: str, player: str | None) -> Game:
    """Raises NoSuchGame, also where the game is not that player's."""
    return _own(store.get_many(_keys(store, game_id, player)), player)


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
    game = load(store, game_id, player).flagging(index, now)
    told = Flag.of(game.turns[index].question.id, game.player, reason, comment, now)

    def keep(found: list[Entity | None]) -> Change[Move]:
        before = _own(found[:2], player)
        after = before.flagging(index, now)
        ended = _ended(before, after)
        if found[2]:
            puts = [] if after is before else [after.to_entity(store), *_rows(store, ended)]
            return Change(Move(after, False, ended), puts=puts)
        events = (told.to_event(), *ended)
        # With the game, changed or not: so nothing is reported once the game of who has left is removed.
        puts = [after.to_entity(store), told.to_entity(store), *_rows(store, events)]
        return Change(Move(after, True, events), puts=puts)

    return store.change([*_keys(store, game_id, player), told.key(store)], keep)


def _start(store: Store, dealer: Dealer, wish: Start, now: datetime, rng: random.Random) -> Move:
    """Raises NoSuchPlayer for who was erased."""
    slug = None if wish.category == MIX else wish.category
    deal = dealer.deal(slug, wish.player_id, now, rng)
    questions = [store.key(Question.KIND, id) for id in deal.questions]
    keys = [store.key(Game.KIND, wish.game_id), store.key(Player.KIND, wish.player_id), *questions]

    def begin(found: list[Entity | None]) -> Change[Move]:
        game_entity, player_entity, *dealt = found
        player, events = _player(player_entity, wish, now)
        if game_entity is not None:
            return Change(Move(_same(Game.from_entity(game_entity), wish), is_new=False))
        if None in dealt:
            raise TooFewQuestions("a question that the deck names is gone")
        asked = [Question.from_entity(entity) for entity in dealt if entity is not None]
        game = Game.begin(wish.game_id, wish.player_id, wish.category, wish.pace, asked, now, rng)
        recent = deal.recent.asked(deal.questions)
        return Change(Move(game, True, events), puts=_started(store, game, recent, player, events))

    return store.change(keys, begin)


def _started(
    store: Store, game: Game, recent: Recent, player: Player, events: Sequence[Event]
) -> list[Entity]:
    """The player is written, changed or not: so the commit does not hold where the player has just left."""
    about = [game.to_entity(store), recent.to_entity(store), player.to_entity(store)]
    return [*about, *_rows(store, events)]


def _move(store: Store, game_id: str, player: str | None, rule: Callable[[Game], Game]) -> Move:
    def apply(found: list[Entity | None]) -> Change[Move]:
        before = _own(found, player)
        game = rule(before)
        if game is before:
            return Change(Move(game, is_new=False))
        events = _ended(before, game)
        return Change(Move(game, True, events), puts=[game.to_entity(store), *_rows(store, events)])

    return store.change(_keys(store, game_id, player), apply)


def _ended(before: Game, after: Game) -> tuple[Event, ...]:
    if after.finished_at is None or before.finished_at:
        return ()
    return (GameFinished.of(after).to_event(after.id, after.finished_at),)


def _rows(store: Store, events: Sequence[Event]) -> list[Entity]:
    return [row for event in events for row in event.to_entities(store)]


def _keys(store: Store, game_id: str, player: str | None) -> list[Key]:
    """What tells whether the player may see the game, in one lookup."""
    if not player:
        raise NoSuchGame
    return [store.key(Game.KIND, game_id), store.key(Player.KIND, player)]


def _own(found: Sequence[Entity | None], player: str | None) -> Game:
    game_entity, player_entity = found
    if game_entity is None or game_entity["player"] != player or not Player.is_present(player_entity):
        raise NoSuchGame
    return Game.from_entity(game_entity)


def _same(game: Game, wish: Start) -> Game:
    if (game.category, game.pace) != (wish.category, wish.pace):
        raise KeyReused
    return game


def _player(entity: Entity | None, wish: Start, now: datetime) -> tuple[Player, tuple[Event, ...]]:
    """The player under the wished name, and what there is to tell. Raises NoSuchPlayer for a tombstone."""
    if entity is None:
        return Player(wish.player_id, wish.name, created_at=now), ()
    player = Player.present(entity)
    return player.named(wish.name, now) if wish.is_renaming else (player, ())


def _id(*parts: str) -> str:
    """128 bits that tell nothing of the parts and are the same whenever they are."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
