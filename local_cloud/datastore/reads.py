"""Which snapshot a read sees, and what it locks first: lookups and queries say it in ReadOptions."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import grpc

from local_cloud.datastore.keys import Database
from local_cloud.datastore.locks import Locks, Region
from local_cloud.datastore.messages import ReadOptions
from local_cloud.datastore.storage import Reader, Storage
from local_cloud.datastore.transactions import Transaction, Transactions
from local_cloud.faults import Fault, unimplemented


class Read(NamedTuple):
    """`begun`: the id of the transaction that the read has begun, if it was asked to."""

    reader: Reader
    begun: bytes = b""


class Reads:
    def __init__(self, storage: Storage, locks: Locks, transactions: Transactions) -> None:
        self._storage = storage
        self._locks = locks
        self._transactions = transactions

    @contextmanager
    def reading(
        self, options: ReadOptions, database: Database, wanted: Collection[bytes] | Region
    ) -> Iterator[Read]:
        """In a read-write transaction `wanted` is locked first: the snapshot must not be older."""
        consistency = options.WhichOneof("consistency_type")
        if consistency == "read_time":
            raise unimplemented("read_time")
        if consistency not in ("transaction", "new_transaction"):
            with self._storage.reading() as reader:
                yield Read(reader)
            return
        begun = b""
        if consistency == "new_transaction":
            begun = self._transactions.begin(database, options.new_transaction).id
        with (
            self._transactions.using(begun or options.transaction, database) as transaction,
            self._in_transaction(transaction, wanted) as reader,
        ):
            yield Read(reader, begun)

    @contextmanager
    def _in_transaction(
        self, transaction: Transaction, wanted: Collection[bytes] | Region
    ) -> Iterator[Reader]:
        if transaction.snapshot is not None:
            yield transaction.snapshot
            return
        try:
            self._lock(transaction, wanted)
        except Fault as fault:
            if fault.code is grpc.StatusCode.ABORTED:
                self._transactions.fail(transaction, fault)
            raise
        with self._storage.reading() as reader:
            yield reader

    def _lock(self, transaction: Transaction, wanted: Collection[bytes] | Region) -> None:
        if isinstance(wanted, Region):
            self._locks.read_region(transaction.id, wanted)
        else:
            self._locks.read_keys(transaction.id, wanted)
