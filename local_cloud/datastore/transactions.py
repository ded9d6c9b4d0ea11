"""Open transactions: their ids, their locks or snapshots, and their end when nobody comes back for them."""

from __future__ import annotations

import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from local_cloud.datastore.keys import Database
from local_cloud.datastore.locks import Locks
from local_cloud.datastore.messages import TransactionOptions
from local_cloud.datastore.storage import Reader, Storage
from local_cloud.faults import Fault, invalid, unimplemented

IDLE_SECONDS = 60.0
LIFETIME_SECONDS = 270.0
ID_BYTES = 16
UNKNOWN = "transaction has expired or is invalid"


@dataclass(eq=False)
class Transaction:
    """`snapshot` is set in a read-only transaction. One call at a time: whoever uses it holds `turn`.

    With a `fault` it holds nothing any more: it answers the same fault until it is rolled back.
    """

    id: bytes
    database: Database
    snapshot: Reader | None
    began: float
    used: float
    ended: bool = False
    fault: Fault | None = None
    turn: threading.Lock = field(default_factory=threading.Lock)

    @property
    def is_read_only(self) -> bool:
        return self.snapshot is not None


class Transactions:
    def __init__(self, storage: Storage, locks: Locks, clock: Callable[[], float] = time.monotonic) -> None:
        self._storage = storage
        self._locks = locks
        self._clock = clock
        self._open: dict[bytes, Transaction] = {}
        self._registering = threading.Lock()
        self._spare: list[sqlite3.Connection] = []

    def begin(self, database: Database, options: TransactionOptions) -> Transaction:
        self.expire()
        if options.read_only.HasField("read_time"):
            raise unimplemented("read_time of a read-only transaction")
        snapshot = self._take_snapshot() if options.WhichOneof("mode") == "read_only" else None
        now = self._clock()
        transaction = Transaction(secrets.token_bytes(ID_BYTES), database, snapshot, now, now)
        with self._registering:
            self._open[transaction.id] = transaction
        return transaction

    @contextmanager
    def using(self, transaction_id: bytes, database: Database) -> Iterator[Transaction]:
        """The transaction, for this thread alone; INVALID_ARGUMENT if it is unknown or has ended."""
        with self._turn_of(transaction_id, database) as transaction:
            if transaction.fault:
                raise transaction.fault
            yield transaction

    def roll_back(self, transaction_id: bytes, database: Database) -> None:
        with self._turn_of(transaction_id, database) as transaction:
            self.end(transaction)

    def end(self, transaction: Transaction) -> None:
        """Called by whoever is using it."""
        transaction.ended = True
        with self._registering:
            self._open.pop(transaction.id, None)
        if transaction.fault is None:
            self._let_go(transaction)

    def fail(self, transaction: Transaction, fault: Fault) -> None:
        """Called by whoever is using it. Others may go on at once; its owner may still roll it back."""
        transaction.fault = fault
        self._let_go(transaction)

    def expire(self) -> None:
        """End what was left alone for too long, and what has lived for too long."""
        if not self._open:
            return
        now = self._clock()
        with self._registering:
            transactions = list(self._open.values())
        for transaction in transactions:
            if now - transaction.used <= IDLE_SECONDS and now - transaction.began <= LIFETIME_SECONDS:
                continue
            # Whoever is using it just now will find it ended the next time.
            if transaction.turn.acquire(blocking=False):
                try:
                    if not transaction.ended:
                        self.end(transaction)
                finally:
                    transaction.turn.release()

    @contextmanager
    def _turn_of(self, transaction_id: bytes, database: Database) -> Iterator[Transaction]:
        self.expire()
        with self._registering:
            transaction = self._open.get(transaction_id)
        if transaction is None or transaction.database != database:
            raise invalid(UNKNOWN)
        with transaction.turn:
            if transaction.ended:
                raise invalid(UNKNOWN)
            transaction.used = self._clock()
            yield transaction

    def _let_go(self, transaction: Transaction) -> None:
        if transaction.snapshot is None:
            self._locks.release(transaction.id)
            return
        connection = transaction.snapshot.connection
        connection.execute("ROLLBACK")
        with self._registering:
            self._spare.append(connection)

    def _take_snapshot(self) -> Reader:
        with self._registering:
            connection = self._spare.pop() if self._spare else None
        if connection is None:
            connection = self._storage.connect()
        connection.execute("BEGIN")
        reader = Reader(connection, self._storage)
        # SQLite fixes the snapshot at the first read, Datastore at the beginning.
        reader.last_version()
        return reader
