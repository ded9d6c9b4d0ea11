"""Entities and index rows in SQLite: one writer at a time, any number of readers, each on a snapshot.

Index ids given out in a write that is rolled back must be forgotten, or rows would go to no index.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

from local_cloud.datastore.indexes import Index, IndexRow, index_rows, is_composite_name
from local_cloud.datastore.messages import Entity
from local_cloud.sqlite_file import SqliteFile

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entities (
    key BLOB PRIMARY KEY, entity BLOB NOT NULL, version INTEGER NOT NULL, created INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS indexes (
    id INTEGER PRIMARY KEY AUTOINCREMENT, partition BLOB NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
    UNIQUE (partition, kind, name)
);
CREATE TABLE IF NOT EXISTS index_rows (
    index_id INTEGER NOT NULL, row BLOB NOT NULL, key BLOB NOT NULL, repeats INTEGER NOT NULL,
    PRIMARY KEY (index_id, row, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS reserved_ids (key BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS datastore_counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT OR IGNORE INTO datastore_counters VALUES ('version', 0), ('id', 0);
"""
_GET = "SELECT entity, version, created FROM entities WHERE key = ?"
_PUT = "INSERT INTO entities (key, entity, version, created) VALUES (?, ?, ?, ?)"
_UPDATE = "UPDATE entities SET entity = ?, version = ? WHERE key = ?"
_DELETE = "DELETE FROM entities WHERE key = ?"
_ADD_ROW = "INSERT INTO index_rows (index_id, row, key, repeats) VALUES (?, ?, ?, ?)"
_REMOVE_ROW = "DELETE FROM index_rows WHERE index_id = ? AND row = ? AND key = ?"
_FIND_INDEX = "SELECT id FROM indexes WHERE partition = ? AND kind = ? AND name = ?"
_ADD_INDEX = "INSERT INTO indexes (partition, kind, name) VALUES (?, ?, ?)"
_COUNTER = "SELECT value FROM datastore_counters WHERE name = ?"
_SET_COUNTER = "UPDATE datastore_counters SET value = ? WHERE name = ?"


class Stored(NamedTuple):
    """An entity as it lies there; version and created are microseconds since 1970."""

    entity: bytes
    version: int
    created: int


class Place(NamedTuple):
    """Where an entity goes: its partition and kind choose its indexes."""

    key: bytes
    partition: bytes
    kind: str


class Reader:
    """One snapshot."""

    def __init__(self, connection: sqlite3.Connection, storage: Storage) -> None:
        self.connection = connection
        self._storage = storage

    def get(self, key: bytes) -> Stored | None:
        row = self.connection.execute(_GET, (key,)).fetchone()
        return Stored(*row) if row else None

    def last_version(self) -> int:
        """The version of the newest commit in this snapshot."""
        return self.counter("version")

    def counter(self, name: str) -> int:
        return int(self.connection.execute(_COUNTER, (name,)).fetchone()[0])

    def index_id(self, partition: bytes, kind: str, name: str) -> int | None:
        """None if nothing was ever put into that index."""
        wanted = (partition, kind, name)
        known = self._storage.index_ids.get(wanted)
        if known is None:
            row = self.connection.execute(_FIND_INDEX, wanted).fetchone()
            if row is None:
                return None
            known = self._storage.index_ids[wanted] = int(row[0])
        return known


