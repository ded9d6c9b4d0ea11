"""A game of ten questions, and the table that says what each move does in each state.

Everything here is pure: a move gives the game that follows, or the game itself where nothing changes, so
that repeats, races and reloads are harmless. `models/play.py` keeps games.
"""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, Self

from google.cloud.datastore import Entity

from models import scoring
from models.board import Board, boards_of
from models.copies import copies_from_text, copies_to_text, copy_from_json
from models.fault import Fault
from models.question import Question
from models.store import Store
from models.turn import Turn, turn_from_json, turn_to_json

LENGTH = 10
MIX = "mix"
"""The category of a game that is drawn from all of them."""


class Pace(StrEnum):
    TIMED = "timed"
    RELAXED = "relaxed"


class Mode(StrEnum):
    NORMAL = "normal"
    DAILY = "daily"
    """The day's ten, the same for everyone; `models/daily.py`."""
    CHALLENGE = "challenge"
    """The ten of a game that somebody else has finished; `models/challenge.py`."""


class State(StrEnum):
    OPEN = "open"
    """The question at hand waits for its answer."""
    OVERDUE = "overdue"
    """It was not answered in time; nobody has said so yet."""
    FEEDBACK = "feedback"
    """It is answered; the next one has not been asked for."""
    FINISHED = "finished"


class OutOfTurn(Fault):
    """The move is about a question that is not at hand yet."""


