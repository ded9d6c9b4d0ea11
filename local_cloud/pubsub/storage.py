"""The tables of Pub/Sub in the shared SQLite file: one connection that writes, one that reads."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from local_cloud.sqlite_file import SqliteFile

# AUTOINCREMENT: a message id is never given out twice, not even after everything was pruned.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS pubsub_topics (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, resource BLOB NOT NULL,
    retention INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS pubsub_subscriptions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, topic INTEGER NOT NULL,
    resource BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS pubsub_snapshots (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, topic INTEGER NOT NULL,
    last INTEGER NOT NULL, expires INTEGER NOT NULL, resource BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS pubsub_messages (
    number INTEGER PRIMARY KEY AUTOINCREMENT, topic INTEGER NOT NULL, published INTEGER NOT NULL,
    ordering_key TEXT NOT NULL, message BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS pubsub_deliveries (
    subscription INTEGER NOT NULL, number INTEGER NOT NULL, is_acked INTEGER NOT NULL,
    PRIMARY KEY (subscription, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pubsub_snapshot_messages (
    snapshot INTEGER NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (snapshot, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pubsub_keys (
    id TEXT PRIMARY KEY, private_key BLOB NOT NULL, certificate TEXT NOT NULL
);
"""


class Storage:
    def __init__(self, file: SqliteFile) -> None:
        self._file = file
        self._writing = threading.Lock()
        self._reading = threading.Lock()
        self._connections: list[sqlite3.Connection] = []

    def open(self) -> None:
        self._writer = self._connect()
        self._reader = self._connect()
        self._writer.executescript(_SCHEMA)

    def close(self) -> None:
        with self._writing, self._reading:
            for connection in self._connections:
                with suppress(sqlite3.Error):
                    connection.close()
            self._connections.clear()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        with self._reading:
            yield self._reader

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Committed and on disk when the block ends; nothing happened when it raises."""
        with self._writing:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                self._writer.execute("ROLLBACK")
                raise

    def _connect(self) -> sqlite3.Connection:
        connection = self._file.connect()
        self._connections.append(connection)
        return connection
