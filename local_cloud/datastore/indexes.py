"""Indexes, and the rows that an entity has in them.

A property that is missing or excluded puts its entity outside every index that names it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod
from typing import NamedTuple

from local_cloud.datastore.keys import KEY_END, encode_ancestors
from local_cloud.datastore.messages import Entity, Value
from local_cloud.datastore.ordering import complement
from local_cloud.datastore.values import NULL, encode_value
from local_cloud.faults import invalid

MAX_INDEX_ROWS = 20_000
MAX_COMPOSITE_BYTES = 2 * 1024 * 1024
# An entity that is no longer has fewer rows than that: each is of a value, which takes two bytes at least.
FEW_ROWS_BYTES = 2 * MAX_INDEX_ROWS
KEY_PROPERTY = "__key__"

_COMPOSITE_MARK = "composite "


class Component(NamedTuple):
    """A property of an index, or an order of a query."""

    name: str
    descending: bool = False


@dataclass(frozen=True)
class Index:
    """No component: the entities of a kind. One: a property. More, or an ancestor: from index.yaml.

    Every index ends in the key; `key_descending` is what index.yaml says of it, rows are the same.
    """

    kind: str
    components: tuple[Component, ...] = ()
    has_ancestor: bool = False
    key_descending: bool = False

    @cached_property
    def name(self) -> str:
        """What the index is called in storage."""
        if self.is_composite:
            return _COMPOSITE_MARK + json.dumps([self.has_ancestor, self.components])
        return "".join(f"={component.name}" for component in self.components)

    @property
    def is_composite(self) -> bool:
        """Not one of those that every entity is in without being asked."""
        descends = any(component.descending for component in self.components)
        return self.has_ancestor or descends or len(self.components) > 1


class IndexRow(NamedTuple):
    """One row: the name of the index, the bytes to sort by, and whether the entity has several there."""

    index_name: str
    row: bytes
    repeats: bool


def is_composite_name(name: str) -> bool:
    return name.startswith(_COMPOSITE_MARK)


def composite_from(kind: str, name: str) -> Index:
    """The index that is called so in storage."""
    has_ancestor, components = json.loads(name.removeprefix(_COMPOSITE_MARK))
    return Index(kind, tuple(Component(*component) for component in components), has_ancestor)


def index_rows(entity: Entity, composites: Iterable[Index]) -> set[IndexRow]:
    """Every row of the entity: in its kind, in each property, in the composites given (those of its kind)."""
    values = indexed_values(entity)
    rows = {IndexRow("", b"", False)}
    rows.update(_property_rows(values))
    composite_bytes = 0
    for index in composites:
        entries = set(_composite_rows(index, entity, values))
        composite_bytes += sum(len(entry.row) for entry in entries)
        rows |= entries
    if composite_bytes > MAX_COMPOSITE_BYTES:
        raise invalid(f"The composite index entries are longer than {MAX_COMPOSITE_BYTES} bytes.")
    if len(rows) > MAX_INDEX_ROWS:
        raise invalid("Too many indexed properties")
    return rows


def changed_rows(
    before: Entity, after: Entity, composites: Collection[Index]
) -> tuple[set[IndexRow], set[IndexRow]]:
    """The rows that an entity loses, and those that it gets, when it is overwritten."""
    if composites or after.ByteSize() > FEW_ROWS_BYTES:
        old, new = index_rows(before, composites), index_rows(after, composites)
    else:
        names = {name for entity in (before, after) for name in entity.properties}
        changed = {_root(name) for name in names if before.properties.get(name) != after.properties.get(name)}
        near = [name for name in names if _root(name) in changed]
        old, new = (set(_property_rows(indexed_values(entity, near))) for entity in (before, after))
    return old - new, new - old


def _root(name: str) -> str:
    """Only properties that share it can be in the same index: `a.x` may be that of a property `a`."""
    return name.partition(".")[0]


def indexed_values(entity: Entity, names: Iterable[str] | None = None) -> dict[str, set[bytes]]:
    """The distinct encoded values by property; those of embedded entities under dotted names.

    names: of the properties that are of interest; None: all.
    """
    properties = entity.properties
    if names is not None:
        properties = {name: properties[name] for name in names if name in properties}
    values: dict[str, set[bytes]] = {}
    for name, encoded in _walk(properties, ""):
        values.setdefault(name, set()).add(encoded)
    return values


def _property_rows(values: Mapping[str, set[bytes]]) -> Iterator[IndexRow]:
    for name, encoded in values.items():
        for row in encoded:
            yield IndexRow(f"={name}", row, len(encoded) > 1)


def _walk(properties: Mapping[str, Value], prefix: str) -> Iterator[tuple[str, bytes]]:
    for name, value in properties.items():
        kind = value.WhichOneof("value_type")
        if kind == "array_value":
            elements = value.array_value.values
            if not elements:
                yield prefix + name, NULL
        else:
            elements = (value,)
        for element in elements:
            if element.exclude_from_indexes:
                continue
            if element.WhichOneof("value_type") == "entity_value":
                yield from _walk(element.entity_value.properties, f"{prefix}{name}.")
            else:
                yield prefix + name, encode_value(element)


def _composite_rows(index: Index, entity: Entity, values: dict[str, set[bytes]]) -> Iterator[IndexRow]:
    columns = []
    for component in index.components:
        encoded = values.get(component.name, set())
        columns.append({complement(one) for one in encoded} if component.descending else encoded)
    combinations = prod(len(column) for column in columns)
    prefixes = [b""]
    if index.has_ancestor:
        prefixes = [ancestor + KEY_END for ancestor in encode_ancestors(entity.key)]
    if combinations * len(prefixes) > MAX_INDEX_ROWS:
        raise invalid("Too many indexed properties")
    for prefix in prefixes:
        for combination in product(*columns):
            yield IndexRow(index.name, prefix + b"".join(combination), combinations > 1)
