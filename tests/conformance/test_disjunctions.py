"""OR, IN, != and NOT_IN."""

from __future__ import annotations

from typing import Any

import pytest
from google.api_core.exceptions import InvalidArgument
from google.cloud import datastore
from google.cloud.datastore.query import And, Or

from tests.conformance.calls import Builder, a_query, found, property_filter, where
from tests.local_cloud.datastore.calls import run_query

MAX_IN = 30
MAX_NOT_IN = 10


@pytest.fixture
def numbers(client: datastore.Client, an_entity: Builder) -> datastore.Client:
    """F/1 to F/12 with n, and its rests by 2 and 3; F/13 has null and F/14 nothing."""
    client.put_multi([an_entity("F", n, n=n, half=n % 2, third=n % 3) for n in range(1, 13)])
    client.put_multi([an_entity("F", 13, n=None), an_entity("F", 14)])
    return client


def test_or_finds_what_fits_either_once(numbers: datastore.Client) -> None:
    either = Or([where("half", "=", 0), where("third", "=", 0)])
    assert found(numbers, "F", either) == [2, 3, 4, 6, 8, 9, 10, 12]


def test_or_goes_with_and(numbers: datastore.Client) -> None:
    one = And([where("half", "=", 1), where("third", "=", 1)])
    other = And([where("half", "=", 0), where("third", "=", 2)])
    assert found(numbers, "F", Or([one, other])) == [1, 2, 7, 8]
    either = Or([where("third", "=", 0), where("third", "=", 1)])
    assert found(numbers, "F", where("half", "=", 1), either) == [1, 3, 7, 9]


def test_an_or_inside_an_or_is_one_or(numbers: datastore.Client) -> None:
    nested = Or([where("n", "=", 1), Or([where("n", "=", 2), And([where("n", "=", 3)])])])
    assert found(numbers, "F", nested) == [1, 2, 3]


def test_an_or_of_ranges_is_sorted_by_them(numbers: datastore.Client) -> None:
    outside = Or([where("n", "<", 3), where("n", ">", 10)])
    assert found(numbers, "F", outside) == [13, 1, 2, 11, 12]
    assert found(numbers, "F", outside, order=["-n"]) == [12, 11, 2, 1, 13]


def test_an_or_is_sorted_as_a_whole(numbers: datastore.Client) -> None:
    either = Or([where("half", "=", 0), where("third", "=", 0)])
    assert found(numbers, "F", either, order=["-n"]) == [12, 10, 9, 8, 6, 4, 3, 2]


def test_an_or_has_offset_limit_and_pages(numbers: datastore.Client) -> None:
    query = a_query(numbers, "F", Or([where("half", "=", 0), where("third", "=", 0)]), order=["n"])
    assert [entity.key.id for entity in query.fetch(offset=2, limit=3)] == [4, 6, 8]
    first = query.fetch(limit=3)
    assert [entity.key.id for entity in first] == [2, 3, 4]
    rest = query.fetch(start_cursor=first.next_page_token)
    assert [entity.key.id for entity in rest] == [6, 8, 9, 10, 12]


def test_an_or_is_counted_once(numbers: datastore.Client) -> None:
    query = a_query(numbers, "F", Or([where("half", "=", 0), where("third", "=", 0)]))
    ((count,),) = numbers.aggregation_query(query).count().fetch()
    assert count.value == 8


def test_in_is_an_or_of_equalities(numbers: datastore.Client) -> None:
    assert found(numbers, "F", where("n", "IN", [5, 1, 99, 5])) == [1, 5]
    assert found(numbers, "F", where("n", "IN", [None, 2])) == [2, 13]
    assert found(numbers, "F", where("n", "IN", [5, 1, 3]), where("third", "=", 0)) == [3]
    assert found(numbers, "F", where("third", "IN", [1, 2]), order=["-n"]) == [11, 10, 8, 7, 5, 4, 2, 1]


def test_two_ins_are_multiplied(numbers: datastore.Client) -> None:
    assert found(numbers, "F", where("third", "IN", [0, 1]), where("n", "IN", [1, 2, 3, 4])) == [1, 3, 4]


