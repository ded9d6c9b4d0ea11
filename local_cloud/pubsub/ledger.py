"""Messages on disk, and which subscription still owes which of them to its subscriber."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from local_cloud.pubsub.deliveries import Arrival
from local_cloud.pubsub.messages import MICROSECONDS, PubsubMessage, timestamp

_APPEND = (
    "INSERT INTO pubsub_messages (number, topic, published, ordering_key, message) VALUES (?, ?, ?, ?, ?)"
)
_LAST = "SELECT seq FROM sqlite_sequence WHERE name = 'pubsub_messages'"
_MESSAGE = "SELECT message FROM pubsub_messages WHERE number = ?"
_OWE = """
INSERT INTO pubsub_deliveries VALUES (?, ?, 0)
ON CONFLICT (subscription, number) DO UPDATE SET is_acked = 0
"""
_MARK = "UPDATE pubsub_deliveries SET is_acked = 1 WHERE subscription = ? AND number = ?"
_FORGET = "DELETE FROM pubsub_deliveries WHERE subscription = ? AND number = ?"
_OWED = """
SELECT m.number, m.published, LENGTH(m.message), m.ordering_key
FROM pubsub_deliveries d JOIN pubsub_messages m ON m.number = d.number
WHERE d.subscription = ? AND NOT d.is_acked ORDER BY m.number
"""


def last_number(connection: sqlite3.Connection) -> int:
    row = connection.execute(_LAST).fetchone()
    return int(row[0]) if row else 0


def append(
    connection: sqlite3.Connection, topic: int, messages: Iterable[PubsubMessage], published: int
) -> list[Arrival]:
    """Store them under new numbers; each is given its id and time (microseconds since 1970)."""
    number = last_number(connection)
    arrivals = []
    for message in messages:
        number += 1
        message.message_id = str(number)
        message.publish_time.CopyFrom(timestamp(published))
        blob = message.SerializeToString()
        connection.execute(_APPEND, (number, topic, published, message.ordering_key, blob))
        arrivals.append(Arrival(number, published / MICROSECONDS, len(blob), message.ordering_key))
    return arrivals


def owe(connection: sqlite3.Connection, subscription: int, numbers: Iterable[int]) -> None:
    connection.executemany(_OWE, [(subscription, number) for number in numbers])


def settle(connection: sqlite3.Connection, subscription: int, numbers: Iterable[int], keep: bool) -> None:
    """keep: what is acknowledged stays, for a seek back."""
    connection.executemany(_MARK if keep else _FORGET, [(subscription, number) for number in numbers])


def owed(connection: sqlite3.Connection, subscription: int) -> list[Arrival]:
    return [
        Arrival(number, published / MICROSECONDS, size, key)
        for number, published, size, key in connection.execute(_OWED, (subscription,))
    ]


def read(connection: sqlite3.Connection, numbers: Sequence[int]) -> dict[int, PubsubMessage]:
    """Those that are there still."""
    found = {}
    for number in numbers:
        row = connection.execute(_MESSAGE, (number,)).fetchone()
        if row:
            found[number] = PubsubMessage.FromString(row[0])
    return found
