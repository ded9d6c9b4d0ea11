"""What the service refuses, with its code and, where both of Google's emulators say the same, their words."""

from __future__ import annotations

from typing import Any

import pytest
from google.api_core.exceptions import InvalidArgument, ResourceExhausted
from google.cloud import datastore

from .calls import commit, run_query


def number(value: int = 1) -> dict[str, Any]:
    return {"integer_value": value}


def text(length: int, **options: Any) -> dict[str, Any]:
    return {"string_value": "x" * length, **options}


def nested(levels: int) -> dict[str, Any]:
    value = number()
    for _ in range(levels):
        value = {"entity_value": {"properties": {"x": value}}}
    return value


def array(*values: dict[str, Any]) -> dict[str, Any]:
    return {"array_value": {"values": list(values)}}


def a_key(*path: tuple[str, Any], **partition: str) -> dict[str, Any]:
    elements = [
        {"kind": kind, **({} if name is None else {"id" if isinstance(name, int) else "name": name})}
        for kind, name in path
    ]
    return {"partition_id": partition, "path": elements}


def moment(seconds: int, nanos: int = 0, **options: Any) -> dict[str, Any]:
    return {"timestamp_value": {"seconds": seconds, "nanos": nanos}, **options}


def property_named(name: str) -> dict[str, Any]:
    return {"property": {"name": name}}


KEY = a_key(("A", 1))
KIND = {"kind": [{"name": "A"}]}
UNINDEXED = {"exclude_from_indexes": True}
# 0001-01-01 and the last second of 9999.
FIRST_SECOND, LAST_SECOND = -62_135_596_800, 253_402_300_799
WRONG_SECONDS = "Timestamp seconds exceeds limit for field"
WRONG_NANOS = "Timestamp nanos exceeds limit for field"
IMPOSSIBLE_MOMENTS = [
    (moment(2**62), WRONG_SECONDS),
    (moment(LAST_SECOND + 1), WRONG_SECONDS),
    (moment(FIRST_SECOND - 1), WRONG_SECONDS),
    (moment(0, 1_000_000_000), WRONG_NANOS),
    (moment(0, -1), WRONG_NANOS),
]


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (a_key(), "Key path is empty."),
        (a_key(*[("A", 1)] * 101), "Key path is too long. Cannot exceed 100 elements."),
        (a_key(("A", 0)), "Key path id is invalid. Must not be zero."),
        (a_key(("A", None), ("B", 1)), "Key path element must not be incomplete: [A: , B: 1]"),
        (a_key(("", 1)), "The kind is the empty string."),
        (a_key(("A", "")), "The key path element name is the empty string."),
        (a_key(("k" * 1501, 1)), "The kind is longer than 1500 bytes."),
        (a_key(("A", "n" * 1501)), "The key path element name is longer than 1500 bytes."),
        (a_key(("__k__", 1)), 'The kind "__k__" is reserved.'),
        (a_key(("A", "__n__")), 'The key path element name "__n__" is reserved.'),
        (a_key(*[("A", "x" * 1400)] * 5), "The key is longer than 6144 bytes."),
        (a_key(("A", 1), project_id="other"), "mismatched databases within request"),
        (a_key(("A", 1), database_id="other"), "mismatched databases within request"),
        (a_key(("A", 1), namespace_id="a b"), 'Illegal string "a b" in namespace id.'),
        (a_key(("A", 1), namespace_id="é"), 'Illegal string "é" in namespace id.'),
        (a_key(("A", 1), namespace_id="x" * 101), f'Illegal string "{"x" * 101}" in namespace id.'),
        (a_key(("A", 1), namespace_id="__x__"), 'The namespace id "__x__" is reserved.'),
    ],
)
def test_an_impossible_key_is_refused(client: datastore.Client, key: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgument) as refusal:
        commit(client, {"upsert": {"key": key}})
    assert refusal.value.message == message


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"": number()}, "The property.name is the empty string."),
        ({"p" * 1501: number()}, "The property.name is longer than 1500 bytes."),
        ({"__p__": number()}, 'The property.name "__p__" is reserved.'),
        ({"p": {}}, 'The value "p" does not contain a value.'),
        ({"p": array(array())}, 'The array property "p" contains an array.'),
        ({"p": {**array(), **UNINDEXED}}, "Exclude from indexes cannot be set on a list value"),
        ({"s": text(1501)}, 'The value of property "s" is longer than 1500 bytes.'),
        ({"s": array(text(1501))}, 'The value of property "s" is longer than 1500 bytes.'),
        ({"b": {"blob_value": b"x" * 1501}}, 'The value of property "b" is longer than 1500 bytes.'),
        ({"s": text(1_048_488, **UNINDEXED)}, 'The value of property "s" is longer than 1048487 bytes.'),
        ({name: text(600_000, **UNINDEXED) for name in "ab"}, "maximum entity size is 1048572 bytes"),
        ({"p": nested(21)}, "At most 20 nested entity values are supported."),
        ({"p": array(*[number(n) for n in range(20_000)])}, "Too many indexed properties"),
        (
            {"g": {"geo_point_value": {"latitude": 91}}},
            "Geo point latitude outside permitted range -90.0 to 90.0.",
        ),
        (
            {"g": {"geo_point_value": {"longitude": 181}}},
            "Geo point longitude outside permitted range -180.0 to 180.0.",
        ),
        *(({"t": value}, message) for value, message in IMPOSSIBLE_MOMENTS),
        *(({"t": {**value, **UNINDEXED}}, message) for value, message in IMPOSSIBLE_MOMENTS),
        ({"t": array(moment(2**62))}, WRONG_SECONDS),
        ({"e": {"entity_value": {"properties": {"t": moment(2**62)}}}}, WRONG_SECONDS),
    ],
)
def test_an_impossible_entity_is_refused(
    client: datastore.Client, properties: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidArgument) as refusal:
        commit(client, {"upsert": {"key": KEY, "properties": properties}})
    assert refusal.value.message == message
    assert client.get(client.key("A", 1)) is None


