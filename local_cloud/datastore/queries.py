"""Runs a plan: distinct results in order, cut into batches that fit a response, with truthful cursors."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

from local_cloud.datastore import paths
from local_cloud.datastore.cursors import START, Position, decode_cursor, encode_cursor
from local_cloud.datastore.indexes import index_rows
from local_cloud.datastore.keys import decode_key
from local_cloud.datastore.messages import Entity, EntityResult, QueryResultBatch, set_time
from local_cloud.datastore.ordering import complement
from local_cloud.datastore.paths import Mask
from local_cloud.datastore.planner import Plan
from local_cloud.datastore.query import Query
from local_cloud.datastore.scans import ScannedRow, Window, count_rows, scan
from local_cloud.datastore.storage import Reader, Stored
from local_cloud.datastore.values import decode_value, value_end

# Google's client receives at most 4 MiB; the last entity of a batch may be 1 MiB over.
BATCH_BYTES = 2_900_000
BATCH_ROWS = 300

_FULL, _PROJECTION, _KEY_ONLY = 1, 2, 3
NO_MORE_RESULTS = 3
_NOT_FINISHED, _AFTER_LIMIT, _AFTER_CURSOR = 1, 2, 4


@dataclass
class Run:
    """One query on one snapshot."""

    reader: Reader
    query: Query
    plan: Plan

    def __post_init__(self) -> None:
        order = self.plan.order
        self._start = decode_cursor(self.query.start_cursor, order) if self.query.start_cursor else START
        self._end = decode_cursor(self.query.end_cursor, order) if self.query.end_cursor else None
        # An entity is in the rows of a plan without columns only once.
        self._may_repeat = bool(self.plan.columns) and not self.query.projection

    def fill(self, batch: QueryResultBatch) -> None:
        """The first batch of results."""
        batch.entity_result_type = self._result_type()
        batch.snapshot_version = self.reader.last_version()
        results = self._results(self._window(), with_entities=batch.entity_result_type == _FULL)
        position = self._skip(results, batch)
        self._take(results, batch, position)
        results.close()

    def count(self, most: int | None) -> int:
        """How many results there are, counted no further than `most`."""
        limits = [limit for limit in (self.query.limit, most) if limit is not None]
        most = min(limits) if limits else None
        reach = None if most is None else self.query.offset + most
        rows, repeats = count_rows(self.reader, self.plan, self.query, self._window(), reach)
        if repeats and self._may_repeat:
            rows = self._count_distinct(reach)
        counted = max(0, rows - self.query.offset)
        return counted if most is None else min(counted, most)

    def _count_distinct(self, reach: int | None) -> int:
        counted = 0
        for _ in self._results(self._window(), with_entities=False):
            if counted == reach:
                break
            counted += 1
        return counted

    def _result_type(self) -> int:
        if self.query.keys_only:
            return _KEY_ONLY
        return _PROJECTION if self.query.projection else _FULL

    def _window(self) -> Window:
        return Window(self._start if self._start.key else None, self._end)

    def _results(self, window: Window, with_entities: bool) -> Generator[ScannedRow, None, None]:
        if window.until == START:
            return
        for row in scan(self.reader, self.plan, self.query, window, with_entities):
            if not (row.repeats and self._may_repeat) or self._is_first(row):
                yield row

    def _is_first(self, row: ScannedRow) -> bool:
        """Whether no other row of the same entity comes earlier in the scanned range."""
        plan = self.plan
        stored = self.reader.get(row.key)
        if plan.index is None or stored is None:
            return True
        composites = [plan.index] if plan.index.is_composite else []
        rows = [
            other.row
            for other in index_rows(Entity.FromString(stored.entity), composites)
            if other.index_name == plan.index.name and plan.lower <= other.row < plan.upper
        ]
        return row.row == (max(rows) if plan.row_descending else min(rows))

    def _position(self, row: ScannedRow) -> Position:
        columns = row.row[len(self.plan.prefix) :] if self.plan.columns else b""
        return Position(columns, row.key)

    def _skip(self, results: Generator[ScannedRow, None, None], batch: QueryResultBatch) -> Position:
        position = self._start
        while batch.skipped_results < self.query.offset:
            row = next(results, None)
            if row is None:
                break
            batch.skipped_results += 1
            position = self._position(row)
        if batch.skipped_results:
            batch.skipped_cursor = encode_cursor(position, self.plan.order)
        return position

    def _take(
        self, results: Generator[ScannedRow, None, None], batch: QueryResultBatch, position: Position
    ) -> None:
        limit = self.query.limit
        taken = size = 0
        batch.more_results = _AFTER_LIMIT if limit == 0 else 0
        while not batch.more_results:
            row = next(results, None)
            if row is None:
                batch.more_results = self._at_the_end()
            elif taken == limit:
                batch.more_results = _AFTER_LIMIT
            elif taken == BATCH_ROWS or size > BATCH_BYTES:
                batch.more_results = _NOT_FINISHED
            else:
                position = self._position(row)
                result = batch.entity_results.add()
                self._fill_result(result, row)
                result.cursor = encode_cursor(position, self.plan.order)
                taken += 1
                size += len(row.entity) + len(result.cursor)
        batch.end_cursor = encode_cursor(position, self.plan.order)

    def _at_the_end(self) -> int:
        if self._end is None:
            return NO_MORE_RESULTS
        after = Window(self._end if self._end.key else None, None)
        rest = self._results(after, with_entities=False)
        return _AFTER_CURSOR if next(rest, None) else NO_MORE_RESULTS

    def _fill_result(self, result: EntityResult, row: ScannedRow) -> None:
        if self.query.keys_only:
            result.entity.key.CopyFrom(decode_key(row.key))
        elif self.query.projection:
            result.entity.key.CopyFrom(decode_key(row.key))
            self._fill_projection(result.entity, row)
        else:
            fill_found(result, Stored(row.entity, row.version, row.created))

    def _fill_projection(self, entity: Entity, row: ScannedRow) -> None:
        at = len(self.plan.prefix)
        for column in self.plan.columns:
            # Read ascending whatever the direction: only then are the bytes a value.
            rest = complement(row.row[at:]) if column.descending else row.row[at:]
            length = value_end(rest, 0)
            if column.name in self.query.projection:
                decode_value(rest[:length], entity.properties[column.name])
            at += length


def fill_found(result: EntityResult, stored: Stored, mask: Mask | None = None) -> None:
    """An entity as it is stored, or what the mask leaves of it, with what is known about it."""
    result.entity.ParseFromString(stored.entity)
    if mask is not None:
        result.entity.CopyFrom(paths.only(result.entity, mask))
    result.version = stored.version
    set_time(result.create_time, stored.created)
    set_time(result.update_time, stored.version)
