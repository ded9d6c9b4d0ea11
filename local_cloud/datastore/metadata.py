"""Metadata queries: what kinds, namespaces and indexed properties there are.

The answers are entities too: they are put into a store of their own, in memory, and queried like any others.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

from local_cloud.datastore.indexes import Index
from local_cloud.datastore.keys import decode_key, descendants, encode_database, encode_key
from local_cloud.datastore.messages import Entity, Value
from local_cloud.datastore.ordering import LAST
from local_cloud.datastore.planner import MissingIndex, plan_query
from local_cloud.datastore.plans import Plan
from local_cloud.datastore.query import Query
from local_cloud.datastore.reader import Place, Reader
from local_cloud.datastore.recent import Recent
from local_cloud.datastore.schema import prepare
from local_cloud.datastore.values import REPRESENTATIONS
from local_cloud.datastore.writer import Writer

KIND, NAMESPACE, PROPERTY = "__kind__", "__namespace__", "__property__"
# The key of the default namespace, which has no name, has this id.
DEFAULT_NAMESPACE_ID = 1

_INDEXES = "SELECT id, partition, kind, name FROM indexes WHERE partition >= ? AND partition < ?"


def is_metadata(query: Query) -> bool:
    return query.kind in (KIND, NAMESPACE, PROPERTY)


def plan_metadata(query: Query) -> list[Plan]:
    """No index is missing: those that the plans name are made for this query alone."""
    indexes: list[Index] = []
    while True:
        try:
            return plan_query(query, indexes, exact=True)
        except MissingIndex as missing:
            indexes.append(missing.index)


@contextmanager
def metadata(reader: Reader, query: Query, plans: Sequence[Plan]) -> Iterator[Reader]:
    """A reader of the entities that the query is about, with the indexes of its plans."""
    composites = {plan.index for plan in plans if plan.index and plan.index.is_composite}
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        prepare(connection)
        writer = Writer(connection, {}, lambda kind: composites, reader.last_version(), Recent())
        for entity in _entities(reader, query):
            place = Place(encode_key(entity.key), query.partition, str(query.kind))
            writer.put(place, entity, writer.get(place.key))
        yield writer


def _entities(reader: Reader, query: Query) -> Iterator[Entity]:
    about = decode_key(query.partition).partition_id
    whole = encode_database(about) if query.kind == NAMESPACE else query.partition
    lower, upper = descendants(whole)
    for index_id, partition, kind, name in reader.connection.execute(_INDEXES, (lower, upper)).fetchall():
        entity = Entity()
        entity.key.partition_id.CopyFrom(about)
        if not _holds(reader, index_id, b"", LAST):
            continue
        if query.kind == NAMESPACE and name == "":
            namespace = decode_key(partition).partition_id.namespace_id
            named = {"name": namespace} if namespace else {"id": DEFAULT_NAMESPACE_ID}
            entity.key.path.add(kind=NAMESPACE, **named)
            yield entity
        elif query.kind == KIND and name == "":
            entity.key.path.add(kind=KIND, name=kind)
            yield entity
        elif query.kind == PROPERTY and name.startswith("="):
            entity.key.path.add(kind=KIND, name=kind)
            entity.key.path.add(kind=PROPERTY, name=name.removeprefix("="))
            kinds = [
                Value(string_value=representation)
                for representation, first, last in REPRESENTATIONS
                if _holds(reader, index_id, first, last + LAST)
            ]
            entity.properties["property_representation"].array_value.values.extend(kinds)
            yield entity


def _holds(reader: Reader, index_id: int, lower: bytes, upper: bytes) -> bool:
    # Only our own words are put together; values are parameters.
    sql = f"SELECT 1 FROM {reader.rows} WHERE index_id = ? AND row >= ? AND row < ? LIMIT 1"  # noqa: S608 - only our own words
    return reader.connection.execute(sql, (index_id, lower, upper)).fetchone() is not None
