"""HTTP/2 frames from bytes and to bytes (RFC 9113, sections 4 to 6)."""

from __future__ import annotations

import struct
from typing import BinaryIO, NamedTuple

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
# What every peer takes, and what we take.
MAX_FRAME_BYTES = 16_384
FIRST_WINDOW = 65_535
LARGEST_WINDOW = 2**31 - 1

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS = 0, 1, 2, 3, 4
PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 5, 6, 7, 8, 9

END_STREAM = ACK = 0x01
END_HEADERS = 0x04
PADDED = 0x08
HAS_PRIORITY = 0x20

MAX_CONCURRENT_STREAMS = 3
INITIAL_WINDOW_SIZE = 4

NO_ERROR = 0
PROTOCOL_ERROR = 1
FLOW_CONTROL_ERROR = 3
FRAME_SIZE_ERROR = 6
REFUSED_STREAM = 7
COMPRESSION_ERROR = 9

_HEAD = struct.Struct(">BHBBL")
_NUMBER = struct.Struct(">L")
_SETTING = struct.Struct(">HL")
_PRIORITY_BYTES = 5


class ConnectionBroken(Exception):
    """The peer does not keep to the protocol: the connection ends with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Frame(NamedTuple):
    kind: int
    flags: int
    stream: int
    payload: bytes


def read_frame(file: BinaryIO) -> Frame | None:
    """None at the end, also if it comes within a frame."""
    head = file.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    high, low, kind, flags, stream = _HEAD.unpack(head)
    size = high << 16 | low
    if size > MAX_FRAME_BYTES:
        raise ConnectionBroken(FRAME_SIZE_ERROR)
    payload = file.read(size)
    return Frame(kind, flags, stream & LARGEST_WINDOW, payload) if len(payload) == size else None


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    size = len(payload)
    return _HEAD.pack(size >> 16, size & 0xFFFF, kind, flags, stream) + payload


def settings(values: dict[int, int]) -> bytes:
    return frame(SETTINGS, 0, 0, b"".join(_SETTING.pack(*setting) for setting in values.items()))


def window_update(stream: int, size: int) -> bytes:
    return frame(WINDOW_UPDATE, 0, stream, _NUMBER.pack(size))


def rst_stream(stream: int, code: int) -> bytes:
    return frame(RST_STREAM, 0, stream, _NUMBER.pack(code))


def goaway(last_stream: int, code: int) -> bytes:
    return frame(GOAWAY, 0, 0, _NUMBER.pack(last_stream) + _NUMBER.pack(code))


def data(stream: int, payload: bytes) -> bytes:
    """As many frames as it takes."""
    starts = range(0, len(payload), MAX_FRAME_BYTES)
    return b"".join(frame(DATA, 0, stream, payload[start : start + MAX_FRAME_BYTES]) for start in starts)


def settings_of(settings: Frame) -> dict[int, int]:
    if len(settings.payload) % _SETTING.size:
        raise ConnectionBroken(FRAME_SIZE_ERROR)
    return dict(_SETTING.iter_unpack(settings.payload))


def increment_of(window_update: Frame) -> int:
    if len(window_update.payload) != _NUMBER.size:
        raise ConnectionBroken(FRAME_SIZE_ERROR)
    (increment,) = _NUMBER.unpack(window_update.payload)
    return int(increment) & LARGEST_WINDOW


def content_of(padded: Frame) -> bytes:
    """Of DATA or HEADERS, without padding and priority."""
    content = padded.payload
    if padded.flags & PADDED:
        if not content or content[0] >= len(content):
            raise ConnectionBroken(PROTOCOL_ERROR)
        content = content[1 : len(content) - content[0]]
    if padded.kind == HEADERS and padded.flags & HAS_PRIORITY:
        content = content[_PRIORITY_BYTES:]
    return content
