"""One of a game's ten questions: the question as it was, its shuffle, when it was shown, what came back."""

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple, Self

from models import scoring
from models.answer import TYPES, WRONG, Answer, Chosen, Filled, QuestionType, Shuffle, UnreadableAnswer
from models.question import Question


class Verdict(NamedTuple):
    """What an answer was worth. `elapsed_ms` is within 0..T; late ones (a time-out is one) get nothing."""

    answer: Answer
    fraction: Fraction
    points: int
    elapsed_ms: int
    late: bool
    closed_at: datetime


@dataclass(frozen=True)
class Turn:
    question: Question
    shuffle: Shuffle
    limit_ms: int | None
    """None in a relaxed game."""
    revealed_at: datetime | None = None
    verdict: Verdict | None = None
    is_flagged: bool = False
    """Its player has reported the question."""

    @classmethod
    def dealt(cls, question: Question, is_timed: bool, rng: random.Random) -> Self:
        shuffle = TYPES[question.type].shuffle(question, rng)
        return cls(question, shuffle, question.time_limit_seconds * 1000 if is_timed else None)

    @property
    def type(self) -> QuestionType:
        return TYPES[self.question.type]

    @property
    def choices(self) -> list[str]:
        return self.type.choices(self.question, self.shuffle)

    @property
    def right_answer(self) -> Answer:
        return self.type.right_answer(self.question, self.shuffle)

    @property
    def chosen(self) -> Chosen:
        """What was chosen, as the question was written; None where it was typed, or nothing counted."""
        if self.verdict is None or self.verdict.answer is None:
            return None
        return self.type.chosen(self.verdict.answer, self.shuffle)

    @property
    def deadline(self) -> datetime | None:
        if self.revealed_at is None or self.limit_ms is None:
            return None
        return self.revealed_at + timedelta(milliseconds=self.limit_ms)

    def is_overdue(self, now: datetime) -> bool:
        return self.verdict is None and scoring.is_late(self._elapsed_ms(now), self.limit_ms)

    def revealed(self, now: datetime) -> Self:
        return replace(self, revealed_at=now)

    def answered(self, raw: Any, now: datetime) -> Self:
        """With the verdict on `raw`, JSON or Filled; None gives up. Raises UnreadableAnswer."""
        elapsed_ms = self._elapsed_ms(now)
        late = scoring.is_late(elapsed_ms, self.limit_ms)
        answer = self._read_late(raw) if late else self._read(raw)
        elapsed_ms = scoring.clamped(elapsed_ms, self.limit_ms)
        fraction = WRONG
        if answer is not None and not late:
            fraction = self.type.fraction(answer, self.question, self.shuffle)
        points = scoring.points(fraction, elapsed_ms, self.limit_ms)
        return replace(self, verdict=Verdict(answer, fraction, points, elapsed_ms, late, now))

    def _read_late(self, raw: Any) -> Answer:
        """Whatever it says, it comes to nothing."""
        try:
            return self._read(raw)
        except UnreadableAnswer:
            return None

    def _read(self, raw: Any) -> Answer:
        if isinstance(raw, Filled):
            raw = self.type.parse(raw.values)
        return None if raw is None else self.type.read(raw, self.question, self.shuffle)

    def _elapsed_ms(self, now: datetime) -> int:
        if self.revealed_at is None:
            return 0
        return (now - self.revealed_at) // timedelta(milliseconds=1)


def turn_to_json(turn: Turn) -> dict[str, Any]:
    """All but the question, which does not change from move to move."""
    verdict = turn.verdict
    return {
        "shuffle": list(turn.shuffle),
        "is_flagged": turn.is_flagged,
        "limit_ms": turn.limit_ms,
        "revealed_at": turn.revealed_at and turn.revealed_at.isoformat(),
        "verdict": verdict
        and {
            "answer": verdict.answer,
            "fraction": str(verdict.fraction),
            "points": verdict.points,
            "elapsed_ms": verdict.elapsed_ms,
            "late": verdict.late,
            "closed_at": verdict.closed_at.isoformat(),
        },
    }


_fraction = lru_cache(Fraction)
"""There are few, and each takes a while to read."""


def turn_from_json(data: dict[str, Any], question: Question) -> Turn:
    verdict = data["verdict"]
    return Turn(
        question=question,
        shuffle=tuple(data["shuffle"]),
        limit_ms=data["limit_ms"],
        is_flagged=data.get("is_flagged", False),
        revealed_at=data["revealed_at"] and datetime.fromisoformat(data["revealed_at"]),
        verdict=verdict
        and Verdict(
            answer=verdict["answer"],
            fraction=_fraction(verdict["fraction"]),
            points=verdict["points"],
            elapsed_ms=verdict["elapsed_ms"],
            late=verdict["late"],
            closed_at=datetime.fromisoformat(verdict["closed_at"]),
        ),
    )
