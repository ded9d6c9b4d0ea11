"""Projections, keys alone, distinct values, and masks on queries."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from google.api_core.exceptions import InvalidArgument
from google.cloud import datastore

from tests.conformance.calls import Builder, a_query, call, found, where
from tests.local_cloud.datastore.calls import run_query

FULL, PROJECTION, KEY_ONLY = 1, 2, 3


@pytest.fixture
def shirts(client: datastore.Client, an_entity: Builder) -> datastore.Client:
    rows = [("blue", 1), ("blue", 2), ("red", 1), ("blue", 1), ("green", 3)]
    client.put_multi(
        [
            an_entity("Shirt", n, colour=colour, size=size, secret="x")
            for n, (colour, size) in enumerate(rows, start=1)
        ]
    )
    return client


def rows_of(query: Any, **options: Any) -> list[tuple[Any, ...]]:
    """The id, and the values in order of the properties' names."""
    return [(entity.key.id, *(entity[name] for name in sorted(entity))) for entity in query.fetch(**options)]


def test_keys_alone_have_no_properties(shirts: datastore.Client) -> None:
    query = a_query(shirts, "Shirt", where("size", "=", 1))
    query.keys_only()
    assert [(entity.key.id, dict(entity)) for entity in query.fetch()] == [(1, {}), (3, {}), (4, {})]


def test_a_projection_returns_what_it_names(shirts: datastore.Client) -> None:
    query = shirts.query(kind="Shirt", projection=["colour", "size"])
    wanted = [(1, "blue", 1), (4, "blue", 1), (2, "blue", 2), (5, "green", 3), (3, "red", 1)]
    assert rows_of(query) == wanted
    assert all("secret" not in entity for entity in query.fetch())


def test_a_projection_by_key_is_sorted_by_nothing_else(shirts: datastore.Client) -> None:
    query = shirts.query(kind="Shirt", projection=["size"], order=["__key__"])
    assert [row[0] for row in rows_of(query)] == [1, 2, 3, 4, 5]


def test_a_projection_is_sorted_by_its_orders_first(shirts: datastore.Client) -> None:
    query = shirts.query(kind="Shirt", projection=["colour", "size"], order=["-size", "colour"])
    assert [row[0] for row in rows_of(query)] == [5, 2, 1, 4, 3]


def test_a_projection_goes_with_an_equality_on_another_property(shirts: datastore.Client) -> None:
    query = a_query(shirts, "Shirt", where("size", "=", 1), projection=["colour"])
    assert rows_of(query) == [(1, "blue"), (4, "blue"), (3, "red")]


def test_a_projection_leaves_out_who_lacks_a_property(client: datastore.Client, an_entity: Builder) -> None:
    client.put_multi([an_entity("A", 1, v=1), an_entity("A", 2), an_entity("A", 3, unindexed=("v",), v=3)])
    assert rows_of(client.query(kind="A", projection=["v"])) == [(1, 1)]


def test_an_array_is_projected_once_for_each_of_its_values(
    client: datastore.Client, an_entity: Builder
) -> None:
    client.put_multi([an_entity("A", 1, v=[2, 1, 2]), an_entity("A", 2, v=[])])
    query = client.query(kind="A", projection=["v"])
    assert rows_of(query) == [(2, None), (1, 1), (1, 2)]


def test_a_projected_range_shows_only_what_is_in_it(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, v=[1, 5, 9]))
    query = a_query(client, "A", where("v", ">", 3), projection=["v"])
    assert rows_of(query) == [(1, 5), (1, 9)]


def test_a_projected_timestamp_is_a_timestamp(client: datastore.Client, an_entity: Builder) -> None:
    moment = datetime(2026, 11, 25, 12, 0, 0, 123456, tzinfo=UTC)
    client.put(an_entity("A", 1, v=moment))
    value = run_query(client, "A", projection=[{"property": {"name": "v"}}]).batch.entity_results[0]
    microseconds = value.entity.properties["v"].integer_value
    meaning = value.entity.properties["v"].meaning
    assert (microseconds, meaning) == (1_795_608_000_123_456, 18)


def test_a_property_cannot_be_projected_and_equal(client: datastore.Client) -> None:
    with pytest.raises(InvalidArgument, match="cannot use projection on a property with an equality filter"):
        found(client, "A", where("v", "=", 1), projection=["v"])


