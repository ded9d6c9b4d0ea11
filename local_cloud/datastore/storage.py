"""Entities and index rows in SQLite: one writer at a time, any number of readers, each on a snapshot.

Index ids given out in a write that is rolled back must be forgotten, or rows would go to no index.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress

from local_cloud.datastore.indexes import Index, composite_from, is_composite_name
from local_cloud.datastore.messages import MICROSECONDS
from local_cloud.datastore.reader import Entities, IndexIds, Reader
from local_cloud.datastore.recent import Noting, Recent
from local_cloud.datastore.schema import prepare
from local_cloud.datastore.writer import Writer
from local_cloud.faults import failed_precondition, invalid
from local_cloud.sqlite_file import SqliteFile

# How far back a read may go, as in a database without point-in-time recovery.
HISTORY_SECONDS = 3_600
# How often what is older than that is dropped.
FORGET_EVERY_SECONDS = 60

MAX_READERS = 16

# No write takes longer from its version to its end.
SLOWEST_WRITE_SECONDS = 10


class Storage:
    """The tables, and the connections of everyone who reads or writes them.

    `indexes` None: there is no index.yaml, and composite indexes are made when they are first needed.
    """

    def __init__(self, file: SqliteFile, indexes: Sequence[Index] | None, now: Callable[[], int]) -> None:
        self.is_strict = indexes is not None
        self.indexes: list[Index] = list(indexes or ())
        self._file = file
        self.now = now
        self._index_ids: IndexIds = {}
        self._composites_of: dict[str, list[Index]] = {}
        self._recent = Recent()
        self._writing = threading.Lock()
        self._connections: list[sqlite3.Connection] = []
        # A reader more waits for one of them: each has a connection, and its file descriptors.
        self._readers = threading.BoundedSemaphore(MAX_READERS)
        self._idle: list[sqlite3.Connection] = []
        self._connecting = threading.Lock()
        self._read_until = 0
        self._forgot_at = 0

    def open(self) -> None:
        self._writer_connection = self.connect()
        prepare(self._writer_connection)
        self._recent.begin(Reader(self._writer_connection, {}).last_version())
        with self.writing() as writer:
            if self.is_strict:
                self._match_composites(writer)
            else:
                self._remember_composites(writer)

    def close(self) -> None:
        with self._connecting:
            for connection in self._connections:
                with suppress(sqlite3.Error):
                    connection.close()
            self._connections.clear()

    def connect(self) -> sqlite3.Connection:
        connection = self._file.connect()
        with self._connecting:
            self._connections.append(connection)
        return connection

    @contextmanager
    def reading(self, moment: int | None = None) -> Iterator[Reader]:
        """A snapshot as of now, or of what was there at that version."""
        with self._readers, self._idle_connection() as connection:
            connection.execute("BEGIN")
            try:
                reader = Reader(connection, self._index_ids, moment)
                if moment is not None and moment < reader.counter("history"):
                    raise failed_precondition("The requested snapshot version is too old.")
                yield reader
            finally:
                connection.execute("ROLLBACK")

    @contextmanager
    def looking_up(self, keys: Collection[bytes], moment: int | None) -> Iterator[Entities]:
        """As reading(), but of these keys alone."""
        glimpse = self._recent.glimpse(keys) if moment is None else None
        if glimpse is not None:
            yield glimpse
            return
        version = self._recent.version
        with self.reading(moment) as reader:
            noting = Noting(reader)
            yield noting
        if moment is None:
            self._recent.keep(noting.found, version)

    @contextmanager
    def _idle_connection(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self.connect()
        try:
            yield connection
        finally:
            self._idle.append(connection)

    def moment(self, read_time: int) -> int:
        """The same, once it is certain that no later write will be older; Faults if it is out of reach."""
        now = self.now()
        if read_time > now:
            raise invalid("The requested 'read_time' cannot be in the future.")
        if read_time < now - HISTORY_SECONDS * MICROSECONDS:
            raise failed_precondition("The requested snapshot version is too old.")
        with self._writing:
            self._read_until = max(self._read_until, read_time)
        return read_time

    def settled(self, entities: Entities) -> int:
        """A read time at which the same is to be seen for ever, whatever is being written just now."""
        return max(entities.last_version(), self.now() - SLOWEST_WRITE_SECONDS * MICROSECONDS)

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """Committed and on disk when the block ends; nothing happened when it raises."""
        connection = self._writer_connection
        with self._writing:
            connection.execute("BEGIN IMMEDIATE")
            try:
                now = self.now()
                writer = Writer(
                    connection, self._index_ids, self.composites, now, self._recent, self._read_until
                )
                yield writer
                if writer.has_changed:
                    if now - self._forgot_at > FORGET_EVERY_SECONDS * MICROSECONDS:
                        writer.forget(now - HISTORY_SECONDS * MICROSECONDS)
                        self._forgot_at = now
                    writer.tell_version()
                    with self._recent.committing(writer.written, writer.version):
                        connection.execute("COMMIT")
                else:
                    connection.execute("COMMIT")
            except BaseException:
                self._index_ids.clear()
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                self._recent.begin(Reader(connection, {}).last_version())
                raise

    def add_index(self, index: Index) -> None:
        """Make a composite index that a query has asked for.

        Every later write must fill it, but no query may read it before it is committed.
        """
        try:
            with self.writing() as writer:
                composites = self.composites(index.kind)
                if index.is_composite and index.name not in {known.name for known in composites}:
                    for partition in _partitions(writer, index.kind):
                        writer.build(partition, index)
                    self._composites_of[index.kind] = [*composites, index]
        except BaseException:
            self._composites_of.clear()
            raise
        if index not in self.indexes:
            self.indexes.append(index)

    def composites(self, kind: str) -> list[Index]:
        """Those that have rows of their own: one for indexes that differ only in the direction of keys."""
        known = self._composites_of.get(kind)
        if known is None:
            composites = [index for index in self.indexes if index.kind == kind and index.is_composite]
            known = self._composites_of[kind] = list({index.name: index for index in composites}.values())
        return known

    def _match_composites(self, writer: Writer) -> None:
        """Drop the composite indexes that index.yaml no longer names, build those it names anew."""
        connection = writer.connection
        for index_id, kind, name in connection.execute("SELECT id, kind, name FROM indexes").fetchall():
            if is_composite_name(name) and name not in {index.name for index in self.composites(kind)}:
                for table in ("index_rows", "past_rows"):
                    statement = f"DELETE FROM {table} WHERE index_id = ?"  # noqa: S608 - of the two words above
                    connection.execute(statement, (index_id,))
                connection.execute("DELETE FROM indexes WHERE id = ?", (index_id,))
        self._index_ids.clear()
        for kind in {index.kind for index in self.indexes}:
            for index in self.composites(kind):
                for partition in _partitions(writer, kind):
                    if writer.index_id(partition, kind, index.name) is None:
                        writer.build(partition, index)

    def _remember_composites(self, writer: Writer) -> None:
        names = writer.connection.execute("SELECT DISTINCT kind, name FROM indexes").fetchall()
        self.indexes = [composite_from(kind, name) for kind, name in names if is_composite_name(name)]


def _partitions(writer: Writer, kind: str) -> list[bytes]:
    sql = "SELECT partition FROM indexes WHERE kind = ? AND name = ''"
    return [partition for (partition,) in writer.connection.execute(sql, (kind,)).fetchall()]