@pytest.mark.parametrize(
    "properties",
    [
        {"p": nested(20)},
        {"p": array(*[number(n) for n in range(19_999)])},
        {"s": text(1500)},
        {"s": text(1_048_487, **UNINDEXED)},
        {"t": array(moment(FIRST_SECOND), moment(LAST_SECOND, 999_999_999))},
    ],
)
def test_what_just_fits_is_stored(client: datastore.Client, properties: dict[str, Any]) -> None:
    commit(client, {"upsert": {"key": KEY, "properties": properties}})
    assert client.get(client.key("A", 1)) is not None


def test_an_entity_does_not_grow_beyond_its_index_rows(client: datastore.Client) -> None:
    many = array(*[number(n) for n in range(12_000)])
    commit(client, {"upsert": {"key": KEY, "properties": {"a": many}}})
    with pytest.raises(InvalidArgument, match="Too many indexed properties"):
        commit(client, {"upsert": {"key": KEY, "properties": {"a": many, "b": many}}})


@pytest.mark.parametrize(("value", "message"), IMPOSSIBLE_MOMENTS)
def test_an_impossible_moment_cannot_be_asked_for(
    client: datastore.Client, value: dict[str, Any], message: str
) -> None:
    for operator, operand in (("EQUAL", value), ("LESS_THAN", value), ("IN", array(value))):
        asked = {"property": {"name": "t"}, "op": operator, "value": operand}
        with pytest.raises(InvalidArgument) as refusal:
            run_query(client, "A", filter={"property_filter": asked})
        assert refusal.value.message == message


def test_composite_index_entries_may_not_explode(client: datastore.Client) -> None:
    many = {name: array(*[text(1400 - n) for n in range(40)]) for name in "ab"}
    with pytest.raises(InvalidArgument, match="composite index entries are longer than 2097152 bytes"):
        commit(client, {"upsert": {"key": a_key(("Thing", 1)), "properties": many}})


@pytest.mark.parametrize(
    ("mutation", "message"),
    [
        ({}, "Mutation is missing operation."),
        ({"update": {"key": a_key(("A", None))}}, "Key path element must not be incomplete: [A: ]"),
        ({"delete": a_key(("A", None))}, "Key path element must not be incomplete: [A: ]"),
        (
            {"upsert": {"key": a_key(("A", None))}, "base_version": 5},
            "conflict detection is not allowed for incomplete keys",
        ),
        (
            {"insert": {"key": KEY}, "base_version": 5},
            "Cannot insert an entity with a base version greater than zero",
        ),
        (
            {"upsert": {"key": KEY}, "conflict_resolution_strategy": "FAIL"},
            "cannot set a conflict resolution strategy if no detection strategy was set",
        ),
        (
            {"delete": KEY, "conflict_resolution_strategy": "SERVER_VALUE"},
            "cannot set a conflict resolution strategy if no detection strategy was set",
        ),
    ],
)
def test_an_impossible_mutation_is_refused(
    client: datastore.Client, mutation: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidArgument) as refusal:
        commit(client, mutation)
    assert refusal.value.message == message


@pytest.mark.parametrize(
    ("call", "request_", "message"),
    [
        ("allocate_ids", {"keys": [KEY]}, "Key path element must not be complete: [A: 1]"),
        ("reserve_ids", {"keys": [a_key(("A", None))]}, "Key path element must not be incomplete: [A: ]"),
        ("lookup", {"keys": [a_key(("A", None))]}, "Key path element must not be incomplete: [A: ]"),
        ("lookup", {"database_id": "(default)"}, '"(default)" is an invalid database id.'),
        ("lookup", {"project_id": ""}, "The project id is the empty string."),
        ("rollback", {}, "transaction required"),
        ("commit", {"mutations": [{"delete": KEY}]}, "transactional commit requires a transaction"),
        ("run_query", {}, "one of fields Query.query and Query.gql_query must be set"),
        ("run_aggregation_query", {}, "one of fields aggregation_query and gql_query must be set"),
        (
            "run_query",
            {"query": {**KIND, "projection": [property_named("v")]}, "property_mask": {"paths": ["v"]}},
            "property masks are not allowed on projection queries",
        ),
        (
            "run_query",
            {"query": {**KIND, "projection": [property_named("v")]}, "property_mask": {}},
            "property masks are not allowed on projection queries",
        ),
    ],
)
def test_an_impossible_call_is_refused(
    client: datastore.Client, call: str, request_: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidArgument) as refusal:
        getattr(client._datastore_api, call)(request={"project_id": client.project, **request_})
    assert refusal.value.message == message


def test_a_request_may_not_be_larger_than_ten_mebibytes(client: datastore.Client) -> None:
    entities = [
        {"key": a_key(("A", n)), "properties": {"s": text(1_000_000, **UNINDEXED)}} for n in range(1, 12)
    ]
    with pytest.raises(ResourceExhausted):
        commit(client, *[{"upsert": entity} for entity in entities])
    commit(client, *[{"upsert": entity} for entity in entities[:10]])
