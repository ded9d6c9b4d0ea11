"""A call on its way: what has arrived of it, and whether somebody still waits for its answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from queue import SimpleQueue

from local_cloud.faults import Fault, invalid
from local_cloud.grpc_server.messages import Packed, Unframing
from local_cloud.grpc_server.methods import Method

# Of a stream: after so many bytes that were heard. The window has more than that to spare.
REFILL_BYTES = 65_536


class Call:
    """window: how many bytes the client takes now. seconds: until it gives up; None: never.

    make_room: lets the client send so many bytes more, as others were heard.
    """

    def __init__(
        self,
        stream: int,
        method: Method,
        unframing: Unframing,
        window: int,
        seconds: float | None,
        make_room: Callable[[int], None],
    ) -> None:
        self.stream = stream
        self.method = method
        self.window = window
        self.has_begun = False
        self.has_head = False
        self.is_half_closed = False
        self.is_over = False
        self._until = None if seconds is None else time.monotonic() + seconds
        self._unframing = unframing
        self._make_room = make_room
        self._unheard = 0
        # Each with how many bytes it took from the window.
        self._messages: SimpleQueue[tuple[Packed, int] | Fault | None] = SimpleQueue()
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
        heard = 0
        while (said := self._messages.get()) is not None:
            if isinstance(said, Fault):
                raise said
            packed, size = said
            yield self._unframing.unpacked(packed)
            heard += size
            if heard >= REFILL_BYTES:
                self._make_room(heard)
                heard = 0

    def receive(self, data: bytes, size: int) -> None:
        """size: what it took from the window."""
        if self._is_refused:
            return
        self._unheard += size
        try:
            for packed in self._unframing.feed(data):
                self._messages.put((packed, self._unheard))
                self._unheard = 0
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
