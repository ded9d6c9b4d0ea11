"""A plan as one SQL statement whose cost follows the rows it yields: every part is a range of an index."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from local_cloud.datastore.cursors import Position
from local_cloud.datastore.planner import Plan, Probe
from local_cloud.datastore.query import Query
from local_cloud.datastore.storage import Reader

# How far rows are counted to find the rarest of several equalities, with which a merge join begins.
SELECTIVITY_ROWS = 100

_PROBE = "EXISTS (SELECT 1 FROM index_rows p WHERE p.index_id = ? AND p.row = ? AND p.key = r.key)"
_COUNT_ROWS = "SELECT COUNT(*) FROM (SELECT 1 FROM index_rows WHERE index_id = ? AND row = ? LIMIT ?)"


class ScannedRow(NamedTuple):
    row: bytes
    key: bytes
    repeats: int
    entity: bytes
    version: int
    created: int


class Window(NamedTuple):
    """The part of a scan after one position, up to and including another."""

    after: Position | None = None
    until: Position | None = None


@dataclass
class _Source:
    """FROM and WHERE."""

    table: str
    key: str
    conditions: list[str] = field(default_factory=list)
    parameters: list[object] = field(default_factory=list)

    def where(self, condition: str, *parameters: object) -> None:
        self.conditions.append(condition)
        self.parameters.extend(parameters)

    def __str__(self) -> str:
        return f"{self.table} WHERE {' AND '.join(self.conditions)}"


def scan(
    reader: Reader, plan: Plan, query: Query, window: Window, with_entities: bool
) -> Iterator[ScannedRow]:
    """Rows in order. Without entities the last three fields are empty."""
    source = _source(reader, plan, query, window)
    if source is None:
        return
    row = "r.row, r.key, r.repeats" if plan.index else "x'', e.key, 0"
    if with_entities and plan.index:
        # CROSS JOIN keeps SQLite from starting with the entities.
        source.table += " CROSS JOIN entities e ON e.key = r.key"
    entity = "e.entity, e.version, e.created" if with_entities else "x'', 0, 0"
    order = f"{source.key} {_direction(plan.key_descending)}"
    if plan.columns:
        order = f"r.row {_direction(plan.row_descending)}, {order}"
    # Only our own words are put together here; values are parameters.
    statement = f"SELECT {row}, {entity} FROM {source} ORDER BY {order}"  # noqa: S608
    rows = reader.connection.execute(statement, source.parameters)
    try:
        yield from map(ScannedRow._make, rows)
    finally:
        rows.close()


def count_rows(
    reader: Reader, plan: Plan, query: Query, window: Window, most: int | None
) -> tuple[int, bool]:
    """How many rows there are, up to `most`, and whether an entity may be among them more than once."""
    source = _source(reader, plan, query, window)
    if source is None:
        return 0, False
    repeats = "r.repeats" if plan.columns else "0 AS repeats"
    # As in scan(): only our own words are put together, values are parameters.
    rows = f"SELECT {repeats} FROM {source} LIMIT ?"  # noqa: S608
    statement = f"SELECT COUNT(*), TOTAL(repeats) FROM ({rows})"  # noqa: S608
    parameters = [*source.parameters, -1 if most is None else most]
    count, repeating = reader.connection.execute(statement, parameters).fetchone()
    return count, repeating > 0


def _source(reader: Reader, plan: Plan, query: Query, window: Window) -> _Source | None:
    """None if an index was never written to, so that there is no result."""
    if plan.index is None:
        source = _Source("entities e", "e.key")
        _limit_keys(source, query)
        _limit_key_window(source, plan, window)
        return source
    rows = _rows(reader, query, [Probe(plan.index, plan.prefix), *plan.probes])
    if rows is None:
        return None
    if not plan.columns:
        rows = _rarest_first(reader, rows)
    source = _Source("index_rows r", "r.key")
    (index_id, prefix), *probes = rows
    source.where("r.index_id = ?", index_id)
    if plan.columns:
        _limit_rows(source, plan, window)
    else:
        source.where("r.row = ?", prefix)
        _limit_key_window(source, plan, window)
    if query.narrows_keys:
        _limit_keys(source, query)
    for probe in probes:
        source.where(_PROBE, *probe)
    return source


def _rows(reader: Reader, query: Query, probes: list[Probe]) -> list[tuple[int, bytes]] | None:
    rows = []
    for index, row in probes:
        index_id = reader.index_id(query.partition, index.kind, index.name)
        if index_id is None:
            return None
        rows.append((index_id, row))
    return rows


def _rarest_first(reader: Reader, rows: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    if len(rows) == 1:
        return rows
    connection = reader.connection
    return sorted(
        rows, key=lambda row: int(connection.execute(_COUNT_ROWS, (*row, SELECTIVITY_ROWS)).fetchone()[0])
    )


def _limit_keys(source: _Source, query: Query) -> None:
    source.where(f"{source.key} >= ? AND {source.key} < ?", query.key_lower, query.key_upper)


def _limit_key_window(source: _Source, plan: Plan, window: Window) -> None:
    after, until = ("<", ">=") if plan.key_descending else (">", "<=")
    if window.after:
        source.where(f"{source.key} {after} ?", window.after.key)
    if window.until:
        source.where(f"{source.key} {until} ?", window.until.key)


def _limit_rows(source: _Source, plan: Plan, window: Window) -> None:
    source.where("r.row >= ? AND r.row < ?", plan.lower, plan.upper)
    if window.after:
        row = plan.prefix + window.after.columns
        source.where(*_beyond(plan, row, window.after.key))
    if window.until:
        row = plan.prefix + window.until.columns
        condition, *parameters = _beyond(plan, row, window.until.key)
        source.where(f"NOT ({condition})", *parameters)


def _beyond(plan: Plan, row: bytes, key: bytes) -> tuple[str, *tuple[bytes, ...]]:
    """The condition that a row comes after this place."""
    row_sign = "<" if plan.row_descending else ">"
    key_sign = "<" if plan.key_descending else ">"
    if row_sign == key_sign:
        return f"(r.row, r.key) {row_sign} (?, ?)", row, key
    # SQLite can seek to the row only in this form; the rest is decided inside one run of equal rows.
    return f"r.row {row_sign}= ? AND (r.row <> ? OR r.key {key_sign} ?)", row, row, key


def _direction(descending: bool) -> str:
    return "DESC" if descending else "ASC"
