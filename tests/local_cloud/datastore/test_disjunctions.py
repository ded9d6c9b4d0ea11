from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from google.api_core.exceptions import FailedPrecondition, InvalidArgument
from google.cloud import datastore
from google.cloud.datastore.query import And, Or, PropertyFilter

from .calls import run_query

Builder = Callable[..., datastore.Entity]
F = PropertyFilter


@pytest.fixture
def things(client: datastore.Client, an_entity: Builder) -> datastore.Client:
    properties: dict[str, dict[str, Any]] = {
        "e1": {"a": 1, "b": 5},
        "e2": {"a": 1},
        "e3": {"a": 3, "b": 3},
        "e4": {"b": 9},
        "e5": {"a": [1, 5], "b": 4},
        "e6": {"a": 5, "b": 1},
        "e7": {"a": None, "b": 2},
    }
    client.put_multi([an_entity("Thing", name, **values) for name, values in properties.items()])
    return client


def names(client: datastore.Client, filter_: Any, **options: Any) -> list[str]:
    query = client.query(kind="Thing", **options)
    query.add_filter(filter=filter_)
    return [entity.key.name for entity in query.fetch()]


def raw(name: str, operator: str, value: dict[str, Any]) -> dict[str, Any]:
    return {"property_filter": {"property": {"name": name}, "op": operator, "value": value}}


def joined(operator: str, *filters: dict[str, Any]) -> dict[str, Any]:
    return {"composite_filter": {"op": operator, "filters": list(filters)}}


def test_an_entity_that_fits_twice_is_found_once(things: datastore.Client) -> None:
    assert names(things, F("a", "IN", [5, 1])) == ["e1", "e2", "e5", "e6"]
    assert names(things, F("a", "IN", [5, 1]), order=["a"]) == ["e1", "e2", "e5", "e6"]
    assert names(things, F("a", "IN", [5, 1]), order=["-a"]) == ["e5", "e6", "e1", "e2"]
    assert names(things, F("a", "IN", [5, 1]), order=["b"]) == ["e6", "e5", "e1"]


def test_inequalities_of_an_or_order_all_of_it(things: datastore.Client) -> None:
    assert names(things, Or([F("a", "=", 1), F("b", ">", 2)])) == ["e3", "e5", "e1", "e4"]
    assert names(things, Or([F("a", ">", 3), F("b", ">", 4)])) == ["e1", "e6", "e5"]


def test_unequal_means_less_or_greater(things: datastore.Client) -> None:
    assert names(things, F("a", "!=", 3)) == ["e7", "e1", "e2", "e5", "e6"]
    assert names(things, F("a", "!=", 3), order=["-a"]) == ["e5", "e6", "e1", "e2", "e7"]
    assert names(things, F("a", "!=", None)) == ["e1", "e2", "e5", "e3", "e6"]
    assert names(things, F("a", "NOT_IN", [3, 5])) == ["e7", "e1", "e2", "e5"]


def test_several_properties_may_have_inequalities(things: datastore.Client) -> None:
    both = And([F("b", ">", 2), F("a", ">=", 1)])
    assert names(things, both) == ["e5", "e1", "e3"]
    assert names(things, both, order=["b"]) == ["e3", "e5", "e1"]
    assert names(things, both, order=["-b"]) == ["e1", "e5", "e3"]


def test_and_and_or_may_be_nested(things: datastore.Client) -> None:
    either = Or([F("b", ">", 4), F("b", "<", 2)])
    assert names(things, And([Or([F("a", "=", 1), F("a", "=", 5)]), either])) == ["e6", "e1"]


def test_equality_and_inequality_may_meet_in_one_property(things: datastore.Client) -> None:
    assert names(things, And([F("a", "=", 1), F("a", ">", 1)])) == ["e5"]


def test_keys_may_be_chosen_and_excluded(things: datastore.Client) -> None:
    def found(operator: str, *wanted: str) -> list[str]:
        keys = {"values": [{"key_value": things.key("Thing", name).to_protobuf()} for name in wanted]}
        filter_ = {"property": {"name": "__key__"}, "op": operator, "value": {"array_value": keys}}
        batch = run_query(things, "Thing", filter={"property_filter": filter_}).batch
        return [result.entity.key.path[0].name for result in batch.entity_results]

    assert found("IN", "e3", "e1") == ["e1", "e3"]
    assert found("NOT_IN", "e3", "e1") == ["e2", "e4", "e5", "e6", "e7"]
    assert names(things, F("__key__", "!=", things.key("Thing", "e3"))) == [
        "e1",
        "e2",
        "e4",
        "e5",
        "e6",
        "e7",
    ]
    assert names(things, F("__key__", ">", things.key("Thing", "e2")), order=["a"]) == [
        "e7",
        "e5",
        "e3",
        "e6",
    ]


