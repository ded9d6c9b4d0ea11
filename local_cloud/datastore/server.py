"""A gRPC server for google.datastore.v1 on loopback, from start() to stop()."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc

from local_cloud.datastore import messages
from local_cloud.datastore.concurrency import Concurrency
from local_cloud.datastore.footprints import Footprints
from local_cloud.datastore.indexes import read_index_file
from local_cloud.datastore.locks import Locks
from local_cloud.datastore.service import DatastoreService
from local_cloud.datastore.storage import Storage
from local_cloud.datastore.transactions import Transactions
from local_cloud.faults import Fault, PortTaken
from local_cloud.sqlite_file import SqliteFile

HOST = "127.0.0.1"
SERVICE = "google.datastore.v1.Datastore"
# Enough that calls which wait for a lock (bounded by LOCK_WAIT_SECONDS) leave threads for those who hold it.
THREADS = 16
MAX_REQUEST_BYTES = 10 * 1024 * 1024
STOP_GRACE_SECONDS = 2.0

_OPTIONS = [
    # Otherwise two servers could listen on one port without noticing.
    ("grpc.so_reuseport", 0),
    ("grpc.max_receive_message_length", MAX_REQUEST_BYTES),
    ("grpc.max_send_message_length", MAX_REQUEST_BYTES),
]

_log = logging.getLogger(__name__)


def _now() -> int:
    return time.time_ns() // 1_000


class DatastoreServer:
    """folder None: nothing is kept. port 0: a free one. index_file None: indexes are made when needed.

    `clock` gives the seconds by which transactions expire, `now` the microseconds since 1970 that are written
    down. Transactions are pessimistic, as in a new database, unless they are to be optimistic.
    """

    def __init__(
        self,
        folder: Path | None,
        port: int = 0,
        index_file: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], int] = _now,
        optimistic: bool = False,
    ) -> None:
        self.address = ""
        self._port = port
        self._index_file = index_file
        self._clock = clock
        self._now = now
        self._optimistic = optimistic
        self._file = SqliteFile(folder)
        self._storage: Storage | None = None
        self._server: grpc.Server | None = None

    @property
    def file(self) -> SqliteFile:
        """For other services to keep their tables in, between start() and stop()."""
        return self._file

    def start(self) -> None:
        """Raises PortTaken or DataUnusable, each with one clear sentence."""
        indexes = read_index_file(self._index_file)
        self._file.open()
        try:
            self._storage = Storage(self._file, indexes, self._now)
            self._storage.open()
            concurrency: Concurrency = Footprints() if self._optimistic else Locks()
            transactions = Transactions(self._storage, concurrency, self._clock)
            self._server = _grpc_server(DatastoreService(self._storage, concurrency, transactions))
            self.address = f"{HOST}:{self._listen(self._server)}"
            self._server.start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Idempotent. Calls that were answered are safe; those under way get a moment to end."""
        if self._server is not None:
            self._server.stop(STOP_GRACE_SECONDS).wait()
            self._server = None
        if self._storage is not None:
            self._storage.close()
            self._storage = None
        self._file.close()

    def _listen(self, server: grpc.Server) -> int:
        try:
            # gRPC would say it in its log, too, and in other words.
            socket.create_server((HOST, self._port)).close()
            return int(server.add_insecure_port(f"{HOST}:{self._port}"))
        except (OSError, RuntimeError) as error:
            raise PortTaken(f"Another program listens on port {self._port} already.") from error


def _grpc_server(service: DatastoreService) -> grpc.Server:
    calls = {
        "Lookup": (service.lookup, messages.LookupRequest),
        "RunQuery": (service.run_query, messages.RunQueryRequest),
        "RunAggregationQuery": (service.run_aggregation_query, messages.RunAggregationQueryRequest),
        "BeginTransaction": (service.begin_transaction, messages.BeginTransactionRequest),
        "Commit": (service.commit, messages.CommitRequest),
        "Rollback": (service.rollback, messages.RollbackRequest),
        "AllocateIds": (service.allocate_ids, messages.AllocateIdsRequest),
        "ReserveIds": (service.reserve_ids, messages.ReserveIdsRequest),
    }
    handlers = {name: _handler(name, call, request) for name, (call, request) in calls.items()}
    server = grpc.server(ThreadPoolExecutor(THREADS, thread_name_prefix="datastore"), options=_OPTIONS)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
    return server


def _handler(name: str, call: Callable[[Any], Any], request_class: Any) -> Any:
    def answer(request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return call(request)
        except Fault as fault:
            code, message = fault.code, fault.message
        except Exception:
            _log.exception("%s failed", name)
            code, message = grpc.StatusCode.INTERNAL, "The local cloud failed; its log tells why."
        return context.abort(code, message)

    return grpc.unary_unary_rpc_method_handler(
        answer,
        request_deserializer=request_class.FromString,
        response_serializer=lambda response: response.SerializeToString(),
    )
