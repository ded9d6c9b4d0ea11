"""What an entity may be: the limits of Cloud Datastore, checked before anything is stored.

Sources of the figures: cloud.google.com/datastore/docs/concepts/limits; for times, google.protobuf.Timestamp.
"""

from __future__ import annotations

from local_cloud.datastore.keys import check_key, check_name
from local_cloud.datastore.messages import Entity, Timestamp, Value
from local_cloud.faults import invalid

MAX_ENTITY_BYTES = 1_048_572
MAX_INDEXED_BYTES = 1_500
MAX_UNINDEXED_BYTES = 1_048_487
MAX_NESTING = 20
MAX_LATITUDE = 90.0
MAX_LONGITUDE = 180.0
# 0001-01-01 and the last second of 9999.
FIRST_SECOND, LAST_SECOND = -62_135_596_800, 253_402_300_799

_NANOS_PER_MICROSECOND = 1_000
_NANOS_PER_SECOND = 1_000_000_000


def check_entity(entity: Entity) -> None:
    """Refuse what cannot be stored, and cut timestamps to the microseconds that are kept."""
    _check_properties(entity, indexed=True, depth=0)
    if entity.ByteSize() > MAX_ENTITY_BYTES:
        raise invalid(f"maximum entity size is {MAX_ENTITY_BYTES} bytes")


def check_element(name: str, element: Value) -> None:
    """The same for an element that a transform names; it may be as long as one that is not indexed."""
    _check_element(name, element, indexed=False, depth=0)


def check_timestamp(stamp: Timestamp) -> None:
    """Wherever one is given: beyond these years neither an index nor Google's client can hold it."""
    if not FIRST_SECOND <= stamp.seconds <= LAST_SECOND:
        raise invalid("Timestamp seconds exceeds limit for field")
    if not 0 <= stamp.nanos < _NANOS_PER_SECOND:
        raise invalid("Timestamp nanos exceeds limit for field")


def _check_properties(entity: Entity, indexed: bool, depth: int) -> None:
    if depth > MAX_NESTING:
        raise invalid(f"At most {MAX_NESTING} nested entity values are supported.")
    for name, value in entity.properties.items():
        check_name("property.name", name)
        _check_value(name, value, indexed and not value.exclude_from_indexes, depth)


def _check_value(name: str, value: Value, indexed: bool, depth: int) -> None:
    kind = value.WhichOneof("value_type")
    if kind is None:
        raise invalid(f'The value "{name}" does not contain a value.')
    if kind == "string_value":
        _check_length(name, len(value.string_value.encode()), indexed)
    elif kind == "blob_value":
        _check_length(name, len(value.blob_value), indexed)
    elif kind == "timestamp_value":
        stamp = value.timestamp_value
        check_timestamp(stamp)
        stamp.nanos -= stamp.nanos % _NANOS_PER_MICROSECOND
    elif kind == "key_value":
        check_key(value.key_value, allow_reserved=True)
    elif kind == "geo_point_value":
        _check_geo_point(value)
    elif kind == "entity_value":
        _check_properties(value.entity_value, indexed, depth + 1)
    elif kind == "array_value":
        _check_array(name, value, indexed, depth)


def _check_length(name: str, length: int, indexed: bool) -> None:
    limit = MAX_INDEXED_BYTES if indexed else MAX_UNINDEXED_BYTES
    if length > limit:
        raise invalid(f'The value of property "{name}" is longer than {limit} bytes.')


def _check_geo_point(value: Value) -> None:
    point = value.geo_point_value
    if not -MAX_LATITUDE <= point.latitude <= MAX_LATITUDE:
        raise invalid(f"Geo point latitude outside permitted range -{MAX_LATITUDE} to {MAX_LATITUDE}.")
    if not -MAX_LONGITUDE <= point.longitude <= MAX_LONGITUDE:
        raise invalid(f"Geo point longitude outside permitted range -{MAX_LONGITUDE} to {MAX_LONGITUDE}.")


def _check_array(name: str, value: Value, indexed: bool, depth: int) -> None:
    if value.exclude_from_indexes:
        raise invalid("Exclude from indexes cannot be set on a list value")
    for element in value.array_value.values:
        _check_element(name, element, indexed, depth)


def _check_element(name: str, element: Value, indexed: bool, depth: int) -> None:
    if element.WhichOneof("value_type") == "array_value":
        raise invalid(f'The array property "{name}" contains an array.')
    _check_value(name, element, indexed and not element.exclude_from_indexes, depth)
