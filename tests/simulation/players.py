"""People who play: from the start, or from the last question of a game that was begun before."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache

from google.cloud.datastore import Entity

from models import challenge, daily, play
from models.challenge import Challenge
from models.dealing import Dealer
from models.deck import MANIFEST
from models.event import Event
from models.game import LENGTH, MIX, Game, Mode, Pace, State
from models.player import Player
from models.question import Category, Question
from models.seeding import seed
from models.store import Change
from tests.builders import START, a_bank
from tests.simulation.faults import Faults
from tests.simulation.store import SimulatedStore

CATEGORIES = tuple(Category(name, name.title()) for name in ("art", "birds", "cities", "drama", "elements"))
SEEDED = (Question.KIND, MANIFEST, "DeckPage")


@cache
def bank() -> SimulatedStore:
    """Two questions of each difficulty in each category: every hand borrows from the neighbours."""
    faults = Faults(random.Random(0))
    faults.on = False
    store = SimulatedStore(faults, lambda step: None, lambda seconds: None, lambda: 0.0)
    seed(store, a_bank(CATEGORIES, each=2), START)
    return store


@cache
def at_the_last_question(category: str, pace: Pace, right: int) -> Game:
    """A real game in which so many of nine answers were right; the tenth question is open."""
    store = bank()
    wish = play.Start("Ada", category, pace, key=f"{category} {pace} {right}")
    game = play.start(store, Dealer(store), wish, START, random.Random(right)).game
    for index in range(LENGTH - 1):
        answer = game.turns[index].right_answer if index < right else None
        play.answer(store, game.id, game.player, index, answer, START + timedelta(seconds=index))
        game = play.reveal(store, game.id, game.player, index + 1, START + timedelta(seconds=index)).game
    return game


@dataclass
class Sitting:
    """One person's one game. `seen` is what the person's browser shows; None before it has begun."""

    player: str
    name: str
    key: str
    category: str
    pace: Pace
    from_the_start: bool
    right: int
    """How many of the first nine answers are right, where they were given before."""
    mode: Mode = Mode.NORMAL
    seen: Game | None = None

    @classmethod
    def drawn(cls, rng: random.Random, player: str, number: int, from_the_start: bool) -> "Sitting":
        category = rng.choice([MIX, *(category.slug for category in CATEGORIES)])
        pace = Pace.RELAXED if rng.random() < 0.1 else Pace.TIMED
        mode = rng.choice((Mode.NORMAL, Mode.NORMAL, Mode.NORMAL, Mode.DAILY, Mode.CHALLENGE))
        category = MIX if mode is Mode.DAILY else category
        name, key, right = player.title(), f"key-{number}", rng.choice((3, 9))
        return cls(player, name, key, category, pace, from_the_start, right, mode)

    @property
    def is_over(self) -> bool:
        return self.seen is not None and self.seen.finished_at is not None

    def begin(
        self, store: SimulatedStore, dealer: Dealer, now: datetime, rng: random.Random
    ) -> Sequence[Event]:
        wish = play.Start(self.name, self.category, self.pace, self.key, self.player)
        roots = _finished_games(store) if self.mode is Mode.CHALLENGE else []
        if roots:
            return self._take_the_challenge(store, wish, rng.choice(roots).id, now, rng)
        if self.from_the_start:
            starts = daily.start if self.mode is Mode.DAILY else play.start
            return self._sit_down(starts(store, dealer, wish, now, rng))
        is_daily = self.mode is Mode.DAILY
        id = daily.game_id(daily.day_of(now), self.player) if is_daily else wish.game_id
        mode = Mode.DAILY if is_daily else Mode.NORMAL
        self._find_there(store, at_the_last_question(self.category, self.pace, self.right), id, mode, now)
        return ()

    def _take_the_challenge(
        self, store: SimulatedStore, wish: play.Start, id: str, now: datetime, rng: random.Random
    ) -> Sequence[Event]:
        found = Challenge.load(store, id, self.player)
        if found.mine or self.from_the_start:
            return self._sit_down(challenge.start(store, id, wish, now, rng))
        is_daily = found.is_todays(now)
        id = daily.game_id(daily.day_of(now), self.player) if is_daily else f"{found.root}-{self.player}"
        mode = Mode.DAILY if is_daily else Mode.CHALLENGE
        # As well as the root's player, up to the last question.
        last = replace(found.ten.turns[-1], verdict=None)
        game = replace(found.ten, turns=(*found.ten.turns[:-1], last), finished_at=None)
        self._find_there(store, replace(game, challenge=found.root), id, mode, now)
        return ()

    def _sit_down(self, begun: play.Move) -> Sequence[Event]:
        self.seen, self.player = begun.game, begun.game.player
        return begun.events

    def _find_there(self, store: SimulatedStore, game: Game, id: str, mode: Mode, now: datetime) -> None:
        turns = (*game.turns[:-1], game.turns[-1].revealed(now))
        game = replace(game, id=id, player=self.player, turns=turns, mode=mode, started_at=now)
        self.seen = _begun_before(store, game, self.name)

    def move(
        self, store: SimulatedStore, now: datetime, rng: random.Random, with_a_flag: bool = False
    ) -> play.Move:
        """What the page in front of the person asks for; the page may be an old one."""
        game = self.seen
        assert game is not None
        if with_a_flag and game.turn.verdict:
            return play.flag(store, game.id, game.player, game.index, "typo", "", now)
        if game.state(now) is State.OPEN or (game.state(now) is State.OVERDUE and rng.random() < 0.5):
            answer = game.turn.right_answer if rng.random() < 0.7 else rng.choice((None, 0, 1))
            return play.answer(store, game.id, game.player, game.index, answer, now)
        return play.reveal(store, game.id, game.player, game.index + 1, now)


def _begun_before(store: SimulatedStore, game: Game, name: str) -> Game:
    """Kept as a start keeps it: with its player, unless that one has left. Raises NoSuchPlayer."""

    def keep(found: list[Entity | None]) -> Change[Game]:
        game_entity, player_entity = found
        player = Player.present(player_entity) if player_entity else Player(game.player, name, START)
        if game_entity:
            return Change(Game.from_entity(game_entity))
        return Change(game, puts=[game.to_entity(store), player.to_entity(store)])

    return store.change([store.key(Game.KIND, game.id), store.key(Player.KIND, game.player)], keep)


def _finished_games(store: SimulatedStore) -> list[Game]:
    return [game for game in map(Game.from_entity, store.all(Game.KIND)) if game.finished_at]
