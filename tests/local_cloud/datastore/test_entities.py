from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from google.cloud import datastore
from google.cloud.datastore.helpers import GeoPoint

from .calls import commit, lookup, upsert
from .conftest import a_client

Builder = Callable[..., datastore.Entity]


def test_an_entity_comes_back_as_it_was_put(client: datastore.Client, an_entity: Builder) -> None:
    inner = an_entity("Inner", 1, x=1)
    entity = an_entity(
        "Player",
        "ada",
        none=None,
        yes=True,
        number=2**62,
        ratio=0.5,
        name="Ada Lovelace 🎲",
        blob=b"\x00\xff",
        at=datetime.datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=datetime.UTC),
        place=GeoPoint(52.5, 13.4),
        friend=client.key("Player", "bob"),
        inner=inner,
        scores=[1, "two", 3.0, inner],
        empty=[],
    )
    client.put(entity)
    assert client.get(entity.key) == entity


def test_timestamps_are_cut_to_microseconds(client: datastore.Client, an_entity: Builder) -> None:
    mutation = upsert(an_entity("T", 1, at=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)))
    raw = type(mutation["upsert"]._pb)
    message = raw.FromString(mutation["upsert"]._pb.SerializeToString())
    message.properties["at"].timestamp_value.nanos = 123_456_789
    commit(client, {"upsert": message})
    found = lookup(client, client.key("T", 1)).found[0].entity._pb
    assert found.properties["at"].timestamp_value.nanos == 123_456_000


def test_what_is_not_there_is_missing(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1))
    missing: list[datastore.Entity] = []
    found = client.get_multi([client.key("A", 1), client.key("A", 2)], missing=missing)
    assert [entity.key.id for entity in found] == [1]
    assert [entity.key.id for entity in missing] == [2]


def test_more_than_fits_a_response_is_deferred_and_fetched_later(
    client: datastore.Client, an_entity: Builder
) -> None:
    entities = [an_entity("Big", n, unindexed=("text",), text="x" * 900_000) for n in range(1, 9)]
    for entity in entities:
        client.put(entity)
    assert len(client.get_multi([entity.key for entity in entities])) == 8
    assert len(list(client.query(kind="Big").fetch())) == 8


@pytest.mark.parametrize("order", [1, -1])
def test_a_response_has_room_for_the_keys_of_what_is_missing_and_deferred(
    client: datastore.Client, an_entity: Builder, order: int
) -> None:
    entities = [an_entity("Big", n, unindexed=("text",), text="x" * 900_000) for n in range(1, 4)]
    for entity in entities:
        client.put(entity)
    keys = [entity.key for entity in entities] + [client.key("A", f"{n:0>1500}") for n in range(1000)]
    missing: list[datastore.Entity] = []
    assert len(client.get_multi(keys[::order], missing=missing)) == 3
    assert len(missing) == 1000


def test_projects_databases_and_namespaces_do_not_see_each_other(
    server: Any, client: datastore.Client, an_entity: Builder, project: str
) -> None:
    client.put(an_entity("A", 1, where="default"))
    others: list[dict[str, Any]] = [{"namespace": "n"}, {"database": "d"}]
    for options in others:
        with a_client(server.address, project, **options) as other:
            assert other.get(other.key("A", 1)) is None
            entity = datastore.Entity(other.key("A", 1))
            other.put(entity)
            assert other.get(entity.key).key == entity.key
            assert len(list(other.query().fetch())) == 1
    assert client.get(client.key("A", 1))["where"] == "default"


def test_what_is_not_indexed_may_be_long(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, unindexed=("s",), s="x" * 100_000))
    assert len(client.get(client.key("A", 1))["s"]) == 100_000
