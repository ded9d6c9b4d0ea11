from __future__ import annotations

import datetime
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from google.api_core.exceptions import InvalidArgument
from google.cloud import datastore
from google.cloud.datastore.query import PropertyFilter

from .calls import SINGLE_USE, commit, delete, lookup, upsert

Builder = Callable[..., datastore.Entity]
LARGEST = 2**63 - 1


def number(value: int | float) -> dict[str, Any]:
    return {"double_value": value} if isinstance(value, float) else {"integer_value": value}


def transform(name: str, kind: str, value: Any) -> dict[str, Any]:
    if kind in ("append_missing_elements", "remove_all_from_array"):
        return {"property": name, kind: {"values": [number(element) for element in value]}}
    return {"property": name, kind: value if kind == "set_to_server_value" else number(value)}


def apply(client: datastore.Client, *transforms: dict[str, Any]) -> Any:
    """To the entity A/1, whose properties are otherwise left alone."""
    nothing = {"paths": ["unused"]}
    mutation = upsert(
        datastore.Entity(client.key("A", 1)), property_mask=nothing, property_transforms=transforms
    )
    return commit(client, mutation, **SINGLE_USE).mutation_results[0]


@pytest.mark.parametrize(
    ("stored", "kind", "operand", "wanted"),
    [
        (1, "increment", 2, 3),
        (1, "increment", 0.5, 1.5),
        (1.5, "increment", -1.5, 0.0),
        ("text", "increment", 0.0, 0.0),
        (0.5, "increment", 1, 1.5),
        (LARGEST, "increment", 1, LARGEST),
        (-LARGEST, "increment", -LARGEST, -LARGEST - 1),
        ("text", "increment", 2, 2),
        (None, "increment", 2, 2),
        (1, "maximum", 2, 2),
        (3, "maximum", 2, 3),
        (3, "maximum", 3.0, 3),
        (3, "maximum", 3.5, 3.5),
        ("text", "maximum", 2, 2),
        (1, "minimum", 2, 1),
        (3, "minimum", 2, 2),
        (3.0, "minimum", 3, 3.0),
        ([1, 2], "append_missing_elements", [2.0, 3, 3, 4], [1, 2, 3, 4]),
        ("text", "append_missing_elements", [1], [1]),
        ([1, 2, 1, 3], "remove_all_from_array", [1.0, 3], [2]),
        (7, "remove_all_from_array", [7], []),
    ],
)
def test_a_transform_changes_what_is_stored(
    client: datastore.Client, an_entity: Builder, stored: Any, kind: str, operand: Any, wanted: Any
) -> None:
    client.put(an_entity("A", 1, v=stored, other=1))
    result = apply(client, transform("v", kind, operand)).transform_results[0]
    found = client.get(client.key("A", 1))
    assert (found["v"], type(found["v"]), found["other"]) == (wanted, type(wanted), 1)
    if isinstance(wanted, list):
        assert "null_value" in result
    else:
        assert wanted in (result.integer_value, result.double_value)


def test_nan_wins_over_every_number(client: datastore.Client, an_entity: Builder) -> None:
    for kind in ("maximum", "minimum"):
        for stored, operand in ((math.nan, 1), (1, math.nan)):
            client.put(an_entity("A", 1, v=stored))
            apply(client, transform("v", kind, operand))
            assert math.isnan(client.get(client.key("A", 1))["v"])


def test_a_transform_makes_what_is_missing(client: datastore.Client) -> None:
    apply(client, transform("n", "increment", 1), transform("sub.n", "maximum", 5))
    found = client.get(client.key("A", 1))
    assert (found["n"], dict(found["sub"])) == (1, {"n": 5})
    assert list(client.query(kind="A", filters=[PropertyFilter("sub.n", "=", 5)]).fetch())


def test_transforms_are_done_in_order_after_the_write(client: datastore.Client, an_entity: Builder) -> None:
    transforms = [transform("n", "increment", 2), transform("n", "maximum", 10)]
    commit(client, upsert(an_entity("A", 1, n=1), property_transforms=transforms))
    assert client.get(client.key("A", 1))["n"] == 10


def test_a_counter_outside_of_the_indexes_stays_there(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, unindexed=("n",), n=1))
    apply(client, transform("n", "increment", 1))
    assert client.get(client.key("A", 1))["n"] == 2
    assert not list(client.query(kind="A", order=["n"]).fetch())


