"""A player's word that something is wrong with a question: once per player and question."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self

from google.cloud.datastore import Entity, Key

from models.event import Event, QuestionFlagged
from models.fault import Fault
from models.store import Store
from models.typed import tidied

COMMENT_LENGTH = 200
"""Characters of a comment, at most."""

BATCH = 500
"""Flags read at a time."""


class Reason(StrEnum):
    WRONG = "wrong"
    UNCLEAR = "unclear"
    TYPO = "typo"


class BadFlag(Fault):
    """There is no such reason, or the comment cannot be kept."""


@dataclass(frozen=True)
class Flag:
    """The comment is the player's own text: it stays here and is in no event."""

    KIND = "Flag"

    question: str
    player: str
    reason: Reason
    comment: str
    flagged_at: datetime

    @classmethod
    def of(cls, question: str, player: str, reason: str, comment: str, now: datetime) -> Self:
        """Raises BadFlag."""
        if reason not in set(Reason):
            raise BadFlag("Say what it is: %(reasons)s.", reasons=", ".join(Reason))
        text = tidied(comment, COMMENT_LENGTH)
        if text is None:
            raise BadFlag(
                "A comment has at most %(most)s characters, all of which can be seen.", most=COMMENT_LENGTH
            )
        return cls(question, player, Reason(reason), text, now)

    @classmethod
    def from_entity(cls, entity: Entity) -> Self:
        return cls(
            question=entity["question"],
            player=entity["player"],
            reason=Reason(entity["reason"]),
            comment=entity["comment"],
            flagged_at=entity["flagged_at"],
        )

    @classmethod
    def all(cls, store: Store) -> Iterator[Self]:
        for page in store.pages(cls.KIND, [], BATCH):
            yield from map(cls.from_entity, page)

    @classmethod
    def of_player(cls, store: Store, player: str) -> Iterator[Self]:
        for page in store.pages(cls.KIND, [("player", "=", player)], BATCH):
            yield from map(cls.from_entity, page)

    def key(self, store: Store) -> Key:
        return store.key(self.KIND, f"{self.question}-{self.player}")

    def to_entity(self, store: Store) -> Entity:
        properties = {
            "question": self.question,
            "player": self.player,
            "reason": str(self.reason),
            "comment": self.comment,
            "flagged_at": self.flagged_at,
        }
        return store.entity(self.KIND, self.key(store).name, properties, indexed=["player"])

    def to_event(self) -> Event:
        fact = QuestionFlagged(self.player, self.question, str(self.reason))
        return fact.to_event(f"flag-{self.question}-{self.player}", self.flagged_at)


@dataclass(frozen=True)
class Tally:
    """What was said of one question: how often each reason, and the comments, the latest first."""

    question: str
    reasons: Counter[Reason]
    comments: Sequence[str]


def tallies(store: Store) -> list[Tally]:
    """Of every question that was flagged, the most flagged first."""
    by_question: dict[str, list[Flag]] = defaultdict(list)
    for flag in Flag.all(store):
        by_question[flag.question].append(flag)
    found = [_tally(question, flags) for question, flags in by_question.items()]
    return sorted(found, key=lambda tally: (-tally.reasons.total(), tally.question))


def _tally(question: str, flags: Sequence[Flag]) -> Tally:
    latest = sorted(flags, key=lambda flag: flag.flagged_at, reverse=True)
    comments = [f"{flag.reason}: {flag.comment}" for flag in latest if flag.comment]
    return Tally(question, Counter(flag.reason for flag in flags), comments)
