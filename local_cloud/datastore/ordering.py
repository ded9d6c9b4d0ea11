"""Bytes that sort as the things they stand for: the alphabet of keys and values.

Everything here but a bare key is prefix-free, so that complementing the bytes turns the order round.
"""

from __future__ import annotations

import struct

# Sorts after every continuation of a prefix: no encoding puts this byte where a new part begins.
LAST = b"\xff"
INT64_BYTES = 8

_ZERO = b"\x00"
_ESCAPED_ZERO = b"\x00\xff"
_END = b"\x00\x01"
_INT64_BIAS = 1 << 63
_SIGN_BIT = 1 << 63
_ALL_BITS = (1 << 64) - 1
_COMPLEMENT = bytes(255 - byte for byte in range(256))
_double = struct.Struct(">d")


def encode_bytes(content: bytes) -> bytes:
    return content.replace(_ZERO, _ESCAPED_ZERO) + _END


def decode_bytes(encoded: bytes, start: int) -> tuple[bytes, int]:
    """The content that starts there, and where it ends."""
    end = encoded.index(_END, start)
    return encoded[start:end].replace(_ESCAPED_ZERO, _ZERO), end + len(_END)


def encode_int(number: int) -> bytes:
    return (number + _INT64_BIAS).to_bytes(INT64_BYTES, "big")


def decode_int(encoded: bytes, start: int) -> tuple[int, int]:
    end = start + INT64_BYTES
    return int.from_bytes(encoded[start:end], "big") - _INT64_BIAS, end


def encode_double(number: float) -> bytes:
    """-inf .. -0.0, 0.0 .. inf, then NaN."""
    if number != number:
        return LAST * INT64_BYTES
    bits = int.from_bytes(_double.pack(number), "big")
    return (bits ^ (_ALL_BITS if bits & _SIGN_BIT else _SIGN_BIT)).to_bytes(INT64_BYTES, "big")


def decode_double(encoded: bytes, start: int) -> tuple[float, int]:
    end = start + INT64_BYTES
    bits = int.from_bytes(encoded[start:end], "big")
    bits ^= _SIGN_BIT if bits & _SIGN_BIT else _ALL_BITS
    return _double.unpack(bits.to_bytes(INT64_BYTES, "big"))[0], end


def complement(encoded: bytes) -> bytes:
    """The same bytes in descending order."""
    return encoded.translate(_COMPLEMENT)
