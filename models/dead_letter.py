"""An event set aside for one subscriber, with the reason: nothing is lost, and nobody else waits for it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from google.cloud.datastore import Entity

from models.store import Store

REASON_LENGTH = 1_000
COUNTED = 1_000
"""No more are counted: more is too many anyway."""

MESSAGE_BYTES = 900_000
"""What is kept of the message: an entity holds a little more than 1 MB."""

CUT = " ... cut"
"""How a message ends of which not all is kept; JSON does not."""


@dataclass(frozen=True)
class DeadLetter:
    """`message` is what came, as JSON text in ASCII, so that it can be shown and told again."""

    KIND = "DeadLetter"

    subscriber: str
    event: str
    reason: str
    attempts: int
    set_aside_at: datetime
    message: str

    @classmethod
    def from_entity(cls, entity: Entity) -> Self:
        return cls(
            subscriber=entity["subscriber"],
            event=entity["event"],
            reason=entity["reason"],
            attempts=entity["attempts"],
            set_aside_at=entity["set_aside_at"],
            message=entity["message"],
        )

    @classmethod
    def all(cls, store: Store) -> list[Self]:
        return [cls.from_entity(entity) for entity in store.query(cls.KIND).entities]

    @classmethod
    def count(cls, store: Store) -> int:
        return store.count(cls.KIND, [], up_to=COUNTED)

    @classmethod
    def from_name_or_none(cls, store: Store, name: str) -> Self | None:
        entity = store.get(cls.KIND, name)
        return cls.from_entity(entity) if entity else None

    @property
    def name(self) -> str:
        return f"{self.subscriber}-{self.event}"

    @property
    def is_cut(self) -> bool:
        """The message cannot be told again."""
        return self.message.endswith(CUT)

    def to_entity(self, store: Store) -> Entity:
        is_too_long = len(self.message) > MESSAGE_BYTES
        properties = {
            "subscriber": self.subscriber,
            "event": self.event,
            "reason": self.reason[:REASON_LENGTH].encode(errors="backslashreplace").decode(),
            "attempts": self.attempts,
            "set_aside_at": self.set_aside_at,
            "message": self.message[:MESSAGE_BYTES] + CUT if is_too_long else self.message,
        }
        return store.entity(self.KIND, self.name, properties)

    def keep(self, store: Store) -> None:
        """In place of the same letter, where it came before."""
        store.put_many([self.to_entity(store)])

    def keep_unless_there(self, store: Store) -> None:
        store.insert(self.to_entity(store))

    def discard(self, store: Store) -> None:
        store.delete_many([store.key(self.KIND, self.name)])