def test_a_property_cannot_be_projected_twice(client: datastore.Client) -> None:
    with pytest.raises(InvalidArgument):
        run_query(client, "A", projection=[{"property": {"name": "v"}}, {"property": {"name": "v"}}])


def test_without_kind_nothing_can_be_projected(client: datastore.Client) -> None:
    with pytest.raises(InvalidArgument):
        found(client, None, projection=["v"])


def test_a_projection_has_pages(shirts: datastore.Client) -> None:
    query = shirts.query(kind="Shirt", projection=["colour", "size"])
    first = query.fetch(limit=2)
    assert [entity.key.id for entity in first] == [1, 4]
    assert [entity.key.id for entity in query.fetch(start_cursor=first.next_page_token)] == [2, 5, 3]


def test_distinct_values_come_once(shirts: datastore.Client) -> None:
    query = shirts.query(kind="Shirt", projection=["colour"], distinct_on=["colour"])
    assert rows_of(query) == [(1, "blue"), (5, "green"), (3, "red")]


def test_distinct_on_two_properties(shirts: datastore.Client) -> None:
    names = ["colour", "size"]
    query = shirts.query(kind="Shirt", projection=names, distinct_on=names)
    assert rows_of(query) == [(1, "blue", 1), (2, "blue", 2), (5, "green", 3), (3, "red", 1)]


def test_distinct_takes_the_first_of_each_in_order(shirts: datastore.Client) -> None:
    query = shirts.query(
        kind="Shirt", projection=["colour", "size"], distinct_on=["colour"], order=["colour", "-size"]
    )
    assert rows_of(query) == [(2, "blue", 2), (5, "green", 3), (3, "red", 1)]


def test_distinct_goes_with_limit_and_offset(shirts: datastore.Client) -> None:
    query = shirts.query(kind="Shirt", projection=["colour"], distinct_on=["colour"])
    assert rows_of(query, limit=2) == [(1, "blue"), (5, "green")]
    assert rows_of(query, offset=1) == [(5, "green"), (3, "red")]


def test_distinct_goes_on_after_a_page(shirts: datastore.Client) -> None:
    query = shirts.query(kind="Shirt", projection=["colour"], distinct_on=["colour"])
    first = query.fetch(limit=1)
    assert [entity["colour"] for entity in first] == ["blue"]
    rest = query.fetch(start_cursor=first.next_page_token)
    assert [entity["colour"] for entity in rest] == ["green", "red"]


def test_distinct_properties_must_be_ordered_before_others(shirts: datastore.Client) -> None:
    query = shirts.query(
        kind="Shirt", projection=["colour", "size"], distinct_on=["colour"], order=["size", "colour"]
    )
    with pytest.raises(InvalidArgument):
        list(query.fetch())


def test_a_batch_tells_what_its_results_are(shirts: datastore.Client) -> None:
    assert run_query(shirts, "Shirt").batch.entity_result_type == FULL
    size = [{"property": {"name": "size"}}]
    assert run_query(shirts, "Shirt", projection=size).batch.entity_result_type == PROJECTION
    key = [{"property": {"name": "__key__"}}]
    assert run_query(shirts, "Shirt", projection=key).batch.entity_result_type == KEY_ONLY


def masked(client: datastore.Client, path: str, **query: Any) -> Any:
    """The results of a query of shirts, with a mask of that path."""
    return call(
        client,
        "run_query",
        partition_id={"project_id": client.project},
        query={"kind": [{"name": "Shirt"}], **query},
        property_mask={"paths": [path]},
    ).batch.entity_results


def test_a_mask_on_a_query_returns_only_the_properties_it_names(shirts: datastore.Client) -> None:
    results = masked(shirts, "size")
    assert [set(result.entity.properties) for result in results] == [{"size"}] * 5


def test_a_projection_has_no_mask(shirts: datastore.Client) -> None:
    with pytest.raises(InvalidArgument):
        masked(shirts, "size", projection=[{"property": {"name": "size"}}])


def test_a_query_for_keys_alone_may_have_a_mask(shirts: datastore.Client) -> None:
    results = masked(shirts, "size", projection=[{"property": {"name": "__key__"}}])
    assert [dict(result.entity.properties) for result in results] == [{}] * 5
