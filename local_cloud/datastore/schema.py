"""The tables in SQLite, and how a file of an earlier version becomes one of this.

What is overwritten or deleted moves to the tables of the past, so that a moment of the last hour can be read.
"""

from __future__ import annotations

import sqlite3

_TABLES = """
CREATE TABLE IF NOT EXISTS entities (
    key BLOB PRIMARY KEY, entity BLOB NOT NULL, version INTEGER NOT NULL, created INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS indexes (
    id INTEGER PRIMARY KEY AUTOINCREMENT, partition BLOB NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
    UNIQUE (partition, kind, name)
);
CREATE TABLE IF NOT EXISTS index_rows (
    index_id INTEGER NOT NULL, row BLOB NOT NULL, key BLOB NOT NULL, repeats INTEGER NOT NULL,
    since INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (index_id, row, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS past_entities (
    key BLOB NOT NULL, entity BLOB NOT NULL, version INTEGER NOT NULL, created INTEGER NOT NULL,
    until INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS past_entities_by_key ON past_entities (key, until);
DROP INDEX IF EXISTS past_entities_by_age;
CREATE TABLE IF NOT EXISTS past_rows (
    index_id INTEGER NOT NULL, row BLOB NOT NULL, key BLOB NOT NULL, repeats INTEGER NOT NULL,
    since INTEGER NOT NULL, until INTEGER NOT NULL,
    PRIMARY KEY (index_id, row, key, until)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS past_rows_by_age ON past_rows (until);
CREATE TABLE IF NOT EXISTS reserved_ids (key BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS datastore_counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT OR IGNORE INTO datastore_counters VALUES ('version', 0), ('id', 0), ('history', 0);
"""


def prepare(connection: sqlite3.Connection) -> None:
    columns = [row[1] for row in connection.execute("PRAGMA table_info(index_rows)")]
    connection.executescript(_TABLES)
    if columns and "since" not in columns:
        connection.execute("ALTER TABLE index_rows ADD COLUMN since INTEGER NOT NULL DEFAULT 0")
        # What was there before its last change is not known.
        connection.execute(
            "UPDATE datastore_counters SET value = "
            "(SELECT value FROM datastore_counters WHERE name = 'version') WHERE name = 'history'"
        )
