"""Seek, snapshots and pruning: which of the retained messages a subscription has still before it."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable, Iterable, Mapping

from local_cloud.faults import already_exists, failed_precondition, invalid, not_found
from local_cloud.pubsub import ledger
from local_cloud.pubsub.catalogue import Catalogue, Subscription
from local_cloud.pubsub.messages import MICROSECONDS, PubsubMessage, Snapshot, timestamp
from local_cloud.pubsub.names import check_name, project_of
from local_cloud.pubsub.storage import Storage

SNAPSHOT_SECONDS = 7 * 24 * 3600
SHORTEST_SNAPSHOT_SECONDS = 3600

_OLDEST = """
SELECT MIN(m.published) FROM pubsub_deliveries d JOIN pubsub_messages m ON m.number = d.number
WHERE d.subscription = ? AND NOT d.is_acked
"""
_TAKE = """
INSERT INTO pubsub_snapshot_messages
SELECT ?, number FROM pubsub_deliveries WHERE subscription = ? AND NOT is_acked
"""
_SINCE = "SELECT number, message FROM pubsub_messages WHERE topic = ? AND published >= ?"
_IN_SNAPSHOT = """
SELECT number, message FROM pubsub_messages
WHERE number IN (SELECT number FROM pubsub_snapshot_messages WHERE snapshot = ?)
   OR (topic = ? AND number > ?)
"""
_FORWARD = """
SELECT number FROM pubsub_deliveries WHERE subscription = ?
AND number IN (SELECT number FROM pubsub_messages WHERE published < ?)
"""
_BACK = """
UPDATE pubsub_deliveries SET is_acked = 0 WHERE subscription = ?
AND number IN (SELECT number FROM pubsub_messages WHERE published >= ?)
"""
_FORGET = """
DELETE FROM pubsub_deliveries WHERE subscription = ?
AND number IN (SELECT number FROM pubsub_messages WHERE published <= ?)
"""
# A message stays as long as a subscription, its topic or a snapshot wants it.
_PRUNE = """
DELETE FROM pubsub_messages AS m
WHERE number NOT IN (SELECT number FROM pubsub_deliveries)
  AND number NOT IN (SELECT number FROM pubsub_snapshot_messages)
  AND NOT EXISTS (SELECT 1 FROM pubsub_snapshots s WHERE s.topic = m.topic AND s.last < m.number)
  AND NOT EXISTS (SELECT 1 FROM pubsub_topics t WHERE t.id = m.topic AND m.published > ? - t.retention)