def test_elements_are_compared_as_they_are_stored(client: datastore.Client) -> None:
    """That is, with microseconds."""
    time = {"timestamp_value": {"seconds": 5, "nanos": 1_234_567}}
    embedded = {"entity_value": {"properties": {"sub": {"entity_value": {"properties": {"at": time}}}}}}
    values = {"values": [time, embedded, time, embedded]}
    for _ in range(2):
        apply(client, {"property": "v", "append_missing_elements": values})
        assert len(client.get(client.key("A", 1))["v"]) == 2
    apply(client, {"property": "v", "remove_all_from_array": values})
    assert client.get(client.key("A", 1))["v"] == []


def test_elements_may_be_long_where_nothing_is_indexed(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, unindexed=("sub",), sub=an_entity("S", 1)))
    apply(
        client, {"property": "sub.v", "append_missing_elements": {"values": [{"string_value": "x" * 2_000}]}}
    )
    assert len(client.get(client.key("A", 1))["sub"]["v"]) == 1


def test_the_time_of_the_server_has_milliseconds_and_is_the_same_for_all(client: datastore.Client) -> None:
    times = [transform(name, "set_to_server_value", "REQUEST_TIME") for name in ("a", "b")]
    before = datetime.datetime.now(datetime.UTC) - datetime.timedelta(milliseconds=1)
    result = apply(client, *times)
    found = client.get(client.key("A", 1))
    assert before <= found["a"] == found["b"] <= datetime.datetime.now(datetime.UTC)
    assert found["a"].microsecond % 1000 == 0
    assert result.transform_results[0].timestamp_value == found["a"]


def test_increments_need_no_read_and_are_never_lost(client: datastore.Client) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: apply(client, transform("n", "increment", 1)), range(64)))
    assert client.get(client.key("A", 1))["n"] == 64


def test_impossible_transforms_are_refused(client: datastore.Client, an_entity: Builder) -> None:
    impossible: list[dict[str, Any]] = [
        {"property": "n"},
        {"property": "", "increment": {"integer_value": 1}},
        {"property": "n", "increment": {"string_value": "1"}},
        {"property": "n", "set_to_server_value": 0},
    ]
    late = {"timestamp_value": {"seconds": 2**62}}
    for element in (late, {"entity_value": {"properties": {"at": late}}}, {"array_value": {}}, {}):
        for kind in ("append_missing_elements", "remove_all_from_array"):
            impossible.append({"property": "n", kind: {"values": [element]}})
    for one in impossible:
        with pytest.raises(InvalidArgument):
            apply(client, one)
    with pytest.raises(InvalidArgument):
        commit(client, delete(client.key("A", 1), property_transforms=[transform("n", "increment", 1)]))
    assert not lookup(client, client.key("A", 1)).found


@pytest.mark.parametrize(
    "parts",
    [
        [[transform("n", "increment", 1)] * 501],
        [[transform("n", "increment", 1)] * 250, [transform("n", "increment", 1)] * 251],
        [[transform("v", "append_missing_elements", range(501))]],
        [[transform("v", "append_missing_elements", range(500))], [transform("n", "increment", 1)]],
    ],
)
def test_an_entity_has_at_most_500_transforms_in_a_commit(
    client: datastore.Client, an_entity: Builder, parts: list[list[dict[str, Any]]]
) -> None:
    """Of an array each element counts."""
    mutations = [upsert(an_entity("A", 1), property_transforms=transforms) for transforms in parts]
    with pytest.raises(InvalidArgument, match="at most 500 property transforms in a commit"):
        commit(client, *mutations, **SINGLE_USE)
    assert not lookup(client, client.key("A", 1)).found


def test_500_transforms_of_every_entity_are_not_too_many(
    client: datastore.Client, an_entity: Builder
) -> None:
    increments = [transform("n", "increment", 1)] * 250
    halves = [upsert(an_entity("A", n), property_transforms=increments) for n in (1, 2)]
    unused = {"paths": ["unused"]}
    commit(client, *halves, *({**half, "property_mask": unused} for half in halves), **SINGLE_USE)
    assert [client.get(client.key("A", n))["n"] for n in (1, 2)] == [500, 500]
    apply(client, transform("v", "append_missing_elements", range(500)))
    assert len(client.get(client.key("A", 1))["v"]) == 500
