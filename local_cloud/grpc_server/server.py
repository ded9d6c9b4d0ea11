"""Listens on loopback, and gives each client a connection of its own."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import ExitStack, suppress

from local_cloud.faults import PortTaken
from local_cloud.grpc_server.connection import Connection
from local_cloud.grpc_server.methods import Methods
from local_cloud.grpc_server.relief import Relief

HOST = "127.0.0.1"
# While there are no more file descriptors, or threads.
RETRY_SECONDS = 0.1


class GrpcServer:
    """name: of its threads. max_calls: at once, of one client."""

    def __init__(self, name: str, methods: Methods, max_calls: int, max_request_bytes: int) -> None:
        self.address = ""
        self._name = name
        self._methods = methods
        self._max_calls = max_calls
        self._max_request_bytes = max_request_bytes
        self._relief = Relief(name)
        self._is_stopping = False

    def start(self, port: int) -> None:
        """port 0: a free one. Raises PortTaken, or RuntimeError: Python's for a thread that cannot start."""
        try:
            self._listener = socket.create_server((HOST, port))
        except OSError as error:
            raise PortTaken(f"Another program listens on port {port} already.") from error
        self.address = f"{HOST}:{self._listener.getsockname()[1]}"
        self._accepting = threading.Thread(target=self._accept, name=f"{self._name}-accept", daemon=True)
        try:
            self._relief.start()
            self._accepting.start()
        except RuntimeError:
            self._listener.close()
            raise

    def stop(self, grace: float) -> None:
        """Calls that have begun get so many seconds to end."""
        self._is_stopping = True
        self._wake()
        self._accepting.join()
        self._listener.close()
        until = time.monotonic() + grace
        connections = self._relief.connections()
        for connection in connections:
            connection.leave()
        for connection in connections:
            connection.close(until)
        self._relief.stop()

    def _wake(self) -> None:
        """Who waits for a client: the one works on Linux, the other elsewhere."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        with suppress(OSError):
            socket.create_connection(self._listener.getsockname()).close()

    def _accept(self) -> None:
        while not self._is_stopping:
            try:
                self._welcome(self._listener.accept()[0])
            except (OSError, RuntimeError):
                if not self._is_stopping:
                    time.sleep(RETRY_SECONDS)

    def _welcome(self, client: socket.socket) -> None:
        """Raises OSError or RuntimeError, which is Python's for a thread that cannot start."""
        with ExitStack() as stack:
            stack.callback(client.close)
            # An answer goes out at once, however small it is.
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            limits = self._max_calls, self._max_request_bytes
            connection = Connection(client, self._name, self._methods, *limits, self._relief)
            self._relief.join(connection)
            stack.callback(self._relief.leave, connection)
            connection.start()
            stack.pop_all()
