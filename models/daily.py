"""The daily quiz: the same ten questions for everyone, and one game for each player and day.

Days are those of UTC. The day is fixed when the game starts, in its id, so that two tabs, a double submit
and both paces all meet in one game.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Self

from google.cloud.datastore import Entity

from models import play
from models.copies import copies_from_text, copies_to_text
from models.dealing import Dealer, TooFewQuestions
from models.game import MIX, Game, Mode
from models.question import Question
from models.store import Change, Store

_GAME_ID = re.compile(r"daily-(\d{4}-\d{2}-\d{2})-", re.ASCII)

_EVERYBODY = "daily"
"""Whose recent questions those of the last days are: they do not come back soon."""


@dataclass(frozen=True)
class DailyQuiz:
    """The ten of one day, copied as they were: whoever plays late is asked the same."""

    KIND = "DailyQuiz"

    day: date
    questions: tuple[Question, ...]

    @classmethod
    def of(cls, store: Store, dealer: Dealer, now: datetime, rng: random.Random) -> Self:
        """Today's. Drawn by whoever needs it first; who comes second in a race reads that one.

        One round trip once it is there. `rng` must be one that nobody can predict. Raises TooFewQuestions.
        """
        day = day_of(now)
        entity = store.get(cls.KIND, day.isoformat())
        return cls.from_entity(entity) if entity else cls._drawn(store, dealer, day, now, rng)

    @classmethod
    def from_entity(cls, entity: Entity) -> Self:
        return cls(date.fromisoformat(entity.key.name), copies_from_text(entity["questions"]))

    def to_entity(self, store: Store) -> Entity:
        return store.entity(self.KIND, self.day.isoformat(), {"questions": copies_to_text(self.questions)})

    @classmethod
    def _drawn(cls, store: Store, dealer: Dealer, day: date, now: datetime, rng: random.Random) -> Self:
        deal = dealer.deal(None, _EVERYBODY, now, rng)
        keys = [store.key(Question.KIND, id) for id in deal.questions]

        def keep_the_first(found: list[Entity | None]) -> Change[Self]:
            there, *dealt = found
            if there is not None:
                return Change(cls.from_entity(there))
            if None in dealt:
                raise TooFewQuestions("a question that the deck names is gone")
            quiz = cls(day, tuple(Question.from_entity(entity) for entity in dealt if entity is not None))
            recent = deal.recent.asked(deal.questions)
            return Change(quiz, puts=[quiz.to_entity(store), recent.to_entity(store)])

        return store.change([store.key(cls.KIND, day.isoformat()), *keys], keep_the_first)


def start(store: Store, dealer: Dealer, wish: play.Start, now: datetime, rng: random.Random) -> play.Move:
    """The player's game of today, new or not. Three round trips once somebody has played today.

    Raises TooFewQuestions.
    """
    quiz = DailyQuiz.of(store, dealer, now, rng)

    def begin(wish: play.Start) -> play.Move:
        id = game_id(quiz.day, wish.player_id)
        return play.begin(store, wish, id, Mode.DAILY, quiz.questions, now, rng)

    return play.for_the_present(replace(wish, category=MIX), begin)


def day_in(game_id: str) -> date | None:
    """Of the id of a daily game; None for any other, and for a day that never was."""
    found = _GAME_ID.match(game_id)
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None


def games_of(store: Store, player: str, days: Sequence[date]) -> list[Game | None]:
    """The player's daily game of each of the days."""
    found = store.get_many([store.key(Game.KIND, game_id(day, player)) for day in days])
    return [Game.from_entity(entity) if entity else None for entity in found]


def game_id(day: date, player: str) -> str:
    return f"daily-{day.isoformat()}-{player}"


def day_of(now: datetime) -> date:
    return now.astimezone(UTC).date()


def wait_from(now: datetime) -> timedelta:
    """Until the next quiz comes."""
    midnight = datetime.combine(day_of(now) + timedelta(days=1), datetime.min.time(), UTC)
    return midnight - now
