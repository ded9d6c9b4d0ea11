"""What a query asks for, in encoded form, and the order that follows from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from local_cloud.datastore.conjunctions import Conjunction
from local_cloud.datastore.filters import parse_filter
from local_cloud.datastore.indexes import KEY_PROPERTY, Component
from local_cloud.datastore.keys import Database, encode_partition, fill_partition
from local_cloud.datastore.messages import PartitionId, QueryMessage
from local_cloud.faults import invalid, unimplemented

_DESCENDING = 2


@dataclass
class Query:
    """Entities that fit any of the conjunctions, by `orders` and then by key.

    `shown` are the properties that the rows of an index must have besides: projected or aggregated. They
    order what is equal. After an order by key nothing is: what is shown `beside` comes from the entities.
    """

    partition: bytes
    kind: str | None
    conjunctions: list[Conjunction]
    orders: list[Component] = field(default_factory=list)
    is_by_key: bool = False
    key_descending: bool = False
    shown: list[str] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)
    projection: list[str] = field(default_factory=list)
    distinct: list[str] = field(default_factory=list)
    keys_only: bool = False
    start_cursor: bytes = b""
    end_cursor: bytes = b""
    offset: int = 0
    limit: int | None = None

    @property
    def shows_values(self) -> bool:
        return bool(self.shown or self.beside)

    def show(self, names: Iterable[str]) -> None:
        """Once the orders are known."""
        ordered = {order.name for order in self.orders}
        for name in names:
            is_fixed = all(name in conjunction.fixed_names for conjunction in self.conjunctions)
            is_beside = self.is_by_key and name not in ordered and not is_fixed
            shown = self.beside if is_beside else self.shown
            if name not in shown:
                shown.append(name)

    @property
    def columns(self) -> list[Component]:
        """What the position of a result consists of, before its key."""
        ordered = {order.name for order in self.orders}
        return self.orders + [Component(name) for name in self.shown if name not in ordered]


def parse_query(message: QueryMessage, partition: PartitionId, database: Database) -> Query:
    if message.HasField("find_nearest"):
        raise unimplemented("find_nearest")
    fill_partition(partition, database)
    encoded = encode_partition(partition)
    query = Query(encoded, _kind(message), parse_filter(message.filter, encoded, database))
    _set_window(query, message)
    _set_projection(query, message)
    _set_orders(query, message)
    query.show(query.projection)
    if query.kind is None:
        _check_kindless(query, message)
    return query


def is_constant(conjunction: Conjunction, order: Component) -> bool:
    """Whether all results of this conjunction are equal there."""
    return order.name in conjunction.fixed_names


def constant(conjunction: Conjunction, order: Component) -> bytes:
    """Of several equal values (of an array) the one that the order meets first."""
    values = [value for name, value in conjunction.fixed if name == order.name]
    return max(values) if order.descending else min(values)


def _kind(message: QueryMessage) -> str | None:
    if len(message.kind) > 1:
        raise invalid("multiple kinds not supported")
    if not message.kind:
        return None
    if not message.kind[0].name:
        raise invalid("The kind is the empty string.")
    return str(message.kind[0].name)


def _set_window(query: Query, message: QueryMessage) -> None:
    query.start_cursor, query.end_cursor = message.start_cursor, message.end_cursor
    query.offset = message.offset
    query.limit = message.limit.value if message.HasField("limit") else None
    if query.offset < 0:
        raise invalid("Offset must be non-negative.")
    if query.limit is not None and query.limit < 0:
        raise invalid("Limit must be non-negative.")


def _set_projection(query: Query, message: QueryMessage) -> None:
    names = [str(projection.property.name) for projection in message.projection]
    if len(set(names)) < len(names):
        raise invalid("cannot project a property multiple times")
    query.keys_only = names == [KEY_PROPERTY]
    query.projection = [name for name in names if name != KEY_PROPERTY]
    for conjunction in query.conjunctions:
        if conjunction.fixed_names & set(query.projection):
            raise invalid("cannot use projection on a property with an equality filter")


def _set_orders(query: Query, message: QueryMessage) -> None:
    """Those that are given, then what is to be distinct, then the properties with inequalities, by name."""
    for order in message.order:
        name, descending = str(order.property.name), order.direction == _DESCENDING
        if not name:
            raise invalid("The property.name is the empty string.")
        if name == KEY_PROPERTY:
            query.key_descending, query.is_by_key = descending, True
            break
        _add_order(query, Component(name, descending))
    query.distinct = list(dict.fromkeys(str(reference.name) for reference in message.distinct_on))
    if KEY_PROPERTY in query.distinct:
        raise invalid("Group by is not supported for the property: __key__")
    implied = sorted({name for conjunction in query.conjunctions for name in conjunction.ranges})
    # After an order by key nothing is left to be ordered.
    for name in [] if query.is_by_key else query.distinct + implied:
        _add_order(query, Component(name))
    if {order.name for order in query.orders[: len(query.distinct)]} != set(query.distinct):
        raise invalid("All group by properties must be ordered before any non group by properties.")
    query.orders = [
        order for order in query.orders if order.name in query.distinct or _says_something(query, order)
    ]


def _add_order(query: Query, order: Component) -> None:
    if order.name not in {known.name for known in query.orders}:
        query.orders.append(order)


def _says_something(query: Query, order: Component) -> bool:
    """Not if all results are equal there."""
    if not all(is_constant(conjunction, order) for conjunction in query.conjunctions):
        return True
    return len({constant(conjunction, order) for conjunction in query.conjunctions}) > 1


def _check_kindless(query: Query, message: QueryMessage) -> None:
    for conjunction in query.conjunctions:
        names = [name for name, _ in conjunction.equalities] + list(conjunction.ranges)
        if names:
            raise invalid(f"kind is required for filter: {names[0]}")
    orders = [(order.property.name, order.direction == _DESCENDING) for order in message.order]
    if orders and orders[0] != (KEY_PROPERTY, False):
        raise invalid("kind is required for all orders except __key__ ascending")
    if query.shows_values or query.distinct:
        raise invalid("kind is required for non-__key__ filters")
