"""Cursors: positions in the order of a query, by values and key, so that writes do not shift them."""

from __future__ import annotations

import zlib
from typing import NamedTuple

from local_cloud.faults import invalid

_FORMAT = b"\x01"
_CHECKSUM_BYTES = 4
_LENGTH_BYTES = 4
_HEADER_BYTES = len(_FORMAT) + _CHECKSUM_BYTES + _LENGTH_BYTES


class Position(NamedTuple):
    """Just after the result with these column bytes and this key. An empty key: before the first result."""

    columns: bytes
    key: bytes


START = Position(b"", b"")


def encode_cursor(columns: bytes, key: bytes, order: bytes) -> bytes:
    """Of a position. `order`: the checksum of what describes the order of the query."""
    body = b"".join((_FORMAT, order, len(columns).to_bytes(_LENGTH_BYTES, "big"), columns, key))
    return body + checksum(body)


def decode_cursor(cursor: bytes, order: bytes) -> Position:
    """INVALID_ARGUMENT if it is no cursor, or one of a query in another order."""
    body, seal = cursor[:-_CHECKSUM_BYTES], cursor[-_CHECKSUM_BYTES:]
    if len(body) < _HEADER_BYTES or body[:1] != _FORMAT or seal != checksum(body):
        raise invalid("Error parsing protocol message")
    if body[1 : 1 + _CHECKSUM_BYTES] != order:
        raise invalid("cursor does not match query")
    length = int.from_bytes(body[1 + _CHECKSUM_BYTES : _HEADER_BYTES], "big")
    rest = body[_HEADER_BYTES:]
    return Position(rest[:length], rest[length:])


def checksum(content: bytes) -> bytes:
    return zlib.crc32(content).to_bytes(_CHECKSUM_BYTES, "big")
