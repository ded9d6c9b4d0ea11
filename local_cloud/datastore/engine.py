"""Datastore without a wire: storage, transactions and the calls, from open() to close()."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from local_cloud.datastore import messages
from local_cloud.datastore.concurrency import Concurrency
from local_cloud.datastore.footprints import Footprints
from local_cloud.datastore.index_file import read_index_file
from local_cloud.datastore.locks import Locks
from local_cloud.datastore.service import DatastoreService
from local_cloud.datastore.storage import Storage
from local_cloud.datastore.transactions import Transactions
from local_cloud.sqlite_file import SqliteFile

SERVICE = "google.datastore.v1.Datastore"
REQUESTS = {
    "Lookup": messages.LookupRequest,
    "RunQuery": messages.RunQueryRequest,
    "RunAggregationQuery": messages.RunAggregationQueryRequest,
    "BeginTransaction": messages.BeginTransactionRequest,
    "Commit": messages.CommitRequest,
    "Rollback": messages.RollbackRequest,
    "AllocateIds": messages.AllocateIdsRequest,
    "ReserveIds": messages.ReserveIdsRequest,
}


def microseconds_now() -> int:
    return time.time_ns() // 1_000


class Engine:
    """folder None: nothing is kept. index_file None: indexes are made when needed.

    `clock` gives the seconds by which transactions expire, `now` the microseconds since 1970 that are written
    down. Transactions are pessimistic, as in a new database, unless they are to be optimistic.
    """

    def __init__(
        self,
        folder: Path | None,
        index_file: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], int] = microseconds_now,
        optimistic: bool = False,
    ) -> None:
        self.file = SqliteFile(folder)
        self.storage: Storage | None = None
        self._index_file = index_file
        self._clock = clock
        self._now = now
        self._optimistic = optimistic
        self._calls: dict[str, Callable[[Any], Any]] = {}

    def open(self) -> None:
        """Raises DataUnusable, with one clear sentence."""
        indexes = read_index_file(self._index_file)
        self.file.open()
        try:
            self.storage = Storage(self.file, indexes, self._now)
            with self.file.readable():
                self.storage.open()
        except BaseException:
            self.close()
            raise
        concurrency: Concurrency = Footprints() if self._optimistic else Locks()
        transactions = Transactions(self.storage, concurrency, self._clock)
        service = DatastoreService(self.storage, concurrency, transactions)
        self._calls = {
            "Lookup": service.lookup,
            "RunQuery": service.run_query,
            "RunAggregationQuery": service.run_aggregation_query,
            "BeginTransaction": service.begin_transaction,
            "Commit": service.commit,
            "Rollback": service.rollback,
            "AllocateIds": service.allocate_ids,
            "ReserveIds": service.reserve_ids,
        }

    def close(self) -> None:
        """Idempotent."""
        if self.storage is not None:
            self.storage.close()
            self.storage = None
        self.file.close()

    def call(self, name: str, request: Any) -> Any:
        """The response. Raises Fault; what else it raises is our fault."""
        return self._calls[name](request)
