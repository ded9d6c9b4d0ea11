"""Conjunctions: equalities, bounds on one and on several properties, ancestors, embedded entities."""

from __future__ import annotations

import pytest
from google.api_core.exceptions import FailedPrecondition, InvalidArgument
from google.cloud import datastore
from google.cloud.datastore.query import And

from tests.conformance.calls import Builder, call, found, property_filter, where
from tests.local_cloud.datastore.calls import run_query


@pytest.fixture
def numbers(client: datastore.Client, an_entity: Builder) -> datastore.Client:
    """F/1 to F/12 with n, and its rests by 2 and 3."""
    client.put_multi([an_entity("F", n, n=n, half=n % 2, third=n % 3) for n in range(1, 13)])
    return client


def test_equalities_are_joined(numbers: datastore.Client) -> None:
    assert found(numbers, "F", where("half", "=", 1), where("third", "=", 0)) == [3, 9]
    assert found(numbers, "F", where("half", "=", 1), where("third", "=", 0), where("n", "=", 9)) == [9]
    assert found(numbers, "F", where("half", "=", 1), where("half", "=", 0)) == []


def test_two_bounds_make_a_range(numbers: datastore.Client) -> None:
    assert found(numbers, "F", where("n", ">", 3), where("n", "<=", 6)) == [4, 5, 6]
    assert found(numbers, "F", where("n", ">", 3), where("n", ">=", 5), where("n", "<", 7)) == [5, 6]
    assert found(numbers, "F", where("n", ">", 6), where("n", "<", 4)) == []


def test_an_equality_goes_with_a_range(numbers: datastore.Client) -> None:
    assert found(numbers, "F", where("half", "=", 0), where("n", ">", 5)) == [6, 8, 10, 12]
    assert found(numbers, "F", where("half", "=", 0), where("n", ">", 5), order=["-n"]) == [12, 10, 8, 6]


def test_nested_ands_are_one_and(numbers: datastore.Client) -> None:
    nested = And([where("half", "=", 1), And([where("third", "=", 0), where("n", "=", 3)])])
    assert found(numbers, "F", nested) == [3]


def test_bounds_may_be_on_several_properties(numbers: datastore.Client) -> None:
    several = (where("n", ">", 4), where("third", ">", 0))
    assert found(numbers, "F", *several, order=["n"]) == [5, 7, 8, 10, 11]
    assert found(numbers, "F", *several, order=["-third", "n"]) == [5, 8, 11, 7, 10]
    assert found(numbers, "F", *several, where("half", "=", 1), order=["n"]) == [5, 7, 11]


def test_the_first_order_need_not_be_the_property_with_the_bound(numbers: datastore.Client) -> None:
    assert found(numbers, "F", where("n", ">", 8), order=["third", "n"]) == [9, 12, 10, 11]


def test_an_order_by_key_goes_with_a_bound_elsewhere(numbers: datastore.Client) -> None:
    assert found(numbers, "F", where("n", ">", 8), order=["__key__"]) == [9, 10, 11, 12]
    assert found(numbers, "F", where("n", ">", 8), order=["-__key__"]) == [12, 11, 10, 9]


def test_without_order_several_bounds_sort_by_property_name(numbers: datastore.Client) -> None:
    assert found(numbers, "F", where("third", ">", 0), where("n", ">", 6)) == [7, 8, 10, 11]
    assert found(numbers, "F", where("third", ">", 0), where("half", ">=", 0)) == [4, 10, 2, 8, 1, 7, 5, 11]


def test_a_bound_on_the_key_goes_with_one_on_a_property(numbers: datastore.Client) -> None:
    after = where("__key__", ">", numbers.key("F", 6))
    assert found(numbers, "F", after, where("n", "<", 9), order=["n"]) == [7, 8]


