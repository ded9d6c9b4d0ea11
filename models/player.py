"""An anonymous visitor with a name. The id is public; the signed token that names the player is not."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from google.cloud.datastore import Entity

from models.store import Store


@dataclass(frozen=True)
class Player:
    KIND = "Player"

    id: str
    name: str
    created_at: datetime
    erased_at: datetime | None = None

    @classmethod
    def from_entity(cls, entity: Entity) -> Self:
        return cls(
            id=entity.key.name,
            name=entity["name"],
            created_at=entity["created_at"],
            erased_at=entity["erased_at"],
        )

    @classmethod
    def from_id_or_none(cls, store: Store, id: str) -> Self | None:
        entity = store.get(cls.KIND, id)
        return None if entity is None else cls.from_entity(entity)

    def to_entity(self, store: Store) -> Entity:
        properties = {"name": self.name, "created_at": self.created_at, "erased_at": self.erased_at}
        return store.entity(self.KIND, self.id, properties)
