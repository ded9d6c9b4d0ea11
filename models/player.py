"""An anonymous visitor with a name. The id is public; the signed token that names the player is not.

Who has left leaves a tombstone: whatever writes something of a player must commit only if there is none.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self, TypeGuard

from google.cloud.datastore import Entity

from models.event import Event, PlayerErased, PlayerRenamed
from models.store import Change, Store


class NoSuchPlayer(Exception):
    """Nobody has the id, or who had it has left: nobody is told which."""


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
        return cls.present_or_none(store.get(cls.KIND, id))

    @classmethod
    def from_id(cls, store: Store, id: str) -> Self:
        """Raises NoSuchPlayer."""
        return cls.present(store.get(cls.KIND, id))

    @classmethod
    def present(cls, entity: Entity | None) -> Self:
        """The player that was read. Raises NoSuchPlayer where nobody was, or a tombstone."""
        player = cls.present_or_none(entity)
        if player is None:
            raise NoSuchPlayer
        return player

    @classmethod
    def present_or_none(cls, entity: Entity | None) -> Self | None:
        return cls.from_entity(entity) if cls.is_present(entity) else None

    @staticmethod
    def is_present(entity: Entity | None) -> TypeGuard[Entity]:
        return entity is not None and entity["erased_at"] is None

    def to_entity(self, store: Store) -> Entity:
        properties = {"name": self.name, "created_at": self.created_at, "erased_at": self.erased_at}
        return store.entity(self.KIND, self.id, properties)

    def named(self, name: str, now: datetime) -> tuple[Self, tuple[Event, ...]]:
        """The player under that name, and what there is to tell of it."""
        if name == self.name:
            return self, ()
        event = PlayerRenamed(self.id).to_event(f"renamed-{self.id}-{now:%Y%m%dT%H%M%S%f}", now)
        return replace(self, name=name), (event,)


def rename(store: Store, id: str, name: str, now: datetime) -> Sequence[Event]:
    """`name` is clean. Raises NoSuchPlayer."""

    def take_the_name(found: list[Entity | None]) -> Change[Sequence[Event]]:
        player, events = Player.present(found[0]).named(name, now)
        rows = [row for event in events for row in event.to_entities(store)]
        return Change(events, puts=[player.to_entity(store), *rows] if events else [])

    return store.change([store.key(Player.KIND, id)], take_the_name)


def erase(store: Store, id: str, now: datetime) -> Sequence[Event]:
    """Sets the tombstone: from here on the player is nobody, and `personal_data` removes the rest.

    Of who is not there, or not any more, nothing changes.
    """

    def leave(found: list[Entity | None]) -> Change[Sequence[Event]]:
        player = Player.present_or_none(found[0])
        if player is None:
            return Change(())
        event = PlayerErased(id).to_event(f"erased-{id}", now)
        tombstone = replace(player, name="", erased_at=now)
        return Change((event,), puts=[tombstone.to_entity(store), *event.to_entities(store)])

    return store.change([store.key(Player.KIND, id)], leave)
