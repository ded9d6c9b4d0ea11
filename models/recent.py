"""Which questions a player was asked lately, so that others come first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from google.cloud.datastore import Entity, Key

from models.store import Store

KEPT = 200
"""Questions that are remembered: twenty games."""


@dataclass(frozen=True)
class Recent:
    """`questions` are ids, the latest last."""

    KIND = "Recent"

    player: str
    questions: tuple[str, ...] = ()

    @classmethod
    def of(cls, player: str, entity: Entity | None) -> Self:
        return cls(player, tuple(entity["questions"]) if entity else ())

    @classmethod
    def key(cls, store: Store, player: str) -> Key:
        return store.key(cls.KIND, player)

    def asked(self, questions: Sequence[str]) -> Self:
        before = [id for id in self.questions if id not in questions]
        return type(self)(self.player, (*before, *questions)[-KEPT:])

    def to_entity(self, store: Store) -> Entity:
        return store.entity(self.KIND, self.player, {"questions": list(self.questions)})
