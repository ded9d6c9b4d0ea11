"""The rules of Commit: which mutations may stand together, and what each of them does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from local_cloud.datastore import paths
from local_cloud.datastore.entities import check_entity
from local_cloud.datastore.keys import (
    Database,
    check_key,
    encode_key,
    encode_partition,
    fill_partition,
    is_complete,
)
from local_cloud.datastore.messages import (
    Entity,
    Key,
    Mutation,
    MutationResult,
    microseconds_of,
    set_time,
)
from local_cloud.datastore.reader import Place, Stored
from local_cloud.datastore.transforms import apply_transforms, check_number, check_transforms
from local_cloud.datastore.writer import Writer
from local_cloud.faults import (
    Fault,
    already_exists,
    failed_precondition,
    invalid,
    not_found,
)

# The version of an entity that is not there, as base_version means it.
NO_VERSION = 0

_FAIL = 3
_MAY_NEED_ID = ("insert", "upsert")
_FORBIDDEN_AFTER = {
    "insert": {"insert", "update", "upsert"},
    "update": {"delete"},
}


@dataclass
class Change:
    """A mutation that has been checked as far as that is possible without looking at what is stored."""

    operation: str
    mutation: Mutation
    key: Key
    needs_id: bool

    @property
    def entity(self) -> Entity:
        """As it was given; a delete has none."""
        entity: Entity = getattr(self.mutation, self.operation)
        return entity

    @property
    def is_whole(self) -> bool:
        """Whether what is stored afterwards depends on nothing that is stored."""
        # A delete's mask is ignored, says the reference.
        is_masked = self.operation != "delete" and self.mutation.HasField("property_mask")
        return not is_masked and not self.mutation.property_transforms

    @cached_property
    def place(self) -> Place:
        """Only once the key has its id."""
        return Place(encode_key(self.key), encode_partition(self.key.partition_id), self.key.path[-1].kind)


def parse_mutation(mutation: Mutation, database: Database) -> Change:
    operation = mutation.WhichOneof("operation")
    if operation is None:
        raise invalid("Mutation is missing operation.")
    check_transforms(mutation.property_transforms)
    if operation == "delete" and mutation.property_transforms:
        raise invalid("A delete has no properties to transform.")
    if operation == "insert" and mutation.base_version > NO_VERSION:
        raise invalid("Cannot insert an entity with a base version greater than zero")
    if mutation.conflict_resolution_strategy and not _has_condition(mutation):
        raise invalid("cannot set a conflict resolution strategy if no detection strategy was set")
    key = mutation.delete if operation == "delete" else getattr(mutation, operation).key
    fill_partition(key.partition_id, database)
    check_key(key, complete=operation not in _MAY_NEED_ID)
    if not is_complete(key) and _has_condition(mutation):
        raise invalid("conflict detection is not allowed for incomplete keys")
    if operation != "delete":
        check_entity(getattr(mutation, operation))
    return Change(operation, mutation, key, not is_complete(key))


def check_together(changes: Iterable[Change], transactional: bool) -> None:
    """Refuse mutations of one entity that may not stand in the same commit."""
    seen: dict[bytes, list[Change]] = {}
    for change in changes:
        earlier = seen.setdefault(change.place.key, [])
        if earlier:
            _check_after(change, earlier, transactional)
        earlier.append(change)
    for changes_of_one in seen.values():
        check_number(chain.from_iterable(change.mutation.property_transforms for change in changes_of_one))


def apply(change: Change, writer: Writer, result: MutationResult) -> None:
    """Do it and tell what happened; a Fault leaves everything as it was."""
    stored = writer.get(change.place.key)
    if _conflicts(change.mutation, stored):
        result.conflict_detected = True
        _tell(result, stored, writer)
        return
    if change.operation == "insert" and stored is not None:
        raise already_exists("entity already exists")
    if change.operation == "update" and stored is None:
        raise not_found("no entity to update")
    if change.operation == "delete":
        result.version = writer.delete(change.place, stored) if stored else writer.last_version()
        return
    entity = _written(change, stored, writer, result)
    _tell(result, writer.put(change.place, entity, stored), writer)
    if change.needs_id:
        result.key.CopyFrom(change.key)


def _written(change: Change, stored: Stored | None, writer: Writer, result: MutationResult) -> Entity:
    """The entity to store: as given, or the stored one changed where a mask says so; then the transforms."""
    mutation = change.mutation
    entity = change.entity
    if change.is_whole:
        return entity
    if mutation.HasField("property_mask"):
        entity = Entity.FromString(stored.entity) if stored else Entity(key=change.key)
        paths.overwrite(entity, paths.parse_mask(mutation.property_mask), change.entity)
    apply_transforms(entity, mutation.property_transforms, writer.now, result)
    check_entity(entity)
    return entity


def _check_after(change: Change, earlier: list[Change], transactional: bool) -> None:
    if not transactional:
        raise invalid(
            "A non-transactional commit may not contain multiple mutations affecting the same entity."
        )
    forbidden = _FORBIDDEN_AFTER.get(change.operation, set())
    for other in earlier:
        if other.operation in forbidden:
            raise invalid(f"An entity may not be changed by {other.operation} and then {change.operation}.")
        if _has_condition(change.mutation) and _has_condition(other.mutation):
            raise invalid("Conflict detection may be asked for only once per entity.")


def _has_condition(mutation: Mutation) -> bool:
    return mutation.WhichOneof("conflict_detection_strategy") is not None


def _conflicts(mutation: Mutation, stored: Stored | None) -> bool:
    """Whether the stored version is another than required; with strategy FAIL that is an error."""
    condition = mutation.WhichOneof("conflict_detection_strategy")
    if condition is None:
        return False
    version = stored.version if stored else NO_VERSION
    required = mutation.base_version if condition == "base_version" else microseconds_of(mutation.update_time)
    if version == required:
        return False
    if mutation.conflict_resolution_strategy == _FAIL:
        raise _mismatch(condition, version, required)
    return True


def _mismatch(condition: str, version: int, required: int) -> Fault:
    if condition == "base_version":
        return failed_precondition(
            f"the stored version ({version}) does not match the required base version ({required})"
        )
    return failed_precondition(
        f"the stored update time ({version}) does not match the required update time ({required})"
    )


def _tell(result: MutationResult, stored: Stored | None, writer: Writer) -> None:
    if stored is None:
        result.version = writer.last_version()
        return
    result.version = stored.version
    set_time(result.create_time, stored.created)
    set_time(result.update_time, stored.version)
