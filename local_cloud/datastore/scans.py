"""A plan as one SQL statement whose cost follows the rows it yields: every part is a range of an index."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Any, NamedTuple, TypeAlias

from local_cloud.datastore.cursors import Position
from local_cloud.datastore.indexes import indexed_values
from local_cloud.datastore.messages import Entity
from local_cloud.datastore.plans import Plan, Probe
from local_cloud.datastore.reader import Reader, Stored
from local_cloud.datastore.sources import Source, limit_key_window, limit_keys, limit_rows

# How far rows are counted to find the rarest of several equalities, with which a merge join begins.
SELECTIVITY_ROWS = 100

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
    def cursor_columns(self) -> bytes:
        """All that it shows: a cursor stands after it."""
        return self.columns + b"".join(self.beside) if self.beside else self.columns


class Window(NamedTuple):
    """The part of a scan after one position, up to and including another."""

    after: Position | None = None
    until: Position | None = None


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
        position, drops_rows = plan.position, plan.drops_rows
        with closing(self._ordered(columns, source)) as rows:
            for found in rows:
                row, key, repeats = found[:3]
                self.visited += 1
                if not drops_rows or self._fits(row, key):
                    stored = Stored(*found[3:]) if with_entities else None
                    yield Hit(position(row), key, bool(repeats), stored)

    def _fits(self, row: bytes, key: bytes) -> bool:
        return self._plan.fits(row) and (not self._plan.residue or self._has_residue(key))

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

    def _ordered(self, columns: str, source: Source) -> sqlite3.Cursor | Generator[_Row, None, None]:
        plan = self._plan
        if not plan.columns:
            return self._select(columns, source, key_descending=plan.key_descending)
        if plan.row_descending == plan.key_descending:
            return self._select(columns, source, plan.row_descending, plan.key_descending)
        return self._by_runs(columns, source)

    def _by_runs(self, columns: str, source: Source) -> Generator[_Row, None, None]:
        """Rows one way and keys the other, which is no order of the index: so runs of equal rows are turned.

        One that is long is read by itself, and no further than somebody wants it.
        """
        plan = self._plan
        rest: Source | None = source
        if source.start:
            row, key = source.start
            yield from self._run(columns, source, row, after=key)
            rest = source.beyond(row, plan.row_descending)
        run: list[_Row] = []
        while rest is not None:
            found = self._select(columns, rest, plan.row_descending, plan.row_descending)
            rest = None
            with closing(found):
                for one in found:
                    if run and run[0][0] != one[0]:
                        while run:
                            yield run.pop()
                    run.append(one)
                    if len(run) == LONG_RUN:
                        rest = source.beyond(one[0], plan.row_descending)
                        break
            if rest is not None:
                yield from self._run(columns, source, run.pop()[0])
                run.clear()
        while run:
            yield run.pop()

    def _run(
        self, columns: str, source: Source, row: bytes, after: bytes | None = None
    ) -> Generator[_Row, None, None]:
        same, key_descending = source.within(row), self._plan.key_descending
        if after is not None:
            same.where("r.key < ?" if key_descending else "r.key > ?", after)
        with closing(self._select(columns, same, key_descending=key_descending)) as found:
            yield from found

    def _select(
        self, columns: str, source: Source, row_descending: bool | None = None, key_descending: bool = False
    ) -> sqlite3.Cursor:
        """row_descending None: all rows are equal."""
        order = f"{source.key} {'DESC' if key_descending else 'ASC'}"
        if row_descending is not None:
            order = f"r.row {'DESC' if row_descending else 'ASC'}, {order}"
        statement = f"SELECT {columns} FROM {source} ORDER BY {order}"  # noqa: S608 - only our own words
        return self._reader.connection.execute(statement, source.parameters)

    def _has_residue(self, key: bytes) -> bool:
        stored = self._reader.get(key)
        values = indexed_values(Entity.FromString(stored.entity)) if stored else {}
        return self._plan.fits_entity(values)

    def _build(self, window: Window) -> Source | None:
        """None if there can be no result: an index was never written to, or the window is past the end."""
        plan = self._plan
        after = plan.edge(window.after) if window.after else None
        if window.after and after is None:
            return None
        until = plan.edge(window.until) if window.until else None
        if plan.index is None:
            source = Source(f"{self._reader.entities} e", "e.key")
            limit_keys(source, plan)
            limit_key_window(source, plan, after, until)
            return source
        rows = self._rows([Probe(plan.index, plan.prefix), *plan.probes])
        if rows is None:
            return None
        if not plan.columns:
            rows = self._rarest_first(rows)
        source = Source(f"{self._reader.rows} r", "r.key")
        (index_id, prefix), *probes = rows
        source.where("r.index_id = ?", index_id)
        if plan.columns:
            limit_rows(source, plan, after, until)
        else:
            source.where("r.row = ?", prefix)
            limit_key_window(source, plan, after, until)
        if plan.narrows_keys:
            limit_keys(source, plan)
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
