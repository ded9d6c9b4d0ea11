"""How far a replay has come, so that one which was interrupted goes on there. Gone when it is through."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from google.cloud.datastore import Entity

from models.position import Position
from models.store import Store


@dataclass(frozen=True)
class Bookmark:
    """`replay` names the subscriber, and the build where it is one."""

    KIND = "Bookmark"

    replay: str
    position: Position
    kept_at: datetime

    @classmethod
    def from_entity(cls, entity: Entity) -> Self:
        return cls(
            replay=entity.key.name, position=Position.from_text(entity["position"]), kept_at=entity["kept_at"]
        )

    @classmethod
    def of_or_none(cls, store: Store, replay: str) -> Self | None:
        entity = store.get(cls.KIND, replay)
        return cls.from_entity(entity) if entity else None

    @classmethod
    def discard(cls, store: Store, replay: str) -> None:
        store.delete_many([store.key(cls.KIND, replay)])

    def to_entity(self, store: Store) -> Entity:
        return store.entity(self.KIND, self.replay, {"position": str(self.position), "kept_at": self.kept_at})

    def keep(self, store: Store) -> None:
        store.put_many([self.to_entity(store)])
