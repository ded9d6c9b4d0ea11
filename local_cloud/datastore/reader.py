"""One snapshot of what is stored: as it is now, or as it was at a moment of the last hour."""

from __future__ import annotations

import sqlite3
from functools import cached_property
from typing import NamedTuple, Protocol, TypeAlias

IndexIds: TypeAlias = dict[tuple[bytes, str, str], int]

_COUNTER = "SELECT value FROM datastore_counters WHERE name = ?"
# Either tells it; see Writer.tell_version.
_VERSION = """
SELECT max(value, coalesce((SELECT until FROM past_entities ORDER BY rowid DESC LIMIT 1), 0))
FROM datastore_counters WHERE name = 'version'
"""
_FIND_INDEX = "SELECT id FROM indexes WHERE partition = ? AND kind = ? AND name = ?"
_THEN = """(
    SELECT {columns} FROM {table} WHERE {begins} <= {moment}
    UNION ALL SELECT {columns} FROM past_{past} WHERE {begins} <= {moment} AND until > {moment}
)"""


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


class Entities(Protocol):
    """Those of one moment."""

    def get(self, key: bytes) -> Stored | None: ...

    def last_version(self) -> int:
        """Of the newest commit by then."""


class Reader:
    """`moment`: the version after which nothing is seen; None for all there is."""

    def __init__(
        self, connection: sqlite3.Connection, index_ids: IndexIds, moment: int | None = None
    ) -> None:
        self.connection = connection
        self._index_ids = index_ids
        self.rows, self.entities = "index_rows", "entities"
        self.is_present = True
        self._moment = moment
        # What was not written since then is the same now, and the present is cheaper to read.
        if moment is not None and moment < self._newest:
            self.is_present = False
            self.rows = _then("index_id, row, key, repeats", "index_rows", "rows", "since", moment)
            self.entities = _then("key, entity, version, created", "entities", "entities", "version", moment)
        # Only our own words are put together here; values are parameters.
        self._get = f"SELECT entity, version, created FROM {self.entities} WHERE key = ?"  # noqa: S608 - only our own words

    def get(self, key: bytes) -> Stored | None:
        row = self.connection.execute(self._get, (key,)).fetchone()
        return Stored(*row) if row else None

    def last_version(self) -> int:
        """The version of the newest commit in this snapshot."""
        return self._newest if self._moment is None else min(self._newest, self._moment)

    @cached_property
    def _newest(self) -> int:
        return int(self.connection.execute(_VERSION).fetchone()[0])

    def counter(self, name: str) -> int:
        return int(self.connection.execute(_COUNTER, (name,)).fetchone()[0])

    def index_id(self, partition: bytes, kind: str, name: str) -> int | None:
        """None if nothing was ever put into that index."""
        wanted = (partition, kind, name)
        known = self._index_ids.get(wanted)
        if known is None:
            row = self.connection.execute(_FIND_INDEX, wanted).fetchone()
            if row is None:
                return None
            known = self._index_ids[wanted] = int(row[0])
        return known


def _then(columns: str, table: str, past: str, begins: str, moment: int) -> str:
    return _THEN.format(columns=columns, table=table, past=past, begins=begins, moment=int(moment))