@dataclass(frozen=True)
class Game:
    KIND = "Game"

    id: str
    player: str
    category: str
    """A category's slug, or MIX."""
    pace: Pace
    turns: tuple[Turn, ...]
    started_at: datetime
    finished_at: datetime | None = None
    mode: Mode = Mode.NORMAL
    challenge: str | None = None
    """The root, whose ten these are, of a game that was started from a challenge."""
    rule_version: int = scoring.RULE_VERSION

    @classmethod
    def begin(
        cls,
        id: str,
        player: str,
        category: str,
        pace: Pace,
        questions: Sequence[Question],
        now: datetime,
        rng: random.Random,
        mode: Mode = Mode.NORMAL,
        challenge: str | None = None,
    ) -> Self:
        """The questions shuffled, the first one revealed."""
        turns = [Turn.dealt(question, pace is Pace.TIMED, rng) for question in questions]
        turns[0] = turns[0].revealed(now)
        return cls(id, player, category, pace, tuple(turns), started_at=now, mode=mode, challenge=challenge)

    @classmethod
    def from_entity(cls, entity: Entity) -> Self:
        turns = json.loads(entity["turns"])
        # Until 2026-11-30 each turn held its question.
        questions = (
            copies_from_text(entity["questions"])
            if "questions" in entity
            else [copy_from_json(turn["question"]) for turn in turns]
        )
        return cls(
            id=entity.key.name,
            player=entity["player"],
            category=entity["category"],
            pace=Pace(entity["pace"]),
            turns=tuple(turn_from_json(*both) for both in zip(turns, questions, strict=True)),
            started_at=entity["started_at"],
            finished_at=entity["finished_at"],
            mode=Mode(entity["mode"]),
            challenge=entity.get("challenge"),
            rule_version=entity["rule_version"],
        )

    def to_entity(self, store: Store) -> Entity:
        """What is read and written whole and never queried is text: `questions`, and `turns` in JSON."""
        properties = {
            "player": self.player,
            "category": self.category,
            "pace": str(self.pace),
            "questions": copies_to_text(turn.question for turn in self.turns),
            "turns": json.dumps([turn_to_json(turn) for turn in self.turns], ensure_ascii=False),
            "started_at": self.started_at,
            "finished_at": self.finished_at,
            "mode": str(self.mode),
            "challenge": self.challenge,
            "rule_version": self.rule_version,
            "points": self.points,
        }
        indexed = ["player", "challenge"] if self.challenge else ["player"]
        return store.entity(self.KIND, self.id, properties, indexed=indexed)

    @property
    def day(self) -> date:
        """In UTC, fixed at the start: a daily game counts for it, also when it is finished after midnight."""
        return self.started_at.astimezone(UTC).date()

    @property
    def boards(self) -> Sequence[Board]:
        """That a finished game stands on; a relaxed one on none."""
        if self.finished_at is None or self.pace is Pace.RELAXED:
            return ()
        category = None if self.category == MIX else self.category
        daily = self.day if self.mode is Mode.DAILY else None
        return boards_of(category, self.finished_at, daily, self.challenge)

    @property
    def root(self) -> str:
        """Of the challenge that leads to these ten: a challenge of a challenge is the same one."""
        return self.challenge or self.id

    @property
    def length(self) -> int:
        return len(self.turns)

    @property
    def index(self) -> int:
        """Which question is at hand, from 0."""
        return sum(turn.revealed_at is not None for turn in self.turns) - 1

    @property
    def turn(self) -> Turn:
        return self.turns[self.index]

    @cached_property
    def points(self) -> int:
        return sum(turn.verdict.points for turn in self.turns if turn.verdict)

    @cached_property
    def correct(self) -> int:
        return sum(turn.verdict.fraction == 1 for turn in self.turns if turn.verdict)

    @property
    def reported(self) -> int:
        """How many of its questions its player has reported."""
        return sum(turn.is_flagged for turn in self.turns)

    @cached_property
    def elapsed_ms(self) -> int:
        return sum(turn.verdict.elapsed_ms for turn in self.turns if turn.verdict)

    @property
    def streak(self) -> int:
        """Right answers in a row, up to the last question that is closed."""
        outcomes = [turn.verdict.fraction == 1 for turn in self.turns if turn.verdict]
        return next((n for n, is_right in enumerate(reversed(outcomes)) if not is_right), len(outcomes))

    def score_after(self, index: int) -> int:
        """The points of the questions up to this one."""
        return sum(turn.verdict.points for turn in self.turns[: index + 1] if turn.verdict)

    def state(self, now: datetime) -> State:
        if self.finished_at:
            return State.FINISHED
        if self.turn.verdict:
            return State.FEEDBACK
        return State.OVERDUE if self.turn.is_overdue(now) else State.OPEN

    def answered(self, index: int, raw: Any, now: datetime) -> Self:
        """The game after an answer to question `index`; the first answer stands.

        Raises OutOfTurn for a question that was never revealed, UnreadableAnswer.
        """
        self._check_revealed(index)
        if self.turns[index].verdict:
            return self
        return self._closed(self.turns[index].answered(raw, now), now)

    def revealing(self, index: int, now: datetime) -> Self:
        """The game with question `index` revealed, or finished where there is no such question any more.

        A question that ran out of time is closed on the way. Raises OutOfTurn.
        """
        state = self.state(now)
        if 0 <= index <= self.index or (state is State.FINISHED and index == self.length):
            return self
        if index != self.index + 1 or state is State.OPEN:
            raise OutOfTurn("question %(index)s comes first", index=self.index)
        game = self if self.turn.verdict else self._timed_out(now)
        return game if game.finished_at else game._with_turn(index, game.turns[index].revealed(now))

    def flagging(self, index: int, now: datetime) -> Self:
        """The game with the closed question `index` reported by its player.

        A question that ran out of time is closed on the way. Raises OutOfTurn.
        """
        self._check_revealed(index)
        game = self.seen(now) if index == self.index else self
        turn = game.turns[index]
        if turn.verdict is None:
            raise OutOfTurn("question %(index)s is not answered yet", index=index)
        return game if turn.is_flagged else game._with_turn(index, replace(turn, is_flagged=True))

    def seen(self, now: datetime) -> Self:
        """The game as it is to be shown: a question that ran out of time looks closed already."""
        return self._timed_out(now) if self.state(now) is State.OVERDUE else self

    def _check_revealed(self, index: int) -> None:
        if not 0 <= index <= self.index:
            raise OutOfTurn("question %(index)s has not been asked yet", index=index)

    def _timed_out(self, now: datetime) -> Self:
        return self._closed(self.turn.answered(None, now), now)

    def _closed(self, turn: Turn, now: datetime) -> Self:
        """With the question at hand closed; closing the last one finishes the game."""
        game = self._with_turn(self.index, turn)
        return replace(game, finished_at=now) if self.index == self.length - 1 else game

    def _with_turn(self, index: int, turn: Turn) -> Self:
        return replace(self, turns=(*self.turns[:index], turn, *self.turns[index + 1 :]))
