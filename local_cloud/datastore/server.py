"""A gRPC server for google.datastore.v1 on loopback, from start() to stop()."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from local_cloud.datastore.engine import REQUESTS, SERVICE, Engine, microseconds_now
from local_cloud.grpc_server import GrpcServer, plain
from local_cloud.sqlite_file import SqliteFile

# Enough that calls which wait for a lock (bounded by LOCK_WAIT_SECONDS) leave room for those who hold it.
MAX_CALLS = 100
MAX_REQUEST_BYTES = 10 * 1024 * 1024
STOP_GRACE_SECONDS = 2.0


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
        self._server: GrpcServer | None = None

    @property
    def file(self) -> SqliteFile:
        """For other services to keep their tables in, between start() and stop()."""
        return self.engine.file

    def start(self) -> None:
        """Raises PortTaken or DataUnusable, each with one clear sentence."""
        self.engine.open()
        methods = {
            f"/{SERVICE}/{name}": plain(request, partial(self.engine.call, name))
            for name, request in REQUESTS.items()
        }
        server = GrpcServer("datastore", methods, MAX_CALLS, MAX_REQUEST_BYTES)
        try:
            server.start(self._port)
        except BaseException:
            self.engine.close()
            raise
        self._server = server
        self.address = server.address

    def stop(self) -> None:
        """Idempotent. Calls that were answered are safe; those under way get a moment to end."""
        if self._server is not None:
            self._server.stop(STOP_GRACE_SECONDS)
            self._server = None
        self.engine.close()
