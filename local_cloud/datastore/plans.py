"""How one conjunction is answered: a range of rows of one index, and where each row stands among the results.

The position of a row has a part for every order of the query. What is constant in this conjunction is not in
the rows of its index, and is put in between.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from local_cloud.datastore.conjunctions import Conjunction, Range
from local_cloud.datastore.cursors import Position
from local_cloud.datastore.indexes import Component, Index, IndexRow
from local_cloud.datastore.keys import descendants
from local_cloud.datastore.ordering import complement
from local_cloud.datastore.query import Query
from local_cloud.datastore.values import value_end


class Probe(NamedTuple):
    """One row of a single-property index that the results must also have."""

    single: Index
    row: bytes


class Edge(NamedTuple):
    """A place among the rows in their direction, `columns` being what follows the prefix.

    With a key just after that row, without one before all rows with these columns, or after all of them.
    """

    columns: bytes
    key: bytes | None = None
    is_after: bool = False


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
    key_lower: bytes = b""
    key_upper: bytes = b""
    narrows_keys: bool = False
    constants: dict[int, bytes] = field(default_factory=dict)
    order: tuple[Component, ...] = ()
    checks: tuple[Range | None, ...] = ()
    residue: tuple[tuple[str, Range], ...] = ()

    def completed(
        self, conjunction: Conjunction, query: Query, order: list[Component], constants: dict[int, bytes]
    ) -> Plan:
        """With what it owes to the query as a whole."""
        checks = tuple(conjunction.ranges.get(column.name) for column in self.columns)
        columns = {column.name for column in self.columns}
        return replace(
            self,
            # An order by key leaves inequalities that no column can meet.
            residue=tuple(item for item in conjunction.ranges.items() if item[0] not in columns),
            key_descending=query.key_descending,
            key_lower=conjunction.key_lower,
            key_upper=conjunction.key_upper,
            narrows_keys=(conjunction.key_lower, conjunction.key_upper) != descendants(query.partition),
            constants=constants,
            order=tuple(order),
            # The first column is the range that is read anyway.
            checks=checks if any(checks[1:]) else (),
        )

    @property
    def drops_rows(self) -> bool:
        """Whether not every row of the range is a result."""
        return bool(self.checks or self.residue)

    def position(self, row: bytes) -> bytes:
        """Where the row stands: as bytes that ascend in the order of the results."""
        own = row[len(self.prefix) :] if self.columns else b""
        if self.row_descending:
            own = complement(own)
        if not self.constants:
            return own
        parts = iter(split(own, self._directed_columns()))
        return b"".join(
            self.constants[place] if place in self.constants else next(parts)
            for place in range(len(self.order))
        )

    def fits(self, row: bytes) -> bool:
        """Whether the row's columns meet the inequalities of this conjunction."""
        if not self.checks:
            return True
        parts = split(row[len(self.prefix) :], list(self.columns))
        for part, column, check in zip(parts, self.columns, self.checks, strict=True):
            if check is not None and not check.holds(complement(part) if column.descending else part):
                return False
        return True

    def fits_entity(self, values: Mapping[str, Set[bytes]]) -> bool:
        """Whether an entity with these indexed values meets the inequalities that are in no column."""
        return all(any(map(range_.holds, values.get(name, ()))) for name, range_ in self.residue)

    def edge(self, position: Position) -> Edge | None:
        """Where the scan stands when the results stand at the position. None: past its last row."""
        own = b""
        parts = split(position.columns, list(self.order))
        for place, part in enumerate(parts):
            if place not in self.constants:
                own += part
            elif self.constants[place] > part:
                return Edge(own)
            elif self.constants[place] < part:
                return Edge(own, is_after=True) if own else None
        return Edge(own, position.key)

    def positions(self, rows: Set[IndexRow], key: bytes) -> Iterator[bytes]:
        """Every place among the results of this conjunction at which an entity with these rows stands."""
        if not self.key_lower <= key < self.key_upper or self.index is None:
            return
        held = {(row.index_name, row.row) for row in rows}
        if all((probe.single.name, probe.row) in held for probe in self.probes):
            for name, row in held:
                if name == self.index.name and self._covers(row) and self.fits(row):
                    yield self.position(row)

    def _covers(self, row: bytes) -> bool:
        return self.lower <= row < self.upper if self.columns else row == self.prefix

    def _directed_columns(self) -> list[Component]:
        """The columns as they stand in a position."""
        return [column for place, column in enumerate(self.order) if place not in self.constants]


def split(columns: bytes, components: list[Component]) -> list[bytes]:
    """The parts of a position, each still in the direction of its component."""
    parts, at = [], 0
    for component in components:
        # Only ascending bytes tell where a value ends.
        rest = complement(columns[at:]) if component.descending else columns[at:]
        length = value_end(rest, 0)
        parts.append(columns[at : at + length])
        at += length
    return parts


def signature(query: Query, columns: list[Component]) -> str:
    """What a cursor belongs to: positions mean something only in the same order of the same kind."""
    return json.dumps([query.kind, columns, query.key_descending])
