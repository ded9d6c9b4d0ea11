"""Facts in the past tense, kept in order: what the rest of the application learns from the game.

An event names a player only by the opaque id and carries no typed text: facts about people leave with them.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from google.cloud.datastore import Entity

from models.game import MIX, Game
from models.store import Store
from models.turn import Turn

RANGES = 16
"""Keys start with one of so many hex digits, so that the newest events do not all land in one place."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Event:
    """The envelope. `id` follows from the cause, so the same fact told twice is one event."""

    KIND = "Event"
    OUTBOX = "Outbox"

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
        event = store.entity(self.KIND, self.key_name, properties)
        return [event, store.entity(self.OUTBOX, self.key_name, {})]

    @staticmethod
    def time_of(key_name: str) -> datetime:
        """When the event of that key name happened."""
        return _EPOCH + timedelta(microseconds=int(key_name.split("-")[1]))

    @property
    def key_name(self) -> str:
        microseconds = (self.time - _EPOCH) // timedelta(microseconds=1)
        digit = hashlib.sha256(self.id.encode()).hexdigest()[0]
        return f"{digit}-{microseconds:016}-{self.id}"


@dataclass(frozen=True)
class GameFinished:
    """`category` is None for a mix. `answers` in order, with the points each was worth."""

    TYPE = "GameFinished"
    VERSION = 1

    game: str
    player: str
    mode: str
    pace: str
    category: str | None
    points: int
    correct: int
    elapsed_ms: int
    rule_version: int
    started_at: datetime
    finished_at: datetime
    answers: list[dict[str, Any]]

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
            points=game.points,
            correct=game.correct,
            elapsed_ms=game.elapsed_ms,
            rule_version=game.rule_version,
            started_at=game.started_at,
            finished_at=game.finished_at,
            answers=[_answer(turn) for turn in game.turns],
        )

    @classmethod
    def from_event(cls, event: Event) -> Self:
        times = {name: datetime.fromisoformat(event.data[name]) for name in ("started_at", "finished_at")}
        return cls(**{**event.data, **times})

    def to_event(self) -> Event:
        data = asdict(self)
        data |= {name: data[name].isoformat() for name in ("started_at", "finished_at")}
        return Event(self.game, self.TYPE, self.VERSION, self.finished_at, data)


def _answer(turn: Turn) -> dict[str, Any]:
    assert turn.verdict is not None
    return {
        "question": turn.question.id,
        "category": turn.question.category.slug,
        "difficulty": str(turn.question.difficulty),
        "fraction": float(turn.verdict.fraction),
        "points": turn.verdict.points,
        "elapsed_ms": turn.verdict.elapsed_ms,
        "late": turn.verdict.late,
    }
