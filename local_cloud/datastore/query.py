"""What a query asks for, in encoded form; what is not built yet is refused by name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from local_cloud.datastore.indexes import KEY_PROPERTY, Component
from local_cloud.datastore.keys import (
    JUST_AFTER,
    Database,
    check_key,
    descendants,
    encode_key,
    encode_partition,
    fill_partition,
    is_reserved,
)
from local_cloud.datastore.messages import Filter, Key, PartitionId, PropertyFilter, QueryMessage
from local_cloud.datastore.ordering import LAST, complement
from local_cloud.datastore.values import encode_value
from local_cloud.faults import invalid, unimplemented

_AND = 1
_DESCENDING = 2
_LESS, _LESS_OR_EQUAL, _GREATER, _GREATER_OR_EQUAL, _EQUAL = 1, 2, 3, 4, 5
_HAS_ANCESTOR = 11
_LATER_OPERATORS = {6: "IN", 9: "NOT_EQUAL", 13: "NOT_IN"}


class Cut(NamedTuple):
    """A place between values: before all rows with this value, or after them."""

    value: bytes
    is_after: bool

    def ascending(self) -> bytes:
        return self.value + LAST if self.is_after else self.value

    def descending(self) -> bytes:
        flipped = complement(self.value)
        return flipped if self.is_after else flipped + LAST


BEFORE_ALL = Cut(b"", False)
AFTER_ALL = Cut(b"", True)


@dataclass
class Query:
    """A conjunction of filters, the orders, and which part of the results is wanted."""

    partition: bytes
    kind: str | None
    equalities: list[tuple[str, bytes]] = field(default_factory=list)
    inequality: str | None = None
    lower: Cut = BEFORE_ALL
    upper: Cut = AFTER_ALL
    ancestor: bytes | None = None
    key_lower: bytes = b""
    key_upper: bytes = b""
    has_key_filter: bool = False
    orders: list[Component] = field(default_factory=list)
    projection: list[str] = field(default_factory=list)
    keys_only: bool = False
    start_cursor: bytes = b""
    end_cursor: bytes = b""
    offset: int = 0
    limit: int | None = None

    @property
    def equal_names(self) -> set[str]:
        return {name for name, _ in self.equalities}

    @property
    def narrows_keys(self) -> bool:
        return (self.key_lower, self.key_upper) != descendants(self.partition)


def parse_query(message: QueryMessage, partition: PartitionId, database: Database) -> Query:
    _refuse_later_features(message)
    fill_partition(partition, database)
    query = Query(encode_partition(partition), _kind(message))
    query.key_lower, query.key_upper = descendants(query.partition)
    for filter_ in _conjunction(message.filter):
        _add_filter(query, filter_, database)
    query.orders = [Component(order.property.name, order.direction == _DESCENDING) for order in message.order]
    _set_projection(query, [projection.property.name for projection in message.projection])
    _set_window(query, message)
    if query.kind is None:
        _check_kindless(query)
    return query


def _refuse_later_features(message: QueryMessage) -> None:
    if message.distinct_on:
        raise unimplemented("distinct_on")
    if message.HasField("find_nearest"):
        raise unimplemented("find_nearest")


def _kind(message: QueryMessage) -> str | None:
    if len(message.kind) > 1:
        raise invalid("A query may name at most one kind.")
    if not message.kind:
        return None
    name = str(message.kind[0].name)
    if not name:
        raise invalid("The kind is the empty string.")
    if is_reserved(name):
        raise unimplemented(f"metadata queries ({name})")
    return name


def _conjunction(filter_: Filter) -> Iterator[PropertyFilter]:
    kind = filter_.WhichOneof("filter_type")
    if kind == "property_filter":
        yield filter_.property_filter
    elif kind == "composite_filter":
        composite = filter_.composite_filter
        if composite.op != _AND and len(composite.filters) != 1:
            raise unimplemented("OR filters")
        for part in composite.filters:
            yield from _conjunction(part)


def _add_filter(query: Query, filter_: PropertyFilter, database: Database) -> None:
    name, operator = str(filter_.property.name), filter_.op
    if operator in _LATER_OPERATORS:
        raise unimplemented(f"{_LATER_OPERATORS[operator]} filters")
    if not name:
        raise invalid("A filter names no property.")
    if name == KEY_PROPERTY:
        _add_key_filter(query, operator, _key_of(filter_, database))
    elif operator == _HAS_ANCESTOR:
        raise invalid("Only the key can have an ancestor filter.")
    elif operator == _EQUAL:
        query.equalities.append((name, encode_value(filter_.value)))
    else:
        _add_inequality(query, name, operator, encode_value(filter_.value))


def _key_of(filter_: PropertyFilter, database: Database) -> bytes:
    if filter_.value.WhichOneof("value_type") != "key_value":
        raise invalid("__key__ filter value must be a Key")
    key: Key = filter_.value.key_value
    check_key(key, allow_reserved=True)
    fill_partition(key.partition_id, database)
    return encode_key(key)


def _add_key_filter(query: Query, operator: int, key: bytes) -> None:
    if not key.startswith(query.partition):
        raise invalid("The namespace of a key filter is not that of the query.")
    lower, upper = query.key_lower, query.key_upper
    if operator == _HAS_ANCESTOR:
        if query.ancestor not in (None, key):
            raise invalid("A query may have only one ancestor.")
        query.ancestor = key
        lower, upper = descendants(key)
    elif operator == _EQUAL:
        lower, upper = key, key + JUST_AFTER
    elif operator == _LESS:
        upper = key
    elif operator == _LESS_OR_EQUAL:
        upper = key + JUST_AFTER
    elif operator == _GREATER:
        lower = key + JUST_AFTER
    elif operator == _GREATER_OR_EQUAL:
        lower = key
    else:
        raise invalid("A filter has no operator.")
    query.has_key_filter |= operator not in (_HAS_ANCESTOR, _EQUAL)
    query.key_lower = max(query.key_lower, lower)
    query.key_upper = min(query.key_upper, upper)


def _add_inequality(query: Query, name: str, operator: int, value: bytes) -> None:
    if query.inequality not in (None, name):
        raise unimplemented("inequality filters on several properties")
    query.inequality = name
    if operator in (_GREATER, _GREATER_OR_EQUAL):
        query.lower = max(query.lower, Cut(value, operator == _GREATER), key=Cut.ascending)
    elif operator in (_LESS, _LESS_OR_EQUAL):
        query.upper = min(query.upper, Cut(value, operator == _LESS_OR_EQUAL), key=Cut.ascending)
    else:
        raise invalid("A filter has no operator.")


def _set_projection(query: Query, names: list[str]) -> None:
    if len(set(names)) < len(names):
        raise invalid("A property is projected twice.")
    query.keys_only = names == [KEY_PROPERTY]
    query.projection = [name for name in names if name != KEY_PROPERTY]
    if query.equal_names & set(query.projection):
        raise invalid("cannot use projection on a property with an equality filter")


def _set_window(query: Query, message: QueryMessage) -> None:
    query.start_cursor, query.end_cursor = message.start_cursor, message.end_cursor
    query.offset = message.offset
    query.limit = message.limit.value if message.HasField("limit") else None
    if query.offset < 0:
        raise invalid("The offset is negative.")
    if query.limit is not None and query.limit < 0:
        raise invalid("The limit is negative.")


def _check_kindless(query: Query) -> None:
    names = [name for name, _ in query.equalities] + ([query.inequality] if query.inequality else [])
    if names:
        raise invalid(f"kind is required for filter: {names[0]}")
    if query.orders and query.orders[0] != Component(KEY_PROPERTY):
        raise invalid("kind is required for all orders except __key__ ascending")
    if query.projection:
        raise invalid("kind is required for projection")
