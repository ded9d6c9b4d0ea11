"""An anonymous visitor with a name. The id is public; the signed token that names the player is not."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from google.cloud.datastore import Entity

from models.store import Store

NAME_LENGTH = 24
"""Characters of a name, at most."""


class BadName(Exception):
    """The name is empty, too long, or has characters that cannot be seen."""


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


def clean_name(raw: str) -> str:
    """The name in NFC with single spaces. Raises BadName, with a sentence for the person who typed it."""
    name = " ".join(unicodedata.normalize("NFC", raw).split())
    if not name:
        raise BadName("Please type a name.")
    if len(name) > NAME_LENGTH:
        raise BadName(f"A name has at most {NAME_LENGTH} characters; this one has {len(name)}.")
    if not all(_is_visible(character) for character in name):
        raise BadName("This name has characters that cannot be shown.")
    return name


def _is_visible(character: str) -> bool:
    """Control, format, surrogate, private and unassigned characters are not."""
    return not unicodedata.category(character).startswith("C")
