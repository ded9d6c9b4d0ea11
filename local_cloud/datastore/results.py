"""The results of a query on one snapshot: the scans of its plans merged, every entity once, in order."""

from __future__ import annotations

import heapq
from collections.abc import Generator, Iterator, Mapping, Sequence, Set
from contextlib import closing
from itertools import product

from local_cloud.datastore.conjunctions import EVERYTHING, Conjunction
from local_cloud.datastore.cursors import START, Position, checksum, decode_cursor
from local_cloud.datastore.indexes import Component, IndexRow, index_rows, indexed_values
from local_cloud.datastore.keys import KEY_END
from local_cloud.datastore.messages import Entity
from local_cloud.datastore.ordering import complement
from local_cloud.datastore.plans import Plan, signature, split
from local_cloud.datastore.query import Query
from local_cloud.datastore.reader import Reader, Stored
from local_cloud.datastore.scans import Hit, Scan, Window


class Results:
    def __init__(self, reader: Reader, query: Query, plans: Sequence[Plan]) -> None:
        self.reader = reader
        self.query = query
        self.plans = plans
        self.columns = list(plans[0].order)
        self._beside = [Component(name) for name in query.beside]
        self.signature = checksum(signature(query, self.columns + self._beside).encode())
        self.start = self._cursor(query.start_cursor) or START
        self.end = self._cursor(query.end_cursor)
        # What was given out, and how many entities were read for it.
        self.returned = self.fetched = 0
        self._scans: list[Scan] = []
        self.shows_entities = not query.shows_values and not query.keys_only
        # A row that shows values is a result of its own; a group keeps its first row whoever it is of.
        self._is_one_per_entity = not query.shows_values and not query.distinct

    @property
    def visited(self) -> int:
        """How many index rows were looked at so far."""
        return sum(scan.visited for scan in self._scans)

    def hits(self) -> Generator[Hit, None, None]:
        """Between the cursors, neither offset nor limit applied."""
        return self._between(self.start, self.end, self.shows_entities or bool(self.query.beside))

    def values(self, hit: Hit) -> dict[str, bytes]:
        """What a hit shows of each property that orders or is shown."""
        parts = zip(split(hit.columns, self.columns), self.columns, strict=True)
        values = {column.name: complement(part) if column.descending else part for part, column in parts}
        return values | dict(zip(self.query.beside, hit.beside, strict=True))

    def has_more_after(self, position: Position) -> bool:
        with closing(self._between(position, None, with_entities=False)) as hits:
            return next(hits, None) is not None

    def count(self, most: int | None) -> int:
        """How many results offset and limit leave, counted no further than `most`."""
        limits = [limit for limit in (self.query.limit, most) if limit is not None]
        most = min(limits) if limits else None
        reach = None if most is None else self.query.offset + most
        rows = self._count_rows(reach)
        if rows is None:
            rows = self._count_one_by_one(reach)
        counted = max(0, rows - self.query.offset)
        return counted if most is None else min(counted, most)

    def fetch(self, hit: Hit) -> Stored:
        """The entity of a hit."""
        stored = hit.stored or self.reader.get(hit.key)
        assert stored is not None, "An index names an entity that is not there."
        self.fetched += 1
        return stored

    def is_first(self, hit: Hit) -> bool:
        """Whether the entity stands at no earlier place among the results."""
        entity = Entity.FromString(self.fetch(hit).entity)
        rows, values = self._rows_and_values(entity)
        plans = [plan for plan in self.plans if plan.fits_entity(values)]
        return hit.columns == min(place for plan in plans for place in plan.positions(rows, hit.key))

    def _cursor(self, cursor: bytes) -> Position | None:
        return decode_cursor(cursor, self.signature) if cursor else None

    def _between(
        self, start: Position, end: Position | None, with_entities: bool
    ) -> Generator[Hit, None, None]:
        if end == START:
            return
        begun, ended = (self._entity_at(position) for position in (start, end))
        after, until = begun and begun.position, ended and ended.position
        scans = [Scan(self.reader, plan, self.query.partition, Window(after, until)) for plan in self.plans]
        self._scans += scans
        streams = [scan.hits(with_entities) for scan in scans]
        hits = streams[0] if len(streams) == 1 else self._merged(streams)
        if self._is_one_per_entity and self.columns:
            hits = self._first_of_each(hits)
        if self._beside:
            hits = self._with_values_beside(hits, begun, ended)
        if self.query.distinct:
            hits = self._first_of_each_group(hits, after)
        yield from hits

    def _entity_at(self, position: Position | None) -> Hit | None:
        """A cursor stands after an entity, or after one of the combinations that it shows beside its row."""
        if position is None or not position.key:
            return None
        parts = split(position.columns, self.columns + self._beside)
        own = b"".join(parts[: len(self.columns)])
        return Hit(own, position.key, repeats=False, beside=tuple(parts[len(self.columns) :]))

    def _with_values_beside(self, hits: Iterator[Hit], begun: Hit | None, ended: Hit | None) -> Iterator[Hit]:
        """Of each entity that has them all, every combination that the query admits."""
        if begun and self.reader.get(begun.key):
            yield from (hit for hit in self._combinations(begun) if hit.beside > begun.beside)
        for hit in hits:
            is_last = ended is not None and hit.position == ended.position
            for one in self._combinations(hit):
                if not is_last or (ended and one.beside <= ended.beside):
                    yield one

    def _combinations(self, hit: Hit) -> Iterator[Hit]:
        """In order; those of conjunctions by which the entity stands there."""
        entity = Entity.FromString(self.fetch(hit).entity)
        rows, values = self._rows_and_values(entity)
        met = [
            conjunction
            for plan, conjunction in zip(self.plans, self.query.conjunctions, strict=True)
            if plan.fits_entity(values) and hit.columns in plan.positions(rows, hit.key)
        ]
        found = {
            beside
            for conjunction in met
            for beside in product(*(_within(conjunction, name, values) for name in self.query.beside))
        }
        return (hit._replace(beside=beside) for beside in sorted(found))

    def _rows_and_values(self, entity: Entity) -> tuple[set[IndexRow], dict[str, set[bytes]]]:
        composites = {plan.index for plan in self.plans if plan.index and plan.index.is_composite}
        return index_rows(entity, composites), indexed_values(entity)

    def _merged(self, streams: list[Iterator[Hit]]) -> Iterator[Hit]:
        """Of those at the same place with the same key, one."""
        previous = None
        for hit in heapq.merge(*streams, key=self._sort_key):
            if previous is None or hit.position != previous.position:
                yield hit
            previous = hit

    def _sort_key(self, hit: Hit) -> tuple[bytes, bytes]:
        # A key is a prefix of its children's, so that only with an end does it turn round as a whole.
        key = complement(hit.key + KEY_END) if self.query.key_descending else hit.key
        return hit.columns, key

    def _first_of_each(self, hits: Iterator[Hit]) -> Iterator[Hit]:
        varies = any(plan.constants for plan in self.plans)
        for hit in hits:
            if not (hit.repeats or varies) or self.is_first(hit):
                yield hit

    def _first_of_each_group(self, hits: Iterator[Hit], after: Position | None) -> Iterator[Hit]:
        previous = self._group(after.columns) if after else None
        for hit in hits:
            group = self._group(hit.columns)
            if group != previous:
                yield hit
            previous = group

    def _group(self, columns: bytes) -> list[bytes]:
        return split(columns, self.columns)[: len(self.query.distinct)]

    def _count_rows(self, reach: int | None) -> int | None:
        """By SQLite alone; None where rows are not results."""
        if len(self.plans) > 1 or self.plans[0].drops_rows or self.end == START:
            return None
        if self.query.distinct or self.query.beside:
            return None
        after = self.start if self.start.key else None
        scan = Scan(self.reader, self.plans[0], self.query.partition, Window(after, self.end))
        self._scans.append(scan)
        rows, repeats = scan.count(reach)
        return None if repeats and self._is_one_per_entity else rows

    def _count_one_by_one(self, reach: int | None) -> int:
        counted = 0
        with closing(self._between(self.start, self.end, with_entities=False)) as hits:
            for _ in hits:
                if counted == reach:
                    break
                counted += 1
        return counted


def _within(conjunction: Conjunction, name: str, values: Mapping[str, Set[bytes]]) -> list[bytes]:
    range_ = conjunction.ranges.get(name, EVERYTHING)
    return [value for value in values.get(name, ()) if range_.holds(value)]