def test_an_ancestor_includes_itself_and_everything_below(
    client: datastore.Client, an_entity: Builder
) -> None:
    paths: list[tuple[str | int, ...]] = [("A", 1), ("A", 1, "A", 2), ("A", 1, "B", 1, "A", 3), ("A", 10)]
    client.put_multi([an_entity(*path, v=-len(path)) for path in paths])
    under = client.key("A", 1)
    assert found(client, "A", ancestor=under) == [1, 2, 3]
    assert found(client, "A", where("v", "=", -4), ancestor=under) == [2]
    assert found(client, "A", where("v", "<", 0), ancestor=under) == [3, 2, 1]
    assert found(client, "A", ancestor=under, order=["-v"]) == [1, 2, 3]
    assert found(client, "A", where("__key__", ">", under), ancestor=under) == [2, 3]


def test_without_kind_all_kinds_come_in_key_order(client: datastore.Client, an_entity: Builder) -> None:
    client.put_multi([an_entity("B", 3), an_entity("A", 1), an_entity("A", 1, "Z", 2)])
    assert found(client, None) == [1, 2, 3]
    assert found(client, None, ancestor=client.key("A", 1)) == [1, 2]
    assert found(client, None, where("__key__", ">", client.key("A", 1))) == [2, 3]
    assert found(client, None, order=["__key__"]) == [1, 2, 3]


def test_without_kind_no_property_can_be_asked_for(client: datastore.Client) -> None:
    with pytest.raises(InvalidArgument):
        found(client, None, where("v", "=", 1))


def test_without_kind_no_other_order_is_possible(client: datastore.Client) -> None:
    for order in (["-__key__"], ["v"]):
        with pytest.raises(InvalidArgument, match="kind is required for all orders except __key__ ascending"):
            found(client, None, order=order)


def test_parts_of_an_embedded_entity_have_dotted_names(client: datastore.Client, an_entity: Builder) -> None:
    deep = an_entity("T", 1, y="deep")
    client.put(an_entity("A", 1, sub=an_entity("S", 1, x=1, deep=deep)))
    client.put(an_entity("A", 2, many=[an_entity("S", 1, x=n) for n in (1, 2)]))
    assert found(client, "A", where("sub.x", "=", 1)) == [1]
    assert found(client, "A", where("sub.deep.y", "=", "deep")) == [1]
    assert found(client, "A", where("many.x", "=", 2)) == [2]
    assert found(client, "A", order=["sub.x"]) == [1]
    assert found(client, "A", order=["sub"]) == []


def test_an_unindexed_embedded_entity_hides_its_parts(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, unindexed=("sub",), sub=an_entity("S", 1, x=1)))
    assert found(client, "A", where("sub.x", "=", 1)) == []


def test_a_query_is_given(client: datastore.Client) -> None:
    with pytest.raises(InvalidArgument):
        call(client, "run_query", partition_id={"project_id": client.project})


def test_a_query_names_one_kind(client: datastore.Client) -> None:
    with pytest.raises(InvalidArgument):
        call(client, "run_query", query={"kind": [{"name": "A"}, {"name": "B"}]})


def test_a_filter_needs_property_operator_and_value(client: datastore.Client) -> None:
    for broken in (
        property_filter("", "EQUAL", {"integer_value": 1}),
        property_filter("v", "OPERATOR_UNSPECIFIED", {"integer_value": 1}),
        property_filter("v", "EQUAL", {}),
    ):
        with pytest.raises(InvalidArgument):
            run_query(client, "A", filter=broken)


def test_only_the_key_has_ancestors(client: datastore.Client) -> None:
    key = {"key_value": client.key("A", 1).to_protobuf()}
    with pytest.raises(InvalidArgument):
        run_query(client, "A", filter=property_filter("v", "HAS_ANCESTOR", key))


def test_a_kind_that_never_was_has_no_entities(client: datastore.Client) -> None:
    assert found(client, "Never", where("v", "=", 1), order=["v"]) == []


def test_a_query_without_its_composite_index_is_refused(client: datastore.Client) -> None:
    index = "- kind: Bare\n  properties:\n  - name: a\n  - name: b\n"
    with pytest.raises(FailedPrecondition) as refusal:
        found(client, "Bare", where("a", "=", 1), order=["b"])
    assert refusal.value.message == f"no matching index found. recommended index is:\n{index}"
