"""A property with several values: one row in the index for each of them."""

from __future__ import annotations

import pytest
from google.api_core.exceptions import InvalidArgument
from google.cloud import datastore

from tests.conformance.calls import Builder, a_query, found, property_filter, where
from tests.local_cloud.datastore.calls import commit, run_query


@pytest.fixture
def arrays(client: datastore.Client, an_entity: Builder) -> datastore.Client:
    client.put_multi([an_entity("A", 1, v=[1, 5, 1]), an_entity("A", 2, v=[2, 4]), an_entity("A", 3, v=3)])
    return client


def test_an_array_is_found_by_each_of_its_values(arrays: datastore.Client) -> None:
    for value, wanted in ((1, [1]), (5, [1]), (2, [2]), (3, [3]), (6, [])):
        assert found(arrays, "A", where("v", "=", value)) == wanted


def test_several_equalities_may_be_met_by_different_values(arrays: datastore.Client) -> None:
    assert found(arrays, "A", where("v", "=", 2), where("v", "=", 4)) == [2]
    assert found(arrays, "A", where("v", "=", 1), where("v", "=", 4)) == []


def test_a_range_must_be_met_by_one_value(arrays: datastore.Client) -> None:
    assert found(arrays, "A", where("v", ">", 2), where("v", "<", 4)) == [3]
    assert found(arrays, "A", where("v", ">", 4), where("v", "<", 3)) == []


def test_an_array_sorts_by_its_smallest_value_and_downwards_by_its_largest(arrays: datastore.Client) -> None:
    assert found(arrays, "A", order=["v"])[:1] == [1]
    assert found(arrays, "A", order=["-v"])[:1] == [1]


def test_an_array_appears_once_in_an_order(arrays: datastore.Client) -> None:
    assert found(arrays, "A", order=["v"]) == [1, 2, 3]
    assert found(arrays, "A", order=["-v"]) == [1, 2, 3]


def test_an_array_appears_once_in_a_range(arrays: datastore.Client) -> None:
    assert found(arrays, "A", where("v", ">", 0)) == [1, 2, 3]
    assert found(arrays, "A", where("v", ">", 1)) == [2, 3, 1]
    assert found(arrays, "A", where("v", "<", 5), order=["-v"]) == [2, 3, 1]


def test_an_array_appears_on_one_page_alone(arrays: datastore.Client) -> None:
    query = a_query(arrays, "A", order=["v"])
    first = query.fetch(limit=1)
    seen = [entity.key.id for entity in first]
    seen += [entity.key.id for entity in query.fetch(start_cursor=first.next_page_token)]
    assert seen == [1, 2, 3]


def test_not_equal_is_met_by_any_other_value(arrays: datastore.Client) -> None:
    assert sorted(found(arrays, "A", where("v", "!=", 3))) == [1, 2]


def test_an_array_in_a_list_is_found_once(arrays: datastore.Client) -> None:
    assert found(arrays, "A", where("v", "IN", [1, 5, 4])) == [1, 2]


def test_an_empty_array_is_indexed_as_null(client: datastore.Client, an_entity: Builder) -> None:
    client.put_multi([an_entity("A", 1, v=[]), an_entity("A", 2, v=[None]), an_entity("A", 3)])
    assert found(client, "A", where("v", "=", None)) == [1, 2]
    assert found(client, "A", order=["v"]) == [1, 2]


def test_values_of_an_array_may_differ_in_type(client: datastore.Client, an_entity: Builder) -> None:
    client.put_multi([an_entity("A", 1, v=[1, "a", None, 2.5]), an_entity("A", 2, v=[True])])
    for value in (1, "a", None, 2.5):
        assert found(client, "A", where("v", "=", value)) == [1]
    assert found(client, "A", order=["-v"])[:1] == [1]


def test_an_array_in_an_array_is_refused(client: datastore.Client) -> None:
    inner = {"array_value": {"values": [{"integer_value": 1}]}}
    entity = {
        "key": client.key("A", 1).to_protobuf(),
        "properties": {"v": {"array_value": {"values": [inner]}}},
    }
    with pytest.raises(InvalidArgument):
        commit(client, {"upsert": entity})


def test_only_the_values_of_an_array_can_be_left_out_of_indexes(client: datastore.Client) -> None:
    array = {"array_value": {"values": [{"integer_value": 1}]}, "exclude_from_indexes": True}
    entity = {"key": client.key("A", 1).to_protobuf(), "properties": {"v": array}}
    with pytest.raises(InvalidArgument):
        commit(client, {"upsert": entity})


def test_some_values_of_an_array_may_be_left_out_of_indexes(client: datastore.Client) -> None:
    values = [{"integer_value": 1, "exclude_from_indexes": True}, {"integer_value": 2}]
    entity = {
        "key": client.key("A", 1).to_protobuf(),
        "properties": {"v": {"array_value": {"values": values}}},
    }
    commit(client, {"upsert": entity})
    for value, wanted in ((2, 1), (1, 0)):
        # The high-level client cannot read such an entity.
        equal = property_filter("v", "EQUAL", {"integer_value": value})
        assert len(run_query(client, "A", filter=equal).batch.entity_results) == wanted
