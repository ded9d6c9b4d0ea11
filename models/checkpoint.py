"""How far the stream has been counted, and who is counting: an entity that goes with what was counted.

Whatever is at `settled` or before has been counted. After that place events may still appear between others,
so of each that has been counted there is a mark in `seen`.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Self

from google.cloud.datastore import Entity, Key

from models.aggregate import Build
from models.position import Position
from models.store import Store

MARK_BYTES = 8

MOST_SEEN = 120_000
"""Marks of 8 bytes, which one entity holds. At the designed load there are 90,000: with what subscribers
tell, 1,000 events a second for a minute, and 100 a second for five."""

LEASE = timedelta(seconds=30)
"""Whoever does not write for so long has died, and another may count."""


class LeaseLost(Exception):
    """Somebody else is counting by now; nothing of this was written."""


@dataclass(frozen=True)
class Checkpoint:
    """`holder` counts, or counted last; `step` grows with everything that was written."""

    KIND = "Checkpoint"

    build: Build
    settled: Position = Position.START
    seen: frozenset[bytes] = frozenset()
    read_at: datetime | None = None
    """Whatever was committed before has been counted, but for what had a long way."""
    swept_at: datetime | None = None
    """When `seen` and the stream were last compared."""
    holder: str = ""
    held_until: datetime | None = None
    step: int = 0

    @classmethod
    def from_entity(cls, build: Build, entity: Entity | None) -> Self:
        """At the START where there is none."""
        if entity is None:
            return cls(build)
        return cls(
            build=build,
            settled=Position.from_text(entity["settled"]),
            seen=_marks(entity["seen"]),
            read_at=entity["read_at"],
            swept_at=entity["swept_at"],
            holder=entity["holder"],
            held_until=entity["held_until"],
            step=entity["step"],
        )

    @classmethod
    def key(cls, store: Store, build: Build) -> Key:
        return store.key(cls.KIND, build.name)

    @classmethod
    def load(cls, store: Store, build: Build) -> Self:
        return cls.from_entity(build, store.get(cls.KIND, build.name))

    def to_entity(self, store: Store) -> Entity:
        properties = {
            "settled": str(self.settled),
            "seen": b"".join(sorted(self.seen)),
            "read_at": self.read_at,
            "swept_at": self.swept_at,
            "holder": self.holder,
            "held_until": self.held_until,
            "step": self.step,
        }
        return store.entity(self.KIND, self.build.name, properties)

    def is_held(self, now: datetime) -> bool:
        return self.held_until is not None and now < self.held_until

    def taken(self, holder: str, now: datetime) -> Self:
        return replace(self, holder=holder, held_until=now + LEASE)

    def has_counted(self, position: Position) -> bool:
        return position <= self.settled or mark_of(position) in self.seen

    def follows(self, before: Self) -> bool:
        """Whether it was written over `before`, or is it. Raises LeaseLost where somebody else wrote."""
        if self.holder != before.holder or self.step not in (before.step, before.step + 1):
            raise LeaseLost
        return self.step == before.step + 1


def mark_of(position: Position) -> bytes:
    return sha256(str(position).encode()).digest()[:MARK_BYTES]


def _marks(text: bytes) -> frozenset[bytes]:
    return frozenset(text[start : start + MARK_BYTES] for start in range(0, len(text), MARK_BYTES))
