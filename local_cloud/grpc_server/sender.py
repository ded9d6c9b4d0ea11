"""What goes out on a connection: frames of several calls, as the client has room for them (flow control)."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable

from local_cloud.faults import Fault
from local_cloud.grpc_server import frames, headers
from local_cloud.grpc_server.call import Call
from local_cloud.grpc_server.frames import ConnectionBroken, frame


class ClientGone(Exception):
    """Nobody waits for it any more."""


class Sender:
    def __init__(self, client: socket.socket) -> None:
        self.first_window = frames.FIRST_WINDOW
        self._socket = client
        self._writing = threading.Lock()
        self._window = frames.FIRST_WINDOW
        self._widened = threading.Condition()

    def write(self, whole_frames: bytes) -> None:
        """Raises ClientGone."""
        try:
            with self._writing:
                self._socket.sendall(whole_frames)
        except OSError as error:
            raise ClientGone from error

    def send(self, call: Call, message: bytes, is_last: bool = False) -> None:
        """Waits for room; raises ClientGone if the call is over."""
        out = b"" if call.has_head else _head(call)
        call.has_head = True
        sent = 0
        while sent < len(message):
            room = self._take(call, len(message) - sent)
            out += frames.data(call.stream, message[sent : sent + room])
            sent += room
            if sent == len(message) and is_last:
                out += _trailers(call, headers.OK)
            self.write(out)
            out = b""

    def end(self, call: Call) -> None:
        self.write(_trailers(call, headers.OK))

    def refuse(self, call: Call, fault: Fault) -> None:
        out = _trailers(call, headers.status_of(fault))
        if not call.is_half_closed:
            out += frames.rst_stream(call.stream, frames.NO_ERROR)
        self.write(out)

    def widen(self, call: Call | None, size: int) -> None:
        """Of one call, or of all together."""
        with self._widened:
            if call is None:
                self._window = _checked(self._window + size)
            else:
                call.window = _checked(call.window + size)
            self._widened.notify_all()

    def resize(self, calls: Iterable[Call], first_window: int) -> None:
        """Those of all calls that there are and will be."""
        with self._widened:
            for call in calls:
                call.window = _checked(call.window + first_window - self.first_window)
            self.first_window = _checked(first_window)
            self._widened.notify_all()

    def give_up(self) -> None:
        """Whoever waits for room looks whether his call is over."""
        with self._widened:
            self._widened.notify_all()

    def _take(self, call: Call, wanted: int) -> int:
        with self._widened:
            while not call.is_over:
                room = min(wanted, self._window, call.window)
                if room > 0:
                    self._window -= room
                    call.window -= room
                    return room
                self._widened.wait()
        raise ClientGone


def _head(call: Call) -> bytes:
    return frame(frames.HEADERS, frames.END_HEADERS, call.stream, headers.RESPONSE)


def _trailers(call: Call, status: bytes) -> bytes:
    block = status if call.has_head else headers.RESPONSE + status
    return frame(frames.HEADERS, frames.END_HEADERS | frames.END_STREAM, call.stream, block)


def _checked(window: int) -> int:
    if window > frames.LARGEST_WINDOW:
        raise ConnectionBroken(frames.FLOW_CONTROL_ERROR)
    return window
