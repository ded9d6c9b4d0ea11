"""A plan as one SQL statement whose cost follows the rows it yields: every part is a range of an index."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeAlias

from local_cloud.datastore.cursors import Position
from local_cloud.datastore.indexes import indexed_values
from local_cloud.datastore.messages import Entity
from local_cloud.datastore.ordering import LAST, complement
from local_cloud.datastore.plans import Edge, Plan, Probe
from local_cloud.datastore.reader import Reader, Stored

# How far rows are counted to find the rarest of several equalities, with which a merge join begins.
SELECTIVITY_ROWS = 100


# Between some bytes and the next that there can be.
NEXT = b"\x00"

# So many equal rows are turned round in memory.
LONG_RUN = 100

# Of an index: row, key, whether it repeats; and what was asked for beside.
_Row: TypeAlias = tuple[Any, ...]


class Hit(NamedTuple):
    """A row of the index, as its place among the results. `repeats`: the entity has other rows there.

    The entity itself is there only if the scan was asked to bring it. `beside`: what it shows beyond its row.
    """

    columns: bytes
    key: bytes
    repeats: bool
    stored: Stored | None = None
    beside: tuple[bytes, ...] = ()

    @property
    def position(self) -> Position:
        return Position(self.columns, self.key)

    @property
    def place(self) -> bytes:
        """What it shows, from which a cursor is made with its key."""
        return self.columns + b"".join(self.beside) if self.beside else self.columns


class Window(NamedTuple):
    """The part of a scan after one position, up to and including another."""

    after: Position | None = None
    until: Position | None = None


class _Condition(NamedTuple):
    text: str
    parameters: tuple[object, ...]


@dataclass
class _Source:
    """FROM and WHERE. Only our own words are put together; values are parameters.

    `least` and `most` bound the rows. Of two bounds on the same side SQLite might seek to the wrong one.
    `start`: after this row and key, where keys go the other way than rows.
    """

    table: str
    key: str
    conditions: list[_Condition] = field(default_factory=list)
    least: _Condition | None = None
    most: _Condition | None = None
    start: tuple[bytes, bytes] | None = None

    def where(self, text: str, *parameters: object) -> None:
        self.conditions.append(_Condition(text, parameters))

    @property
    def parameters(self) -> list[object]:
        return [parameter for condition in self._all for parameter in condition.parameters]

    @property
    def _all(self) -> list[_Condition]:
        return self.conditions + [bound for bound in (self.least, self.most) if bound]

    def __str__(self) -> str:
        return f"{self.table} WHERE {' AND '.join(condition.text for condition in self._all)}"


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
        if with_entities:
            columns += ", e.entity, e.version, e.created"
            if plan.index:
                # CROSS JOIN keeps SQLite from starting with the entities.
                source.table += f" CROSS JOIN {self._reader.entities} e ON e.key = r.key"
        with closing(self._ordered(columns, source)) as rows:
            for row, key, repeats, *entity in rows:
                self.visited += 1
                if plan.fits(row) and (not plan.residue or self._has_residue(key)):
                    stored = Stored._make(entity) if entity else None
                    yield Hit(plan.position(row), key, bool(repeats), stored)

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

    def _ordered(self, columns: str, source: _Source) -> sqlite3.Cursor | Generator[_Row, None, None]:
        plan = self._plan
        if not plan.columns:
            return self._select(columns, source, key_descending=plan.key_descending)
        if plan.row_descending == plan.key_descending:
            return self._select(columns, source, plan.row_descending, plan.key_descending)
        return self._by_runs(columns, source)

    def _by_runs(self, columns: str, source: _Source) -> Generator[_Row, None, None]:
        """Rows one way and keys the other, which is no order of the index: so runs of equal rows are turned.

        One that is long is read by itself, and no further than somebody wants it.
        """
        plan = self._plan
        rest: _Source | None = source
        if source.start:
            row, key = source.start
            yield from self._run(columns, source, row, after=key)
            rest = _beyond_row(source, plan, row)
        run: list[_Row] = []
        while rest is not None:
            found = self._select(columns, rest, plan.row_descending, plan.row_descending)
            rest = None
            with closing(found):
                for one in found:
                    if run and run[0][0] != one[0]:
                        yield from reversed(run)
                        run.clear()
                    run.append(one)
                    if len(run) == LONG_RUN:
                        rest = _beyond_row(source, plan, one[0])
                        break
            if rest is not None:
                yield from self._run(columns, source, run.pop()[0])
                run.clear()
        yield from reversed(run)

    def _run(
        self, columns: str, source: _Source, row: bytes, after: bytes | None = None
    ) -> Generator[_Row, None, None]:
        source = replace(source, least=_Condition("r.row = ?", (row,)), most=None)
        if after is not None:
            later = "r.key < ?" if self._plan.key_descending else "r.key > ?"
            source.conditions = [*source.conditions, _Condition(later, (after,))]
        with closing(self._select(columns, source, key_descending=self._plan.key_descending)) as found:
            yield from found

    def _select(
        self, columns: str, source: _Source, row_descending: bool | None = None, key_descending: bool = False
    ) -> sqlite3.Cursor:
        """row_descending None: all rows are equal."""
        order = f"{source.key} {_direction(key_descending)}"
        if row_descending is not None:
            order = f"r.row {_direction(row_descending)}, {order}"
        statement = f"SELECT {columns} FROM {source} ORDER BY {order}"  # noqa: S608 - only our own words
        return self._reader.connection.execute(statement, source.parameters)

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
    lower, upper = plan.lower, plan.upper
    for edge, is_start in ((after, True), (until, False)):
        if edge is None:
            continue
        row = _row(plan, edge)
        # What comes later is larger, or smaller; the place itself is between two rows, or within equal ones.
        is_from_here_up = is_start is not plan.row_descending
        if edge.key is not None:
            sign = "<" if plan.key_descending else ">"
            side = f"r.key {sign} ?" if is_start else f"NOT r.key {sign} ?"
            source.where(f"(r.row <> ? OR {side})", row, edge.key)
            cut = row if is_from_here_up else row + NEXT
        elif plan.row_descending:
            cut = row if edge.is_after else row + NEXT
        else:
            cut = row + LAST if edge.is_after else row
        lower, upper = (max(lower, cut), upper) if is_from_here_up else (lower, min(upper, cut))
    source.least, source.most = _Condition("r.row >= ?", (lower,)), _Condition("r.row < ?", (upper,))
    if after and after.key is not None:
        start = _row(plan, after), after.key
        if not lower <= start[0] < upper:
            return
        # Where rows and keys go the same way, SQLite finds the place among equal rows at once.
        if plan.row_descending is not plan.key_descending:
            source.start = start
        elif plan.row_descending:
            source.most = _Condition("(r.row, r.key) < (?, ?)", start)
        else:
            source.least = _Condition("(r.row, r.key) > (?, ?)", start)


def _row(plan: Plan, edge: Edge) -> bytes:
    return plan.prefix + (complement(edge.columns) if plan.row_descending else edge.columns)


def _beyond_row(source: _Source, plan: Plan, row: bytes) -> _Source:
    if plan.row_descending:
        return replace(source, most=_Condition("r.row < ?", (row,)))
    return replace(source, least=_Condition("r.row > ?", (row,)))


def _direction(descending: bool) -> str:
    return "DESC" if descending else "ASC"
