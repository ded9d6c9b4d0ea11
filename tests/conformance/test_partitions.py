"""Namespaces, databases and projects keep their entities apart; metadata queries tell what is in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from google.api_core.exceptions import InvalidArgument
from google.cloud import datastore

from tests.conformance.calls import Builder, a_query, call, found, where
from tests.local_cloud.datastore.conftest import a_client


@pytest.fixture
def populated(client: datastore.Client, an_entity: Builder) -> datastore.Client:
    """Kinds A and B in the default namespace, B in "one" and C in "two"."""
    client.put_multi([an_entity("A", 1, v=1, w="text"), an_entity("B", 1, x=None)])
    for namespace, kind in (("one", "B"), ("two", "C")):
        client.put(datastore.Entity(client.key(kind, 1, namespace=namespace)))
    return client


@pytest.fixture
def another_database(client: datastore.Client, address: str) -> Iterator[datastore.Client]:
    with a_client(address, client.project, database="another") as other:
        yield other


def names(query: Any, **options: Any) -> list[int | str]:
    return [entity.key.id_or_name for entity in query.fetch(**options)]


def test_namespaces_keep_entities_apart(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, v="default"))
    there = datastore.Entity(client.key("A", 1, namespace="there"))
    there["v"] = "there"
    client.put(there)
    assert client.get(client.key("A", 1))["v"] == "default"
    assert client.get(there.key)["v"] == "there"
    assert [entity["v"] for entity in client.query(kind="A").fetch()] == ["default"]
    assert [entity["v"] for entity in client.query(kind="A", namespace="there").fetch()] == ["there"]


def test_a_key_echoes_its_namespace(client: datastore.Client) -> None:
    client.put(datastore.Entity(client.key("A", 1, namespace="there")))
    (entity,) = client.query(kind="A", namespace="there").fetch()
    assert entity.key.namespace == "there"


def test_databases_keep_entities_apart(
    client: datastore.Client, another_database: datastore.Client, an_entity: Builder
) -> None:
    client.put(an_entity("A", 1, v=1))
    assert another_database.get(another_database.key("A", 1)) is None
    assert found(another_database, "A") == []
    entity = datastore.Entity(another_database.key("A", 1))
    entity["v"] = 2
    another_database.put(entity)
    assert client.get(client.key("A", 1))["v"] == 1
    assert another_database.get(another_database.key("A", 1))["v"] == 2


def test_a_key_of_another_database_is_refused(client: datastore.Client) -> None:
    partition = {"project_id": client.project, "database_id": "another"}
    with pytest.raises(InvalidArgument):
        call(client, "lookup", keys=[{"partition_id": partition, "path": [{"kind": "A", "id": 1}]}])


@pytest.mark.parametrize("namespace", ["a b", "é", "n" * 101, "__reserved__"])
def test_a_namespace_is_a_short_word(client: datastore.Client, namespace: str) -> None:
    with pytest.raises(InvalidArgument):
        client.put(datastore.Entity(client.key("A", 1, namespace=namespace)))


def test_an_ancestor_is_in_the_namespace_of_its_query(client: datastore.Client) -> None:
    child = datastore.Entity(client.key("P", 1, "A", 2, namespace="there"))
    client.put(child)
    query = client.query(kind="A", namespace="there", ancestor=client.key("P", 1, namespace="there"))
    assert names(query) == [2]


def test_the_namespaces_can_be_asked_for(populated: datastore.Client) -> None:
    query = populated.query(kind="__namespace__")
    query.keys_only()
    # The default namespace has the id 1.
    assert names(query) == [1, "one", "two"]


def test_a_range_of_namespaces_can_be_asked_for(populated: datastore.Client) -> None:
    query = a_query(populated, "__namespace__", where("__key__", ">=", populated.key("__namespace__", "one")))
    assert names(query) == ["one", "two"]


def test_the_kinds_of_a_namespace_can_be_asked_for(populated: datastore.Client) -> None:
    assert names(populated.query(kind="__kind__")) == ["A", "B"]
    assert names(populated.query(kind="__kind__", namespace="two")) == ["C"]
    after = a_query(populated, "__kind__", where("__key__", ">", populated.key("__kind__", "A")))
    assert names(after) == ["B"]


def test_the_properties_of_kinds_can_be_asked_for(populated: datastore.Client) -> None:
    query = populated.query(kind="__property__")
    query.keys_only()
    paths = [entity.key.flat_path for entity in query.fetch()]
    assert paths == [
        ("__kind__", "A", "__property__", "v"),
        ("__kind__", "A", "__property__", "w"),
        ("__kind__", "B", "__property__", "x"),
    ]


def test_the_properties_of_one_kind_tell_their_representations(populated: datastore.Client) -> None:
    query = populated.query(kind="__property__", ancestor=populated.key("__kind__", "A"))
    told = {entity.key.name: entity["property_representation"] for entity in query.fetch()}
    assert told == {"v": ["INT64"], "w": ["STRING"]}


def test_only_indexed_properties_are_told(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, unindexed=("hidden",), hidden=1, shown=1))
    query = client.query(kind="__property__")
    query.keys_only()
    assert names(query) == ["shown"]


def test_a_kind_without_entities_is_not_told(client: datastore.Client, an_entity: Builder) -> None:
    client.put_multi([an_entity("A", 1), an_entity("B", 1)])
    client.delete(client.key("A", 1))
    assert names(client.query(kind="__kind__")) == ["B"]
