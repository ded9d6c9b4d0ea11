"""Which snapshot a read sees, and what it locks first: lookups and queries say it in ReadOptions."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

from local_cloud.datastore.concurrency import Concurrency, Region
from local_cloud.datastore.keys import Database
from local_cloud.datastore.messages import ReadOptions, microseconds_of
from local_cloud.datastore.reader import Reader
from local_cloud.datastore.storage import Storage
from local_cloud.datastore.transactions import Transaction, Transactions
from local_cloud.faults import Code, Fault


class Wanted(NamedTuple):
    """What a call is going to read."""

    keys: Collection[bytes] = ()
    regions: Collection[Region] = ()


class Read(NamedTuple):
    """`moment`: the read time. `begun`: the id of the transaction that was begun, if it was asked for."""

    reader: Reader
    moment: int
    begun: bytes = b""


class Reads:
    def __init__(self, storage: Storage, concurrency: Concurrency, transactions: Transactions) -> None:
        self._storage = storage
        self._concurrency = concurrency
        self._transactions = transactions

    @contextmanager
    def reading(self, options: ReadOptions, database: Database, wanted: Wanted) -> Iterator[Read]:
        """In a read-write transaction `wanted` is locked first: the snapshot must not be older."""
        consistency = options.WhichOneof("consistency_type")
        if consistency == "read_time":
            moment = self._storage.moment(microseconds_of(options.read_time))
            with self._storage.reading(moment) as reader:
                yield Read(reader, moment)
        elif consistency in ("transaction", "new_transaction"):
            with self._transaction(options, database) as (transaction, begun):
                if not transaction.is_read_only:
                    self._lock(transaction, wanted)
                with self._storage.reading(transaction.moment) as reader:
                    yield Read(reader, transaction.moment or self._storage.settled(reader), begun)
        else:
            with self._storage.reading() as reader:
                yield Read(reader, self._storage.settled(reader))

    @contextmanager
    def _transaction(self, options: ReadOptions, database: Database) -> Iterator[tuple[Transaction, bytes]]:
        """An open one; or a new one and its id, which nobody knows if the call fails: then it ends here."""
        if options.WhichOneof("consistency_type") == "transaction":
            with self._transactions.using(options.transaction, database) as transaction:
                yield transaction, b""
            return
        begun = self._transactions.begin(database, options.new_transaction).id
        try:
            with self._transactions.using(begun, database) as transaction:
                yield transaction, begun
        except BaseException:
            with suppress(Fault):
                self._transactions.roll_back(begun, database)
            raise

    def _lock(self, transaction: Transaction, wanted: Wanted) -> None:
        try:
            self._concurrency.read_keys(transaction.id, wanted.keys)
            for region in wanted.regions:
                self._concurrency.read_region(transaction.id, region)
        except Fault as fault:
            if fault.code is Code.ABORTED:
                self._transactions.fail(transaction, fault)
            raise