def test_an_order_by_key_goes_with_inequalities_elsewhere(things: datastore.Client) -> None:
    assert names(things, F("a", ">=", 1), order=["__key__"]) == ["e1", "e2", "e3", "e5", "e6"]
    both = And([F("a", ">=", 1), F("__key__", ">", things.key("Thing", "e2"))])
    assert names(things, both, order=["__key__"]) == ["e3", "e5", "e6"]
    query = things.query(kind="Thing", order=["__key__"], filters=[And([F("a", "=", 1), F("b", ">", 4)])])
    (counted,) = things.aggregation_query(query).count().fetch()
    assert counted[0].value == 1


def test_keys_and_properties_may_both_have_inequalities(things: datastore.Client) -> None:
    both = And([F("a", ">=", 1), F("__key__", ">", things.key("Thing", "e2"))])
    assert names(things, both) == ["e5", "e3", "e6"]


@pytest.mark.parametrize(
    ("filter_", "message"),
    [
        (F("a", "IN", list(range(31))), "IN supports up to 30 values. There are 31 values in the IN filter"),
        (F("a", "IN", []), "IN requires an non-empty ArrayValue."),
        (F("a", "NOT_IN", []), "NOT_IN requires an non-empty ArrayValue."),
        (F("a", "NOT_IN", list(range(11))), "NOT_IN supports up to 10 values."),
        (
            And([F("a", "!=", 1), F("a", "!=", 2)]),
            "Only a single 'NOT_EQUAL' or 'NOT_IN' is allowed per query.",
        ),
        (And([F("a", "!=", 1), F("b", "NOT_IN", [2])]), "Only a single 'NOT_EQUAL' or 'NOT_IN' is allowed"),
        (And([F("a", "IN", [1, 2]), F("b", "NOT_IN", [2])]), "'NOT_IN' cannot be used in the same query"),
        (Or([F("a", "=", 1), F("b", "NOT_IN", [2])]), "'NOT_IN' cannot be used in the same query"),
        (
            And([F("a", "IN", list(range(6))), F("b", "IN", list(range(6)))]),
            "Too many disjunctions after normalization. Result had 36 disjunctions which is more than the",
        ),
        (
            And([F(name, "IN", list(range(30))) for name in "abcdefgh"]),
            "Too many disjunctions after normalization. Result had 656100000000 disjunctions which is more",
        ),
        (Or([]), "A composite filter must have at least one sub-filter."),
        (F("a", "=", [1]), "A list value is not allowed"),
        (F("", "=", 1), "The property.name is the empty string."),
    ],
)
def test_an_impossible_filter_is_refused_in_googles_words(
    client: datastore.Client, filter_: Any, message: str
) -> None:
    with pytest.raises(InvalidArgument) as refusal:
        names(client, filter_)
    assert refusal.value.message.startswith(message)


def test_all_of_an_or_is_below_one_ancestor(client: datastore.Client, an_entity: Builder) -> None:
    client.put_multi([an_entity("P", 1, "A", 7, a=1), an_entity("P", 2, "A", 8, a=2)])

    def below(parent: int) -> dict[str, Any]:
        return raw("__key__", "HAS_ANCESTOR", {"key_value": client.key("P", parent).to_protobuf()})

    def found(filter_: dict[str, Any]) -> list[int]:
        results = run_query(client, "A", filter=filter_).batch.entity_results
        return [result.entity.key.path[-1].id for result in results]

    one, two = (raw("a", "EQUAL", {"integer_value": value}) for value in (1, 2))
    for filter_ in (
        joined("OR", below(1), below(2)),
        joined("OR", below(1), two),
        joined("OR", joined("AND", below(1), one), joined("AND", below(2), two)),
        joined("AND", below(1), below(2)),
    ):
        with pytest.raises(InvalidArgument) as refusal:
            found(filter_)
        assert refusal.value.message == "All disjunctions must have a common and unique ancestor constraint."
    assert found(joined("AND", below(1), joined("OR", one, two))) == [7]
    assert found(joined("OR", joined("AND", below(1), one), joined("AND", below(1), two))) == [7]


def test_thirty_values_are_not_too_many(things: datastore.Client) -> None:
    assert names(things, F("a", "IN", list(range(30)))) == ["e1", "e2", "e3", "e5", "e6"]


def test_an_or_is_counted_and_paged_like_any_query(things: datastore.Client) -> None:
    query = things.query(kind="Thing", order=["-b"])
    query.add_filter(filter=Or([F("a", "=", 1), F("b", ">", 2)]))
    (counted,) = things.aggregation_query(query).count().fetch()
    assert counted[0].value == 4
    page = query.fetch(limit=2)
    assert [entity.key.name for entity in page] == ["e4", "e1"]
    rest = query.fetch(start_cursor=page.next_page_token)
    assert [entity.key.name for entity in rest] == ["e5", "e3"]


def test_every_branch_of_an_or_needs_its_index(client: datastore.Client) -> None:
    query = client.query(kind="K", order=["c"])
    query.add_filter(filter=Or([F("c", ">", 1), F("b", "=", 1)]))
    with pytest.raises(FailedPrecondition, match="- kind: K\n  properties:\n  - name: b\n  - name: c\n"):
        list(query.fetch())
