from __future__ import annotations

import datetime
import math
from itertools import pairwise
from typing import Any

from google.cloud.datastore_v1 import types
from hypothesis import given
from hypothesis import strategies as st

from local_cloud.datastore import messages
from local_cloud.datastore.keys import decode_key, encode_key
from local_cloud.datastore.messages import Value
from local_cloud.datastore.ordering import complement
from local_cloud.datastore.values import decode_value, encode_value, value_end

INT64 = st.integers(-(2**63), 2**63 - 1)
NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=6)
ELEMENTS = st.tuples(NAMES, INT64.filter(bool) | NAMES)
PATHS = st.lists(ELEMENTS, min_size=1, max_size=4)
MOMENTS = st.datetimes(min_value=datetime.datetime(1900, 1, 1), max_value=datetime.datetime(2200, 1, 1)).map(
    lambda moment: moment.replace(tzinfo=datetime.UTC)
)
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
MICROSECOND = datetime.timedelta(microseconds=1)


def a_key(path: list[tuple[str, int | str]]) -> types.Key:
    elements = [{"kind": kind, "id" if isinstance(name, int) else "name": name} for kind, name in path]
    return types.Key(partition_id={"project_id": "p"}, path=elements)


VALUES = st.one_of(
    st.none().map(lambda _: types.Value(null_value=0)),
    st.booleans().map(lambda it: types.Value(boolean_value=it)),
    INT64.map(lambda it: types.Value(integer_value=it)),
    MOMENTS.map(lambda it: types.Value(timestamp_value=it)),
    st.text(st.characters(codec="utf-8"), max_size=5).map(lambda it: types.Value(string_value=it)),
    st.binary(max_size=5).map(lambda it: types.Value(blob_value=it)),
    st.floats().map(lambda it: types.Value(double_value=it)),
    st.tuples(st.floats(-90, 90), st.floats(-180, 180)).map(
        lambda it: types.Value(geo_point_value={"latitude": it[0], "longitude": it[1]})
    ),
    PATHS.map(lambda it: types.Value(key_value=a_key(it))),
)


def raw(message: Any) -> Any:
    """As the server receives it."""
    return getattr(messages, type(message).__name__).FromString(type(message).serialize(message))


def key_rank(key: types.Key) -> list[tuple[Any, ...]]:
    return [
        (element.kind.encode(), 1, element.name.encode())
        if element.name
        else (element.kind.encode(), 0, element.id)
        for element in key.path
    ]


def double_rank(number: float) -> tuple[bool, float, float]:
    return (math.isnan(number), 0.0 if math.isnan(number) else number, math.copysign(1.0, number))


def value_rank(value: types.Value) -> tuple[Any, ...]:
    """The rules as a reader would write them down."""
    kind = raw(value).WhichOneof("value_type")
    if kind == "null_value":
        return (0,)
    if kind == "integer_value":
        return (1, value.integer_value)
    if kind == "timestamp_value":
        return (1, (value.timestamp_value - EPOCH) // MICROSECOND)
    if kind == "boolean_value":
        return (2, value.boolean_value)
    if kind == "string_value":
        return (3, value.string_value.encode())
    if kind == "blob_value":
        return (3, value.blob_value)
    if kind == "double_value":
        number = value.double_value
        return (4, math.isnan(number), () if math.isnan(number) else double_rank(number))
    if kind == "geo_point_value":
        point = value.geo_point_value
        return (5, double_rank(point.latitude), double_rank(point.longitude))
    return (6, key_rank(value.key_value))


@given(PATHS)
def test_a_key_comes_back_from_its_bytes(path: list[tuple[str, int | str]]) -> None:
    key = raw(a_key(path))
    assert decode_key(encode_key(key)) == key


@given(PATHS, PATHS)
def test_the_bytes_of_keys_sort_as_keys_do(one: Any, other: Any) -> None:
    first, second = a_key(one), a_key(other)
    assert (encode_key(raw(first)) < encode_key(raw(second))) == (key_rank(first) < key_rank(second))


def test_keys_sort_as_google_measured_them() -> None:
    paths: list[list[tuple[str, int | str]]] = [
        [("A", 2)],
        [("A", 2), ("A", 1)],
        [("A", 2), ("Z", 1)],
        [("A", 10)],
        [("A", 2**53)],
        [("A", "10")],
        [("A", "B")],
        [("A", "a")],
        [("A", "é")],
        [("B", 1)],
    ]
    encoded = [encode_key(raw(a_key(path))) for path in paths]
    assert encoded == sorted(encoded)


@given(VALUES, VALUES)
def test_the_bytes_of_values_sort_as_values_do(one: types.Value, other: types.Value) -> None:
    first, second = encode_value(raw(one)), encode_value(raw(other))
    assert (first < second) == (value_rank(one) < value_rank(other))
    assert (first == second) == (value_rank(one) == value_rank(other))


@given(VALUES, VALUES)
def test_complemented_bytes_sort_the_other_way_round(one: types.Value, other: types.Value) -> None:
    first, second = encode_value(raw(one)), encode_value(raw(other))
    assert (complement(first) > complement(second)) == (first < second)


@given(VALUES)
def test_a_value_comes_back_from_its_bytes(value: types.Value) -> None:
    encoded = encode_value(raw(value))
    decoded = Value()
    decode_value(encoded, decoded)
    assert encode_value(decoded) == encoded


@given(st.lists(VALUES, min_size=1, max_size=4))
def test_values_that_follow_each_other_can_be_told_apart(values: list[types.Value]) -> None:
    parts = [encode_value(raw(value)) for value in values]
    encoded, ends = b"".join(parts), [0]
    while ends[-1] < len(encoded):
        ends.append(value_end(encoded, ends[-1]))
    assert [encoded[start:end] for start, end in pairwise(ends)] == parts
