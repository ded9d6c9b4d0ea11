"""What is too much, and what is just not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from google.api_core.exceptions import GoogleAPICallError, InvalidArgument
from google.cloud import datastore

from tests.conformance.calls import Builder, found, property_filter, where
from tests.local_cloud.datastore.calls import commit, run_query, upsert

MAX_ENTITY_BYTES = 1_048_572
MAX_INDEXED_BYTES = 1_500
MAX_UNINDEXED_BYTES = 1_048_487
MAX_INDEX_ENTRIES = 20_000
MAX_NESTING = 20
MAX_NAME_BYTES = 1_500
# 0001-01-01 and the last second of 9999.
FIRST_SECOND, LAST_SECOND = -62_135_596_800, 253_402_300_799


def nested(client: datastore.Client, levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {"integer_value": 1}
    for _ in range(levels):
        value = {"entity_value": {"properties": {"n": value}}}
    return {"key": client.key("A", 1).to_protobuf(), "properties": {"n": value}}


def test_an_indexed_string_has_at_most_1500_bytes(client: datastore.Client, an_entity: Builder) -> None:
    for fits in ("x" * MAX_INDEXED_BYTES, "é" * (MAX_INDEXED_BYTES // 2), b"x" * MAX_INDEXED_BYTES):
        client.put(an_entity("A", 1, s=fits))
        assert found(client, "A", where("s", "=", fits)) == [1]
    for longer in ("x" * (MAX_INDEXED_BYTES + 1), "é" * (MAX_INDEXED_BYTES // 2 + 1), b"x" * 1501):
        with pytest.raises(InvalidArgument, match='The value of property "s" is longer than 1500 bytes'):
            client.put(an_entity("A", 1, s=longer))


def test_an_unindexed_string_has_at_most_a_megabyte(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, unindexed=("s",), s="x" * 1_000_000))
    with pytest.raises(InvalidArgument):
        client.put(an_entity("A", 1, unindexed=("s",), s="x" * (MAX_UNINDEXED_BYTES + 1)))


def test_an_entity_has_at_most_a_megabyte(client: datastore.Client, an_entity: Builder) -> None:
    half = "x" * (MAX_ENTITY_BYTES // 2)
    with pytest.raises(InvalidArgument):
        client.put(an_entity("A", 1, unindexed=("s", "t"), s=half, t=half))


def test_an_entity_has_at_most_20_000_index_entries(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("Wide", 1, v=list(range(15_000))))
    with pytest.raises(InvalidArgument):
        client.put(an_entity("Wide", 1, v=list(range(MAX_INDEX_ENTRIES + 1))))


def test_entities_are_nested_at_most_20_deep(client: datastore.Client) -> None:
    commit(client, {"upsert": nested(client, MAX_NESTING)})
    with pytest.raises(InvalidArgument):
        commit(client, {"upsert": nested(client, MAX_NESTING + 1)})


@pytest.mark.parametrize("name", ["", "__reserved__", "p" * (MAX_NAME_BYTES + 1)])
def test_what_no_property_name_may_be_is_refused(client: datastore.Client, name: str) -> None:
    entity = {"key": client.key("A", 1).to_protobuf(), "properties": {name: {"integer_value": 1}}}
    with pytest.raises(InvalidArgument):
        commit(client, {"upsert": entity})


@pytest.mark.parametrize("name", ["p" * MAX_NAME_BYTES, "é ü", "with.dot", "__almost", "0"])
def test_a_property_name_may_be_anything_else(
    client: datastore.Client, an_entity: Builder, name: str
) -> None:
    client.put(an_entity("A", 1, **{name: 1}))
    assert dict(client.get(client.key("A", 1))) == {name: 1}


def test_a_value_has_a_type(client: datastore.Client) -> None:
    entity = {"key": client.key("A", 1).to_protobuf(), "properties": {"v": {}}}
    with pytest.raises(InvalidArgument):
        commit(client, {"upsert": entity})


@pytest.mark.parametrize(("latitude", "longitude"), [(90.5, 0.0), (-90.5, 0.0), (0.0, 180.5), (0.0, -180.5)])
def test_a_place_is_on_earth(client: datastore.Client, latitude: float, longitude: float) -> None:
    place = {"geo_point_value": {"latitude": latitude, "longitude": longitude}}
    entity = {"key": client.key("A", 1).to_protobuf(), "properties": {"v": place}}
    with pytest.raises(InvalidArgument):
        commit(client, {"upsert": entity})


@pytest.mark.parametrize(
    ("seconds", "nanos"),
    [(FIRST_SECOND - 1, 0), (LAST_SECOND + 1, 0), (2**62, 0), (0, -1), (0, 1_000_000_000)],
)
def test_a_timestamp_is_of_the_years_1_to_9999(client: datastore.Client, seconds: int, nanos: int) -> None:
    moment = {"timestamp_value": {"seconds": seconds, "nanos": nanos}}
    for unindexed in (False, True):
        value = {**moment, "exclude_from_indexes": unindexed}
        with pytest.raises(InvalidArgument):
            commit(client, {"upsert": {"key": client.key("A", 1).to_protobuf(), "properties": {"v": value}}})
    with pytest.raises(InvalidArgument):
        run_query(client, "A", filter=property_filter("v", "EQUAL", moment))


def test_the_first_and_the_last_moment_are_stored(client: datastore.Client, an_entity: Builder) -> None:
    moments = [
        datetime.min.replace(tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
    ]
    client.put_multi([an_entity("A", n, v=moment) for n, moment in enumerate(moments, start=1)])
    assert [client.get(client.key("A", n))["v"] for n in (1, 2)] == moments
    assert found(client, "A", where("v", "=", moments[1])) == [2]


def test_a_request_has_at_most_ten_mebibytes(client: datastore.Client, an_entity: Builder) -> None:
    large = [an_entity("A", n, unindexed=("s",), s="x" * 1_000_000) for n in range(1, 12)]
    with pytest.raises(GoogleAPICallError):
        commit(client, *map(upsert, large))
    commit(client, *map(upsert, large[:9]))


def test_five_hundred_mutations_are_no_limit(client: datastore.Client, an_entity: Builder) -> None:
    assert len(commit(client, *(upsert(an_entity("A", n)) for n in range(1, 502))).mutation_results) == 501
