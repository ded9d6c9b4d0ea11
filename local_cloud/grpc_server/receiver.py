"""What comes in on a connection: frames, of which calls are made."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import BinaryIO

from hpack import HPACKError

from local_cloud.grpc_server import frames
from local_cloud.grpc_server.call import Call
from local_cloud.grpc_server.frames import ConnectionBroken, Frame, frame, read_frame
from local_cloud.grpc_server.headers import MAX_HEADER_BYTES, Request, RequestReader
from local_cloud.grpc_server.messages import Unframing
from local_cloud.grpc_server.methods import Methods, unknown
from local_cloud.grpc_server.sender import ClientGone, Sender

# Of all calls together: each has a window of its own.
REFILL_BYTES = 2**30
# A call's window holds a message as large as they may be, with what HTTP/2 and gRPC put around it.
WRAPPING_BYTES = 1_000_000


class Receiver:
    """max_calls: that the client may make at once."""

    def __init__(
        self, file: BinaryIO, sender: Sender, methods: Methods, max_calls: int, max_request_bytes: int
    ) -> None:
        self.calls: dict[int, Call] = {}
        self.is_leaving = False
        self._file = file
        self._sender = sender
        self._methods = methods
        self._max_calls = max_calls
        self._max_request_bytes = max_request_bytes
        self._requests = RequestReader()
        self._last_stream = 0
        self._received = 0
        self._has_greeted = False
        self._is_over = False

    def next_call(self) -> Call | None:
        """Waits for one that can be answered. None: there will be no more, and the others are cancelled."""
        if not self._is_over:
            try:
                if (call := self._read()) is not None:
                    return call
            except (ConnectionBroken, HPACKError) as error:
                code = error.code if isinstance(error, ConnectionBroken) else frames.COMPRESSION_ERROR
                with suppress(ClientGone):
                    self._sender.write(frames.goaway(self._last_stream, code))
            except (ClientGone, OSError):
                pass
            self._is_over = True
            for stream in list(self.calls):
                self._cancel(stream)
        return None

    def _read(self) -> Call | None:
        if not self._has_greeted:
            self._greet()
        while (received := read_frame(self._file)) is not None:
            call = self._receive(received)
            if call is not None and call.can_begin and not call.has_begun:
                call.has_begun = True
                return call
        return None

    def _greet(self) -> None:
        offer = {
            frames.MAX_CONCURRENT_STREAMS: self._max_calls,
            frames.INITIAL_WINDOW_SIZE: self._max_request_bytes + WRAPPING_BYTES,
        }
        room = frames.window_update(0, frames.LARGEST_WINDOW - frames.FIRST_WINDOW)
        self._sender.write(frames.settings(offer) + room)
        if self._file.read(len(frames.PREFACE)) != frames.PREFACE:
            raise ConnectionBroken(frames.PROTOCOL_ERROR)
        self._has_greeted = True

    def _receive(self, received: Frame) -> Call | None:
        """The call whose request has grown."""
        match received.kind:
            case frames.HEADERS:
                return self._receive_headers(received)
            case frames.DATA:
                return self._receive_data(received)
            case frames.WINDOW_UPDATE:
                self._widen(received.stream, frames.increment_of(received))
            case frames.SETTINGS if not received.flags & frames.ACK:
                first_window = frames.settings_of(received).get(frames.INITIAL_WINDOW_SIZE)
                if first_window is not None:
                    self._sender.resize(list(self.calls.values()), first_window)
                self._sender.write(frame(frames.SETTINGS, frames.ACK, 0))
            case frames.PING if not received.flags & frames.ACK:
                self._sender.write(frame(frames.PING, frames.ACK, 0, received.payload))
            case frames.RST_STREAM:
                self._cancel(received.stream)
            case frames.CONTINUATION | frames.PUSH_PROMISE:
                raise ConnectionBroken(frames.PROTOCOL_ERROR)
        return None

    def _receive_headers(self, received: Frame) -> Call | None:
        request = self._requests.read(self._block(received))
        stream = received.stream
        if stream % 2 == 0:
            raise ConnectionBroken(frames.PROTOCOL_ERROR)
        call = self.calls.get(stream)
        if call is None and stream > self._last_stream:
            call = self._new_call(stream, request)
        if call is not None and received.flags & frames.END_STREAM:
            call.half_close()
        return call

    def _block(self, received: Frame) -> bytes:
        """Also of the frames that continue it: nothing may come in between."""
        block = frames.content_of(received)
        flags = received.flags
        while not flags & frames.END_HEADERS:
            more = read_frame(self._file)
            if more is None or (more.kind, more.stream) != (frames.CONTINUATION, received.stream):
                raise ConnectionBroken(frames.PROTOCOL_ERROR)
            block += more.payload
            if len(block) > MAX_HEADER_BYTES:
                raise ConnectionBroken(frames.COMPRESSION_ERROR)
            flags = more.flags
        return block

    def _new_call(self, stream: int, request: Request) -> Call | None:
        self._last_stream = stream
        # Those that it has given up, or has just got the answer of, may still be ending here.
        if self.is_leaving or len(self.calls) >= 2 * self._max_calls:
            self._sender.write(frames.rst_stream(stream, frames.REFUSED_STREAM))
            return None
        method = self._methods.get(request.path) or unknown(request.path)
        unframing = Unframing(request.encoding, self._max_request_bytes)
        make_room = partial(self._make_room, stream)
        call = Call(stream, method, unframing, self._sender.first_window, request.seconds, make_room)
        self.calls[stream] = call
        return call

    def _make_room(self, stream: int, size: int) -> None:
        with suppress(ClientGone):
            self._sender.write(frames.window_update(stream, size))

    def _receive_data(self, received: Frame) -> Call | None:
        size = len(received.payload)
        self._received += size
        if self._received >= REFILL_BYTES:
            self._make_room(0, self._received)
            self._received = 0
        call = self.calls.get(received.stream)
        if call is None:
            if received.stream > self._last_stream:
                raise ConnectionBroken(frames.PROTOCOL_ERROR)
            return None
        call.receive(frames.content_of(received), size)
        if received.flags & frames.END_STREAM:
            call.half_close()
        return call

    def _widen(self, stream: int, size: int) -> None:
        call = self.calls.get(stream)
        if call is not None or stream == 0:
            self._sender.widen(call, size)

    def _cancel(self, stream: int) -> None:
        call = self.calls.get(stream)
        if call is not None:
            call.end()
            self._sender.give_up()
            if not call.has_begun:
                del self.calls[stream]
