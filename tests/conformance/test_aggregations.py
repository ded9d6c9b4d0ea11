"""COUNT, SUM and AVG."""

from __future__ import annotations

from typing import Any

import pytest
from google.api_core.exceptions import InvalidArgument
from google.cloud import datastore
from google.cloud.datastore.aggregation import AvgAggregation, CountAggregation, SumAggregation

from tests.conformance.calls import Builder, a_query, call, where
from tests.local_cloud.datastore.calls import begin

HALF_OF_2_TO_63 = 2**62


def values(query: Any, *aggregations: Any) -> dict[str, Any]:
    """By alias."""
    asked = query._client.aggregation_query(query)
    for aggregation in aggregations:
        asked.add_aggregation(aggregation)
    return {result.alias: result.value for results in asked.fetch() for result in results}


def count(query: Any) -> int:
    return int(values(query, CountAggregation(alias="n"))["n"])


def raw(
    client: datastore.Client, kind: str, *aggregations: Any, read_options: Any = None, **query: Any
) -> Any:
    return call(
        client,
        "run_aggregation_query",
        partition_id={"project_id": client.project},
        aggregation_query={
            "nested_query": {"kind": [{"name": kind}], **query},
            "aggregations": list(aggregations),
        },
        read_options=read_options or {},
    )


def numbers(answer: Any) -> dict[str, int]:
    properties = answer.batch.aggregation_results[0].aggregate_properties
    return {alias: value.integer_value for alias, value in properties.items()}


def put_values(client: datastore.Client, an_entity: Builder, *given: Any) -> Any:
    client.put_multi([an_entity("A", n, v=value) for n, value in enumerate(given, start=1)])
    return client.query(kind="A")


def test_results_are_counted(client: datastore.Client, an_entity: Builder) -> None:
    put_values(client, an_entity, 1, 2, 3, None)
    assert count(client.query(kind="A")) == 4
    assert count(a_query(client, "A", where("v", ">", 1))) == 2
    assert count(a_query(client, "A", where("v", "=", 9))) == 0
    assert count(client.query(kind="Never")) == 0


def test_a_count_goes_up_to_a_limit(client: datastore.Client, an_entity: Builder) -> None:
    put_values(client, an_entity, 1, 2, 3)
    for up_to, wanted in ((1, 1), (2, 2), (3, 3), (9, 3)):
        assert numbers(raw(client, "A", {"alias": "n", "count": {"up_to": up_to}})) == {"n": wanted}


def test_a_count_up_to_zero_is_zero(client: datastore.Client, an_entity: Builder) -> None:
    put_values(client, an_entity, 1, 2)
    none = {"alias": "none", "count": {"up_to": 0}}
    assert numbers(raw(client, "A", none)) == {"none": 0}
    total = {"alias": "total", "sum": {"property": {"name": "v"}}}
    assert numbers(raw(client, "A", none, total)) == {"none": 0, "total": 3}


def test_a_negative_limit_is_refused(client: datastore.Client) -> None:
    with pytest.raises(InvalidArgument):
        raw(client, "A", {"count": {"up_to": -1}})


def test_the_query_inside_may_have_limit_and_offset(client: datastore.Client, an_entity: Builder) -> None:
    put_values(client, an_entity, 1, 2, 3, 4)
    for window, wanted in (({"limit": 2}, 2), ({"offset": 3}, 1), ({"offset": 1, "limit": 2}, 2)):
        assert numbers(raw(client, "A", {"alias": "n", "count": {}}, **window)) == {"n": wanted}


def test_a_sum_by_key_is_of_the_first_by_key(client: datastore.Client, an_entity: Builder) -> None:
    put_values(client, an_entity, 9, 8, 4, 5)
    query = client.aggregation_query(client.query(kind="A", order=["__key__"])).sum("v", alias="total")
    assert [result.value for [result] in query.fetch(limit=2)] == [9 + 8]


def test_a_sum_of_integers_is_an_integer(client: datastore.Client, an_entity: Builder) -> None:
    query = put_values(client, an_entity, 1, 2, -5)
    total = values(query, SumAggregation("v", alias="total"))["total"]
    assert (total, type(total)) == (-2, int)


def test_a_sum_with_a_double_is_a_double(client: datastore.Client, an_entity: Builder) -> None:
    query = put_values(client, an_entity, 1, 2.5)
    assert values(query, SumAggregation("v", alias="total")) == {"total": 3.5}


def test_a_sum_that_overflows_becomes_a_double(client: datastore.Client, an_entity: Builder) -> None:
    query = put_values(client, an_entity, HALF_OF_2_TO_63, HALF_OF_2_TO_63, HALF_OF_2_TO_63)
    assert values(query, SumAggregation("v", alias="total")) == {"total": 3.0 * HALF_OF_2_TO_63}


