"""gRPC's messages in HTTP/2's data: a flag, a length, and that many bytes."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from local_cloud.faults import Code, Fault, invalid

_HEAD = struct.Struct(">?L")
_AUTODETECT = zlib.MAX_WBITS | 32
_ENCODINGS = ("gzip", "deflate")


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

    def feed(self, data: bytes) -> Iterator[bytes]:
        rest = self._rest
        rest += data
        while len(rest) >= _HEAD.size:
            is_compressed, size = _HEAD.unpack_from(rest)
            if size > self._limit:
                raise self._too_large()
            end = _HEAD.size + size
            if len(rest) < end:
                return
            message = bytes(rest[_HEAD.size : end])
            del rest[:end]
            yield self._decompressed(message) if is_compressed else message

    def _decompressed(self, message: bytes) -> bytes:
        if self._encoding not in _ENCODINGS:
            raise Fault(Code.UNIMPLEMENTED, f"Messages are compressed by {' or '.join(_ENCODINGS)}.")
        try:
            decompressed = zlib.decompressobj(_AUTODETECT).decompress(message, self._limit + 1)
        except zlib.error as error:
            raise invalid(f"The message cannot be decompressed: {error}.") from error
        if len(decompressed) > self._limit:
            raise self._too_large()
        return decompressed

    def _too_large(self) -> Fault:
        return Fault(Code.RESOURCE_EXHAUSTED, f"A message is larger than {self._limit} bytes.")
