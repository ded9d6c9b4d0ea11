"""A gRPC server for google.datastore.v1 on loopback, from start() to stop()."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import grpc

from local_cloud.datastore.engine import REQUESTS, SERVICE, Engine, microseconds_now
from local_cloud.faults import Fault, PortTaken
from local_cloud.sqlite_file import SqliteFile

HOST = "127.0.0.1"
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


class DatastoreServer:
    """port 0: a free one. The rest is as the Engine says."""

    def __init__(
        self,
        folder: Path | None,
        port: int = 0,
        index_file: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], int] = microseconds_now,
        optimistic: bool = False,
    ) -> None:
        self.address = ""
        self.engine = Engine(folder, index_file, clock, now, optimistic)
        self._port = port
        self._server: grpc.Server | None = None

    @property
    def file(self) -> SqliteFile:
        """For other services to keep their tables in, between start() and stop()."""
        return self.engine.file

    def start(self) -> None:
        """Raises PortTaken or DataUnusable, each with one clear sentence."""
        self.engine.open()
        try:
            self._server = _grpc_server(self.engine)
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
        self.engine.close()

    def _listen(self, server: grpc.Server) -> int:
        try:
            # gRPC would say it in its log, too, and in other words.
            socket.create_server((HOST, self._port)).close()
            return int(server.add_insecure_port(f"{HOST}:{self._port}"))
        except (OSError, RuntimeError) as error:
            raise PortTaken(f"Another program listens on port {self._port} already.") from error


def _grpc_server(engine: Engine) -> grpc.Server:
    handlers = {
        name: grpc.unary_unary_rpc_method_handler(
            partial(_answer, engine, name),
            request_deserializer=request.FromString,
            response_serializer=lambda response: response.SerializeToString(),
        )
        for name, request in REQUESTS.items()
    }
    server = grpc.server(ThreadPoolExecutor(THREADS, thread_name_prefix="datastore"), options=_OPTIONS)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
    return server


def _answer(engine: Engine, name: str, request: Any, context: grpc.ServicerContext) -> Any:
    try:
        return engine.call(name, request)
    except Fault as fault:
        code, message = fault.code, fault.message
    return context.abort(code, message)
