"""From a query to the one index that answers it, or the error that names the index which is missing.

The rules are production's: what needs an index there needs it here, even where another plan would do.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from local_cloud.datastore.indexes import KEY_PROPERTY, Component, Index
from local_cloud.datastore.keys import KEY_END
from local_cloud.datastore.ordering import LAST, complement
from local_cloud.datastore.query import Query
from local_cloud.faults import failed_precondition, unimplemented


class Probe(NamedTuple):
    """One row of a single-property index that the results must also have."""

    single: Index
    row: bytes


@dataclass(frozen=True)
class Plan:
    """Read one index between two rows, in one direction. `index` None: the entities themselves, in key order.

    Every row begins with `prefix`; `columns` are what follows it. Without columns the row is the prefix.
    """

    index: Index | None
    prefix: bytes = b""
    columns: tuple[Component, ...] = ()
    lower: bytes = b""
    upper: bytes = b""
    row_descending: bool = False
    key_descending: bool = False
    probes: tuple[Probe, ...] = ()
    order: str = ""


def plan_query(query: Query, indexes: Sequence[Index]) -> Plan:
    """`indexes` are what index.yaml defines."""
    orders, key_descending = _sort_orders(query)
    if query.kind is None:
        return Plan(None, order=_signature(query, orders, key_descending))
    rest = [name for name in query.projection if name not in {order.name for order in orders}]
    if _needs_no_composite(query, orders, rest, key_descending):
        return _built_in_plan(query, query.kind, orders or [Component(name) for name in rest])
    chosen = _matching(query, orders, rest, key_descending, indexes)
    if not chosen:
        raise failed_precondition(_missing_index(query, orders, rest, key_descending))
    return _composite_plan(query, chosen, key_descending)


def _sort_orders(query: Query) -> tuple[list[Component], bool]:
    """The orders that say something, the inequality property included, and the direction of the final key."""
    orders: list[Component] = []
    key_descending = False
    for order in query.orders:
        if order.name == KEY_PROPERTY:
            key_descending = order.descending
            break
        if order.name not in query.equal_names and order.name not in {known.name for known in orders}:
            orders.append(order)
    if query.inequality and query.inequality not in query.equal_names:
        if not orders:
            orders = [Component(query.inequality)]
        elif orders[0].name != query.inequality:
            raise unimplemented("an inequality filter on a property that is not the first order")
    if query.inequality in query.equal_names:
        raise unimplemented("an equality and an inequality filter on the same property")
    if query.has_key_filter and orders:
        raise unimplemented("a __key__ inequality together with another inequality or order")
    return orders, key_descending


def _needs_no_composite(query: Query, orders: list[Component], rest: list[str], key_descending: bool) -> bool:
    columns = len(orders) + len(rest)
    if key_descending:
        return False
    return columns == 0 or (columns == 1 and not query.equalities and query.ancestor is None)


def _built_in_plan(query: Query, kind: str, columns: list[Component]) -> Plan:
    order = _signature(query, columns, False)
    if columns:
        column = Component(columns[0].name)
        lower, upper = query.lower.ascending(), query.upper.ascending()
        index = Index(kind, (column,))
        return Plan(index, b"", (column,), lower, upper, columns[0].descending, False, (), order)
    probes = [Probe(Index(kind, (Component(name),)), value) for name, value in query.equalities]
    if not probes:
        return Plan(Index(kind), order=order)
    return Plan(probes[0].single, probes[0].row, probes=tuple(probes[1:]), order=order)


def _matching(
    query: Query, orders: list[Component], rest: list[str], key_descending: bool, indexes: Sequence[Index]
) -> list[Index]:
    """Indexes in the wanted order that together hold all equalities and the ancestor; none if they do not."""
    wanted = query.equal_names
    needs_ancestor = query.ancestor is not None
    usable = [
        index
        for index in indexes
        if index.kind == query.kind
        and index.key_descending == key_descending
        and (needs_ancestor or not index.has_ancestor)
        and _fits(index, wanted, orders, rest)
    ]
    for index in usable:
        if _equal_part(index, orders, rest) == wanted and index.has_ancestor == needs_ancestor:
            return [index]
    held = {name for index in usable for name in _equal_part(index, orders, rest)}
    has_ancestor = any(index.has_ancestor for index in usable)
    return usable if held == wanted and has_ancestor == needs_ancestor else []


def _fits(index: Index, wanted: set[str], orders: list[Component], rest: list[str]) -> bool:
    """Equality properties in any order, then exactly the orders, then the other projected properties."""
    tail = len(orders) + len(rest)
    if tail > len(index.components):
        return False
    start = len(index.components) - tail
    ordered = list(index.components[start : start + len(orders)])
    projected = {component.name for component in index.components[start + len(orders) :]}
    return _equal_part(index, orders, rest) <= wanted and ordered == orders and projected == set(rest)


def _equal_part(index: Index, orders: list[Component], rest: list[str]) -> set[str]:
    count = len(index.components) - len(orders) - len(rest)
    return {component.name for component in index.components[:count]}


def _composite_plan(query: Query, chosen: list[Index], key_descending: bool) -> Plan:
    """Read the first of them; single-property rows stand in for what only the others hold."""
    index = max(chosen, key=lambda one: (one.has_ancestor, len(one.components)))
    remaining = list(query.equalities)
    prefix = query.ancestor + KEY_END if index.has_ancestor and query.ancestor is not None else b""
    used = 0
    for component in index.components:
        match = next((pair for pair in remaining if pair[0] == component.name), None)
        if match is None:
            break
        remaining.remove(match)
        prefix += _directed(match[1], component)
        used += 1
    columns = index.components[used:]
    lower, upper = _bounds(query, columns)
    kind = query.kind or ""
    probes = tuple(Probe(Index(kind, (Component(name),)), value) for name, value in remaining)
    order = _signature(query, list(columns), key_descending)
    return Plan(index, prefix, columns, prefix + lower, prefix + upper, False, key_descending, probes, order)


def _bounds(query: Query, columns: tuple[Component, ...]) -> tuple[bytes, bytes]:
    if query.inequality is None or not columns:
        return b"", LAST
    if columns[0].descending:
        return query.upper.descending(), query.lower.descending()
    return query.lower.ascending(), query.upper.ascending()


def _directed(value: bytes, component: Component) -> bytes:
    return complement(value) if component.descending else value


def _signature(query: Query, columns: list[Component], key_descending: bool) -> str:
    """What a cursor belongs to: positions mean something only in the same order of the same kind."""
    return json.dumps([query.kind, columns, key_descending])


def _missing_index(query: Query, orders: list[Component], rest: list[str], key_descending: bool) -> str:
    """Production's sentence, to the letter: people search the web for it."""
    components = [Component(name) for name in sorted(query.equal_names)]
    components += orders + [Component(name) for name in rest]
    if key_descending:
        components.append(Component(KEY_PROPERTY, True))
    lines = ["no matching index found. recommended index is:", f"- kind: {query.kind}"]
    if query.ancestor is not None:
        lines.append("  ancestor: yes")
    lines.append("  properties:")
    for component in components:
        lines.append(f"  - name: {component.name}")
        if component.descending:
            lines.append("    direction: desc")
    return "\n".join(lines) + "\n"
