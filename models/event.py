"""Facts in the past tense, kept in order: what the rest of the application learns from the game.

An event names a player only by the opaque id and carries no typed text: facts about people leave with them.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar, Self, get_args

from google.cloud.datastore import Entity

from models.answer import Chosen
from models.board import Board, boards_of
from models.game import MIX, Game, Mode, Pace
from models.position import Position
from models.store import Store
from models.turn import Turn

LIFE = timedelta(days=90)
"""Of an event that is not kept for ever."""


@dataclass(frozen=True)
class Event:
    """The envelope. `id` follows from the cause, so the same fact told twice is one event."""

    KIND = "Event"
    OUTBOX = "Outbox"
    RANGES = "0123456789abcdef"
    """What key names begin with, so that the newest events do not all land in one place."""

    id: str
    type: str
    version: int
    time: datetime
    data: dict[str, Any]
    causation_id: str | None = None

    @classmethod
    def from_entity(cls, entity: Entity) -> Self:
        return cls(
            id=entity["id"],
            type=entity["type"],
            version=entity["version"],
            time=entity["time"],
            data=json.loads(entity["data"]),
            causation_id=entity["causation_id"],
        )

    def to_entities(self, store: Store) -> list[Entity]:
        """The event and its row in the outbox; both belong in the commit of the fact itself."""
        properties = {
            "id": self.id,
            "type": self.type,
            "version": self.version,
            "time": self.time,
            "data": json.dumps(self.data, ensure_ascii=False),
            "causation_id": self.causation_id,
        }
        if self.expires_at:
            properties["expires_at"] = self.expires_at
        event = store.entity(self.KIND, self.key_name, properties)
        return [event, store.entity(self.OUTBOX, self.key_name, {})]

    @property
    def key_name(self) -> str:
        """One of RANGES, then the event's position, which orders events."""
        digit = hashlib.sha256(self.id.encode()).hexdigest()[0]
        return f"{digit}-{Position.of(self)}"

    @property
    def expires_at(self) -> datetime | None:
        """When Datastore may remove it (a policy of `deploy.sh` names this property); None is never.

        A finished game is what boards, histories and statistics are built anew from. Of all others the
        effect is what counts, and it is kept elsewhere.
        """
        return None if self.type == GameFinished.__name__ else self.time + LIFE


@dataclass(frozen=True)
class Fact:
    """What an event tells. A field is a JSON value, an aware datetime, or a list of dataclasses.

    Fields of a version never change: a new shape is a new VERSION, kept apart by its schema.
    """

    VERSION: ClassVar[int] = 1

    @classmethod
    def from_event(cls, event: Event) -> Self:
        """Of an event in the newest version."""
        types = {field.name: field.type for field in fields(cls)}
        return cls(**{name: _from_json(types[name], value) for name, value in event.data.items()})

    def to_event(self, id: str, time: datetime, cause: Event | None = None) -> Event:
        data = {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in asdict(self).items()
        }
        return Event(id, type(self).__name__, self.VERSION, time, data, cause.id if cause else None)


@dataclass(frozen=True)
class ClosedTurn:
    """One of a finished game's questions, and what came back.

    `chosen`: places of choices in the question as written, or a bool; null where nothing was answered, where
    it was typed, and where the game was told before version 2.
    """

    question: str
    category: str
    difficulty: str
    fraction: float
    points: int
    elapsed_ms: int
    late: bool
    chosen: Chosen

    @classmethod
    def of(cls, turn: Turn) -> Self:
        """`turn` has its verdict."""
        assert turn.verdict is not None
        return cls(
            question=turn.question.id,
            category=turn.question.category.slug,
            difficulty=str(turn.question.difficulty),
            fraction=float(turn.verdict.fraction),
            points=turn.verdict.points,
            elapsed_ms=turn.verdict.elapsed_ms,
            late=turn.verdict.late,
            chosen=turn.chosen,
        )


@dataclass(frozen=True)
class GameFinished(Fact):
    """A game's tenth question was closed. `category` is None for a mix; `answers` are in order.

    `challenge` is the root of the challenge that the game was started from, if it was.
    """

    VERSION = 2

    game: str
    player: str
    mode: str
    pace: str
    category: str | None
    challenge: str | None
    points: int
    correct: int
    elapsed_ms: int
    rule_version: int
    started_at: datetime
    finished_at: datetime
    answers: list[ClosedTurn]

    @classmethod
    def of(cls, game: Game) -> Self:
        """`game` is finished."""
        assert game.finished_at is not None
        return cls(
            game=game.id,
            player=game.player,
            mode=str(game.mode),
            pace=str(game.pace),
            category=None if game.category == MIX else game.category,
            challenge=game.challenge,
            points=game.points,
            correct=game.correct,
            elapsed_ms=game.elapsed_ms,
            rule_version=game.rule_version,
            started_at=game.started_at,
            finished_at=game.finished_at,
            answers=[ClosedTurn.of(turn) for turn in game.turns],
        )

    @property
    def day(self) -> date:
        """In UTC, that the game counts for: a daily one for the day of its start."""
        when = self.started_at if self.mode == Mode.DAILY else self.finished_at
        return when.astimezone(UTC).date()

    @property
    def boards(self) -> Sequence[Board]:
        """That the game stands on; a relaxed one on none."""
        if self.pace == Pace.RELAXED:
            return ()
        daily = self.day if self.mode == Mode.DAILY else None
        return boards_of(self.category, self.finished_at, daily, self.challenge)


@dataclass(frozen=True)
class BestBeaten(Fact):
    """A player's best game on some boards was beaten by the same player; points before, by board."""

    game: str
    player: str
    points: int
    before: dict[str, int]


@dataclass(frozen=True)
class BadgeEarned(Fact):
    """A player has earned a badge, once and for all."""

    player: str
    badge: str
    game: str


@dataclass(frozen=True)
class PlayerRenamed(Fact):
    """A player has another name; what it is stays with the player."""

    player: str


@dataclass(frozen=True)
class PlayerErased(Fact):
    """A player has left, and everything of theirs is to go."""

    player: str


@dataclass(frozen=True)
class QuestionFlagged(Fact):
    """A player finds something wrong with a question: `wrong`, `unclear` or `typo`."""

    player: str
    question: str
    reason: str


CATALOGUE: Mapping[str, type[Fact]] = {
    fact.__name__: fact
    for fact in (GameFinished, BestBeaten, BadgeEarned, PlayerRenamed, PlayerErased, QuestionFlagged)
}


def part_of(kind: Any) -> Any:
    """The dataclass that a field is a list of; None for any other field."""
    return next((part for part in get_args(kind) if is_dataclass(part)), None)


def _from_json(kind: Any, value: Any) -> Any:
    if kind is datetime:
        return datetime.fromisoformat(value)
    part = part_of(kind)
    return [part(**one) for one in value] if part else value
