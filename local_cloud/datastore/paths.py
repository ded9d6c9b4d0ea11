r"""Property paths such as `address.city`: into embedded entities, not into arrays.

`\.` is a dot that belongs to a name.
"""

from __future__ import annotations

from typing import TypeAlias

from local_cloud.datastore.indexes import KEY_PROPERTY
from local_cloud.datastore.messages import Entity, PropertyMask, Value
from local_cloud.faults import invalid

Mask: TypeAlias = list[tuple[str, ...]]

_ESCAPE = "\\"


def parse_path(path: str) -> tuple[str, ...]:
    names = [""]
    characters = iter(path)
    for character in characters:
        if character == ".":
            names.append("")
        else:
            names[-1] += next(characters, "") if character == _ESCAPE else character
    if not all(names):
        raise invalid(f'The property path "{path}" is invalid.')
    return tuple(names)


def parse_mask(mask: PropertyMask) -> Mask:
    """Keys come with every entity, so a mask that names them names no property."""
    return [parse_path(path) for path in mask.paths if path != KEY_PROPERTY]


def get(entity: Entity, path: tuple[str, ...]) -> Value | None:
    """The value at the path, to be changed in place."""
    for name in path[:-1]:
        if name not in entity.properties or not entity.properties[name].HasField("entity_value"):
            return None
        entity = entity.properties[name].entity_value
    return entity.properties.get(path[-1])


def make(entity: Entity, path: tuple[str, ...]) -> Value:
    """The value at the path, to be filled; entities on the way are made where there are none."""
    for name in path[:-1]:
        entity = entity.properties[name].entity_value
        # A field that is only looked at does not exist yet.
        entity.SetInParent()
    return entity.properties[path[-1]]


def remove(entity: Entity, path: tuple[str, ...]) -> None:
    for name in path[:-1]:
        if name not in entity.properties or not entity.properties[name].HasField("entity_value"):
            return
        entity = entity.properties[name].entity_value
    entity.properties.pop(path[-1], None)


def only(entity: Entity, mask: Mask) -> Entity:
    """The key, and what the mask names."""
    part = Entity()
    if entity.HasField("key"):
        part.key.CopyFrom(entity.key)
    for path in mask:
        if get(entity, path) is not None:
            _copy(entity, path, part)
    return part


def overwrite(entity: Entity, mask: Mask, source: Entity) -> None:
    """Make what the mask names as it is in the source: also absent, where it is absent there."""
    for path in mask:
        if get(source, path) is None:
            remove(entity, path)
        else:
            _copy(source, path, entity)


def _copy(source: Entity, path: tuple[str, ...], entity: Entity) -> None:
    """Entities made on the way are as much indexed as those in the source."""
    for name in path[:-1]:
        given, value = source.properties[name], entity.properties[name]
        if not value.HasField("entity_value"):
            value.exclude_from_indexes = given.exclude_from_indexes
            # A field that is only looked at does not exist yet.
            value.entity_value.SetInParent()
        source, entity = given.entity_value, value.entity_value
    entity.properties[path[-1]].CopyFrom(source.properties[path[-1]])