def test_keys_can_be_in_a_list(numbers: datastore.Client) -> None:
    # The high-level client takes one key only.
    keys = [{"key_value": numbers.key("F", n).to_protobuf()} for n in (14, 2, 99)]
    among = property_filter("__key__", "IN", {"array_value": {"values": keys}})
    results = run_query(numbers, "F", filter=among).batch.entity_results
    assert [result.entity.key.path[0].id for result in results] == [2, 14]


def test_not_equal_means_less_or_greater(numbers: datastore.Client) -> None:
    assert found(numbers, "F", where("n", "!=", 3)) == [13, 1, 2, *range(4, 13)]
    assert found(numbers, "F", where("n", "!=", None)) == list(range(1, 13))
    assert found(numbers, "F", where("n", "!=", 3), where("half", "=", 1)) == [1, 5, 7, 9, 11]
    assert found(numbers, "F", where("n", "!=", 3), order=["-n"]) == [*range(12, 3, -1), 2, 1, 13]


def test_not_in_leaves_out_all_of_them(numbers: datastore.Client) -> None:
    assert found(numbers, "F", where("n", "NOT_IN", [1, 3, 99])) == [13, 2, *range(4, 13)]
    assert found(numbers, "F", where("n", "NOT_IN", list(range(1, 11)))) == [13, 11, 12]


def test_in_takes_thirty_values(numbers: datastore.Client) -> None:
    assert found(numbers, "F", where("n", "IN", list(range(3, 3 + MAX_IN)))) == list(range(3, 13))
    with pytest.raises(InvalidArgument):
        found(numbers, "F", where("n", "IN", list(range(MAX_IN + 1))))


def test_not_in_takes_ten_values(numbers: datastore.Client) -> None:
    with pytest.raises(InvalidArgument):
        found(numbers, "F", where("n", "NOT_IN", list(range(MAX_NOT_IN + 1))))


def test_a_query_is_at_most_thirty_alternatives(numbers: datastore.Client) -> None:
    five, six = list(range(5)), list(range(6))
    assert found(numbers, "F", where("n", "IN", five), where("third", "IN", six)) == [1, 2, 3, 4]
    with pytest.raises(InvalidArgument):
        found(numbers, "F", where("n", "IN", six), where("third", "IN", six))


def test_an_empty_list_is_refused(numbers: datastore.Client) -> None:
    for operator in ("IN", "NOT_IN"):
        with pytest.raises(InvalidArgument):
            found(numbers, "F", where("n", operator, []))


def test_lists_are_for_in_alone(numbers: datastore.Client) -> None:
    with pytest.raises(InvalidArgument):
        found(numbers, "F", where("n", "=", [1]))


def test_only_one_not_equal_or_not_in(numbers: datastore.Client) -> None:
    with pytest.raises(InvalidArgument):
        found(numbers, "F", where("n", "!=", 1), where("n", "!=", 2))
    with pytest.raises(InvalidArgument):
        found(numbers, "F", where("n", "!=", 1), where("n", "NOT_IN", [2]))


def test_all_of_an_or_is_below_one_ancestor(client: datastore.Client) -> None:
    def below(parent: int) -> dict[str, Any]:
        return property_filter(
            "__key__", "HAS_ANCESTOR", {"key_value": client.key("P", parent).to_protobuf()}
        )

    for other in (below(2), property_filter("v", "EQUAL", {"integer_value": 1})):
        either = {"composite_filter": {"op": "OR", "filters": [below(1), other]}}
        with pytest.raises(InvalidArgument):
            run_query(client, "A", filter=either)


def test_each_of_an_or_may_name_the_ancestor(client: datastore.Client, an_entity: Builder) -> None:
    client.put_multi([an_entity("P", parent, "A", n, v=n) for parent, n in ((1, 1), (1, 2), (2, 3))])
    ancestor = {"key_value": client.key("P", 1).to_protobuf()}

    def below_with(n: int) -> dict[str, Any]:
        below = property_filter("__key__", "HAS_ANCESTOR", ancestor)
        both = [below, property_filter("v", "EQUAL", {"integer_value": n})]
        return {"composite_filter": {"op": "AND", "filters": both}}

    either = {"composite_filter": {"op": "OR", "filters": [below_with(1), below_with(3)]}}
    results = run_query(client, "A", filter=either).batch.entity_results
    assert [result.entity.key.path[-1].id for result in results] == [1]
