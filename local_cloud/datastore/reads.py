"""Which snapshot a read sees, and what it locks first: lookups and queries say it in ReadOptions."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
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
            begun = b""
            if consistency == "new_transaction":
                begun = self._transactions.begin(database, options.new_transaction).id
            with self._transactions.using(begun or options.transaction, database) as transaction:
                if not transaction.is_read_only:
                    self._lock(transaction, wanted)
                with self._storage.reading(transaction.moment) as reader:
                    yield Read(reader, transaction.moment or self._storage.settled(reader), begun)
        else:
            with self._storage.reading() as reader:
                yield Read(reader, self._storage.settled(reader))

    def _lock(self, transaction: Transaction, wanted: Wanted) -> None:
        try:
            self._concurrency.read_keys(transaction.id, wanted.keys)
            for region in wanted.regions:
                self._concurrency.read_region(transaction.id, region)
        except Fault as fault:
            if fault.code is Code.ABORTED:
                self._transactions.fail(transaction, fault)
            raise
