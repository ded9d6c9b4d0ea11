"""Whoever reads from a connection answers the calls himself; a thread here sees whom one of them keeps."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local_cloud.grpc_server.call import Call
    from local_cloud.grpc_server.connection import Connection

# Nobody waits for what another call takes for more than twice as long.
PATIENCE_SECONDS = 0.005


class Relief:
    """Of the connections that have joined. Looks at them only while there are calls."""

    def __init__(self, name: str) -> None:
        self._joined: set[Connection] = set()
        self._changing = threading.Lock()
        self._is_needed = False
        self._is_asleep = False
        self._is_over = False
        self._woken = threading.Event()
        self._thread = threading.Thread(target=self._watch, name=f"{name}-relief", daemon=True)

    def start(self) -> None:
        """Raises RuntimeError, which is Python's for a thread that cannot start."""
        self._thread.start()

    def stop(self) -> None:
        self._is_over = True
        self._woken.set()
        self._thread.join()

    def join(self, connection: Connection) -> None:
        with self._changing:
            self._joined.add(connection)

    def leave(self, connection: Connection) -> None:
        with self._changing:
            self._joined.discard(connection)

    def connections(self) -> list[Connection]:
        with self._changing:
            return list(self._joined)

    def begin(self) -> None:
        """A call is being answered: look after it."""
        self._is_needed = True
        if self._is_asleep:
            self._woken.set()

    def _watch(self) -> None:
        seen: set[tuple[Connection, Call]] = set()
        while not self._is_over:
            if not seen and not self._is_needed:
                self._sleep()
            self._is_needed = False
            time.sleep(PATIENCE_SECONDS)
            seen = self._look(seen)

    def _look(self, before: set[tuple[Connection, Call]]) -> set[tuple[Connection, Call]]:
        """Who answers which call now; those who did before are relieved."""
        now = {(connection, call) for connection in self.connections() if (call := connection.answering)}
        for connection, call in now & before:
            connection.relieve(call)
        return now - before

    def _sleep(self) -> None:
        self._woken.clear()
        self._is_asleep = True
        # Who has begun just now may not have seen it.
        if not self._is_needed and not self._is_over:
            self._woken.wait()
        self._is_asleep = False