class Writer(Reader):
    """One write transaction. Everything it changes carries the same version, which is its time too."""

    def __init__(self, connection: sqlite3.Connection, storage: Storage, now: Callable[[], int]) -> None:
        super().__init__(connection, storage)
        self.now = now()
        self._version: int | None = None
        self.index_updates = 0

    @property
    def version(self) -> int:
        """Taken when first asked for: a write that changes nothing uses up no version."""
        if self._version is None:
            self._version = max(self.now, self.last_version() + 1)
            self.set_counter("version", self._version)
        return self._version

    def commit_time(self) -> int:
        """The version if anything was changed."""
        return self.now if self._version is None else self._version

    def set_counter(self, name: str, value: int) -> None:
        self.connection.execute(_SET_COUNTER, (value, name))

    def put(self, place: Place, entity: Entity, old: Stored | None) -> Stored:
        """Store it instead of `old`; what is identical stays as it was, version and all."""
        blob = entity.SerializeToString(deterministic=True)
        if old is not None and old.entity == blob:
            return old
        self._replace_rows(place, self._rows(place, old), self._rows_of(place, entity))
        if old is None:
            new = Stored(blob, self.version, self.version)
            self.connection.execute(_PUT, (place.key, *new))
        else:
            new = Stored(blob, self.version, old.created)
            self.connection.execute(_UPDATE, (blob, new.version, place.key))
        return new

    def delete(self, place: Place, old: Stored) -> int:
        """The version of the deletion."""
        self._replace_rows(place, self._rows(place, old), set())
        self.connection.execute(_DELETE, (place.key,))
        return self.version

    def reserve(self, key: bytes) -> None:
        """Keep automatic ids away from this key."""
        self.connection.execute("INSERT OR IGNORE INTO reserved_ids VALUES (?)", (key,))

    def is_taken(self, key: bytes) -> bool:
        sql = "SELECT 1 FROM entities WHERE key = ? UNION ALL SELECT 1 FROM reserved_ids WHERE key = ?"
        return self.connection.execute(sql, (key, key)).fetchone() is not None

    def _rows(self, place: Place, stored: Stored | None) -> set[IndexRow]:
        return self._rows_of(place, Entity.FromString(stored.entity)) if stored else set()

    def _rows_of(self, place: Place, entity: Entity) -> set[IndexRow]:
        return index_rows(entity, self._storage.composites(place.kind))

    def _replace_rows(self, place: Place, old: set[IndexRow], new: set[IndexRow]) -> None:
        removed = [(self._own_index_id(place, row.index_name), row.row, place.key) for row in old - new]
        added = [
            (self._own_index_id(place, row.index_name), row.row, place.key, row.repeats) for row in new - old
        ]
        self.connection.executemany(_REMOVE_ROW, removed)
        self.connection.executemany(_ADD_ROW, added)
        self.index_updates += len(removed) + len(added)

    def _own_index_id(self, place: Place, name: str) -> int:
        known = self.index_id(place.partition, place.kind, name)
        if known is None:
            wanted = (place.partition, place.kind, name)
            known = int(self.connection.execute(_ADD_INDEX, wanted).lastrowid or 0)
            self._storage.index_ids[wanted] = known
        return known

    def build(self, partition: bytes, index: Index) -> None:
        """Fill a composite index from the entities that are there."""
        kind_id = self.index_id(partition, index.kind, "")
        sql = "SELECT e.key, e.entity FROM index_rows r JOIN entities e ON e.key = r.key WHERE r.index_id = ?"
        place = Place(b"", partition, index.kind)
        index_id = self._own_index_id(place, index.name)
        for key, blob in self.connection.execute(sql, (kind_id,)):
            rows = (
                row for row in index_rows(Entity.FromString(blob), [index]) if row.index_name == index.name
            )
            self.connection.executemany(_ADD_ROW, [(index_id, row.row, key, row.repeats) for row in rows])


class Storage:
    """The tables, and the connections of everyone who reads or writes them."""

    def __init__(self, file: SqliteFile, indexes: Iterable[Index], now: Callable[[], int]) -> None:
        self.index_ids: dict[tuple[bytes, str, str], int] = {}
        self._file = file
        self._now = now
        self._composites: dict[str, list[Index]] = {}
        for index in {index.name: index for index in indexes if index.is_composite}.values():
            self._composites.setdefault(index.kind, []).append(index)
        self._writing = threading.Lock()
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._connecting = threading.Lock()

    def open(self) -> None:
        self._writer_connection = self.connect()
        self._writer_connection.executescript(_SCHEMA)
        self._match_composites()

    def close(self) -> None:
        with self._connecting:
            for connection in self._connections:
                with suppress(sqlite3.Error):
                    connection.close()
            self._connections.clear()

    def composites(self, kind: str) -> list[Index]:
        return self._composites.get(kind, [])

    def connect(self) -> sqlite3.Connection:
        connection = self._file.connect()
        with self._connecting:
            self._connections.append(connection)
        return connection

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """A snapshot as of now."""
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self.connect()
        connection.execute("BEGIN")
        try:
            yield Reader(connection, self)
        finally:
            connection.execute("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """Committed and on disk when the block ends; nothing happened when it raises."""
        connection = self._writer_connection
        with self._writing:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield Writer(connection, self, self._now)
                connection.execute("COMMIT")
            except BaseException:
                self.index_ids.clear()
                connection.execute("ROLLBACK")
                raise

    def _match_composites(self) -> None:
        """Drop the composite indexes that index.yaml no longer names, build those it names anew."""
        with self.writing() as writer:
            connection = writer.connection
            built = connection.execute("SELECT id, partition, kind, name FROM indexes").fetchall()
            for index_id, _, kind, name in built:
                wanted = {index.name for index in self.composites(kind)}
                if is_composite_name(name) and name not in wanted:
                    connection.execute("DELETE FROM index_rows WHERE index_id = ?", (index_id,))
                    connection.execute("DELETE FROM indexes WHERE id = ?", (index_id,))
            there = {(partition, kind, name) for _, partition, kind, name in built}
            for partition, kind, _ in {entry for entry in there if entry[2] == ""}:
                for index in self.composites(kind):
                    if (partition, kind, index.name) not in there:
                        writer.build(partition, index)