def test_what_is_no_number_adds_nothing(client: datastore.Client, an_entity: Builder) -> None:
    query = put_values(client, an_entity, 1, "a", None, True, 2)
    wanted = {"total": 3, "mean": 1.5}
    assert values(query, SumAggregation("v", alias="total"), AvgAggregation("v", alias="mean")) == wanted


def test_the_sum_of_nothing_is_zero_and_its_average_null(client: datastore.Client) -> None:
    v = {"property": {"name": "v"}}
    answer = raw(client, "Never", {"alias": "total", "sum": v}, {"alias": "mean", "avg": v})
    properties = answer.batch.aggregation_results[0].aggregate_properties
    assert "integer_value" in properties["total"]
    assert properties["total"].integer_value == 0
    assert "null_value" in properties["mean"]


def test_an_average_is_a_double(client: datastore.Client, an_entity: Builder) -> None:
    query = put_values(client, an_entity, 1, 3)
    mean = values(query, AvgAggregation("v", alias="mean"))["mean"]
    assert (mean, type(mean)) == (2.0, float)


def test_not_a_number_spreads(client: datastore.Client, an_entity: Builder) -> None:
    query = put_values(client, an_entity, 1, float("nan"))
    total = values(query, SumAggregation("v", alias="total"))["total"]
    assert total != total


def test_who_lacks_the_property_is_not_counted_beside_its_sum(
    client: datastore.Client, an_entity: Builder
) -> None:
    client.put_multi([an_entity("A", 1, v=1), an_entity("A", 2)])
    query = client.query(kind="A")
    wanted = {"n": 1, "total": 1}
    assert values(query, CountAggregation(alias="n"), SumAggregation("v", alias="total")) == wanted


def test_several_aggregations_are_answered_at_once(client: datastore.Client, an_entity: Builder) -> None:
    query = put_values(client, an_entity, 1, 2, 3)
    asked = (CountAggregation(alias="n"), SumAggregation("v", alias="s"), AvgAggregation("v", alias="a"))
    assert values(query, *asked) == {"n": 3, "s": 6, "a": 2.0}


def test_aggregations_without_alias_are_numbered(client: datastore.Client, an_entity: Builder) -> None:
    put_values(client, an_entity, 1)
    answer = raw(client, "A", {"count": {}}, {"sum": {"property": {"name": "v"}}})
    assert numbers(answer) == {"property_1": 1, "property_2": 1}


def test_only_aggregations_without_alias_are_numbered(client: datastore.Client, an_entity: Builder) -> None:
    """The example of the reference."""
    put_values(client, an_entity, 1, 2, 3, 4)
    answer = raw(
        client,
        "A",
        {"alias": "count_up_to_1", "count": {"up_to": 1}},
        {"count": {"up_to": 2}},
        {"alias": "count_up_to_3", "count": {"up_to": 3}},
        {"count": {}},
    )
    assert numbers(answer) == {"count_up_to_1": 1, "property_1": 2, "count_up_to_3": 3, "property_2": 4}


def test_an_alias_is_used_once(client: datastore.Client) -> None:
    with pytest.raises(InvalidArgument):
        raw(client, "A", {"alias": "n", "count": {}}, {"alias": "n", "count": {}})
    with pytest.raises(InvalidArgument):
        raw(client, "A", {"alias": "property_1", "count": {}}, {"count": {}})


@pytest.mark.parametrize("alias", ["__n__", "x" * 1501])
def test_an_alias_is_a_name(client: datastore.Client, alias: str) -> None:
    with pytest.raises(InvalidArgument):
        raw(client, "A", {"alias": alias, "count": {}})


def test_an_aggregation_query_is_given(client: datastore.Client) -> None:
    with pytest.raises(InvalidArgument):
        call(client, "run_aggregation_query", partition_id={"project_id": client.project})


def test_one_to_five_aggregations_are_allowed(client: datastore.Client) -> None:
    for number in (0, 6):
        with pytest.raises(InvalidArgument):
            raw(client, "A", *[{"count": {}}] * number)


def test_an_aggregation_in_a_transaction_sees_its_snapshot(
    client: datastore.Client, an_entity: Builder
) -> None:
    put_values(client, an_entity, 1, 2)
    read = {"transaction": begin(client, read_only={})}
    assert numbers(raw(client, "A", {"alias": "n", "count": {}}, read_options=read)) == {"n": 2}
    client.put(an_entity("A", 9, v=1))
    assert numbers(raw(client, "A", {"alias": "n", "count": {}}, read_options=read)) == {"n": 2}
    assert numbers(raw(client, "A", {"alias": "n", "count": {}})) == {"n": 3}


def test_an_array_is_counted_once(client: datastore.Client, an_entity: Builder) -> None:
    put_values(client, an_entity, [1, 2], [3, 4, 5])
    assert count(client.query(kind="A")) == 2
    assert count(a_query(client, "A", where("v", ">", 0))) == 2
