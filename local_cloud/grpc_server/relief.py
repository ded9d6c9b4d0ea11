"""Whoever reads from a connection answers the calls himself; a thread here sees whom one of them keeps."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Protocol

from local_cloud.grpc_server.call import Call

# Nobody waits for what another call takes for more than twice as long.
PATIENCE_SECONDS = 0.005


class Busy(Protocol):
    answering: Call | None

    def relieve(self, call: Call) -> None: ...


class Relief:
    """connections: gives those that there are. Looks at them only while there are calls."""

    def __init__(self, name: str, connections: Callable[[], Iterable[Busy]]) -> None:
        self._connections = connections
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

    def begin(self) -> None:
        """A call is being answered: look after it."""
        self._is_needed = True
        if self._is_asleep:
            self._woken.set()

    def _watch(self) -> None:
        seen: dict[Busy, Call] = {}
        while not self._is_over:
            if not seen and not self._is_needed:
                self._sleep()
            self._is_needed = False
            time.sleep(PATIENCE_SECONDS)
            before, seen = seen, {}
            for connection in self._connections():
                call = connection.answering
                if call is not None and before.get(connection) is call:
                    connection.relieve(call)
                elif call is not None:
                    seen[connection] = call

    def _sleep(self) -> None:
        self._woken.clear()
        self._is_asleep = True
        # Who has begun just now may not have seen it.
        if not self._is_needed and not self._is_over:
            self._woken.wait()
        self._is_asleep = False