"""


class Replay:
    def __init__(self, storage: Storage, catalogue: Catalogue, clock: Callable[[], float]) -> None:
        self._storage = storage
        self._catalogue = catalogue
        self._clock = clock

    def seek_to_time(self, subscription: Subscription, time: int) -> None:
        """Earlier messages become acknowledged, the others unacknowledged. Microseconds since 1970."""
        with self._catalogue.changing:
            with self._storage.writing() as connection:
                self._forget_expired(connection, subscription)
                since = max(time, self._topic_retains_since(subscription))
                self._owe(connection, subscription, connection.execute(_SINCE, (subscription.topic, since)))
                connection.execute(_BACK, (subscription.id, time))
                passed = [number for (number,) in connection.execute(_FORWARD, (subscription.id, time))]
                keep = subscription.resource.retain_acked_messages
                ledger.settle(connection, subscription.id, passed, keep)
            self._reload(subscription)

    def seek_to_snapshot(self, subscription: Subscription, name: str) -> None:
        """What was unacknowledged then, and all that came after, becomes unacknowledged."""
        with self._catalogue.changing:
            id_, topic, last, _ = self._row(name)
            if topic != subscription.topic:
                raise invalid("The snapshot and the subscription belong to different topics.")
            with self._storage.writing() as connection:
                sql = "SELECT number FROM pubsub_deliveries WHERE subscription = ?"
                numbers = [number for (number,) in connection.execute(sql, (subscription.id,))]
                keep = subscription.resource.retain_acked_messages
                ledger.settle(connection, subscription.id, numbers, keep)
                rows = connection.execute(_IN_SNAPSHOT, (id_, topic, last))
                self._owe(connection, subscription, rows)
            self._reload(subscription)

    def create_snapshot(self, name: str, subscription: Subscription, labels: Mapping[str, str]) -> Snapshot:
        """Without a name it is given one."""
        name = name or f"projects/{project_of(subscription.resource.name)}/snapshots/s{uuid.uuid4().hex}"
        check_name(name, "snapshots")
        with self._catalogue.changing:
            if self._find(name) is not None:
                raise already_exists(f"There is a snapshot {name} already.")
            with self._storage.writing() as connection:
                expires = self._expiry(connection, subscription)
                snapshot = Snapshot(
                    name=name, topic=subscription.resource.topic, expire_time=timestamp(expires)
                )
                snapshot.labels.update(labels)
                sql = "INSERT INTO pubsub_snapshots (name, topic, last, expires, resource) VALUES (?,?,?,?,?)"
                last = ledger.last_number(connection)
                row = (name, subscription.topic, last, expires, snapshot.SerializeToString())
                id_ = connection.execute(sql, row).lastrowid
                connection.execute(_TAKE, (id_, subscription.id))
        return snapshot

    def snapshot(self, name: str) -> Snapshot:
        return Snapshot.FromString(self._row(name)[3])

    def snapshots(self, project: str) -> list[Snapshot]:
        sql = "SELECT resource FROM pubsub_snapshots WHERE expires > ? ORDER BY name"
        with self._storage.reading() as connection:
            rows = connection.execute(sql, (self._now(),)).fetchall()
        found = [Snapshot.FromString(blob) for (blob,) in rows]
        return [snapshot for snapshot in found if project_of(snapshot.name) == project]

    def delete_snapshot(self, name: str) -> None:
        with self._catalogue.changing:
            id_ = self._row(name)[0]
            with self._storage.writing() as connection:
                connection.execute("DELETE FROM pubsub_snapshots WHERE id = ?", (id_,))
                connection.execute("DELETE FROM pubsub_snapshot_messages WHERE snapshot = ?", (id_,))

    def prune(self) -> None:
        """Drop what nobody may ask for any more."""
        with self._catalogue.changing:
            with self._storage.writing() as connection:
                for subscription in self._catalogue.subscriptions():
                    self._forget_expired(connection, subscription)
                connection.execute("DELETE FROM pubsub_snapshots WHERE expires <= ?", (self._now(),))
                connection.execute(
                    "DELETE FROM pubsub_snapshot_messages "
                    "WHERE snapshot NOT IN (SELECT id FROM pubsub_snapshots)"
                )
                connection.execute(_PRUNE, (self._now(),))
            for subscription in self._catalogue.subscriptions():
                self._reload(subscription)

    def _now(self) -> int:
        return int(self._clock() * MICROSECONDS)

    def _topic_retains_since(self, subscription: Subscription) -> int:
        topic = self._catalogue.find_topic(subscription.resource.topic)
        if topic is None or not topic.resource.HasField("message_retention_duration"):
            return self._now() + 1
        return self._now() - int(topic.resource.message_retention_duration.ToMicroseconds())

    def _forget_expired(self, connection: sqlite3.Connection, subscription: Subscription) -> None:
        until = self._now() - int(subscription.backlog.rules.retention * MICROSECONDS)
        connection.execute(_FORGET, (subscription.id, until))

    def _owe(
        self, connection: sqlite3.Connection, subscription: Subscription, rows: Iterable[tuple[int, bytes]]
    ) -> None:
        numbers = [
            number for number, blob in rows if subscription.matches(PubsubMessage.FromString(blob).attributes)
        ]
        ledger.owe(connection, subscription.id, numbers)

    def _reload(self, subscription: Subscription) -> None:
        """Bring the backlog in line with the disk; what is out and still wanted stays out."""
        with self._storage.reading() as connection:
            owed = [subscription.arrival(arrival) for arrival in ledger.owed(connection, subscription.id)]
        with subscription.backlog.changed:
            known = subscription.backlog.numbers()
            subscription.backlog.remove(known - {arrival.number for arrival in owed})
            subscription.backlog.add([each for each in owed if each.number not in known], self._clock())

    def _expiry(self, connection: sqlite3.Connection, subscription: Subscription) -> int:
        oldest = connection.execute(_OLDEST, (subscription.id,)).fetchone()[0] or self._now()
        expires = int(oldest) + SNAPSHOT_SECONDS * MICROSECONDS
        if expires - self._now() < SHORTEST_SNAPSHOT_SECONDS * MICROSECONDS:
            raise failed_precondition("The backlog is so old that the snapshot would end within the hour.")
        return expires

    def _row(self, name: str) -> tuple[int, int, int, bytes]:
        """Id, topic, last number, resource."""
        row = self._find(name)
        if row is None:
            raise not_found(f"There is no snapshot {name}.")
        return row

    def _find(self, name: str) -> tuple[int, int, int, bytes] | None:
        sql = "SELECT id, topic, last, resource FROM pubsub_snapshots WHERE name = ? AND expires > ?"
        with self._storage.reading() as connection:
            row: tuple[int, int, int, bytes] | None = connection.execute(sql, (name, self._now())).fetchone()
        return row
