"""A plan as one SQL statement whose cost follows the rows it yields: every part is a range of an index."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from local_cloud.datastore.cursors import Position
from local_cloud.datastore.indexes import indexed_values
from local_cloud.datastore.messages import Entity
from local_cloud.datastore.ordering import LAST, complement
from local_cloud.datastore.plans import Edge, Plan, Probe
from local_cloud.datastore.reader import Reader, Stored

# How far rows are counted to find the rarest of several equalities, with which a merge join begins.
SELECTIVITY_ROWS = 100


class Hit(NamedTuple):
    """A row of the index, as its place among the results. `repeats`: the entity has other rows there.

    The entity itself is there only if the scan was asked to bring it.
    """

    columns: bytes
    key: bytes
    repeats: bool
    stored: Stored | None = None


class Window(NamedTuple):
    """The part of a scan after one position, up to and including another."""

    after: Position | None = None
    until: Position | None = None


@dataclass
class _Source:
    """FROM and WHERE. Only our own words are put together; values are parameters."""

    table: str
    key: str
    conditions: list[str] = field(default_factory=list)
    parameters: list[object] = field(default_factory=list)

    def where(self, condition: str, *parameters: object) -> None:
        self.conditions.append(condition)
        self.parameters.extend(parameters)

    def __str__(self) -> str:
        return f"{self.table} WHERE {' AND '.join(self.conditions)}"


class Scan:
    """One plan on one snapshot, in one window. `visited` counts the rows that were looked at."""

    def __init__(self, reader: Reader, plan: Plan, partition: bytes, window: Window) -> None:
        self._reader = reader
        self._plan = plan
        self._partition = partition
        self.visited = 0
        self._source = self._build(window)

    def hits(self, with_entities: bool) -> Iterator[Hit]:
        """In the order of the results."""
        source, plan = self._source, self._plan
        if source is None:
            return
        # Where rows are dropped afterwards, their entities would be read in vain; the past cannot be joined.
        with_entities = with_entities and not plan.drops_rows and self._reader.is_present
        columns = "r.row, r.key, r.repeats" if plan.index else "x'', e.key, 0"
        order = f"{source.key} {_direction(plan.key_descending)}"
        if plan.columns:
            order = f"r.row {_direction(plan.row_descending)}, {order}"
        if with_entities:
            columns += ", e.entity, e.version, e.created"
            if plan.index:
                # CROSS JOIN keeps SQLite from starting with the entities.
                source.table += f" CROSS JOIN {self._reader.entities} e ON e.key = r.key"
        statement = f"SELECT {columns} FROM {source} ORDER BY {order}"  # noqa: S608 - only our own words
        rows = self._reader.connection.execute(statement, source.parameters)
        try:
            for row, key, repeats, *entity in rows:
                self.visited += 1
                if plan.fits(row) and (not plan.residue or self._has_residue(key)):
                    stored = Stored._make(entity) if entity else None
                    yield Hit(plan.position(row), key, bool(repeats), stored)
        finally:
            rows.close()

    def count(self, most: int | None) -> tuple[int, bool]:
        """How many rows there are, up to `most`, and whether an entity may be among them more than once."""
        if self._source is None:
            return 0, False
        repeats = "r.repeats" if self._plan.columns else "0 AS repeats"
        rows = f"SELECT {repeats} FROM {self._source} LIMIT ?"  # noqa: S608 - only our own words
        statement = f"SELECT COUNT(*), TOTAL(repeats) FROM ({rows})"  # noqa: S608 - only our own words
        parameters = [*self._source.parameters, -1 if most is None else most]
        count, repeating = self._reader.connection.execute(statement, parameters).fetchone()
        self.visited += count
        return count, repeating > 0

    def _has_residue(self, key: bytes) -> bool:
        stored = self._reader.get(key)
        values = indexed_values(Entity.FromString(stored.entity)) if stored else {}
        return self._plan.fits_entity(values)

    def _build(self, window: Window) -> _Source | None:
        """None if there can be no result: an index was never written to, or the window is past the end."""
        plan = self._plan
        after = plan.edge(window.after) if window.after else None
        if window.after and after is None:
            return None
        until = plan.edge(window.until) if window.until else None
        if plan.index is None:
            source = _Source(f"{self._reader.entities} e", "e.key")
            _limit_keys(source, plan)
            _limit_key_window(source, plan, after, until)
            return source
        rows = self._rows([Probe(plan.index, plan.prefix), *plan.probes])
        if rows is None:
            return None
        if not plan.columns:
            rows = self._rarest_first(rows)
        source = _Source(f"{self._reader.rows} r", "r.key")
        (index_id, prefix), *probes = rows
        source.where("r.index_id = ?", index_id)
        if plan.columns:
            _limit_rows(source, plan, after, until)
        else:
            source.where("r.row = ?", prefix)
            _limit_key_window(source, plan, after, until)
        if plan.narrows_keys:
            _limit_keys(source, plan)
        for probe in probes:
            source.where(
                f"EXISTS (SELECT 1 FROM {self._reader.rows} p "  # noqa: S608 - only our own words
                "WHERE p.index_id = ? AND p.row = ? AND p.key = r.key)",
                *probe,
            )
        return source

    def _rows(self, probes: list[Probe]) -> list[tuple[int, bytes]] | None:
        rows = []
        for index, row in probes:
            index_id = self._reader.index_id(self._partition, index.kind, index.name)
            if index_id is None:
                return None
            rows.append((index_id, row))
        return rows

    def _rarest_first(self, rows: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
        return rows if len(rows) == 1 else sorted(rows, key=self._frequency)

    def _frequency(self, row: tuple[int, bytes]) -> int:
        some = f"SELECT 1 FROM {self._reader.rows} WHERE index_id = ? AND row = ? LIMIT ?"  # noqa: S608 - only our own words
        statement = f"SELECT COUNT(*) FROM ({some})"  # noqa: S608 - only our own words
        return int(self._reader.connection.execute(statement, (*row, SELECTIVITY_ROWS)).fetchone()[0])


def _limit_keys(source: _Source, plan: Plan) -> None:
    source.where(f"{source.key} >= ? AND {source.key} < ?", plan.key_lower, plan.key_upper)


def _limit_key_window(source: _Source, plan: Plan, after: Edge | None, until: Edge | None) -> None:
    """Without columns an edge without a key is before all rows: only constants stand before them."""
    later, earlier = ("<", ">=") if plan.key_descending else (">", "<=")
    if after and after.key is not None:
        source.where(f"{source.key} {later} ?", after.key)
    if until:
        source.where(f"{source.key} {earlier} ?" if until.key is not None else "?", until.key or 0)


def _limit_rows(source: _Source, plan: Plan, after: Edge | None, until: Edge | None) -> None:
    source.where("r.row >= ? AND r.row < ?", plan.lower, plan.upper)
    if after:
        source.where(*_beyond(plan, after))
    if until:
        condition, *parameters = _beyond(plan, until)
        source.where(f"NOT ({condition})", *parameters)


def _beyond(plan: Plan, edge: Edge) -> tuple[str, *tuple[bytes, ...]]:
    """The condition that a row comes after this place."""
    columns = complement(edge.columns) if plan.row_descending else edge.columns
    row = plan.prefix + columns
    row_sign = "<" if plan.row_descending else ">"
    if edge.key is None:
        if plan.row_descending:
            return ("r.row < ?" if edge.is_after else "r.row <= ?"), row
        return "r.row >= ?", row + LAST if edge.is_after else row
    key_sign = "<" if plan.key_descending else ">"
    if row_sign == key_sign:
        return f"(r.row, r.key) {row_sign} (?, ?)", row, edge.key
    # SQLite can seek to the row only in this form; the rest is decided inside one run of equal rows.
    return f"r.row {row_sign}= ? AND (r.row <> ? OR r.key {key_sign} ?)", row, row, edge.key


def _direction(descending: bool) -> str:
    return "DESC" if descending else "ASC"
