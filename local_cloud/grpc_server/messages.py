"""gRPC's messages in HTTP/2's data: a flag, a length, and that many bytes."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from local_cloud.faults import Code, Fault, invalid

_HEAD = struct.Struct(">?L")
_AUTODETECT = zlib.MAX_WBITS | 32
_ENCODINGS = ("gzip", "deflate")


class Packed(NamedTuple):
    """A message as it arrived."""

    is_compressed: bool
    content: bytes


def framed(message: bytes) -> bytes:
    return _HEAD.pack(False, len(message)) + message


class Unframing:
    """From data as it arrives to messages, none larger than `limit` bytes.

    encoding: the one of the compressed messages.
    """

    def __init__(self, encoding: str, limit: int) -> None:
        self._encoding = encoding
        self._limit = limit
        self._rest = bytearray()

    @property
    def is_within_message(self) -> bool:
        return bool(self._rest)

    def feed(self, data: bytes) -> Iterator[Packed]:
        rest = self._rest
        rest += data
        while len(rest) >= _HEAD.size:
            is_compressed, size = _HEAD.unpack_from(rest)
            if size > self._limit:
                raise self._too_large()
            end = _HEAD.size + size
            if len(rest) < end:
                return
            yield Packed(is_compressed, bytes(rest[_HEAD.size : end]))
            del rest[:end]

    def unpacked(self, packed: Packed) -> bytes:
        if not packed.is_compressed:
            return packed.content
        if self._encoding not in _ENCODINGS:
            raise Fault(Code.UNIMPLEMENTED, f"Messages are compressed by {' or '.join(_ENCODINGS)}.")
        decompression = zlib.decompressobj(_AUTODETECT)
        try:
            message = decompression.decompress(packed.content, self._limit + 1)
        except zlib.error as error:
            raise invalid(f"The message cannot be decompressed: {error}.") from error
        if len(message) > self._limit:
            raise self._too_large()
        if not decompression.eof:
            raise invalid("The message cannot be decompressed: it is cut short.")
        return message

    def _too_large(self) -> Fault:
        return Fault(Code.RESOURCE_EXHAUSTED, f"A message is larger than {self._limit} bytes.")
