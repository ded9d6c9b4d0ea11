from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from google.cloud import datastore
from google.cloud.datastore.helpers import GeoPoint
from google.cloud.datastore.query import PropertyFilter

from local_cloud.datastore import DatastoreServer

from .calls import entity_builder
from .conftest import INDEX_FILE, a_client, a_server

Builder = Callable[..., datastore.Entity]


def names(query: Any, **options: Any) -> list[Any]:
    return [entity.key.id_or_name for entity in query.fetch(**options)]


def test_the_kinds_that_have_entities_can_be_listed(client: datastore.Client, an_entity: Builder) -> None:
    client.put_multi([an_entity("B", 1), an_entity("A", 1), an_entity("C", 1), an_entity("A", 2)])
    client.delete(client.key("C", 1))
    query = client.query(kind="__kind__")
    query.keys_only()
    assert names(query) == ["A", "B"]
    assert names(client.query(kind="__kind__"), limit=1, offset=1) == ["B"]
    (counted,) = client.aggregation_query(client.query(kind="__kind__")).count().fetch()
    assert counted[0].value == 2


def test_kinds_can_be_filtered_by_key(client: datastore.Client, an_entity: Builder) -> None:
    client.put_multi([an_entity(kind, 1) for kind in "ABCD"])
    query = client.query(kind="__kind__")
    query.add_filter(filter=PropertyFilter("__key__", ">=", client.key("__kind__", "B")))
    query.add_filter(filter=PropertyFilter("__key__", "<", client.key("__kind__", "D")))
    assert names(query) == ["B", "C"]


def test_namespaces_are_those_of_one_database(
    server: DatastoreServer, client: datastore.Client, an_entity: Builder, project: str
) -> None:
    client.put(an_entity("A", 1))
    for options in ({"namespace": "n"}, {"namespace": "m"}, {"database": "d", "namespace": "other"}):
        with a_client(server.address, project, **options) as other:
            other.put(datastore.Entity(other.key("A", 1)))
    assert names(client.query(kind="__namespace__")) == [1, "m", "n"]


def test_indexed_properties_tell_the_types_of_their_values(
    client: datastore.Client, an_entity: Builder
) -> None:
    client.put(an_entity("A", 1, unindexed=("hidden",), hidden=1, n=1, sub=an_entity("S", 1, x="text")))
    client.put(an_entity("A", 2, n=[None, True, 1.5, GeoPoint(1, 2), client.key("A", 1)]))
    client.put(an_entity("B", 1, other=b"bytes"))
    query = client.query(kind="__property__")
    told = {(e.key.parent.name, e.key.name): e["property_representation"] for e in query.fetch()}
    assert told == {
        ("A", "n"): ["NULL", "INT64", "BOOLEAN", "DOUBLE", "POINT", "REFERENCE"],
        ("A", "sub.x"): ["STRING"],
        ("B", "other"): ["STRING"],
    }
    assert names(client.query(kind="__property__", ancestor=client.key("__kind__", "B"))) == ["other"]


@pytest.mark.parametrize("index_file", [None, INDEX_FILE])
def test_metadata_needs_no_index_whatever_is_asked(index_file: Path | None) -> None:
    with a_server(index_file=index_file) as server, a_client(server.address, "p") as client:
        an_entity = entity_builder(client)
        client.put_multi([an_entity("A", 1, a=1, b="text", c=[1, None]), an_entity("B", 1, b=1)])
        under = {"kind": "__property__", "ancestor": client.key("__kind__", "A")}
        assert names(client.query(**under, order=["__key__"])) == ["a", "b", "c"]
        assert names(client.query(**under, order=["-__key__"])) == ["c", "b", "a"]
        assert names(client.query(kind="__kind__", order=["-__key__"])) == ["B", "A"]
        assert names(client.query(kind="__namespace__", order=["-__key__"])) == [1]
        shown = client.query(**under, projection=["property_representation"])
        told = [(e.key.name, e["property_representation"]) for e in shown.fetch()]
        assert told == [("a", "INT64"), ("c", "INT64"), ("c", "NULL"), ("b", "STRING")]
        numbers = [PropertyFilter("property_representation", "=", "INT64")]
        assert names(client.query(**under, filters=numbers, order=["-__key__"])) == ["c", "a"]
        (counted,) = client.aggregation_query(client.query(**under, order=["-__key__"])).count().fetch()
        assert counted[0].value == 3
        storage = server.engine.storage
        assert storage
        assert not [index for index in storage.indexes if index.kind.startswith("__")]


@pytest.mark.parametrize("kind", ["__kind__", "__namespace__", "__property__"])
def test_an_empty_database_has_no_metadata(client: datastore.Client, kind: str) -> None:
    assert names(client.query(kind=kind)) == []


def test_metadata_can_be_read_as_it_was(
    client: datastore.Client, another_client: datastore.Client, an_entity: Builder
) -> None:
    client.put(an_entity("A", 1))
    with client.transaction(read_only=True):
        another_client.put(an_entity("B", 1))
        assert names(client.query(kind="__kind__")) == ["A"]
    assert names(client.query(kind="__kind__")) == ["A", "B"]
