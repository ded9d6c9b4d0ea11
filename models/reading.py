"""What a lookup found, in Datastore's own messages: with the versions that a conditional commit needs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from google.cloud.datastore import Entity, Key, helpers
from google.cloud.datastore_v1 import types

_KeyMessage = type(types.Key.pb(types.Key()))


@dataclass
class Reading:
    """What was asked for and, by key, the entities that were found, and their versions."""

    asked: frozenset[Key]
    entities: dict[Key, Entity] = field(default_factory=dict)
    versions: dict[Key, int] = field(default_factory=dict)
    transaction: bytes | None = None

    def mutations(self, puts: Sequence[Entity], deletes: Sequence[Key]) -> list[types.Mutation]:
        """They hold together, and only if nothing that was read and is written has changed since."""
        written = [self._put(entity) for entity in puts]
        return written + [self._conditional(key, delete=key.to_protobuf()) for key in deletes]

    def _put(self, entity: Entity) -> types.Mutation:
        body = helpers.entity_to_protobuf(entity)
        if self.transaction is None and entity.key in self.asked - self.versions.keys():
            return types.Mutation(insert=body)
        return self._conditional(entity.key, upsert=body)

    def _conditional(self, key: Key, **operation: Any) -> types.Mutation:
        """The operation; of an entity that was read outside a transaction, only if it is still as read."""
        if self.transaction is not None or key not in self.versions:
            return types.Mutation(**operation)
        return types.Mutation(
            **operation,
            base_version=self.versions[key],
            conflict_resolution_strategy=types.Mutation.ConflictResolutionStrategy.FAIL,
        )


def key_message(key: Key) -> Any:
    """What key.to_protobuf() wraps, in a tenth of its time, which is a good part of a whole lookup's."""
    partition = {"project_id": key.project, "database_id": key.database, "namespace_id": key.namespace}
    return _KeyMessage(partition_id=partition, path=key.path)
