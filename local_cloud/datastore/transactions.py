"""Open transactions: their ids, what they see and hold, and their end when nobody comes back for them."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from local_cloud.datastore.concurrency import Concurrency
from local_cloud.datastore.keys import Database
from local_cloud.datastore.messages import TransactionOptions, microseconds_of
from local_cloud.datastore.storage import Storage
from local_cloud.faults import Fault, invalid

IDLE_SECONDS = 60.0
LIFETIME_SECONDS = 270.0
ID_BYTES = 16
UNKNOWN = "transaction has expired or is invalid"


@dataclass(eq=False)
class Transaction:
    """`moment`: the version that all its reads see, None for what is there when they lock it.

    One call at a time: whoever uses it holds `turn`. With a `fault` it holds nothing any more: it answers the
    same fault until it is rolled back.
    """

    id: bytes
    database: Database
    is_read_only: bool
    moment: int | None
    began: float
    used: float
    ended: bool = False
    fault: Fault | None = None
    turn: threading.Lock = field(default_factory=threading.Lock)


class Transactions:
    def __init__(
        self, storage: Storage, concurrency: Concurrency, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._storage = storage
        self._concurrency = concurrency
        self._clock = clock
        self._open: dict[bytes, Transaction] = {}
        self._registering = threading.Lock()

    def begin(self, database: Database, options: TransactionOptions) -> Transaction:
        self.expire()
        now = self._clock()
        is_read_only = options.WhichOneof("mode") == "read_only"
        transaction = Transaction(secrets.token_bytes(ID_BYTES), database, is_read_only, None, now, now)
        if not is_read_only:
            self._concurrency.begin(transaction.id)
        if is_read_only or self._concurrency.reads_the_past:
            transaction.moment = self._moment(options)
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
        self._concurrency.release(transaction.id)

    def fail(self, transaction: Transaction, fault: Fault) -> None:
        """Called by whoever is using it. Others may go on at once; its owner may still roll it back."""
        transaction.fault = fault
        self._concurrency.release(transaction.id)

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
        if not transaction_id:
            raise invalid("transaction required")
        with self._registering:
            transaction = self._open.get(transaction_id)
        if transaction is None or transaction.database != database:
            raise invalid(UNKNOWN)
        with transaction.turn:
            if transaction.ended:
                raise invalid(UNKNOWN)
            transaction.used = self._clock()
            yield transaction

    def _moment(self, options: TransactionOptions) -> int:
        if options.read_only.HasField("read_time"):
            return self._storage.moment(microseconds_of(options.read_only.read_time))
        with self._storage.reading() as reader:
            return reader.last_version()
