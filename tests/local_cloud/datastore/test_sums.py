from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from google.api_core.exceptions import FailedPrecondition, InvalidArgument
from google.cloud import datastore
from google.cloud.datastore.query import PropertyFilter

Builder = Callable[..., datastore.Entity]


def aggregated(query: Any, *aggregations: tuple[str, ...]) -> list[Any]:
    """The raw values, in the order of their aliases: Google's client takes an integer of 0 for a double."""
    aggregation_query = query._client.aggregation_query(query)
    for operator, *arguments in aggregations:
        getattr(aggregation_query, operator)(*arguments)
    request = {
        "project_id": query.project,
        "aggregation_query": aggregation_query._to_pb(),
    }
    batch = query._client._datastore_api.run_aggregation_query(request=request).batch
    properties = batch.aggregation_results[0].aggregate_properties
    return [plain(properties[alias]) for alias in sorted(properties)]


def plain(value: Any) -> Any:
    kind = type(value).pb(value).WhichOneof("value_type")
    return None if kind == "null_value" else getattr(value, kind)


@pytest.mark.parametrize(
    ("values", "total", "average"),
    [
        ([1, 2, 4], 7, 7 / 3),
        ([1, 2.5], 3.5, 1.75),
        ([1.5, 2.5], 4.0, 2.0),
        ([1, "text", None, True], 1, 1.0),
        ([], 0, None),
        (["text"], 0, None),
        ([2**62] * 3, 3 * 2.0**62, 2.0**62),
        ([2**62, 2**62 - 1], 2**63 - 1, (2.0**63) / 2),
    ],
)
def test_numbers_are_summed_and_averaged(
    client: datastore.Client, an_entity: Builder, values: list[Any], total: Any, average: Any
) -> None:
    client.put_multi([an_entity("A", n, v=value) for n, value in enumerate(values, start=1)])
    summed, averaged = aggregated(client.query(kind="A"), ("sum", "v"), ("avg", "v"))
    assert (summed, type(summed)) == (total, type(total))
    assert averaged == average


def test_several_aggregations_see_only_entities_with_all_their_properties(
    client: datastore.Client, an_entity: Builder
) -> None:
    client.put_multi([an_entity("A", 1, v=1), an_entity("A", 2, v=2, w=5), an_entity("A", 3)])
    assert aggregated(client.query(kind="A"), ("count",)) == [3]
    assert aggregated(client.query(kind="A"), ("count",), ("sum", "v")) == [2, 3]


def test_of_an_array_every_element_is_summed_and_its_entity_counts_once(
    client: datastore.Client, an_entity: Builder
) -> None:
    client.put_multi([an_entity("A", 1, v=[1, 5, 5]), an_entity("A", 2, v=2)])
    assert aggregated(client.query(kind="A"), ("count",), ("sum", "v"), ("avg", "v")) == [2, 8, 8 / 3]


def test_filters_limits_and_offsets_come_before_a_sum(client: datastore.Client, an_entity: Builder) -> None:
    client.put_multi([an_entity("Thing", n, a=n % 2, b=n) for n in range(1, 9)])
    odd = client.query(kind="Thing", filters=[PropertyFilter("a", "=", 1)])
    assert aggregated(odd, ("sum", "b"), ("count",)) == [16, 4]
    same = client.query(kind="Thing", filters=[PropertyFilter("a", "=", 1)])
    assert aggregated(same, ("sum", "a")) == [4]
    large = client.query(kind="Thing", filters=[PropertyFilter("b", ">", 5)])
    assert aggregated(large, ("sum", "b")) == [21]


def test_an_inequality_on_integers_lets_doubles_into_the_sum(
    client: datastore.Client, an_entity: Builder
) -> None:
    client.put_multi([an_entity("A", 1, v=1), an_entity("A", 2, v=2 * 10**9), an_entity("A", 3, v=3.5)])
    large = client.query(kind="A", filters=[PropertyFilter("v", ">", 10**9)])
    assert aggregated(large, ("sum", "v")) == [2 * 10**9 + 3.5]


def test_a_filtered_sum_needs_its_index(client: datastore.Client) -> None:
    query = client.query(kind="K", filters=[PropertyFilter("a", "=", 1)])
    with pytest.raises(FailedPrecondition, match="  - name: a\n  - name: b\n"):
        aggregated(query, ("sum", "b"))


@pytest.mark.parametrize(
    ("aggregation", "message"),
    [
        ({"sum": {"property": {"name": ""}}}, "Empty aggregation field."),
        (
            {"avg": {"property": {"name": "__key__"}}},
            "Aggregations are not supported for the property: __key__",
        ),
        ({}, "An aggregation has no operator."),
    ],
)
def test_an_impossible_sum_is_refused(
    client: datastore.Client, aggregation: dict[str, Any], message: str
) -> None:
    nested = {"kind": [{"name": "A"}]}
    request = {
        "project_id": client.project,
        "aggregation_query": {"nested_query": nested, "aggregations": [aggregation]},
    }
    with pytest.raises(InvalidArgument) as refusal:
        client._datastore_api.run_aggregation_query(request=request)
    assert refusal.value.message == message
