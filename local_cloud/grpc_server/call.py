"""A call on its way: what has arrived of it, and whether somebody still waits for its answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from queue import SimpleQueue

from local_cloud.faults import Fault, invalid
from local_cloud.grpc_server.messages import Unframing
from local_cloud.grpc_server.methods import Method


class Call:
    """window: how many bytes the client takes now. seconds: until it gives up; None: never."""

    def __init__(
        self, stream: int, method: Method, unframing: Unframing, window: int, seconds: float | None
    ) -> None:
        self.stream = stream
        self.method = method
        self.window = window
        self.received = 0
        self.has_begun = False
        self.has_head = False
        self.is_half_closed = False
        self.is_over = False
        self._until = None if seconds is None else time.monotonic() + seconds
        self._unframing = unframing
        self._messages: SimpleQueue[bytes | Fault | None] = SimpleQueue()
        self._is_refused = False
        self._callbacks: list[Callable[[], object]] = []
        self._ending = threading.Lock()

    @property
    def can_begin(self) -> bool:
        return self.method.is_stream or self.is_half_closed or self._is_refused

    def time_remaining(self) -> float | None:
        """Seconds; None if there is no end to it."""
        return None if self._until is None else max(0.0, self._until - time.monotonic())

    def add_callback(self, callback: Callable[[], object]) -> None:
        """Called once, by any thread, when the call is over; at once if it is."""
        with self._ending:
            if not self.is_over:
                self._callbacks.append(callback)
                return
        callback()

    def messages(self) -> Iterator[bytes]:
        """Waits for each; ends when the client has said all, or is gone. Raises Fault for a bad one."""
        while (message := self._messages.get()) is not None:
            if isinstance(message, Fault):
                raise message
            yield message

    def receive(self, data: bytes) -> None:
        if self._is_refused:
            return
        try:
            for message in self._unframing.feed(data):
                self._messages.put(message)
        except Fault as fault:
            self._refuse(fault)

    def half_close(self) -> None:
        """The client has said all."""
        self.is_half_closed = True
        if self._unframing.is_within_message:
            self._refuse(invalid("The last message of the call is cut short."))
        self._messages.put(None)

    def end(self) -> None:
        """Idempotent."""
        with self._ending:
            if self.is_over:
                return
            self.is_over = True
        self._messages.put(None)
        for callback in self._callbacks:
            callback()

    def _refuse(self, fault: Fault) -> None:
        self._is_refused = True
        self._messages.put(fault)
