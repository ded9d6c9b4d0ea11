"""From a conjunction to the one index that answers it, or to the index that is missing.

The rules are production's: what needs an index there needs it here, even where another plan would do.
"""

from __future__ import annotations

from collections.abc import Sequence

from local_cloud.datastore.conjunctions import EVERYTHING, Conjunction
from local_cloud.datastore.indexes import Component, Index
from local_cloud.datastore.keys import KEY_END
from local_cloud.datastore.ordering import complement
from local_cloud.datastore.plans import Plan, Probe
from local_cloud.datastore.query import Query, constant, is_constant


class MissingIndex(Exception):
    """No index answers the query; this one would."""

    def __init__(self, index: Index) -> None:
        super().__init__(index)
        self.index = index


def plan_query(query: Query, indexes: Sequence[Index], exact: bool = False) -> list[Plan]:
    """One plan for each conjunction. `indexes` are the composite ones. Raises MissingIndex.

    An index may show properties in any order, in which the results then come, unless it is to be exact.
    """
    # Only the rows of several indexes in exactly one order can be merged.
    exact = exact or len(query.conjunctions) > 1
    return [_Planner(query, conjunction, exact).plan(indexes) for conjunction in query.conjunctions]


class _Planner:
    def __init__(self, query: Query, conjunction: Conjunction, exact: bool) -> None:
        self._query = query
        self._conjunction = conjunction
        self._exact = exact
        self._orders = [order for order in query.orders if not is_constant(conjunction, order)]
        ordered = {order.name for order in query.orders}
        self._rest = [
            name for name in query.shown if name not in ordered and name not in conjunction.fixed_names
        ]

    def plan(self, indexes: Sequence[Index]) -> Plan:
        if self._query.kind is None:
            return self._finished(Plan(None))
        if self._needs_no_composite():
            return self._built_in(self._query.kind)
        chosen = self._matching(indexes)
        if not chosen:
            raise MissingIndex(self._recommended(self._query.kind))
        return self._composite(chosen)

    def _needs_no_composite(self) -> bool:
        columns = len(self._orders) + len(self._rest)
        if self._query.key_descending:
            return False
        alone = not self._conjunction.fixed and self._conjunction.ancestor is None
        return columns == 0 or (columns == 1 and alone)

    def _built_in(self, kind: str) -> Plan:
        probes = [
            Probe(Index(kind, (Component(name),)), value) for name, value in self._conjunction.equalities
        ]
        if self._orders or self._rest:
            column = self._orders[0] if self._orders else Component(self._rest[0])
            ascending = Component(column.name)
            range_ = self._conjunction.ranges.get(column.name, EVERYTHING)
            return self._finished(
                Plan(
                    Index(kind, (ascending,)),
                    columns=(ascending,),
                    lower=range_.lower.ascending(),
                    upper=range_.upper.ascending(),
                    row_descending=column.descending,
                    probes=tuple(probes),
                )
            )
        if not probes:
            return self._finished(Plan(Index(kind)))
        return self._finished(Plan(probes[0].single, probes[0].row, probes=tuple(probes[1:])))

    def _matching(self, indexes: Sequence[Index]) -> list[Index]:
        """Indexes in the wanted order that together hold all equalities and the ancestor, or none."""
        wanted = self._conjunction.fixed_names
        needs_ancestor = self._conjunction.ancestor is not None
        usable = [
            index
            for index in indexes
            if index.kind == self._query.kind
            and index.key_descending == self._query.key_descending
            and (needs_ancestor or not index.has_ancestor)
            and self._fits(index, wanted)
        ]
        for index in usable:
            if self._equal_part(index) == wanted and index.has_ancestor == needs_ancestor:
                return [index]
        held = {name for index in usable for name in self._equal_part(index)}
        has_ancestor = any(index.has_ancestor for index in usable)
        return usable if held == wanted and has_ancestor == needs_ancestor else []

    def _fits(self, index: Index, wanted: set[str]) -> bool:
        """Equality properties in any order, then exactly the orders, then the other properties shown."""
        tail = len(self._orders) + len(self._rest)
        if tail > len(index.components):
            return False
        start = len(index.components) - tail
        ordered = list(index.components[start : start + len(self._orders)])
        shown = list(index.components[start + len(self._orders) :])
        if self._exact:
            shows = shown == [Component(name) for name in self._rest]
        else:
            shows = {component.name for component in shown} == set(self._rest)
        return shows and ordered == self._orders and self._equal_part(index) <= wanted

    def _equal_part(self, index: Index) -> set[str]:
        count = len(index.components) - len(self._orders) - len(self._rest)
        return {component.name for component in index.components[:count]}

    def _composite(self, chosen: list[Index]) -> Plan:
        """Read the first of them; single-property rows stand in for what only the others hold."""
        index = max(chosen, key=lambda one: (one.has_ancestor, len(one.components)))
        ancestor = self._conjunction.ancestor
        remaining = list(self._conjunction.equalities)
        prefix = ancestor + KEY_END if index.has_ancestor and ancestor is not None else b""
        used = len(index.components) - len(self._orders) - len(self._rest)
        for component in index.components[:used]:
            match = next(pair for pair in remaining if pair[0] == component.name)
            remaining.remove(match)
            prefix += _directed(match[1], component)
        columns = index.components[used:]
        lower, upper = self._bounds(columns)
        kind = index.kind
        probes = tuple(Probe(Index(kind, (Component(name),)), value) for name, value in remaining)
        return self._finished(Plan(index, prefix, columns, prefix + lower, prefix + upper, probes=probes))

    def _bounds(self, columns: tuple[Component, ...]) -> tuple[bytes, bytes]:
        range_ = self._conjunction.ranges.get(columns[0].name, EVERYTHING) if columns else EVERYTHING
        if columns and columns[0].descending:
            return range_.upper.descending(), range_.lower.descending()
        return range_.lower.ascending(), range_.upper.ascending()

    def _finished(self, plan: Plan) -> Plan:
        order = self._query.columns
        if not self._exact:
            constants = [column for column in order if is_constant(self._conjunction, column)]
            shown = [column for column in constants if column not in self._query.orders]
            order = self._query.orders + shown + list(plan.columns[len(self._orders) :])
        values = {
            place: _directed(constant(self._conjunction, column), column)
            for place, column in enumerate(order)
            if is_constant(self._conjunction, column)
        }
        return plan.completed(self._conjunction, self._query, order, values)

    def _recommended(self, kind: str) -> Index:
        components = [Component(name) for name in sorted(self._conjunction.fixed_names)]
        components += self._orders + [Component(name) for name in self._rest]
        has_ancestor = self._conjunction.ancestor is not None
        return Index(kind, tuple(components), has_ancestor, self._query.key_descending)


def _directed(value: bytes, component: Component) -> bytes:
    return complement(value) if component.descending else value
