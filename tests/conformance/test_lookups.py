"""Lookup, and what an entity looks like when it comes back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from google.api_core.exceptions import InvalidArgument
from google.cloud import datastore
from google.cloud.datastore.helpers import GeoPoint

from tests.conformance.calls import Builder, call
from tests.local_cloud.datastore.calls import commit, lookup, upsert

MOMENT = datetime(2026, 11, 25, 12, 30, 15, 123456, tzinfo=UTC)


def test_values_of_every_type_come_back_as_they_were(client: datastore.Client, an_entity: Builder) -> None:
    values: dict[str, Any] = {
        "null": None,
        "true": True,
        "integer": -(2**63),
        "double": 0.1,
        "infinite": float("inf"),
        "timestamp": MOMENT,
        "string": "Quiz \U0001f600 é\x00",
        "blob": b"\x00\xff",
        "key": client.key("P", "a", "A", 2),
        "geo": GeoPoint(51.5, -0.125),
        "array": [1, "a", None, 2.5, b"b"],
        "empty": [],
    }
    client.put(an_entity("A", 1, **values))
    assert dict(client.get(client.key("A", 1))) == values


def test_not_a_number_comes_back(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, v=float("nan")))
    value = client.get(client.key("A", 1))["v"]
    assert value != value


def test_an_entity_inside_an_entity_comes_back(client: datastore.Client, an_entity: Builder) -> None:
    inner = an_entity("S", "key", x=1, deep=an_entity("T", 1, y=[2]))
    bare = datastore.Entity()
    bare["z"] = 3
    client.put(an_entity("A", 1, sub=inner, bare=bare, many=[bare, bare]))
    stored = client.get(client.key("A", 1))
    assert stored["sub"]["deep"]["y"] == [2]
    assert stored["sub"].key == client.key("S", "key")
    assert stored["bare"].key is None
    assert [one["z"] for one in stored["many"]] == [3, 3]


def test_what_is_left_out_of_indexes_stays_so(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, unindexed=("a", "c"), a=1, b=2, c=[3, 4]))
    assert client.get(client.key("A", 1)).exclude_from_indexes == {"a", "c"}


def test_timestamps_keep_microseconds(client: datastore.Client, an_entity: Builder) -> None:
    stamp = {"seconds": 1_000, "nanos": 123_456_789}
    entity = {
        "key": client.key("A", 1).to_protobuf(),
        "properties": {"v": {"timestamp_value": stamp}},
    }
    commit(client, {"upsert": entity})
    value = lookup(client, client.key("A", 1)).found[0].entity.properties["v"].timestamp_value
    assert value.nanosecond == 123_456_000


def test_found_and_missing_are_told_apart(client: datastore.Client, an_entity: Builder) -> None:
    client.put_multi([an_entity("A", 1), an_entity("A", 3)])
    missing: list[Any] = []
    entities = client.get_multi([client.key("A", n) for n in (1, 2, 3)], missing=missing)
    assert {entity.key.id for entity in entities} == {1, 3}
    assert [entity.key.id for entity in missing] == [2]


def test_a_result_tells_its_version_and_times(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, v=1))
    first = lookup(client, client.key("A", 1))
    client.put(an_entity("A", 1, v=2))
    second = lookup(client, client.key("A", 1))
    assert second.found[0].version > first.found[0].version > 0
    assert second.found[0].create_time == first.found[0].create_time
    assert second.found[0].create_time <= first.found[0].update_time < second.found[0].update_time
    assert second.read_time >= second.found[0].update_time


def test_a_missing_result_tells_a_version(client: datastore.Client) -> None:
    result = lookup(client, client.key("A", 1)).missing[0]
    assert result.version > 0
    assert result.entity.key.path[0].id == 1


def test_a_mask_returns_only_the_properties_it_names(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, a=1, b=2, sub=an_entity("S", 1, x=1, y=2)))
    keys = [client.key("A", 1).to_protobuf()]
    masked = call(client, "lookup", keys=keys, property_mask={"paths": ["a", "sub.x", "absent"]})
    properties = masked.found[0].entity.properties
    assert set(properties) == {"a", "sub"}
    assert set(properties["sub"].entity_value.properties) == {"x"}


def test_a_mask_of_the_key_alone_returns_no_property(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, a=1))
    keys = [client.key("A", 1).to_protobuf()]
    masked = call(client, "lookup", keys=keys, property_mask={"paths": ["__key__"]})
    assert dict(masked.found[0].entity.properties) == {}


def test_a_lookup_of_nothing_finds_nothing(client: datastore.Client) -> None:
    assert client.get_multi([]) == []
    answer = call(client, "lookup", keys=[])
    assert (len(answer.found), len(answer.missing)) == (0, 0)


def test_an_incomplete_key_cannot_be_looked_up(client: datastore.Client) -> None:
    with pytest.raises(InvalidArgument):
        lookup(client, client.key("A"))


def test_a_thousand_keys_are_looked_up_at_once(client: datastore.Client, an_entity: Builder) -> None:
    commit(client, *(upsert(an_entity("A", n)) for n in range(1, 501)))
    assert len(client.get_multi([client.key("A", n) for n in range(1, 1001)])) == 500


def test_large_entities_are_deferred_and_asked_for_again(
    client: datastore.Client, an_entity: Builder
) -> None:
    for n in range(1, 8):
        client.put(an_entity("A", n, unindexed=("v",), v=b"x" * 1_000_000))
    keys = [client.key("A", n) for n in range(1, 8)]
    assert {entity.key.id for entity in client.get_multi(keys)} == set(range(1, 8))


def test_a_lookup_at_a_read_time_sees_the_past(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, v=1))
    then = lookup(client, client.key("A", 1)).read_time
    client.put(an_entity("A", 1, v=2))
    assert client.get(client.key("A", 1), read_time=then)["v"] == 1
    assert client.get(client.key("A", 1))["v"] == 2


def test_an_eventual_lookup_is_answered(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, v=1))
    assert client.get(client.key("A", 1), eventual=True)["v"] == 1
