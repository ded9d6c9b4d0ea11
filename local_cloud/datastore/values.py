"""Property values as bytes whose order is Datastore's order across all types, and back.

null < {integer, timestamp in microseconds} < false < true < {blob, string} < double < geo point < key.
Integers and doubles never mix.
"""

from __future__ import annotations

from local_cloud.datastore.keys import KEY_END, decode_key, encode_key
from local_cloud.datastore.messages import Value, microseconds_of
from local_cloud.datastore.ordering import (
    INT64_BYTES,
    decode_bytes,
    decode_double,
    decode_int,
    encode_bytes,
    encode_double,
    encode_int,
)
from local_cloud.faults import invalid

_NULL = b"\x10"
_INTEGER = b"\x20"
_FALSE = b"\x30"
_TRUE = b"\x31"
_TEXT = b"\x40"
_DOUBLE = b"\x50"
_GEO_POINT = b"\x60"
_KEY = b"\x70"

NULL = _NULL
# What metadata queries call the types of values: name, first and last tag.
REPRESENTATIONS = (
    ("NULL", _NULL, _NULL),
    ("INT64", _INTEGER, _INTEGER),
    ("BOOLEAN", _FALSE, _TRUE),
    ("STRING", _TEXT, _TEXT),
    ("DOUBLE", _DOUBLE, _DOUBLE),
    ("POINT", _GEO_POINT, _GEO_POINT),
    ("REFERENCE", _KEY, _KEY),
)

# Marks, in a projection, an integer that was stored as a timestamp or text that was stored as a blob.
_MEANING_INDEX_VALUE = 18


def encode_value(value: Value) -> bytes:
    """Prefix-free. Arrays and entities have no bytes of their own: their parts are indexed one by one."""
    kind = value.WhichOneof("value_type")
    if kind == "string_value":
        return _TEXT + encode_bytes(value.string_value.encode())
    if kind == "integer_value":
        return _INTEGER + encode_int(value.integer_value)
    if kind == "timestamp_value":
        return _INTEGER + encode_int(microseconds_of(value.timestamp_value))
    if kind == "null_value":
        return _NULL
    if kind == "boolean_value":
        return _TRUE if value.boolean_value else _FALSE
    if kind == "blob_value":
        return _TEXT + encode_bytes(value.blob_value)
    if kind == "double_value":
        return _DOUBLE + encode_double(value.double_value)
    if kind == "geo_point_value":
        point = value.geo_point_value
        return _GEO_POINT + encode_double(point.latitude) + encode_double(point.longitude)
    if kind == "key_value":
        return _KEY + encode_key(value.key_value) + KEY_END
    raise invalid(
        "A list value is not allowed" if kind == "array_value" else "An entity value is not allowed"
    )


def value_end(encoded: bytes, start: int) -> int:
    """Where the value that starts there ends."""
    tag = encoded[start : start + 1]
    after_tag = start + 1
    if tag in (_NULL, _FALSE, _TRUE):
        return after_tag
    if tag in (_INTEGER, _DOUBLE):
        return after_tag + INT64_BYTES
    if tag == _GEO_POINT:
        return after_tag + 2 * INT64_BYTES
    if tag == _TEXT:
        return decode_bytes(encoded, after_tag)[1]
    return _key_end(encoded, after_tag) + len(KEY_END)


def decode_value(encoded: bytes, value: Value) -> None:
    """Fill a Value in place. Timestamps come back as integers and blobs as text where they can be."""
    tag = encoded[:1]
    if tag == _NULL:
        value.null_value = 0
    elif tag == _INTEGER:
        value.integer_value = decode_int(encoded, 1)[0]
    elif tag in (_FALSE, _TRUE):
        value.boolean_value = tag == _TRUE
    elif tag == _TEXT:
        _decode_text(decode_bytes(encoded, 1)[0], value)
    elif tag == _DOUBLE:
        value.double_value = decode_double(encoded, 1)[0]
    elif tag == _GEO_POINT:
        value.geo_point_value.latitude, at = decode_double(encoded, 1)
        value.geo_point_value.longitude = decode_double(encoded, at)[0]
    else:
        value.key_value.CopyFrom(decode_key(encoded[1 : -len(KEY_END)]))
    value.meaning = _MEANING_INDEX_VALUE


def decode_number(encoded: bytes) -> int | float | None:
    """None if the value is no number. A timestamp cannot be told from an integer."""
    tag = encoded[:1]
    if tag == _INTEGER:
        return decode_int(encoded, 1)[0]
    return decode_double(encoded, 1)[0] if tag == _DOUBLE else None


def _decode_text(content: bytes, value: Value) -> None:
    try:
        value.string_value = content.decode()
    except UnicodeDecodeError:
        value.blob_value = content


def _key_end(encoded: bytes, start: int) -> int:
    at = start
    for _ in ("project", "database", "namespace"):
        at = decode_bytes(encoded, at)[1]
    while encoded[at : at + len(KEY_END)] != KEY_END:
        at = decode_bytes(encoded, at)[1]
        is_id = encoded[at] == 1
        at = at + 1 + INT64_BYTES if is_id else decode_bytes(encoded, at + 1)[1]
    return at
