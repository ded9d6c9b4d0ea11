"""One write transaction: entities, their index rows, and what they were before, which goes to the past."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection

from local_cloud.datastore.indexes import Index, IndexRow, changed_rows, index_rows
from local_cloud.datastore.messages import Entity
from local_cloud.datastore.reader import IndexIds, Place, Reader, Stored
from local_cloud.datastore.recent import Recent

_PUT = "INSERT INTO entities (key, entity, version, created) VALUES (?, ?, ?, ?)"
_UPDATE = "UPDATE entities SET entity = ?, version = ? WHERE key = ?"
_DELETE = "DELETE FROM entities WHERE key = ?"
_KEEP = "INSERT INTO past_entities (key, entity, version, created, until) VALUES (?, ?, ?, ?, ?)"
# They lie in the order in which they came.
_FORGET_ENTITIES = """
DELETE FROM past_entities WHERE rowid < coalesce(
    (SELECT rowid FROM past_entities WHERE until >= ? ORDER BY rowid LIMIT 1),
    (SELECT max(rowid) + 1 FROM past_entities)
)
"""
_ADD_ROW = "INSERT INTO index_rows (index_id, row, key, repeats, since) VALUES (?, ?, ?, ?, ?)"
_KEEP_ROW = """
INSERT INTO past_rows (index_id, row, key, repeats, since, until)
SELECT index_id, row, key, repeats, since, ? FROM index_rows
WHERE index_id = ? AND row = ? AND key = ? AND since < ?
"""
_REMOVE_ROW = "DELETE FROM index_rows WHERE index_id = ? AND row = ? AND key = ?"
_ADD_INDEX = "INSERT INTO indexes (partition, kind, name) VALUES (?, ?, ?)"
_SET_COUNTER = "UPDATE datastore_counters SET value = ? WHERE name = ?"
_ENTITIES_OF = """
SELECT e.key, e.entity, e.version FROM index_rows r JOIN entities e ON e.key = r.key WHERE r.index_id = ?
"""


class Writer(Reader):
    """Everything it changes carries the same version, which is its time too: later than `not_before`."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        index_ids: IndexIds,
        composites: Callable[[str], Collection[Index]],
        now: int,
        recent: Recent,
        not_before: int = 0,
    ) -> None:
        super().__init__(connection, index_ids)
        self.now = now
        # None: it is deleted.
        self.written: dict[bytes, Stored | None] = {}
        self.index_updates = 0
        self._composites = composites
        self._recent = recent
        self._not_before = not_before
        self._version: int | None = None
        self._has_kept = False

    @property
    def version(self) -> int:
        """Taken when first asked for: a write that changes nothing uses up no version."""
        if self._version is None:
            self._version = max(self.now, self.last_version() + 1, self._not_before + 1)
        return self._version

    @property
    def has_changed(self) -> bool:
        return self._version is not None

    def get(self, key: bytes) -> Stored | None:
        if key in self.written:
            return self.written[key]
        return self._recent.get(key) or super().get(key)

    def last_version(self) -> int:
        return self._recent.version if self._version is None else self._version

    def commit_time(self) -> int:
        """The version if anything was changed."""
        return self.now if self._version is None else self._version

    def tell_version(self) -> None:
        """At the end of a write that has changed anything."""
        # What it has kept of the past tells its version already.
        if not self._has_kept:
            self.set_counter("version", self.version)

    def set_counter(self, name: str, value: int) -> None:
        self.connection.execute(_SET_COUNTER, (value, name))

    def put(self, place: Place, entity: Entity, old: Stored | None) -> Stored:
        """Store it instead of `old`; what is identical stays as it was, version and all."""
        blob = entity.SerializeToString(deterministic=True)
        if old is not None and old.entity == blob:
            return old
        composites = self._composites(place.kind)
        if old is None:
            self._replace_rows(place, set(), index_rows(entity, composites))
            new = Stored(blob, self.version, self.version)
            self.connection.execute(_PUT, (place.key, *new))
        else:
            self._replace_rows(place, *changed_rows(Entity.FromString(old.entity), entity, composites))
            new = Stored(blob, self.version, old.created)
            self._keep(place, old)
            self.connection.execute(_UPDATE, (blob, new.version, place.key))
        self.written[place.key] = new
        return new

    def delete(self, place: Place, old: Stored) -> int:
        """The version of the deletion."""
        rows = index_rows(Entity.FromString(old.entity), self._composites(place.kind))
        self._replace_rows(place, rows, set())
        self._keep(place, old)
        self.connection.execute(_DELETE, (place.key,))
        self.written[place.key] = None
        return self.version

    def reserve(self, key: bytes) -> None:
        """Keep automatic ids away from this key."""
        self.connection.execute("INSERT OR IGNORE INTO reserved_ids VALUES (?)", (key,))

    def is_taken(self, key: bytes) -> bool:
        sql = "SELECT 1 FROM entities WHERE key = ? UNION ALL SELECT 1 FROM reserved_ids WHERE key = ?"
        return self.connection.execute(sql, (key, key)).fetchone() is not None

    def build(self, partition: bytes, index: Index) -> None:
        """Fill a composite index from the entities that are there; what they were before is not in it."""
        kind_id = self.index_id(partition, index.kind, "")
        index_id = self._own_index_id(Place(b"", partition, index.kind), index.name)
        for key, blob, version in self.connection.execute(_ENTITIES_OF, (kind_id,)):
            rows = (
                row for row in index_rows(Entity.FromString(blob), [index]) if row.index_name == index.name
            )
            self.connection.executemany(
                _ADD_ROW, [(index_id, row.row, key, row.repeats, version) for row in rows]
            )
        self.set_counter("history", self.last_version())

    def forget(self, before: int) -> None:
        """Drop what was overwritten or deleted before that version."""
        self.connection.execute("DELETE FROM past_rows WHERE until < ?", (before,))
        self.connection.execute(_FORGET_ENTITIES, (before,))

    def _keep(self, place: Place, old: Stored) -> None:
        # What came and went in one commit was never to be seen.
        if old.version != self.version:
            self.connection.execute(_KEEP, (place.key, *old, self.version))
            self._has_kept = True

    def _replace_rows(self, place: Place, lost: set[IndexRow], gained: set[IndexRow]) -> None:
        removed = [(self._own_index_id(place, row.index_name), row.row, place.key) for row in lost]
        added = [
            (self._own_index_id(place, row.index_name), row.row, place.key, row.repeats, self.version)
            for row in gained
        ]
        self.connection.executemany(_KEEP_ROW, [(self.version, *row, self.version) for row in removed])
        self.connection.executemany(_REMOVE_ROW, removed)
        self.connection.executemany(_ADD_ROW, added)
        self.index_updates += len(removed) + len(added)

    def _own_index_id(self, place: Place, name: str) -> int:
        known = self.index_id(place.partition, place.kind, name)
        if known is None:
            wanted = (place.partition, place.kind, name)
            known = int(self.connection.execute(_ADD_INDEX, wanted).lastrowid or 0)
            self._index_ids[wanted] = known
        return known
