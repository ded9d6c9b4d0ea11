"""Which snapshot a read sees, and what it locks first: lookups and queries say it in ReadOptions."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from typing import Generic, NamedTuple, TypeVar

from local_cloud.datastore.concurrency import Concurrency, Region
from local_cloud.datastore.keys import Database
from local_cloud.datastore.messages import ReadOptions, microseconds_of
from local_cloud.datastore.reader import Entities, Reader
from local_cloud.datastore.storage import Storage
from local_cloud.datastore.transactions import Transaction, Transactions
from local_cloud.faults import Code, Fault

Source = TypeVar("Source", bound=Entities)


class Read(NamedTuple, Generic[Source]):
    """`moment`: the read time. `begun`: the id of the transaction that was begun, if it was asked for."""

    source: Source
    moment: int
    begun: bytes


class _Snapshot(NamedTuple):
    """`moment`: None for what is there now."""

    moment: int | None
    begun: bytes = b""


class Reads:
    """In a read-write transaction what is wanted is locked first: the snapshot must not be older."""

    def __init__(self, storage: Storage, concurrency: Concurrency, transactions: Transactions) -> None:
        self._storage = storage
        self._concurrency = concurrency
        self._transactions = transactions

    @contextmanager
    def looking_up(
        self, options: ReadOptions, database: Database, keys: Collection[bytes]
    ) -> Iterator[Read[Entities]]:
        with (
            self._snapshot(options, database, keys, ()) as (moment, begun),
            self._storage.looking_up(keys, moment) as entities,
        ):
            yield Read(entities, moment or self._storage.settled(entities), begun)

    @contextmanager
    def reading(
        self, options: ReadOptions, database: Database, regions: Collection[Region]
    ) -> Iterator[Read[Reader]]:
        with (
            self._snapshot(options, database, (), regions) as (moment, begun),
            self._storage.reading(moment) as reader,
        ):
            yield Read(reader, moment or self._storage.settled(reader), begun)

    @contextmanager
    def _snapshot(
        self, options: ReadOptions, database: Database, keys: Collection[bytes], regions: Collection[Region]
    ) -> Iterator[_Snapshot]:
        consistency = options.WhichOneof("consistency_type")
        if consistency == "read_time":
            yield _Snapshot(self._storage.moment(microseconds_of(options.read_time)))
        elif consistency in ("transaction", "new_transaction"):
            with self._transaction(options, database) as (transaction, begun):
                if not transaction.is_read_only:
                    self._lock(transaction, keys, regions)
                yield _Snapshot(transaction.moment, begun)
        else:
            yield _Snapshot(None)

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

    def _lock(self, transaction: Transaction, keys: Collection[bytes], regions: Collection[Region]) -> None:
        try:
            self._concurrency.read_keys(transaction.id, keys)
            for region in regions:
                self._concurrency.read_region(transaction.id, region)
        except Fault as fault:
            if fault.code is Code.ABORTED:
                self._transactions.fail(transaction, fault)
            raise
