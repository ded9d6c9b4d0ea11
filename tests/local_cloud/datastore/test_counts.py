from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from google.api_core.exceptions import InvalidArgument
from google.cloud import datastore
from google.cloud.datastore.query import PropertyFilter

Builder = Callable[..., datastore.Entity]


def count(client: datastore.Client, query: Any, **options: Any) -> int:
    (results,) = client.aggregation_query(query).count().fetch(**options)
    return int(results[0].value)


def aggregate(client: datastore.Client, *aggregations: dict[str, Any], **query: Any) -> dict[str, int]:
    request = {
        "project_id": client.project,
        "aggregation_query": {
            "nested_query": {"kind": [{"name": "A"}], **query},
            "aggregations": aggregations,
        },
    }
    batch = client._datastore_api.run_aggregation_query(request=request).batch
    return {
        alias: value.integer_value
        for alias, value in batch.aggregation_results[0].aggregate_properties.items()
    }


def test_a_count_counts_what_the_query_finds(client: datastore.Client, an_entity: Builder) -> None:
    client.put_multi([an_entity("Entry", n, board="x" if n % 2 else "y", place=n) for n in range(1, 11)])
    query = client.query(kind="Entry")
    assert count(client, query) == 10
    query.add_filter(filter=PropertyFilter("board", "=", "x"))
    assert count(client, query) == 5
    query.add_filter(filter=PropertyFilter("place", "<", 7))
    assert count(client, query) == 3
    assert count(client, client.query(kind="Never")) == 0
    assert count(client, client.query(ancestor=client.key("Entry", 1))) == 1


def test_an_entity_with_an_array_counts_once(client: datastore.Client, an_entity: Builder) -> None:
    client.put_multi([an_entity("A", 1, v=[1, 2, 3]), an_entity("A", 2, v=2)])
    assert count(client, client.query(kind="A", order=["v"])) == 2
    assert aggregate(client, {"count": {"up_to": {"value": 1}}}, order=[{"property": {"name": "v"}}]) == {
        "property_1": 1
    }


def test_a_count_goes_no_further_than_asked(client: datastore.Client, an_entity: Builder) -> None:
    client.put_multi([an_entity("A", n) for n in range(1, 11)])
    assert aggregate(
        client,
        {"count": {"up_to": {"value": 4}}},
        {"count": {}, "alias": "all"},
        {"count": {"up_to": {"value": 40}}},
    ) == {"property_1": 4, "all": 10, "property_2": 10}


def test_a_count_up_to_zero_is_zero(client: datastore.Client, an_entity: Builder) -> None:
    client.put_multi([an_entity("A", n, v=n) for n in (1, 2)])
    none = {"count": {"up_to": {"value": 0}}, "alias": "none"}
    assert aggregate(client, none) == {"none": 0}
    assert aggregate(client, none, offset=1) == {"none": 0}
    total = {"sum": {"property": {"name": "v"}}, "alias": "total"}
    assert aggregate(client, none, total) == {"none": 0, "total": 3}


def test_a_count_respects_limit_and_offset(client: datastore.Client, an_entity: Builder) -> None:
    client.put_multi([an_entity("A", n) for n in range(1, 11)])
    assert aggregate(client, {"count": {}}, limit=3) == {"property_1": 3}
    assert aggregate(client, {"count": {}}, offset=8) == {"property_1": 2}
    assert aggregate(client, {"count": {}}, offset=8, limit=1) == {"property_1": 1}
    assert aggregate(client, {"count": {}}, offset=20) == {"property_1": 0}
    assert aggregate(client, {"count": {}}, limit=0) == {"property_1": 0}


def test_a_count_in_a_read_only_transaction_sees_its_moment(
    client: datastore.Client, another_client: datastore.Client, an_entity: Builder
) -> None:
    client.put(an_entity("A", 1))
    with client.transaction(read_only=True):
        another_client.put(an_entity("A", 2))
        assert count(client, client.query(kind="A")) == 1
    assert count(client, client.query(kind="A")) == 2


def test_impossible_aggregations_are_refused(client: datastore.Client) -> None:
    impossible: tuple[list[dict[str, Any]], ...] = (
        [],
        [{"count": {}}] * 6,
        [{"count": {}, "alias": "x"}] * 2,
        [{"count": {}, "alias": "property_1"}, {"count": {}}],
    )
    for aggregations in impossible:
        with pytest.raises(InvalidArgument):
            aggregate(client, *aggregations)
    with pytest.raises(InvalidArgument):
        aggregate(client, {"count": {"up_to": {"value": -1}}})


def test_a_named_count_is_found_under_its_name(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1))
    (results,) = client.aggregation_query(client.query(kind="A")).count(alias="total").fetch()
    assert (results[0].alias, results[0].value) == ("total", 1)
